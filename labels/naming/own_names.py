"""The user's own list of names: `names.yaml` in the state folder, a label to its spellings.

    Huawei: [Huawei, 华为, Хуавей*]
    the West:
      - the West
      - Запад*

A spelling follows the rules of the names of countries: whole words, capitals where it has them, the
longest counts. A `*` at its end stands for any ending.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from labels.errors import SHOWN_PROBLEMS, FramescopeError
from labels.home import Home
from labels.naming.phrases import Phrases, folded, words_of

FILE = "names.yaml"


class NamesError(FramescopeError):
    """A list of names that cannot be used. `problems` holds one line per fault."""

    def __init__(self, summary: str, problems: list[str] | None = None) -> None:
        self.problems = problems or []
        shown = self.problems[:SHOWN_PROBLEMS]
        hidden = len(self.problems) - len(shown)
        super().__init__(
            "\n".join([summary, *shown, *([f"... and {hidden} more"] if hidden else [])])
        )


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The user's list. spellings: of each label, in the file's order."""

    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: Phrases = field(default_factory=Phrases)


def find_names(home: Home, file: Path | str | None = None) -> OwnNames:
    """Return the list in a file, else that of the state folder, else an empty one.

    Raises:
        NamesError: if a file was given and is missing, or it cannot be used.
    """
    if file is not None:
        return load_names(file)
    path = home.folder / FILE
    return load_names(path) if path.exists() else OwnNames()


def load_names(path: Path | str) -> OwnNames:
    """Read a list of names.

    Raises:
        NamesError: if the file cannot be read, is not YAML, or holds anything else; with every
            problem and its line.
    """
    root = _root(path)
    names: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    owners: dict[str, tuple[str, int]] = {}
    if not isinstance(root, yaml.MappingNode):
        what = "it is empty" if root is None else "it holds something else"
        raise NamesError(
            f"{path}: {what}; a list of names has a line such as 'Huawei: [Huawei, 华为]' for each"
        )
    lines: dict[str, int] = {}
    for key, value in root.value:
        line = key.start_mark.line + 1
        label = key.value.strip() if isinstance(key, yaml.ScalarNode) else ""
        if not label:
            problems.append(f"line {line}: a label is empty, or not a word")
        elif label in lines:
            problems.append(f"line {line}: the label '{label}' is on line {lines[label]} already")
        lines.setdefault(label, line)
        names[label] = tuple(_spellings(label, value, owners, problems))
    if problems:
        raise NamesError(f"{path}: {len(problems)} problems; nothing was read", problems)
    own = OwnNames(names)
    for label, spellings in names.items():
        for spelling in spellings:
            own.phrases.add(spelling, (label,), "name")
    return own


def _root(path: Path | str) -> yaml.Node | None:
    try:
        return yaml.compose(Path(path).read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as caught:
        raise NamesError(f"{path}: cannot read the list of names: {caught.strerror}") from caught
    except (yaml.YAMLError, ValueError, RecursionError) as caught:
        reason = " ".join(str(caught).split())
        raise NamesError(f"{path}: the list of names is not valid YAML: {reason}") from caught


def _spellings(
    label: str, value: yaml.Node, owners: dict[str, tuple[str, int]], problems: list[str]
) -> Iterator[str]:
    nodes = value.value if isinstance(value, yaml.SequenceNode) else [value]
    if not nodes:
        problems.append(f"line {value.start_mark.line + 1}: '{label}' has no spelling; give one")
    for node in nodes:
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.ScalarNode):
            problems.append(
                f"line {line}: a spelling of '{label}' must be a word or words, not a list"
            )
            continue
        spelling = node.value.strip()
        words = words_of(spelling)
        key = " ".join(folded(word.text) for word in words) + "*" * spelling.endswith("*")
        if not words:
            problems.append(f"line {line}: '{spelling}' of '{label}' has no letter or digit in it")
        elif "*" in spelling[:-1]:
            problems.append(f"line {line}: '{spelling}': a * may stand at the end alone")
        elif key in owners and owners[key][0] != label:
            other, at = owners[key]
            problems.append(f"line {line}: '{spelling}' of '{label}' is '{other}' on line {at} too")
        else:
            owners.setdefault(key, (label, line))
            yield spelling
