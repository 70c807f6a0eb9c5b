"""How alike texts are exactly, from their sets of shingle hashes.

Where there are many, the sets wait in a temporary file, eight bytes a shingle, which is looked at through a window:
pages that were looked at are given back, so memory holds a bounded part of them, however many texts are compared.
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

from curate.near.kernels import F64, I64, U8, U32, U64, compare, spell, squeeze
from curate.near.normal_form import normal_bytes, stretches

BLOCK = 8_000_000
"""Shingle hashes looked at before their pages are given back (64 MB)."""


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
    _file: BufferedRandom = field(default_factory=_scratch)
    _end: int = 0
    _held: U64 = field(default_factory=lambda: np.empty(0, np.uint64))
    """Room in which hashes are written; filled up to `_kept` with those that are not in the file yet."""
    _kept: int = 0
    _window: mmap.mmap | None = None

    @classmethod
    def of(cls, count: int, ngram: int) -> ShingleSets:
        """Room for the sets of `count` texts."""
        return cls(ngram, np.zeros(count, np.uint32), np.zeros(count, np.int64))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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

    def give_back(self) -> None:
        """Let go of the pages that were looked at; they stay in the file."""
        if self._window is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._window.madvise(mmap.MADV_DONTNEED)

    def blocks(self, sizes: I64) -> Iterator[slice]:
        """Stretches of what takes so many hashes each: `BLOCK` hashes at most, or one of them.

        Pages are given back after each.
        """
        total = np.cumsum(sizes)
        first = 0
        while first < sizes.size:
            before = int(total[first - 1]) if first else 0
            last = max(int(np.searchsorted(total, before + BLOCK, side="right")), first + 1)
            yield slice(first, last)
            self.give_back()
            first = last

    def jaccard(self, left: I64, right: I64, threshold: float = 0.0) -> F64:
        """The Jaccard similarity of each pair of texts: common shingles over all of either's.

        What is below the threshold may be given as 0.
        """
        found = np.zeros(left.size, np.float64)
        sizes = self.size[left].astype(np.int64) + self.size[right]
        for some in self.blocks(sizes):
            compare(
                self.hashes(),
                self.begins,
                self.size,
                left[some],
                right[some],
                threshold,
                found[some],
            )
        return found
