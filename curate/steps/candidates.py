"""A sample of each source, before anything dear is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.step import Choice, Facts


class Candidates(Choice):
    """Keep that many rows of each source, the first in the seeded order.

    No recipe names it: it stands for a source's `candidates`.
    """

    name: ClassVar[str] = "candidates"
    shorthand: ClassVar[str | None] = "rows"

    rows: int = Field(ge=1, description="How many rows to keep of a source.")

    def facts(self) -> Sequence[pl.Expr]:
        """Nothing but the rank."""
        return ()

    def drop(self, facts: Facts) -> pl.DataFrame:
        """The rows that come later."""
        rows = facts.columns("source", "rank", "earlier").filter(~pl.col("earlier"))
        if rows.height <= self.rows:
            return pl.DataFrame(schema=self.dropped)
        later = rows.sort("source", "rank", "row").filter(
            pl.int_range(pl.len()).over("source") >= self.rows
        )
        return later.select(
            "row",
            pl.lit("not sampled").alias("measure"),
            pl.lit(None, dtype=pl.UInt32).alias("because_of"),
        ).sort("row")

    def threshold(self) -> str:
        """The rule in words."""
        return f"first {self.rows:,} rows in the seeded order"
