"""Prompts that no earlier mix of the folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.rows import text
from curate.step import Choice, Facts
from curate.steps.digests import digests, plain


class Unseen(Choice):
    """Drop rows whose prompt stands in an earlier mix, but for case, spacing and Unicode form."""

    name: ClassVar[str] = "unseen"
    shorthand: ClassVar[str | None] = "against"

    against: tuple[str, ...] = Field(
        default=(),
        description="Finished folders (relative to the recipe), and data sets as `hub:org/name` or "
        "`hub:org/name@revision`, that count as earlier mixes.",
    )

    def facts(self) -> Sequence[pl.Expr]:
        """A digest of the prompt."""
        return [digests(plain(text("prompt")), (self.fact("high"), self.fact("low")))]

    def sees_earlier(self) -> bool:
        """They are what it is about."""
        return True

    def compares_with(self) -> tuple[str, ...]:
        """What `against` names."""
        return self.against

    def drop(self, facts: Facts) -> pl.DataFrame:
        """The rows whose prompt an earlier mix holds."""
        high, low = self.fact("high"), self.fact("low")
        rows = facts.columns(high, low, "earlier")
        seen = (
            rows.filter("earlier")
            .drop_nulls()
            .group_by(high, low)
            .agg(pl.col("row").min().alias("because_of"))
        )
        return (
            rows.filter(~pl.col("earlier"))
            .join(seen, on=[high, low])
            .select("row", pl.lit("in an earlier mix").alias("measure"), "because_of")
            .sort("row")
        )

    def threshold(self) -> str:
        """The rule in words."""
        return "prompt in no earlier mix"
