"""Which texts are near-duplicates of one another.

Shingles are runs of three words, or of three characters in scripts that write no spaces. Candidates
come from MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, ch. 3); each is then checked by its true Jaccard similarity.
"""

import re
from collections.abc import Iterator, Mapping

import xxhash
from datasketch import MinHash, MinHashLSH

SIMILAR = 0.5
"""Jaccard similarity of shingles from which two texts count as one another's near-duplicate."""

_PERMUTATIONS = 64
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)


def shingles(text: str) -> set[str]:
    """Return the runs of three words of a text, or of all its words where it has fewer."""
    words = _WORD.findall(text.casefold())
    if len(words) < 3:
        return {" ".join(words)}
    return {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}


def similarity(a: set[str], b: set[str]) -> float:
    """Jaccard similarity of two sets of shingles, 0 to 1."""
    return len(a & b) / len(a | b)


def near_duplicates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids whose texts are near-duplicates, each pair once."""
    index = MinHashLSH(threshold=SIMILAR, num_perm=_PERMUTATIONS, weights=(0.3, 0.7))
    known = {key: shingles(text) for key, text in texts.items()}
    hashes = MinHash.bulk(
        [[shingle.encode() for shingle in found] for found in known.values()],
        num_perm=_PERMUTATIONS,
        hashfunc=xxhash.xxh32_intdigest,
    )
    for key, own in zip(known, hashes, strict=True):
        for other in index.query(own):
            if similarity(known[key], known[other]) >= SIMILAR:
                yield other, key
        index.insert(key, own)
