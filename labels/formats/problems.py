"""What is wrong with a file as a whole."""

from pathlib import Path

from labels.errors import LabelError


class BrokenFileError(LabelError):
    """A file of which nothing can be trusted from the place on that `fault` names."""

    def __init__(self, path: Path, fault: str) -> None:
        self.fault = fault
        super().__init__(f"{path}: {fault}; mend it there, what follows cannot be told apart")


def check_columns(path: Path, place: str, names: list[str]) -> None:
    """Refuse a table in which a column's name does not say which column is meant.

    Raises:
        BrokenFileError: naming the columns named more than once.
    """
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BrokenFileError(path, f"{place}: columns named more than once: {repeated}")
