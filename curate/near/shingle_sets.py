"""How alike texts are exactly, from their sets of shingle hashes.

The sets wait in a temporary file, eight bytes a shingle, so that memory holds two blocks of them at
a time, however many texts are compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedRandom
from typing import NamedTuple, Self, cast

import numpy as np
import polars as pl

from curate.near import words
from curate.near.compiled import F64, I64, U8, U32, U64, compiled

BLOCK = 4_000_000
"""Shingle hashes held at a time, on either side of a comparison (32 MB)."""


def _scratch() -> BufferedRandom:
    return cast(BufferedRandom, tempfile.TemporaryFile())


class Loaded(NamedTuple):
    """Sets held in memory: all their hashes, and where each set begins and ends."""

    hashes: U64
    begins: I64
    ends: I64


@dataclass
class ShingleSets:
    """The shingle sets of numbered texts; a text that was never added is an empty set.

    Leaving the `with` block gives the file back.
    """

    ngram: int
    size: U32
    """How many shingles each text has."""
    _offset: I64
    _file: BufferedRandom = field(default_factory=_scratch)
    _end: int = 0

    @classmethod
    def of(cls, count: int, ngram: int) -> ShingleSets:
        """Room for the sets of `count` texts."""
        return cls(ngram, np.zeros(count, np.uint32), np.zeros(count, np.int64))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, numbers: I64, texts: pl.Series, apart: U64) -> None:
        """Take in texts in normal form.

        `apart` is a value for each text: texts with different values have no shingle in common.
        """
        data, bounds = words.utf8(texts)
        hashes = np.empty(int(bounds[-1] - bounds[0]) // 2 + len(texts) + 3, np.uint64)
        ends = np.zeros(len(texts) + 1, np.int64)
        _spell(data, bounds, self.ngram, apart, hashes, ends)
        for first, last in zip(ends[:-1], ends[1:], strict=True):
            hashes[first:last].sort()
        sizes = _squeeze(hashes, ends)
        self.size[numbers] = sizes
        self._offset[numbers] = self._end + np.cumsum(sizes) - sizes
        kept = hashes[: int(sizes.sum())]
        self._file.seek(self._end * 8)
        self._file.write(memoryview(kept).cast("B"))
        self._end += kept.size

    def load(self, numbers: I64) -> Loaded:
        """The sets of the texts, each ascending."""
        offsets, sizes = self._offset[numbers], self.size[numbers].astype(np.int64)
        order = np.argsort(offsets, kind="stable")
        begins = np.empty(numbers.size, np.int64)
        begins[order] = np.cumsum(sizes[order]) - sizes[order]
        hashes = np.empty(int(sizes.sum()), np.uint64)
        view = memoryview(hashes).cast("B")
        gaps = offsets[order][1:] != (offsets + sizes)[order][:-1]
        runs = np.split(order, np.flatnonzero(gaps) + 1) if numbers.size else []
        for run in runs:
            first, last = run[0], run[-1]
            self._file.seek(int(offsets[first]) * 8)
            self._file.readinto(view[begins[first] * 8 : (begins[last] + sizes[last]) * 8])
        return Loaded(hashes, begins, begins + sizes)

    def stored(self) -> I64:
        """The numbers of the texts that have shingles, in the order in which they are read fastest."""
        numbers = np.flatnonzero(self.size)
        return numbers[np.argsort(self._offset[numbers], kind="stable")]

    def blocks(self, numbers: I64) -> Iterator[I64]:
        """The numbers, cut so that each block holds at most `BLOCK` hashes, or one text."""
        total = np.cumsum(self.size[numbers], dtype=np.int64)
        first = 0
        while first < numbers.size:
            before = int(total[first - 1]) if first else 0
            last = max(int(np.searchsorted(total, before + BLOCK, side="right")), first + 1)
            yield numbers[first:last]
            first = last

    def jaccard(self, left: I64, right: I64) -> F64:
        """The Jaccard similarity of each pair of texts: common shingles over all of either's."""
        similarity = np.zeros(left.size, np.float64)
        order = np.lexsort((right, left))
        for lefts in self.blocks(np.unique(left)):
            first, last = np.searchsorted(left[order], (lefts[0], lefts[-1] + 1))
            pairs = order[first:last]
            held = self.load(lefts)
            for rights in self.blocks(np.unique(right[pairs])):
                these = pairs[(right[pairs] >= rights[0]) & (right[pairs] <= rights[-1])]
                at_left = np.searchsorted(lefts, left[these])
                at_right = np.searchsorted(rights, right[these])
                similarity[these] = _compare(*held, at_left, *self.load(rights), at_right)
        return similarity


@compiled
def _spell(data: U8, bounds: I64, ngram: int, apart: U64, hashes: U64, ends: I64) -> None:
    state = np.zeros(words.STATE, np.int64)
    starts = np.zeros((ngram, 2), np.uint64)
    end = 0
    for row in range(bounds.size - 1):
        words.start(state, bounds[row], bounds[row + 1])
        begin = end
        count = words.read(data, state, starts, hashes[end:])
        while count:
            end += count
            count = words.read(data, state, starts, hashes[end:])
        if apart[row]:
            for at in range(begin, end):
                hashes[at] = words.mixed(hashes[at] ^ apart[row])
        ends[row + 1] = end


@compiled
def _squeeze(hashes: U64, ends: I64) -> U32:
    """Take repeats out of each ascending run, closing the gaps; the sizes that are left."""
    sizes = np.zeros(ends.size - 1, np.uint32)
    kept = 0
    for row in range(sizes.size):
        begin = kept
        for at in range(ends[row], ends[row + 1]):
            if kept == begin or hashes[at] != hashes[kept - 1]:
                hashes[kept] = hashes[at]
                kept += 1
        sizes[row] = kept - begin
    return sizes


@compiled
def _compare(
    a: U64, a_begins: I64, a_ends: I64, a_at: I64, b: U64, b_begins: I64, b_ends: I64, b_at: I64
) -> F64:
    similarity = np.zeros(a_at.size, np.float64)
    for pair in range(a_at.size):
        i, i_end = a_begins[a_at[pair]], a_ends[a_at[pair]]
        j, j_end = b_begins[b_at[pair]], b_ends[b_at[pair]]
        either = (i_end - i) + (j_end - j)
        common = 0
        while i < i_end and j < j_end:
            x, y = a[i], b[j]
            common += x == y
            i += x <= y
            j += y <= x
        if either:
            similarity[pair] = common / (either - common)
    return similarity
