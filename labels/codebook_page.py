"""The codebook as a page to read: `python -m labels.codebook_page > docs/codebook.md`."""

import sys
from collections.abc import Iterator

from labels.codebook import Codebook, Example, Frame, load_codebook


def codebook_markdown(codebook: Codebook) -> str:
    """Return the codebook as Markdown: stances, frames, then the guidelines."""
    return "\n".join(_lines(codebook))


def _lines(codebook: Codebook) -> Iterator[str]:
    yield f"# Codebook: {codebook.name}"
    yield ""
    yield f"Version {codebook.version}, language of the definitions: {codebook.language}."
    if codebook.min_frames:
        yield "Every text carries at least one frame."
    yield ""
    yield "## Frames"
    yield ""
    for frame in codebook.frames:
        yield from _frame(frame)
    if codebook.stances:
        yield "## Stances"
        yield ""
        yield "Toward the claim of each frame that is present, one of:"
        yield ""
        for stance in codebook.stances:
            yield f"- **{stance.name}**" + (f": {stance.definition}" if stance.definition else "")
        yield ""
    if codebook.guidelines:
        yield "## How to label"
        yield ""
        yield from codebook.guidelines.strip().split("\n")
        yield ""


def _frame(frame: Frame) -> Iterator[str]:
    yield f"### {frame.name}"
    yield ""
    if frame.definition:
        yield frame.definition
        yield ""
    if frame.claim:
        yield f"Claim: *{frame.claim}*"
        yield ""
    examples = tuple(example_line(example) for example in frame.examples)
    heads = {"Inside": frame.inside, "Outside": frame.outside, "Examples": examples}
    for head, cases in heads.items():
        if cases:
            yield f"{head}:"
            yield ""
            yield from (f"- {case}" for case in cases)
            yield ""


def example_line(example: Example) -> str:
    """Return an example as an entry of a list: stance, text, and why."""
    stance = f"**{example.stance}**: " if example.stance else ""
    why = f" *{' '.join(example.why.split())}*" if example.why else ""
    return f"{stance}{' '.join(example.text.split())}{why}"


if __name__ == "__main__":
    sys.stdout.write(codebook_markdown(load_codebook()))
