"""Rows with a turn that says nothing."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from curate.step import Filter


class NoEmptyTurns(Filter):
    """Drop rows with a turn that has neither content, thinking nor a tool call.

    White space alone is no content. Reasons: `empty_<role>` names the first such turn, `no_turns` a
    row without any; for the sides of a preference row they begin with `chosen: ` or `rejected: `.
    """

    name: ClassVar[str] = "no_empty_turns"

    def measure(self) -> pl.Expr:
        """The reason, null where every turn says something."""
        prompt = pl.when((pl.col("messages").list.len() > 0) | pl.col("chosen").is_not_null()).then(
            _first_empty("messages")
        )
        return pl.coalesce(
            prompt.otherwise(pl.lit("no_turns")),
            pl.lit("chosen: ") + _of_side("chosen"),
            pl.lit("rejected: ") + _of_side("rejected"),
        )

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a reason."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return "no empty turn"


def _first_empty(column: str) -> pl.Expr:
    turn = pl.element().struct
    blank = [
        turn.field(name).fill_null("").str.strip_chars() == ""
        for name in ("content", "thinking", "tool_calls")
    ]
    reason = pl.when(pl.all_horizontal(blank)).then(pl.lit("empty_") + turn.field("role"))
    return pl.col(column).list.eval(reason.drop_nulls()).list.first()


def _of_side(column: str) -> pl.Expr:
    return (
        pl.when(pl.col(column).list.len() == 0)
        .then(pl.lit("no_turns"))
        .otherwise(_first_empty(column))
    )
