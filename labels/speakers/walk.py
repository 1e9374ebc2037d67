# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""The walk through a document that gives every quotation its speaker."""

import re
from collections.abc import Sequence

from labels.speakers.attribution import Found, speaker_in, speaker_inside
from labels.speakers.chinese import chinese_person, chinese_speaker
from labels.speakers.lexicon import Lexicon
from labels.speakers.marks import Span
from labels.speakers.names import Mention, People, mention
from labels.speakers.phrases import QUOTED, first_subject
from labels.speakers.quotation import Quotation
from labels.speakers.sentences import Placed, Sentences, is_chinese

_SHORT = 3
_SHORT_CHINESE = 8
_SIGNED = re.compile(r"(?P<who>[^\W\d_a-z][^,.;:]{3,40}), (?P<title>[^.;:]{3,80})")


class Walk:
    """Goes through a document in order, so that "he" and "Putin" mean who was named before."""

    def __init__(
        self, texts: Sequence[str], read: Sequence[Sentences], people: People, lexicon: Lexicon
    ):
        self.texts, self.read, self.people, self.lexicon = texts, read, people, lexicon

    def run(self) -> list[list[Quotation]]:
        """Return the quotations of each paragraph."""
        made: list[list[Quotation]] = []
        running: list[tuple[int, int]] = []
        for place, paragraph in enumerate(self.read):
            speakers = self._speakers(place, paragraph)
            quoted: list[Quotation] = []
            for placed, (speaker, direct) in zip(paragraph.placed, speakers, strict=True):
                goes_on = bool(running) and placed is paragraph.placed[0]
                if goes_on:
                    before, at = running[-1]
                    speaker = (quoted if before == place else made[before])[at].speaker or speaker
                kept = goes_on or placed.span.runs_on
                if kept or not self._is_phrase(self.texts[place], placed.span, speaker, direct):
                    quoted.append(Quotation(placed.span.start, placed.span.end, speaker))
                if goes_on:
                    self._name_all(made, running, speaker)
                    running = running if placed.span.runs_on else []
                if placed.span.runs_on:
                    running.append((place, len(quoted) - 1))
            made.append(quoted)
            running = running if running and self._runs_on(paragraph) else []
        return made

    def _runs_on(self, paragraph: Sentences) -> bool:
        return bool(paragraph.placed) and paragraph.placed[-1].span.runs_on

    def _name_all(
        self, made: list[list[Quotation]], running: list[tuple[int, int]], speaker: str | None
    ) -> None:
        """Give a speaker who is named only after the last part to the parts before it."""
        for place, at in running:
            part = made[place][at]
            made[place][at] = Quotation(part.start, part.end, speaker)

    def _speakers(self, place: int, paragraph: Sentences) -> list[tuple[str | None, bool]]:
        named: list[tuple[str | None, bool]] = []
        chinese = is_chinese(self.texts[place])
        number = 0
        for placed in paragraph.placed:
            while number < placed.sentence:
                self._pass(place, paragraph.sentences[number])
                number += 1
            found = (
                chinese_speaker(placed.left, placed.right)
                if chinese
                else speaker_in(placed.left, placed.right, self._ended(place, placed), self.lexicon)
            )
            if found is None and not chinese:
                span = placed.span
                found = speaker_inside(self.texts[place][span.start : span.end], self.lexicon)
            if found is None:
                found = self._around(place, paragraph, placed, named)
            direct = found is not None and found.direct
            if chinese and found and found.who.kind == "pronoun":
                self.people.last = chinese_person(placed.left) or self.people.last
            if found is not None:
                named.append((self.people.resolve(found.who, place, found.before), direct))
            else:
                named.append((None, False))
        for sentence in paragraph.sentences[number:]:
            self._pass(place, sentence)
        return named

    def _pass(self, place: int, sentence: str) -> None:
        """Take note of the person that a sentence without quotation begins with."""
        if QUOTED in sentence or len(sentence) < 5:
            return
        if is_chinese(sentence):
            if who := chinese_person(sentence):
                self.people.last = who
            return
        self.people.note(sentence[:300], place, first_subject(sentence[:200], self.lexicon))

    def _ended(self, place: int, placed: Placed) -> bool:
        """Whether a quotation ends with a sign, or one follows it."""
        return self.texts[place][placed.span.end - 1] in ",.!?…—–"

    def _around(
        self,
        place: int,
        paragraph: Sentences,
        placed: Placed,
        named: Sequence[tuple[str | None, bool]],
    ) -> Found | None:
        """Look beyond the sentence, for a quotation that is one by itself."""
        alone = not re.search(r"\w", placed.left.replace(QUOTED, ""))
        if not alone:
            return None
        if placed.left.strip() and named and named[-1][0]:
            return Found(Mention(named[-1][0], "name"), True)
        nearest = paragraph.sentences[max(0, placed.sentence - 3) : placed.sentence]
        before = [sentence for sentence in nearest if re.search(r"\w", sentence)]
        after = paragraph.sentences[placed.sentence + 1 : placed.sentence + 2]
        if before and QUOTED not in before[-1] and (who := self._introduced(before[-1])):
            return Found(who, True)
        if named:
            return Found(Mention(named[-1][0], "name"), True) if named[-1][0] else None
        if after and re.search(r"\b(?:speaking|made the|remarks|comments)\b", after[0]):
            who = first_subject(after[0], self.lexicon)
            if who and who.kind in {"name", "pronoun"}:
                return Found(who, True)
        if before:
            return None
        who = first_subject(after[0], self.lexicon) if after else None
        if who and who.kind == "name" and self.people.knows(who):
            return Found(who, True)
        return self._from_neighbours(place)

    def _from_neighbours(self, place: int) -> Found | None:
        placed = self.read[place].placed
        length = placed[0].span.outer_end - placed[0].span.outer_start
        whole = len(placed) == 1 and length == len(self.texts[place].strip())
        following = self.texts[place + 1] if whole and place + 1 < len(self.texts) else ""
        if credit := re.match(r"\s*[—–―-]{1,2}\s*(?P<who>[^,(;\n]{2,60})", following):
            who = mention(credit["who"], self.lexicon)
            if who:
                return Found(who, True)
        if (signed := _SIGNED.fullmatch(following)) and set(
            re.findall(r"\w+", signed["title"].lower())
        ) & self.lexicon.roles:
            return Found(Mention(signed["who"], "name"), True)
        if not place:
            return None
        previous = self.read[place - 1]
        last = next((s for s in reversed(previous.sentences) if re.search(r"\w|\ufffc", s)), "")
        if QUOTED in last or previous.placed:
            name = self.people.last
            return Found(Mention(name, "name"), True) if name and previous.placed else None
        if last.rstrip().endswith((":", "：")):
            return (
                chinese_speaker(last, "")
                if is_chinese(last)
                else speaker_in(last, "", False, self.lexicon)
            )
        if len(last.split()) > 25 or is_chinese(last):
            return None
        who = first_subject(last, self.lexicon)
        return Found(who, True) if who and who.kind == "name" and self.people.knows(who) else None

    def _introduced(self, sentence: str) -> Mention | None:
        """Return whom a sentence right before a quotation is about: a person, or "she"."""
        who = first_subject(sentence, self.lexicon)
        if who and who.kind == "name" and self.people.knows(who):
            return who
        words = set(re.findall(r"\w+", sentence.lower()))
        return Mention("he", "pronoun") if words & self.lexicon.persons else None

    def _is_phrase(self, text: str, span: Span, speaker: str | None, direct: bool) -> bool:
        """Whether marks stand around a phrase that nobody is named for: a term, a title."""
        if speaker is not None and direct:
            return False
        quoted = text[span.start : span.end]
        if span.outer_start <= 0 and span.outer_end >= len(text.rstrip()):
            return False
        if is_chinese(quoted):
            return len(quoted) <= _SHORT_CHINESE
        words = quoted.split()
        if quoted[-1] in "!?" or (direct and quoted[-1] in ",."):
            return False
        titled = all(word[0].isupper() for word in words if len(word) > 3) and len(words) > 1
        return len(words) <= _SHORT or (titled and quoted[-1] not in ".,!?")
