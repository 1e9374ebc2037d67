"""Which countries, blocs and names of the user's own list a text mentions, and where."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from labels.naming.gazetteer import NOTHING, SIGN, Elsewhere, Gazetteer, gazetteer
from labels.naming.own_names import OwnNames
from labels.naming.phrases import Found, Word, gap_between, words_of

_ENDS = {".": ".", "）": "（", ")": "("}  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Mention:
    """What stands at text[start:end] (Unicode code points).

    label: an ISO 3166 alpha-3 code, the code of a bloc, or a label of the user's own list.
    kind: "country" (its name), "people" (who lives there, and the adjective), "capital", "seat" (of
    the government), "sign" (one sign for a country in Chinese), "bloc", or "name" (the user's).
    """

    start: int
    end: int
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Named:
    """The mentions of a text, by their place; `countries` and `names` are each once, in order."""

    mentions: list[Mention] = field(default_factory=list)

    @property
    def countries(self) -> list[str]:
        """ISO 3166 alpha-3 codes and codes of blocs."""
        return list(dict.fromkeys(m.label for m in self.mentions if m.kind != "name"))

    @property
    def names(self) -> list[str]:
        """Labels of the user's own list."""
        return list(dict.fromkeys(m.label for m in self.mentions if m.kind == "name"))


def named(text: str, language: str, own: OwnNames | None = None) -> Named:
    """Return what a text mentions. Linear in its length; any string will do.

    language: a two-letter code or a longer tag, as `labels.language` gives it.
    own: the user's list, from `load_names`.
    """
    known = gazetteer(language)
    words = words_of(text)
    mentions = [*_Reading(text, words, known).mentions()]
    if own is not None:
        for found in own.phrases.spread(text, words):
            mentions += _placed(text, words, found, found.phrase.labels, "name")
    return Named(sorted(mentions, key=lambda m: (m.start, m.end, m.kind == "name")))


def _placed(
    text: str, words: list[Word], found: Found, labels: tuple[str, ...], kind: str
) -> list[Mention]:
    start, end = words[found.first].start, words[found.last - 1].end
    # The last full stop of U.S. belongs to it, and so does a bracket that is closed.
    if text[end : end + 1] in _ENDS and _ENDS[text[end]] in text[start:end]:
        end += 1
    return [Mention(start, end, label, kind) for label in labels]


@dataclass(slots=True)
class _Reading:
    """A text while it is read. seen: whether a rule on other meanings holds in it, once asked."""

    text: str
    words: list[Word]
    known: Gazetteer
    seen: dict[int, bool] = field(default_factory=dict)
    shouts: bool | None = None

    def mentions(self) -> Iterator[Mention]:
        taken: set[int] = set()
        for found in self.known.phrases.spread(self.text, self.words):
            if self.known.sign_phrases:
                first, last = self.words[found.first], self.words[found.last - 1]
                taken.update(range(first.start, last.end))
            labels = self._meaning(found)
            yield from _placed(self.text, self.words, found, labels, found.phrase.kind)
        if self.known.sign_phrases:
            yield from self._signs(taken)

    def _meaning(self, found: Found) -> tuple[str, ...]:
        """Return the codes that a phrase stands for here; none where it names no country."""
        phrase = found.phrase
        if phrase.kind == NOTHING or self._is_shouted(found) or self._is_person(found):
            return ()
        # In Chinese the name of the country is that of the people and of the language.
        people = phrase.kind == "people" or self.known.sign_phrases
        if people and self._is_language(found):
            return ()
        if phrase.kind in ("capital", "bloc") and self._is_treaty(found):
            return ()
        if found.last - found.first == 1 or self.known.sign_phrases:
            key = "".join(word.key for word in self.words[found.first : found.last])
            for place, rule in enumerate(self.known.elsewhere):
                if key in rule.names and self._holds(place, rule):
                    return (rule.means,) if rule.means else ()
        return phrase.labels

    def _holds(self, place: int, rule: Elsewhere) -> bool:
        if place not in self.seen:
            self.seen[place] = any(word in self.text for word in rule.beside)
        return self.seen[place]

    def _is_shouted(self, found: Found) -> bool:
        if self.words[found.first].text not in self.known.shouted or found.last - found.first > 1:
            return False
        if self.shouts is None:
            self.shouts = self.text.isupper() and len(self.words) > 2
        return self.shouts

    def _neighbour(self, place: int, step: int) -> Word | None:
        """Return the next word at either side, if nothing but a space or a hyphen is between."""
        if not 0 <= place + step < len(self.words):
            return None
        pair = sorted((place, place + step))
        gap = gap_between(self.text, self.words[pair[0]], self.words[pair[1]])
        return self.words[place + step] if gap in ("", " ") else None

    def _is_person(self, found: Found) -> bool:
        known, first = self.known, found.first
        if found.last - first > 1 or found.phrase.kind in ("bloc", "seat"):
            return False
        before = self._neighbour(first, -1)
        if before is not None and before.key in known.first_names and before.text[0].isupper():
            return True
        after = self._neighbour(first, 1)
        if self.words[first].key not in known.given or after is None:
            return False
        if not after.text[0].isupper() or after.key in known.beside_given:
            return False
        beyond = self._neighbour(first + 1, 1)
        if beyond is not None and beyond.text[0].isupper():
            return False
        return after.text.upper() != after.text and after.key not in known.phrases.known

    def _is_treaty(self, found: Found) -> bool:
        around = self.known.treaties
        after = self._neighbour(found.last - 1, 1)
        if after is not None and after.key in around.after:
            return True
        of = self._neighbour(found.first, -1)
        if of is None or of.key not in around.of:
            return False
        before = self._neighbour(found.first - 1, -1)
        return before is not None and before.key in around.before

    def _is_language(self, found: Found) -> bool:
        around = self.known.neighbours
        before = self._neighbour(found.first, -1)
        after = self._neighbour(found.last - 1, 1)
        if after is not None and after.key in around.after:
            return True
        if before is None:
            return False
        if before.key in around.before:
            return True
        if before.key in around.joins:
            before = self.words[found.first - 3] if found.first > 2 else before
        if before.key not in around.alone:
            return False
        if after is not None and after.key in around.joins:
            after = self._neighbour(found.last + 1, 1)
        return after is None or after.key in around.then or after.key in around.after

    def _signs(self, taken: set[int]) -> Iterator[Mention]:
        """Yield the signs of phrases such as 中美, where no other phrase has them."""
        text, known, given = self.text, self.known, set[int]()
        for start, sign in enumerate(text):
            if sign not in known.sign_beginnings:
                continue
            for end in (start + 4, start + 3, start + 2):
                places = range(start, end)
                if text[start:end] not in known.sign_phrases or not taken.isdisjoint(places):
                    continue
                for place in places:
                    code = known.signs.get(text[place])
                    if code and place not in given:
                        given.add(place)
                        yield Mention(place, place + 1, code, SIGN)
