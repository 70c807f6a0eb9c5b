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
from curate.near.compiled import I64, U8, U32, U64, compiled

SEED = 1
"""datasketch's own default, so that signatures made elsewhere can be compared."""

BLOCK = 2048
"""Shingles hashed at a time: a text of any length needs no more room than this."""


@cache
def _permutations(count: int) -> tuple[U32, U32]:
    from datasketch import MinHash

    multipliers, additions = cast(Any, MinHash(count, seed=SEED)).permutations
    return np.ascontiguousarray(multipliers), np.ascontiguousarray(additions)


def compiled_signatures(texts: pl.Series, ngram: int, permutations: int) -> tuple[U32, U64]:
    """The signatures of texts in normal form, a row each, and the hash of each whole text.

    A text without words has the hash 0 and a signature of largest values.
    """
    data, bounds = words.utf8(texts)
    signatures = np.full((len(texts), permutations), 0xFFFF_FFFF, np.uint32)
    wholes = np.zeros(len(texts), np.uint64)
    _sign(data, bounds, ngram, *_permutations(permutations), signatures, wholes)
    return signatures, wholes


def reference_signatures(texts: pl.Series, ngram: int, permutations: int) -> tuple[U32, U64]:
    """The same, by datasketch itself, from shingles that are spelled out."""
    from datasketch import MinHash

    signatures = np.empty((len(texts), permutations), np.uint32)
    wholes = np.zeros(len(texts), np.uint64)
    empty = cast(Any, MinHash(permutations, seed=SEED, hashfunc=_upper_half))
    for row, text in enumerate(texts):
        sketch = empty.copy()
        sketch.update_batch([s.encode() for s in words.shingles(text or "", ngram)])
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

_S13 = np.uint32(13)
_S16 = np.uint32(16)
_M1 = np.uint32(0x85EBCA6B)
_M2 = np.uint32(0xC2B2AE35)
_HALF = np.uint64(32)


@compiled
def _sign(
    data: U8,
    bounds: I64,
    ngram: int,
    multipliers: U32,
    additions: U32,
    signatures: U32,
    wholes: U64,
) -> None:
    state = np.zeros(words.STATE, np.int64)
    starts = np.zeros((ngram, 2), np.uint64)
    hashes = np.empty(BLOCK, np.uint64)
    block = np.empty(BLOCK + 8, np.uint32)
    for row in range(bounds.size - 1):
        words.start(state, bounds[row], bounds[row + 1])
        count = words.read(data, state, starts, hashes)
        while count:
            for at in range(count):
                value = np.uint32(hashes[at] >> _HALF)
                value = np.uint32((value ^ (value >> _S16)) * _M1)
                value = np.uint32((value ^ (value >> _S13)) * _M2)
                block[at] = value ^ (value >> _S16)
            _lower(signatures[row], block, count, multipliers, additions)
            count = words.read(data, state, starts, hashes)
        if state[words.WORDS]:
            wholes[row] = words.mixed(np.uint64(state[words.VALUE]))


@compiled
def _lower(signature: U32, block: U32, count: int, multipliers: U32, additions: U32) -> None:
    """Lower a signature by a block of hashes, eight at a time; the block's last fills up the eight.

    Eight hashes for every load of a permutation keep the arithmetic units busy.
    """
    block[count : count + 8] = block[count - 1]
    for at in range(0, count, 8):
        h0, h1, h2, h3 = block[at], block[at + 1], block[at + 2], block[at + 3]
        h4, h5, h6, h7 = block[at + 4], block[at + 5], block[at + 6], block[at + 7]
        for p in range(signature.size):
            a, b = multipliers[p], additions[p]
            low = min(np.uint32(a * h0 + b), np.uint32(a * h1 + b))
            low = min(low, np.uint32(a * h2 + b))
            low = min(low, np.uint32(a * h3 + b))
            low = min(low, np.uint32(a * h4 + b))
            low = min(low, np.uint32(a * h5 + b))
            low = min(low, np.uint32(a * h6 + b))
            low = min(low, np.uint32(a * h7 + b))
            signature[p] = min(signature[p], low)
