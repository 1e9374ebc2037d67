"""The errors a user can cause and mend.

Whatever inherits from `FramescopeError` is shown as one line, without a traceback. Its text says
what was wrong, the value, what is allowed and what to do.
"""

from collections.abc import Sequence

SHOWN_PROBLEMS = 50


class FramescopeError(Exception):
    """A mistake the user can mend; `str(error)` is the whole message."""


class CodebookError(FramescopeError):
    """A codebook that cannot be used."""


class StoreError(FramescopeError):
    """A state folder or database that cannot be used as asked."""


class LabelError(FramescopeError):
    """Labels that cannot be used. `problems` holds one line per fault, each with its place."""

    def __init__(self, summary: str, problems: Sequence[str] = ()) -> None:
        self.summary = summary
        self.problems = list(problems)
        shown = self.problems[:SHOWN_PROBLEMS]
        hidden = len(self.problems) - len(shown)
        tail = [f"... and {hidden} more"] if hidden else []
        super().__init__("\n".join([summary, *shown, *tail]))
