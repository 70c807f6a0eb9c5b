"""Preference pairs that hold a preference."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Self

import polars as pl
from pydantic import Field

from curate.errors import Problem, StepError
from curate.rows import text
from curate.step import Filter, Setting


class Different(Filter):
    """Drop pairs whose two sides do not differ enough, or cannot be compared.

    Reasons: `no_prompt`, `last_role` (a side does not end with the assistant), `identical`,
    `identical_answers` (all that differs is the thinking), `near_identical`, `length_ratio`.
    """

    name: ClassVar[str] = "different"

    near: float | None = Field(
        default=0.95,
        gt=0,
        le=1,
        description="Sides with at least this share of their distinct words in common are "
        "`near_identical`; null to allow them.",
    )
    answers: bool = Field(
        default=False,
        description="Also drop pairs with equal answers: they teach a style of thinking only.",
    )
    prompt: bool = Field(default=True, description="Also drop pairs without a prompt.")
    length_ratio: float | None = Field(
        default=None,
        ge=1,
        description="How many times longer, in characters, one side may be than the other.",
    )

    def settle(self, setting: Setting) -> Self:
        """Refuse conversations: they have no sides."""
        if setting.kind != "preference":
            raise StepError(
                Problem(
                    "'different' compares the sides of a pair, but the recipe makes conversations",
                    help="put it behind `pairs`, or write `kind: preference`",
                )
            )
        return self

    def measure(self) -> pl.Expr:
        """The reason, null where the pair is sound."""
        chosen, rejected = text("chosen"), text("rejected")
        ends = [pl.col(side).list.last().struct.field("role") for side in ("chosen", "rejected")]
        rules: list[tuple[str, pl.Expr]] = []
        if self.prompt:
            rules.append(("no_prompt", text("prompt").fill_null("").str.strip_chars() == ""))
        rules.append(("last_role", ~pl.all_horizontal(end.eq_missing("assistant") for end in ends)))
        rules.append(("identical", _compared(chosen, rejected, _equal)))
        if self.answers:
            answers = text("chosen_answer"), text("rejected_answer")
            rules.append(("identical_answers", _compared(*answers, _equal)))
        if self.near is not None:
            rules.append(
                ("near_identical", _compared(chosen, rejected, partial(_alike, self.near)))
            )
        if self.length_ratio is not None:
            lengths = [side.str.len_chars() for side in (chosen, rejected)]
            short, long = pl.min_horizontal(lengths), pl.max_horizontal(lengths)
            rules.append(("length_ratio", long > short * self.length_ratio))
        return pl.coalesce(pl.when(broken).then(pl.lit(code)) for code, broken in rules)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a reason."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return "two different answers to one prompt"


def _compared(
    one: pl.Expr, other: pl.Expr, judge: Callable[[pl.Series, pl.Series], pl.Series]
) -> pl.Expr:
    """What is found of two texts, looked at together."""
    return pl.struct(one.alias("one"), other.alias("other")).map_batches(
        lambda both: judge(both.struct.field("one"), both.struct.field("other")),
        return_dtype=pl.Boolean,
        is_elementwise=True,
    )


def _equal(one: pl.Series, other: pl.Series) -> pl.Series:
    from curate.near.sides import equal_words  # numba takes half a second

    return equal_words(one, other)


def _alike(least: float, one: pl.Series, other: pl.Series) -> pl.Series:
    from curate.near.sides import common_words

    return common_words(one, other, least)
