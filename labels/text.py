"""What makes two texts the same text."""

import hashlib
import re
import unicodedata

MAX_CHARACTERS = 100_000
"""Longer texts are refused everywhere, in label files and over HTTP: no paragraph is that long."""

HALF_PAIR = "the text holds half of a UTF-16 pair, which is no character"

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_HALF_PAIR = re.compile("[\ud800-\udfff]")

_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_RUN = re.compile(r"\S+")


def normalise(text: str) -> str:
    """Return `text` in Unicode NFC, runs of white space as one space, stripped.

    Labels are stored, models trained and texts scored in this form, so that a line break or a
    decomposed accent never makes two paragraphs out of one.
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.split())


def words(text: str) -> list[str]:
    """Return the words of a text, case-folded.

    In scripts that write no spaces between words (and in Korean) a character stands for a word.
    """
    return _WORD.findall(text.casefold())


def placed_words(text: str) -> list[tuple[str, int, int]]:
    """Return `words(normalise(text))`, each with its start and end in `text` as it is.

    Where a run without white space is not in NFC, each word in it has the place of the whole run.
    """
    found = []
    for run in _RUN.finditer(text):
        piece, start = run.group(), run.start()
        if not unicodedata.is_normalized("NFC", piece):
            whole = words(unicodedata.normalize("NFC", piece))
            found += [(word, start, run.end()) for word in whole]
            continue
        # A folded character may be several: ß is ss.
        origin = [place for place, own in enumerate(piece) for _ in own.casefold()]
        for word in _WORD.finditer(piece.casefold()):
            first, last = origin[word.start()], origin[word.end() - 1]
            found.append((word.group(), start + first, start + last + 1))
    return found


def digest(value: str, size: int = 12) -> str:
    """Return the BLAKE2b hash of `value` in UTF-8, as 2 * `size` hexadecimal digits."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def text_id(text: str) -> str:
    """Return the id of a text: the same on every machine, the same for equal normalised texts.

    The tag `p1` names this recipe (`normalise`, then a BLAKE2b hash of 12 bytes). A changed recipe
    gets a new tag.
    """
    return id_of_normalised(normalise(text))


def id_of_normalised(text: str) -> str:
    """Return `text_id` of a text that is in normal form already."""
    return f"p1:{digest(text)}"


def text_problem(value: object) -> str | None:
    """Return why `value` cannot be read as a paragraph, or None where it can."""
    if not isinstance(value, str):
        return f"a text must be a string, not {type(value).__name__}"
    if len(value) > MAX_CHARACTERS:
        return (
            f"the text has {len(value):,} characters; at most {MAX_CHARACTERS:,} are allowed: "
            "split it into paragraphs"
        )
    if not value or value.isspace():
        return "the text is empty"
    if has_half_pair(value):
        return HALF_PAIR
    if "\0" in value:
        return "the text holds a NUL character"
    return None


def has_half_pair(value: str) -> bool:
    """Whether a string holds half of a UTF-16 pair, which is no character."""
    return not value.isascii() and _HALF_PAIR.search(value) is not None


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters, the last of them an ellipsis if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
