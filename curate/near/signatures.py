"""MinHash signatures, bit for bit those of datasketch.

The permutations are taken from `datasketch.MinHash(permutations, seed=1)` (scheme `affine32`) at run
time: `min over shingles of a * fmix32(h) + b mod 2^32`, where `h` is the upper half of the shingle's
hash. A signature opens as `datasketch.LeanMinHash(seed=1, hashvalues=..., scheme="affine32")`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
import polars as pl

from curate.near import words
from curate.near.bands import Banding
from curate.near.kernels import U32, U64, hash_bands, sign
from curate.near.normal_form import normal_bytes, normal_form

SEED = 1
"""datasketch's own default, so that signatures made elsewhere can be compared."""


@cache
def _permutations(count: int) -> tuple[U32, U32]:
    from datasketch import MinHash

    multipliers, additions = cast("Any", MinHash(count, seed=SEED)).permutations
    return np.ascontiguousarray(multipliers), np.ascontiguousarray(additions)


def compiled_signatures(texts: pl.Series, ngram: int, permutations: int) -> tuple[U32, U64]:
    """The signatures of texts, a row each, and the hash of each whole text.

    A text without words has the hash 0 and a signature of largest values.
    """
    data, bounds = normal_bytes(texts)
    signatures = np.full((len(texts), permutations), 0xFFFF_FFFF, np.uint32)
    wholes = np.zeros(len(texts), np.uint64)
    sign(data, bounds, ngram, *_permutations(permutations), signatures, wholes)
    return signatures, wholes


def reference_signatures(texts: pl.Series, ngram: int, permutations: int) -> tuple[U32, U64]:
    """The same, by datasketch itself, from shingles that are spelled out."""
    from datasketch import MinHash

    signatures = np.empty((len(texts), permutations), np.uint32)
    wholes = np.zeros(len(texts), np.uint64)
    empty = cast("Any", MinHash(permutations, seed=SEED, hashfunc=_upper_half))
    for row, text in enumerate(normal_form(texts)):
        sketch = empty.copy()
        sketch.update_batch([s.encode() for s in words.shingles(text, ngram)])
        signatures[row] = sketch.hashvalues
        if not sketch.is_empty():
            wholes[row] = words.shingle_hash(" ".join(words.words(text)).encode())
    return signatures, wholes


def _upper_half(shingle: bytes) -> int:
    return words.shingle_hash(shingle) >> 32


ENGINES: dict[str, Callable[[pl.Series, int, int], tuple[U32, U64]]] = {
    "compiled": compiled_signatures,
    "datasketch": reference_signatures,
}


def band_hashes(signatures: U32, cut: Banding) -> U64:
    """A 64-bit hash for each band, a row a band, a column a text."""
    hashes = np.empty((cut.bands, signatures.shape[0]), np.uint64)
    hash_bands(signatures, cut.rows, hashes)
    return hashes
