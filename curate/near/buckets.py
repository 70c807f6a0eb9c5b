"""Texts that share a band, bound together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from curate.near.kernels import I64, U32, U64, find_firsts, flatten, join_runs, number_up, unite

HOT = 256
"""A bucket with more texts than this is hot: too many for each to be compared with each."""

THREADS = 4
"""At most so many bands are sorted at the same time."""


def first_places(hashes: U64) -> I64:
    """For each hash, where it stands first."""
    bits = _bits(hashes.size)
    first = np.empty(hashes.size, np.int64)
    values = hashes.view()
    values.setflags(write=False)  # loops are compiled for one kind of array
    keys = hashes.copy()
    _sort_numbered(keys, bits)
    find_firsts(keys, bits, values, first)
    return first


def _bits(count: int) -> int:
    return max(1, (count - 1).bit_length())


def _sort_numbered(hashes: U64, bits: int) -> None:
    """Put hashes in order, each with the place it had in its lowest bits."""
    number_up(hashes, bits)
    hashes.sort()


class Buckets:
    """Which of so many texts are bound together by the bands they share, directly or through others."""

    def __init__(self, count: int) -> None:
        self.hot = 0
        """Buckets with more than `HOT` texts so far."""
        threads = min(THREADS, os.cpu_count() or 1)
        self._parents = [np.arange(count, dtype=np.uint32) for _ in range(threads)]
        self._bits = _bits(count)

    def add(self, bands: Sequence[U64]) -> None:
        """Bind texts that share a band, given the hashes of some bands for each text.

        Every text is joined with the next one in its bucket only. Hashes are sorted with the text's number in
        their lowest bits, so that of four million texts 42 bits are compared: two pairs a band are bound
        by chance, and told apart when they are compared. That happens in the arrays themselves: what threads
        allocate, they keep for long after.
        """
        threads = len(self._parents)
        with ThreadPoolExecutor(threads) as pool:
            shares = [bands[at::threads] for at in range(threads)]
            self.hot += sum(pool.map(self._bind, shares, self._parents))

    def _bind(self, bands: Sequence[U64], parent: U32) -> int:
        """Bind texts in one thread's own groups; gives how many buckets are hot."""
        hot = 0
        for hashes in bands:
            _sort_numbered(hashes, self._bits)
            hot += join_runs(hashes, self._bits, HOT, parent)
        return hot

    def bound(self) -> U32:
        """For each text the lowest number among those it is bound with; its own where it is alone."""
        whole, *others = self._parents
        for parent in others:
            unite(whole, np.arange(parent.size), parent.astype(np.int64))
        flatten(whole)
        return whole
