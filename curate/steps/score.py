"""Bounds on a score that travels with the row."""

from __future__ import annotations

from typing import ClassVar, Self

import polars as pl
from pydantic import Field, model_validator

from curate.step import Filter


class Score(Filter):
    """Drop rows whose kept column is too low or too high; both bounds are allowed scores.

    Rows without a score go.
    """

    name: ClassVar[str] = "score"

    column: str = Field(default="score", description="The kept column that holds the score.")
    min: float | None = Field(default=None, description="The lowest score that stays.")
    max: float | None = Field(default=None, description="The highest score that stays.")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give `min`, `max` or both")
        return self

    def measure(self) -> pl.Expr:
        """The score."""
        return pl.col(self.column).cast(pl.Float64)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows whose score lies within the bounds; NaN does not."""
        low, high = float("-inf"), float("inf")
        return measured.is_between(
            low if self.min is None else self.min, high if self.max is None else self.max
        )

    def threshold(self) -> str:
        """The rule in words."""
        if self.max is None:
            return f"{self.column} at least {self.min:g}"
        if self.min is None:
            return f"{self.column} at most {self.max:g}"
        return f"{self.column} from {self.min:g} to {self.max:g}"
