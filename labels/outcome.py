"""What a command has to say: to a program, and to a person."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """`data` is printed with `--json`, `text` without; `code` is the exit code."""

    data: Any
    text: str
    code: int = 0
