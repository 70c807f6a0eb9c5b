"""How alike texts are exactly, from their sets of shingle hashes.

Where there are many, the sets wait in a temporary file, eight bytes a shingle. It is looked at through a window,
stretch by stretch in the file's own order, and pages are given back behind it: memory holds a bounded part of
them, however many texts are compared.

Most pairs that bands propose are far from alike, and need no look at their sets. Each set leaves a mark: 256
bits, of which every hash turns one over. Two marks differ in no more bits than the sets in hashes, so where they
differ in too many, the pair is known to be below the threshold (the bitmap filter of Sandes, Teodoro
and Melo 2020, "Bitmap filter: Speeding up exact set similarity joins with bitwise operations").
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedRandom
from itertools import pairwise
from typing import Self

import numpy as np
import polars as pl

from curate.near.kernels import (
    F64,
    I64,
    MARK,
    U8,
    U32,
    U64,
    compare,
    gather,
    mark,
    plausible,
    spell,
    squeeze,
)
from curate.near.normal_form import normal_bytes, stretches

BLOCK = 4_000_000
"""Shingle hashes looked at before their pages are given back (32 MB)."""


def _scratch() -> BufferedRandom:
    return tempfile.TemporaryFile()


@dataclass
class ShingleSets:
    """The shingle sets of numbered texts; a text that was never added is an empty set.

    All are added before any is looked at. Leaving the `with` block gives the file back.
    """

    ngram: int
    size: U32
    """How many shingles each text has."""
    begins: I64
    """Where the shingles of each text begin among all hashes."""
    marks: U64
    """A row of bits for each text."""
    _file: BufferedRandom = field(default_factory=_scratch)
    _end: int = 0
    _held: U64 = field(default_factory=lambda: np.empty(0, np.uint64))
    """Room in which hashes are written; filled up to `_kept` with those that are not in the file yet."""
    _kept: int = 0
    _window: mmap.mmap | None = None

    @classmethod
    def of(cls, count: int, ngram: int) -> ShingleSets:
        """Room for the sets of `count` texts."""
        marks = np.zeros((count, MARK), np.uint64)
        return cls(ngram, np.zeros(count, np.uint32), np.zeros(count, np.int64), marks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._window = None
        self._file.close()

    def add(self, numbers: I64, texts: pl.Series, apart: U64) -> None:
        """Take in texts.

        `apart` is a value for each text: texts with different values have no shingle in common.
        """
        for some in stretches(texts):
            self._add(numbers[some], *normal_bytes(texts[some]), apart[some])

    def _add(self, numbers: I64, data: U8, bounds: I64, apart: U64) -> None:
        hashes = self._room(int(bounds[-1] - bounds[0]) // 2 + len(numbers) + 3)
        ends = np.zeros(len(numbers) + 1, np.int64)
        spell(data, bounds, self.ngram, apart, hashes, ends)
        for first, last in pairwise(ends.tolist()):
            hashes[first:last].sort()
        sizes = squeeze(hashes, ends)
        mark(hashes, sizes, numbers, self.marks)
        self.size[numbers] = sizes
        self.begins[numbers] = self._end + np.cumsum(sizes) - sizes
        count = int(sizes.sum())
        self._kept += count
        self._end += count

    def _room(self, size: int) -> U64:
        """Room for so many hashes behind those that are held, which go to the file where it does not suffice."""
        if self._held.size - self._kept < size:
            self._spill()
        if self._held.size < size:
            self._held = np.empty(max(size, BLOCK), np.uint64)
        return self._held[self._kept :]

    def _spill(self) -> None:
        self._file.write(self._held[: self._kept].view(np.uint8).data)
        self._kept = 0

    def hashes(self) -> U64:
        """The hashes of all sets, those of each set ascending."""
        if self._kept == self._end:
            return self._held[: self._end]
        if self._window is None:
            self._spill()
            self._held = np.empty(0, np.uint64)
            self._file.flush()
            self._window = mmap.mmap(self._file.fileno(), self._end * 8)
        return np.frombuffer(self._window, np.uint64)

    def stretches(self, numbers: I64) -> Iterator[I64]:
        """The numbers in the order of their sets in the file, some at a time.

        Their sets span `BLOCK` hashes of the file, or are one of them; their pages are given back after each.
        """
        numbers = numbers[np.argsort(self.begins[numbers], kind="stable")]
        begins = self.begins[numbers]
        ends = begins + self.size[numbers]
        first = 0
        while first < numbers.size:
            reached = np.searchsorted(ends, int(begins[first]) + BLOCK, side="right")
            last = max(int(reached), first + 1)
            yield numbers[first:last]
            self._give_back()
            first = last

    def _give_back(self) -> None:
        """Let go of the pages that were looked at; they stay in the file."""
        if self._window is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._window.madvise(mmap.MADV_DONTNEED)

    def jaccard(self, left: I64, right: I64, threshold: float = 0.0) -> F64:
        """The Jaccard similarity of each pair of texts: common shingles over all of either's.

        What is below the threshold may be given as 0.
        """
        found = np.zeros(left.size, np.float64)
        likely = np.flatnonzero(plausible(self.marks, self.size, left, right, threshold))
        left, right = left[likely], right[likely]
        total = np.cumsum(self.size[left].astype(np.int64) + self.size[right])
        first = 0
        while first < likely.size:
            before = int(total[first - 1]) if first else 0
            last = max(int(np.searchsorted(total, before + BLOCK, side="right")), first + 1)
            some = slice(first, last)
            found[likely[some]] = self._compared(left[some], right[some], threshold)
            first = last
        return found

    def _compared(self, left: I64, right: I64, threshold: float) -> F64:
        found = np.empty(left.size, np.float64)
        hashes = self.hashes()
        if self._window is None:
            compare(hashes, self.begins, self.size, left, right, threshold, found)
            return found
        numbers, place = np.unique(np.concatenate([left, right]), return_inverse=True)
        sizes = self.size[numbers]
        begins = np.cumsum(sizes, dtype=np.int64) - sizes
        hashes = np.empty(int(sizes.sum(dtype=np.int64)), np.uint64)
        for some in self.stretches(numbers):
            at = np.searchsorted(numbers, some)
            gather(self.hashes(), self.begins[some], sizes[at], hashes, begins[at])
        compare(hashes, begins, sizes, place[: left.size], place[left.size :], threshold, found)
        return found
