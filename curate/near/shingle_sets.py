"""How alike texts are exactly, from their sets of shingle hashes.

The sets wait in a temporary file, eight bytes a shingle, so that memory holds two blocks of them at
a time, however many texts are compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedRandom
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
import polars as pl

from curate.near.kernels import F64, I64, U32, U64, compare, spell, squeeze
from curate.pieces import utf8

BLOCK = 4_000_000
"""Shingle hashes held at a time, on either side of a comparison (32 MB)."""


def _scratch() -> BufferedRandom:
    return tempfile.TemporaryFile()


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
        data, bounds = utf8(texts)
        hashes = np.empty(int(bounds[-1] - bounds[0]) // 2 + len(texts) + 3, np.uint64)
        ends = np.zeros(len(texts) + 1, np.int64)
        spell(data, bounds, self.ngram, apart, hashes, ends)
        for first, last in pairwise(ends.tolist()):
            hashes[first:last].sort()
        sizes = squeeze(hashes, ends)
        self.size[numbers] = sizes
        self._offset[numbers] = self._end + np.cumsum(sizes) - sizes
        kept = hashes[: int(sizes.sum())]
        self._file.seek(self._end * 8)
        self._file.write(kept.view(np.uint8).data)
        self._end += kept.size

    def load(self, numbers: I64) -> Loaded:
        """The sets of the texts, each ascending."""
        offsets, sizes = self._offset[numbers], self.size[numbers].astype(np.int64)
        order = np.argsort(offsets, kind="stable")
        begins = np.empty(numbers.size, np.int64)
        begins[order] = np.cumsum(sizes[order]) - sizes[order]
        hashes = np.empty(int(sizes.sum()), np.uint64)
        view = hashes.view(np.uint8).data
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
                similarity[these] = compare(*held, at_left, *self.load(rights), at_right)
        return similarity
