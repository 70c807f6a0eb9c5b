"""A few rows that stand for a mix: those of lowest rank."""

from __future__ import annotations

import polars as pl

from curate.fingerprint import ranks
from curate.rows import compact


class Sample:
    """Keeps the rows of lowest rank as rows pass, whatever order they come in."""

    def __init__(self, seed: int, size: int) -> None:
        self._seed = seed
        self._size = size
        self._rows: pl.DataFrame | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Let rows pass."""
        ranked = rows.with_columns(_rank=pl.Series(ranks(self._seed, rows["id"]), dtype=pl.UInt64))
        if self._rows is not None:
            if self._rows.height == self._size:
                ranked = ranked.filter(pl.col("_rank") < self._rows["_rank"][-1])
            ranked = pl.concat([self._rows, ranked])
        self._rows = compact(ranked.sort("_rank").head(self._size))

    def rows(self) -> pl.DataFrame | None:
        """The rows kept, lowest rank first; None where none has passed."""
        return None if self._rows is None else self._rows.drop("_rank")
