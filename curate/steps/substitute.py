"""What a pattern matches, replaced in every turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import polars as pl
from pydantic import Field

from curate.errors import Problem, StepError
from curate.step import Edit, Setting


class Substitute(Edit):
    r"""Replace what a regular expression matches, in contents and thinking of every turn.

    For the marks one source leaves in its texts: the calculator marks of GSM8K are
    `{pattern: "<<[^<> ]*>>"}`, a line end written as two characters is `{pattern: "\\\\n", by: "\n"}` in YAML.
    """

    name: ClassVar[str] = "substitute"
    shorthand: ClassVar[str | None] = "pattern"

    pattern: str = Field(
        min_length=1, description="A regular expression, as Rust's `regex` reads it."
    )
    by: str = Field(default="", description="What stands there instead; nothing by default.")

    def settle(self, setting: Setting) -> Self:
        """Refuse a pattern that is none."""
        del setting
        try:
            pl.select(pl.lit("").str.replace_all(self.pattern, ""))
        except pl.exceptions.PolarsError as error:
            said = str(error).strip().splitlines()[-1].removeprefix("error: ")
            raise StepError(
                Problem(f"'{self.pattern}' is not a regular expression: {said}")
            ) from error
        return self

    def columns(self) -> Sequence[pl.Expr]:
        """The turns of all three columns, replaced."""
        by = self.by.replace("$", "$$")  # a dollar would name a group
        turn = pl.element().struct.with_fields(
            pl.field("content").str.replace_all(self.pattern, by),
            pl.field("thinking").str.replace_all(self.pattern, by),
        )
        return [pl.col("messages", "chosen", "rejected").list.eval(turn)]
