"""Texts that share a band, bound together."""

from __future__ import annotations

import numpy as np

from curate.near.kernels import U32, U64, flatten, join_runs

HOT = 256
"""A bucket with more texts than this is hot: too many for each to be compared with each."""


class Buckets:
    """Which of so many texts are bound together by the bands they share, directly or through others."""

    def __init__(self, count: int) -> None:
        self.hot = 0
        """Buckets with more than `HOT` texts so far."""
        self._parent = np.arange(count, dtype=np.uint32)
        self._bits = max(1, (count - 1).bit_length())

    def add(self, hashes: U64) -> None:
        """Bind texts that share a band, given its hash for each text.

        Every text is joined with the next one in its bucket only. Hashes are sorted with the text's number in
        their lowest bits, so that of four million texts 42 bits are compared: two pairs a band are bound
        by chance, and told apart when they are compared.
        """
        bits = np.uint64(self._bits)
        keys = hashes >> bits << bits | np.arange(hashes.size, dtype=np.uint64)
        keys.sort()
        self.hot += join_runs(keys, self._bits, HOT, self._parent)

    def bound(self) -> U32:
        """For each text the lowest number among those it is bound with; its own where it is alone."""
        flatten(self._parent)
        return self._parent
