"""Which side of the split a text is on: train or test, for good, with no leak between them.

Texts of one document form a group, and so do near-duplicates, in whatever documents. A group's side
is drawn once, from the hash of its name, and kept in the store. A new text joins the side of the
group it belongs to; where new texts tie together groups of both sides, they are used on neither.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labels.duplicates import near_duplicates
from labels.text import digest

TRAIN, TEST, BRIDGE = "train", "test", "bridge"
TEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Side:
    """The group of a text, and the side it is on."""

    group: str
    side: str


def draw(group: str, test_share: float = TEST_SHARE) -> str:
    """Draw a group's side from the hash of its name: the same on every machine."""
    drawn = int(digest(f"split1:{group}", 8), 16) / 2**64
    return TEST if drawn < test_share else TRAIN


def deal(names: Sequence[str], n_parts: int, salt: str) -> list[int]:
    """Return the part of every name, 0 to `n_parts` - 1; equal names go to one part.

    They are dealt out the most frequent first, each to the part that holds least; equally frequent
    ones in the order of a salted hash.
    """
    sizes = Counter(names)
    filled = [0] * n_parts
    part: dict[str, int] = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], digest(f"{salt}:{name}"))):
        part[name] = filled.index(min(filled))
        filled[part[name]] += sizes[name]
    return [part[name] for name in names]


def assign(
    texts: Mapping[str, str],
    documents: Mapping[str, Iterable[str]],
    settled: Mapping[str, Side],
    test_share: float = TEST_SHARE,
) -> dict[str, Side]:
    """Return the side of every text that has none yet.

    Args:
        texts: id to text, of all texts.
        documents: id to the documents it occurs in.
        settled: the sides already given; they never change.
    """
    if all(key in settled for key in texts):
        return {}
    from scipy.cluster.hierarchy import DisjointSet  # takes 0.4 s, which a start does not have

    groups: DisjointSet = DisjointSet(texts)
    first: dict[str, str] = {}
    for key in texts:
        for document in documents.get(key, ()):
            groups.merge(first.setdefault(document, key), key)
    for one, other in near_duplicates(texts):
        groups.merge(one, other)
    found: dict[str, Side] = {}
    for members in groups.subsets():
        fresh = [key for key in members if key not in settled]
        if fresh:
            named = sorted({name for key in members for name in documents.get(key, ())})
            name = f"d:{named[0]}" if named else f"n:{min(members)}"
            kept = [settled[key] for key in sorted(members) if key in settled]
            found.update(dict.fromkeys(fresh, _join(name, kept, test_share)))
    return found


def _join(name: str, kept: list[Side], test_share: float) -> Side:
    sides = {side.side for side in kept} - {BRIDGE}
    if len(sides) > 1:
        return Side(name, BRIDGE)
    if sides:
        return next(side for side in kept if side.side in sides)
    return Side(name, draw(name, test_share))
