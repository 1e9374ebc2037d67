"""Reading the project's YAML files."""

from pathlib import Path
from typing import Any

import yaml

from labels.errors import FramescopeError


def read_yaml(path: Path | str, what: str, error: type[FramescopeError], verb: str = "is") -> Any:
    """Return what a YAML file holds; `what` is what to call that in an error, and
    `verb` goes with it.

    Raises:
        FramescopeError: of the class `error`, if the file is missing or is not YAML.
    """
    try:
        return yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as caught:
        raise error(f"{path}: cannot read the {what}: {caught.strerror}") from caught
    # ValueError: what is no UTF-8, no such day, or a number of thousands of digits.
    except (yaml.YAMLError, ValueError, RecursionError) as caught:
        reason = " ".join(str(caught).split())
        raise error(f"{path}: the {what} {verb} not valid YAML: {reason}") from caught
