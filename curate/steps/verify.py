"""The answer compared with a gold answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate import answers
from curate.rows import text
from curate.step import Edit


class Verify(Edit):
    r"""Compare the final answer with a kept gold column and say what came of it in a new one.

    The new column is true, false, or null where it cannot be told. The final answer is what the last
    `\boxed{}` holds, `<answer>` tags, `####`, or "The answer is"; else the whole answer. Numbers are
    compared as numbers. Nothing is dropped: `where` does that, and a source's `prefer` draws the
    true ones first.
    """

    name: ClassVar[str] = "verify"
    shorthand: ClassVar[str | None] = "gold"

    gold: str = Field(description="The kept column that holds the right answer.")
    into: str = Field(default="correct", description="The column that tells whether they agree.")

    def columns(self) -> Sequence[pl.Expr]:
        """True, false or null."""
        both = pl.struct(
            text("answer").alias("answer"), pl.col(self.gold).cast(pl.String).alias("gold")
        )
        return [
            both.map_batches(_same, return_dtype=pl.Boolean, is_elementwise=True).alias(self.into)
        ]


def _same(pairs: pl.Series) -> pl.Series:
    both = zip(pairs.struct.field("answer"), pairs.struct.field("gold"), strict=True)
    told = [
        None if answer is None or gold is None else answers.same(answer, gold)
        for answer, gold in both
    ]
    return pl.Series(pairs.name, told, dtype=pl.Boolean)
