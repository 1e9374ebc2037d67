"""Which texts are near-duplicates of one another.

Shingles are runs of three words, or of three characters in scripts that write no spaces. Candidates
come from MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, ch. 3); each is then checked by its true Jaccard similarity.
"""

from collections.abc import Iterator, Mapping

import xxhash

from labels.text import words

SIMILAR = 0.5
"""Jaccard similarity of shingles from which two texts count as one another's near-duplicate."""

_BANDS, _ROWS = 32, 2
"""A pair with similarity s is a candidate with chance 1 - (1 - s**rows)**bands: 0.9999 at 0.5.

Wrong candidates only cost a comparison; a missed pair may leak between train and test.
"""

_PERMUTATIONS = _BANDS * _ROWS


def shingles(text: str) -> set[str]:
    """Return the runs of three words of a text, or of all its words where it has fewer."""
    found = words(text)
    if len(found) < 3:
        return {" ".join(found)}
    return {" ".join(found[i : i + 3]) for i in range(len(found) - 2)}


def similarity(a: set[str], b: set[str]) -> float:
    """Jaccard similarity of two sets of shingles, 0 to 1."""
    return len(a & b) / len(a | b)


def near_duplicates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids whose texts are near-duplicates, each pair once."""
    from datasketch import MinHash, MinHashLSH  # as SciPy, which it takes along

    index = MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _ROWS))
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
