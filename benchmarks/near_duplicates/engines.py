"""Ways to find near-duplicates: ours, and what a user would pick instead.

Each takes texts and says which of them is a near-duplicate of an earlier one, at 128 permutations and word
5-grams. Rivals are given the same normal form, lower case cut at white space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from curate.near.bands import banding
from curate.near.buckets import Buckets, first_places
from curate.near.neighbours import groups
from curate.near.shingle_sets import ShingleSets
from curate.near.sketches import sketch

THRESHOLD = 0.8
PERMUTATIONS = 128
NGRAM = 5
BANDS = 16
"""Of eight permutations each: what the rivals' recall needs; their own default misses more."""
TEXTS = 8192

Flags = np.ndarray
CUT = banding(THRESHOLD, PERMUTATIONS)
assert CUT is not None
NAMES = ["whole", *(f"band{band:03d}" for band in range(CUT.bands))]


# Ours -----------------------------------------------------------------------------------------------


def sketched(texts: pl.Series) -> pl.DataFrame:
    """A hash of each text and of each band."""
    told = sketch(
        texts, names=NAMES, cut=CUT, ngram=NGRAM, permutations=PERMUTATIONS, engine="compiled"
    )
    return told.struct.unnest()


def bound(sketches: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Where each text stands first, and with which others bands bind it."""
    whole = sketches["whole"].fill_null(0).to_numpy()
    first = first_places(whole)
    buckets = Buckets(len(whole))
    buckets.add([sketches[name].to_numpy(writable=True) for name in NAMES[1:]])
    return first, buckets.bound()


def unverified(texts: pl.Series) -> Flags:
    """Signatures, bands and clusters, nothing compared."""
    _, together = bound(sketched(texts))
    return together != np.arange(len(texts))


def verified(texts: pl.Series) -> Flags:
    """The same, every candidate compared exactly."""
    return compared(texts, *bound(sketched(texts)))


def compared(texts: pl.Series, first: np.ndarray, together: np.ndarray) -> Flags:
    """Which of the texts bound together are near-duplicates in truth."""
    return grouped(texts, first, together) != np.arange(len(texts))


def grouped(texts: pl.Series, first: np.ndarray, together: np.ndarray) -> np.ndarray:
    """For each text the first of its group, candidates compared exactly."""
    alone = first == np.arange(len(texts))
    count = np.bincount(together[alone], minlength=len(texts))
    candidates = np.flatnonzero(alone & (count[together] > 1))
    with ShingleSets.of(candidates.size, NGRAM) as sets:
        for at in range(0, candidates.size, TEXTS):
            some = candidates[at : at + TEXTS]
            sets.add(
                np.arange(at, at + some.size), texts.gather(some), np.zeros(some.size, np.uint64)
            )
        found = groups(sets, [THRESHOLD], together[candidates])[THRESHOLD]
    group = first.copy()
    group[candidates] = candidates[found.first]
    return group[first]


# Others ---------------------------------------------------------------------------------------------


def shingles(text: str) -> list[str]:
    """The word 5-grams of a text, as a user would write it."""
    words = text.lower().split()
    if len(words) <= NGRAM:
        return [" ".join(words)]
    return [" ".join(words[at : at + NGRAM]) for at in range(len(words) - NGRAM + 1)]


def datasketch_bulk(texts: Sequence[str]) -> Flags:
    """`MinHash.bulk` with xxh32 instead of SHA-1, bands by sorting: the fastest way there is with datasketch."""
    import xxhash
    from datasketch import MinHash

    sets = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    found = MinHash.bulk(sets, num_perm=PERMUTATIONS, hashfunc=xxhash.xxh32_intdigest)
    signatures = np.array([sketch.hashvalues for sketch in found], np.uint32)
    rows = PERMUTATIONS // BANDS
    parent = np.arange(len(texts))
    for band in range(BANDS):
        values = np.ascontiguousarray(signatures[:, band * rows : (band + 1) * rows])
        keys = values.view(np.dtype((np.void, values.itemsize * rows))).ravel()
        _, place = np.unique(keys, return_inverse=True)
        order = np.argsort(place, kind="stable")
        for here in np.flatnonzero(np.diff(place[order]) == 0).tolist():
            _unite(parent, int(order[here]), int(order[here + 1]))
    return np.array([_root(parent, at) != at for at in range(len(texts))])


def datasketch_readme(texts: Sequence[str]) -> Flags:
    """As its README shows: `update` in a loop, `MinHashLSH`."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    flags = np.zeros(len(texts), np.bool_)
    for at, text in enumerate(texts):
        sketch = MinHash(num_perm=PERMUTATIONS)
        for shingle in shingles(text):
            sketch.update(shingle.encode())
        flags[at] = bool(index.query(sketch))
        index.insert(str(at), sketch)
    return flags


def rensa(texts: Sequence[str]) -> Flags:
    """`RMinHashDeduplicator` with 16 bands; by default it has fewer, and misses one pair in five."""
    from rensa import RMinHashDeduplicator

    found = RMinHashDeduplicator(THRESHOLD, PERMUTATIONS, use_lsh=True, num_bands=BANDS)
    added = found.add_pairs([(str(at), shingles(text)) for at, text in enumerate(texts)])
    return ~np.array(added, np.bool_)


def polars_words(texts: pl.Series) -> None:
    """No way at all, but a floor: polars splits every text and hashes every word."""
    for at in range(0, len(texts), TEXTS):
        texts[at : at + TEXTS].str.split(" ").explode().hash()


RIVALS: dict[str, Callable[[Sequence[str]], Flags]] = {
    "datasketch bulk, xxh32": datasketch_bulk,
    "datasketch as in its README": datasketch_readme,
    "rensa": rensa,
}


def _root(parent: np.ndarray, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = int(parent[at])
    return at


def _unite(parent: np.ndarray, one: int, other: int) -> None:
    one, other = _root(parent, one), _root(parent, other)
    parent[max(one, other)] = min(one, other)
