"""A few answers to one prompt, not all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.rows import text
from curate.step import Choice, Facts
from curate.steps.digests import digests, plain


class AnswersPerPrompt(Choice):
    """Keep at most so many rows of one prompt.

    Prompts are the same if they differ at most in case, spacing and Unicode form. Of their rows, those
    with the highest `prefer` stay (a row without a value comes last), then the first in the seeded
    order. Rows without a prompt all stay.
    """

    name: ClassVar[str] = "answers_per_prompt"
    shorthand: ClassVar[str | None] = "at_most"

    at_most: int = Field(ge=1, description="How many rows of one prompt stay.")
    prefer: str | None = Field(
        default=None, description="A kept column: rows where it is true or highest stay first."
    )

    def facts(self) -> Sequence[pl.Expr]:
        """A digest of the prompt, and the preference."""
        prompt = digests(plain(text("prompt")), (self.fact("high"), self.fact("low")))
        if self.prefer is None:
            return [prompt]
        preference = pl.col(self.prefer).cast(pl.Float64).fill_nan(None)
        return [prompt, preference.alias(self.fact("preference"))]

    def drop(self, facts: Facts) -> pl.DataFrame:
        """The rows of a prompt that come after enough others; the best of them is why."""
        prompt = [self.fact("high"), self.fact("low")]
        preference = [] if self.prefer is None else [self.fact("preference")]
        rows = facts.columns(*prompt, *preference, "rank", "earlier")
        rows = rows.filter(~pl.col("earlier")).drop("earlier").drop_nulls(prompt)
        rows = rows.filter(pl.len().over(prompt) > self.at_most).sort(
            *prompt,
            *preference,
            "rank",
            "row",
            descending=[False] * 2 + [True] * len(preference) + [False] * 2,
            nulls_last=True,
        )
        place = pl.int_range(1, pl.len() + 1).over(prompt)
        return (
            rows.select(
                "row",
                pl.format("answer {}", place).alias("measure"),
                pl.col("row").first().over(prompt).alias("because_of"),
                place.alias("place"),
            )
            .filter(pl.col("place") > self.at_most)
            .select(*self.dropped)
            .sort("row")
        )

    def threshold(self) -> str:
        """The rule in words."""
        return f"at most {self.at_most} answers to a prompt"
