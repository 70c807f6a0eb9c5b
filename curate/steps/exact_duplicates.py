"""One row of those with the very same text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import polars as pl
from pydantic import Field

from curate.rows import WHOLE, Part, text
from curate.step import Choice, Facts, Setting
from curate.steps.digests import digests


class ExactDuplicates(Choice):
    """Drop rows whose text stands, character for character, in a row that comes before them.

    Rows come in the order of their sources in the recipe, then in the seeded order. Prompts of earlier
    mixes come first of all. Rows without the text are never duplicates.
    """

    name: ClassVar[str] = "exact_duplicates"
    shorthand: ClassVar[str | None] = "of"

    of: Part | tuple[Part, ...] | None = Field(
        default=None,
        description="The part, or parts, that must be the same; "
        "`conversation` by default, `pair` for preference rows.",
    )

    def settle(self, setting: Setting) -> Self:
        """Compare whole rows unless told otherwise."""
        if self.of is not None:
            return self
        return self.model_copy(update={"of": WHOLE[setting.kind]})

    @property
    def _parts(self) -> tuple[Part, ...]:
        of = self.of or "conversation"
        return of if isinstance(of, tuple) else (of,)

    def facts(self) -> Sequence[pl.Expr]:
        """A digest of the text."""
        texts = [text(part) for part in self._parts]
        whole = texts[0]
        if len(texts) > 1:
            # Lengths in front keep "ab" + "c" apart from "a" + "bc".
            lengths = [pl.concat_str(one.str.len_bytes(), pl.lit(":")) for one in texts]
            there = pl.any_horizontal(one.is_not_null() for one in texts)
            whole = pl.when(there).then(pl.concat_str(*lengths, *texts, ignore_nulls=True))
        return [digests(whole, (self.fact("high"), self.fact("low")))]

    def sees_earlier(self) -> bool:
        """Prompts are compared with those of earlier mixes."""
        return self._parts == ("prompt",)

    def drop(self, facts: Facts) -> pl.DataFrame:
        """All but the first row of each text."""
        high, low = self.fact("high"), self.fact("low")
        first = facts.columns(high).drop_nulls()
        ordered = np.sort(first[high].to_numpy())
        repeated = pl.Series(high, np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
        del first, ordered
        rows = facts.columns(high, low, "source", "rank", "earlier").filter(
            pl.col(high).is_in(repeated.implode())
        )
        rows = rows.sort(high, low, ~pl.col("earlier"), "source", "rank", "row")
        survivor = pl.col("row").first().over(high, low)
        return (
            rows.select(
                "row",
                "earlier",
                pl.lit("same text").alias("measure"),
                survivor.alias("because_of"),
            )
            .filter((pl.col("row") != pl.col("because_of")) & ~pl.col("earlier"))
            .select(*self.dropped)
        )

    def threshold(self) -> str:
        """The rule in words."""
        return f"first row with this {' and '.join(self._parts)}"
