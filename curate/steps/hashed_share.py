"""A share of all rows, told by a hash of one part."""

from __future__ import annotations

from typing import ClassVar, Self

import polars as pl
from pydantic import Field, model_validator

from curate.fingerprint import ranks
from curate.rows import Part, text
from curate.step import Filter


class HashedShare(Filter):
    """Keep the rows whose part hashes into one stretch of [0, 1).

    Equal texts always fall together, so prompts divided between recipes (`below: 0.6` in one,
    `at_least: 0.6` in the other) stand in one of them only. Texts that differ in case, white space
    or Unicode form alone are equal. The recipe's seed plays no part.
    """

    name: ClassVar[str] = "hashed_share"

    of: Part = Field(default="prompt", description="The part that is hashed.")
    at_least: float = Field(default=0.0, ge=0, le=1, description="Where the stretch begins.")
    below: float = Field(default=1.0, ge=0, le=1, description="Where it ends, itself outside.")
    salt: int = Field(
        default=0,
        ge=0,
        description="Another salt divides differently; recipes that share must agree.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_least >= self.below:
            raise ValueError("`at_least` must be smaller than `below`")
        return self

    def measure(self) -> pl.Expr:
        """Where the hash falls, in [0, 1)."""
        normal = (
            text(self.of)
            .fill_null("")
            .str.normalize("NFKC")
            .str.to_lowercase()
            .str.replace_all(r"\s+", " ")
            .str.strip_chars()
        )
        return normal.map_batches(self._fall, return_dtype=pl.Float64)

    def _fall(self, texts: pl.Series) -> pl.Series:
        # 53 bits, as many as a float holds: more could round up to 1.
        falls = [(rank >> 11) / 2**53 for rank in ranks(self.salt, texts.to_list())]
        return pl.Series(texts.name, falls, dtype=pl.Float64)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows in the stretch."""
        return measured.is_between(self.at_least, self.below, closed="left")

    def threshold(self) -> str:
        """The rule in words."""
        return f"from {self.at_least:g} to below {self.below:g}"
