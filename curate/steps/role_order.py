"""Rows whose turns do not take turns."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from curate.step import Filter

_LETTERS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
"""One letter a turn, so that an order is a word; an assistant turn that calls a tool is `c`."""

_RULES: tuple[tuple[str, str], ...] = (
    ("^$", "no_turns"),
    ("x", "unknown_role"),
    ("s.*s", "two_systems"),
    (".s", "system_not_first"),
    ("^s?[act]", "starts_with_answer"),
    ("[^ct]t", "tool_without_call"),
    ("uu", "two_user_turns"),
    ("[ac][ac]", "two_assistant_turns"),
    ("tu", "tool_unanswered"),
    ("[^ac]$", "ends_without_answer"),
)
"""What an order must not hold, and the reason where it does; the first that applies counts."""


class RoleOrder(Filter):
    """Drop rows whose turns are out of order.

    A conversation is at most one system turn, then user and assistant by turns, the assistant last;
    between them an assistant that calls a tool, what the tool gave (one turn or several), and the
    assistant again. Both sides of a preference row must be so behind its prompt, which ends before
    the assistant's turn. Reasons: `no_turns`, `unknown_role`, `two_systems`, `system_not_first`,
    `starts_with_answer`, `tool_without_call`, `two_user_turns`, `two_assistant_turns`,
    `tool_unanswered`, `ends_without_answer`, `prompt_ends_with_answer`; those of a side begin with
    `chosen: ` or `rejected: `.
    """

    name: ClassVar[str] = "role_order"

    def measure(self) -> pl.Expr:
        """The reason, null where the order is right."""
        # Spelled out as columns of their own: an expression for each rule may spell them out anew.
        orders = pl.struct(_order(column) for column in ("messages", "chosen", "rejected"))
        return orders.map_batches(_judged, return_dtype=pl.String, is_elementwise=True)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a reason."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return "system first, then user and assistant by turns"


def _order(column: str) -> pl.Expr:
    turn = pl.element().struct
    calls = (turn.field("role") == "assistant") & turn.field("tool_calls").is_not_null()
    letter = turn.field("role").replace_strict(_LETTERS, default="x", return_dtype=pl.String)
    return (
        pl.col(column).list.eval(pl.when(calls).then(pl.lit("c")).otherwise(letter)).list.join("")
    )


def _judged(orders: pl.Series) -> pl.Series:
    prompt, pair = pl.col("messages"), pl.col("chosen").is_not_null()
    reason = pl.coalesce(
        pl.when(~pair).then(_reason("messages")),
        pl.when(pair & prompt.str.contains("[ac]$")).then(pl.lit("prompt_ends_with_answer")),
        pl.lit("chosen: ") + _reason("chosen"),
        pl.lit("rejected: ") + _reason("rejected"),
    )
    whole = [(prompt + pl.col(side)).alias(side) for side in ("chosen", "rejected")]
    return orders.struct.unnest().with_columns(whole).select(reason).to_series()


def _reason(column: str) -> pl.Expr:
    order = pl.col(column).str
    return pl.coalesce(
        pl.when(order.contains(pattern)).then(pl.lit(code)) for pattern, code in _RULES
    )
