"""Rows brought into another order with bounded memory.

`scatter` reads partitions one by one and deals the wanted rows out to buckets, each a contiguous
stretch of the new order; `gather` then sorts one bucket, which fits in memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.rows import compact
from curate.shelf import Partition

BUCKET_BYTES = 8 * 2**20
"""Bytes of rows a bucket aims at."""
HELD_BYTES = 32 * 2**20
"""Bytes of dealt rows held before they are written out."""


@dataclass(frozen=True)
class Bucket:
    """One stretch of the new order, as unsorted pieces."""

    folder: Path
    stamp: str
    positions: range
    """Which of the new order it holds."""

    def gather(self) -> pl.DataFrame:
        """The bucket's rows in order, with their `position`."""
        pieces = sorted(self.folder.glob("*.piece"))
        frames = [pl.read_ipc(piece) for piece in pieces]
        return pl.concat(frames, how="diagonal").sort("position")


def scatter(
    partitions: Sequence[Partition],
    rows: NDArray[np.uint32],
    positions: NDArray[np.int64],
    folder: Path,
    stamp: str,
) -> list[Bucket]:
    """Deal rows out to buckets.

    `rows[i]`, a row's place among all rows of the partitions, goes to `positions[i]` of the new order;
    a row may be dealt more than once. Positions are 0 … n-1, each once. The buckets are new folders
    under `folder`; nothing else there is kept.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if len(rows) == 0:
        return []
    total, height = sum(p.size for p in partitions), max(1, sum(p.height for p in partitions))
    width = max(1, int(BUCKET_BYTES * height / max(1, total)))
    width += width % 2  # pairs stay together
    count = -(-len(rows) // width)
    buckets = [
        Bucket(
            folder / f"{index:05d}",
            f"{stamp}-{index}",
            range(index * width, min((index + 1) * width, len(rows))),
        )
        for index in range(count)
    ]
    for bucket in buckets:
        bucket.folder.mkdir(parents=True)
    order = np.argsort(rows, kind="stable")
    rows, positions = rows[order], positions[order]
    hand: list[tuple[int, pl.DataFrame]] = []
    held = pieces = 0
    for dealt in _dealt(partitions, rows, positions):
        for index, piece in _by_bucket(dealt, width):
            hand.append((index, piece))
        held += int(dealt.estimated_size())
        if held >= HELD_BYTES:
            _put_down(hand, buckets, pieces)
            hand, held, pieces = [], 0, pieces + 1
    _put_down(hand, buckets, pieces)
    return buckets


def _dealt(
    partitions: Sequence[Partition], rows: NDArray[np.uint32], positions: NDArray[np.int64]
) -> Iterator[pl.DataFrame]:
    first = 0
    for partition in partitions:
        begin, end = np.searchsorted(rows, [first, first + partition.height])
        if begin < end:
            frame = pl.read_ipc(partition.rows)
            taken = frame[(rows[begin:end] - first).astype(np.uint32)]
            yield compact(taken.with_columns(pl.Series("position", positions[begin:end])))
        first += partition.height


def _by_bucket(dealt: pl.DataFrame, width: int) -> Iterator[tuple[int, pl.DataFrame]]:
    for (index,), piece in dealt.group_by(pl.col("position") // width, maintain_order=True):
        yield int(str(index)), piece


def _put_down(
    hand: Sequence[tuple[int, pl.DataFrame]], buckets: Sequence[Bucket], piece: int
) -> None:
    for index in sorted({index for index, _ in hand}):
        frames = [frame for owner, frame in hand if owner == index]
        file = buckets[index].folder / f"{piece:05d}.piece"
        # Not compressed: pieces are read once, soon, and compressing them took half of all the time.
        pl.concat(frames, how="diagonal").write_ipc(file)
