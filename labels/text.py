"""What makes two texts the same text."""

import hashlib
import re
import unicodedata

MAX_CHARACTERS = 100_000
"""Longer texts are refused everywhere, in label files and over HTTP: no paragraph is that long."""

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
HALF_PAIR = re.compile("[\ud800-\udfff]")
"""Half of a UTF-16 pair, which is no character."""

_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def normalise(text: str) -> str:
    """Return `text` in Unicode NFC, runs of white space as one space, stripped.

    Labels are stored, models trained and texts scored in this form, so that a line break or a
    decomposed accent never makes two paragraphs out of one.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def words(text: str) -> list[str]:
    """Return the words of a text, case-folded.

    In scripts that write no spaces between words (and in Korean) a character stands for a word.
    """
    return _WORD.findall(text.casefold())


def digest(value: str, size: int = 12) -> str:
    """Return the BLAKE2b hash of `value` in UTF-8, as 2 * `size` hexadecimal digits."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def text_id(text: str) -> str:
    """Return the id of a text: the same on every machine, the same for equal normalised texts.

    The tag `p1` names this recipe (`normalise`, then a BLAKE2b hash of 12 bytes). A changed recipe
    gets a new tag.
    """
    return f"p1:{digest(normalise(text))}"


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
    if HALF_PAIR.search(value):
        return "the text holds half of a UTF-16 pair, which is no character"
    if "\0" in value:
        return "the text holds a NUL character"
    return None


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters, the last of them an ellipsis if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
