"""Drawn rows brought into their final order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.funnel import REJECTS
from curate.reordering import Bucket, scatter
from curate.shelf import Partition

_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
REJECTS_HELD = 200_000
"""Reject records sorted at a time."""


@dataclass(frozen=True)
class Stretch:
    """Contiguous rows of the mix, few enough to be held."""

    bucket: Bucket
    uses: NDArray[np.uint32]
    """For each of its rows, how many times the same row stands before it in the mix."""

    def rows(self) -> pl.DataFrame:
        """The rows in order; further uses of one row are told apart as `id#2`, `id#3`."""
        rows = self.bucket.gather()
        uses = pl.Series(self.uses + 1, dtype=pl.String)
        again = pl.concat_str("id", pl.lit("#"), uses)
        return rows.with_columns(pl.when(uses == "1").then("id").otherwise(again).alias("id")).drop(
            "position"
        )


def assemble(
    partitions: Sequence[Partition],
    rows: NDArray[np.uint32],
    hashes: NDArray[np.uint64],
    folder: Path,
    permutation: NDArray[np.int64] | None = None,
) -> list[Stretch]:
    """Shuffle drawn rows, through buckets in `folder`: by seed, or by a permutation.

    `rows` are places among all rows of the partitions, once a use; `hashes` are of seed and id. Rows of one hash
    are uses, or exact repeats, of one row. The order of the mix is another than that of the hashes: a source of
    which few rows are drawn may have low ones only, and would stand in front.
    A `permutation` has the index in `rows` of what stands at each position.
    """
    by_hash = np.lexsort((rows, hashes))
    rows, hashes = rows[by_hash], hashes[by_hash]
    is_new = (
        np.concatenate([[True], hashes[1:] != hashes[:-1]]) if len(hashes) else np.empty(0, bool)
    )
    starts = np.flatnonzero(is_new)
    lengths = np.diff(starts, append=len(rows))
    uses = np.arange(len(rows)) - np.repeat(starts, lengths)
    if permutation is None:
        order = np.lexsort((uses, _mixed(hashes, uses.astype(np.uint64))))
    else:
        order = np.argsort(by_hash)[permutation]
    positions = np.empty(len(rows), np.int64)
    positions[order] = np.arange(len(rows))
    buckets = scatter(partitions, rows, positions, folder, "mix")
    uses = uses[order].astype(np.uint32)
    return [
        Stretch(bucket, uses[bucket.positions.start : bucket.positions.stop]) for bucket in buckets
    ]


def as_datasets_shuffles(count: int, seed: int) -> NDArray[np.int64]:
    """The order `datasets.Dataset.shuffle(seed)` gives so many rows (seen in datasets 5.2)."""
    return np.random.default_rng(seed).permutation(count)


def _mixed(hashes: NDArray[np.uint64], uses: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): another order, as uniform as the first."""
    with np.errstate(over="ignore"):
        mixed = hashes + (uses + np.uint64(1)) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        return mixed ^ (mixed >> np.uint64(31))


def sorted_rejects(files: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """The record of dropped rows sorted by id, some at a time, however it was gathered."""
    if not files:
        return
    records = pl.scan_parquet(list(files))
    total = int(records.select(pl.len()).collect().item())
    parts = max(1, -(-total // REJECTS_HELD))
    # Ids are uniform hex digits, so their first three cut them evenly; other names come first.
    place = (
        pl.col("id").str.head(3).str.to_integer(base=16, strict=False).fill_null(0) * parts // 4096
    )
    for part in range(parts):
        yield records.filter(place == part).sort(list(REJECTS)).collect()
