"""Rows told by the value of a column that travels with them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.step import Filter


class Where(Filter):
    """Drop rows whose kept column is not one value; rows without a value go."""

    name: ClassVar[str] = "where"

    column: str = Field(description="The kept column.")
    equals: bool | int | float | str = Field(description="The value rows must have to stay.")

    def measure(self) -> pl.Expr:
        """The column's value."""
        return pl.col(self.column)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows with that value."""
        return measured == pl.lit(self.equals)

    def threshold(self) -> str:
        """The rule in words."""
        return f"{self.column} is {str(self.equals).lower() if isinstance(self.equals, bool) else self.equals}"
