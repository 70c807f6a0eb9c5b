"""Pairs that no other pair of the prompt contradicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field

from curate.errors import Problem, StepError
from curate.rows import text
from curate.step import Choice, Facts, Setting
from curate.steps.digests import digests, plain

Half = Literal["prompt", "chosen", "rejected"]


class Consistent(Choice):
    """Drop pairs that another pair of the same prompt contradicts.

    `reversed`: what is chosen here is rejected there, and what is rejected here is chosen there.
    `both_sides`: one of the two is enough; of graded answers, where the middle one is rejected beside the best
    and chosen beside the worst, that drops both pairs. Texts are the same if they differ at most in case, spacing
    and Unicode form.
    """

    name: ClassVar[str] = "consistent"
    shorthand: ClassVar[str | None] = "contradiction"

    contradiction: Literal["reversed", "both_sides"] = Field(
        default="reversed", description="When two pairs contradict each other."
    )

    def settle(self, setting: Setting) -> Self:
        """Refuse conversations: they have no sides."""
        if setting.kind != "preference":
            raise StepError(
                Problem(
                    "'consistent' compares the sides of pairs, but the recipe makes conversations",
                    help="write `kind: preference`",
                )
            )
        return self

    def facts(self) -> Sequence[pl.Expr]:
        """Digests of the prompt and of both sides."""
        return [
            digests(plain(text(half)), tuple(self._names(half)))  # pyright: ignore[reportArgumentType]
            for half in ("prompt", "chosen", "rejected")
        ]

    def _names(self, half: Half) -> list[str]:
        return [self.fact(half), self.fact(f"{half}2")]

    def drop(self, facts: Facts) -> pl.DataFrame:
        """Both of two pairs that contradict each other; the first such pair is why."""
        prompt, chosen, rejected = (self._names(half) for half in ("prompt", "chosen", "rejected"))
        rows = facts.columns(*prompt, *chosen, *rejected, "source", "rank", "earlier")
        rows = rows.filter(~pl.col("earlier")).sort("source", "rank", "row").drop("earlier")
        others = rows.with_columns(pl.col("row").alias("because_of"))
        ways: dict[str, tuple[list[str], list[str]]] = {
            "chosen is rejected there": ([*prompt, *chosen], [*prompt, *rejected]),
            "rejected is chosen there": ([*prompt, *rejected], [*prompt, *chosen]),
        }
        if self.contradiction == "reversed":
            here, there = [*prompt, *chosen, *rejected], [*prompt, *rejected, *chosen]
            ways = {"the other way round there": (here, there)}
        found = [
            rows.join(
                others.select(*there, "because_of").unique(there, keep="first"),
                left_on=here,
                right_on=there,
                maintain_order="left",
            ).select("row", pl.lit(measure).alias("measure"), "because_of")
            for measure, (here, there) in ways.items()
        ]
        return (
            pl.concat(found)
            .filter(pl.col("row") != pl.col("because_of"))
            .unique("row", keep="first", maintain_order=True)
            .sort("row")
        )

    def threshold(self) -> str:
        """The rule in words."""
        return {
            "reversed": "no pair of the prompt is the other way round",
            "both_sides": "no text of the pair is on the other side of another one",
        }[self.contradiction]
