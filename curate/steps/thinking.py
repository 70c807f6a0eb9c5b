"""Whether rows think in whole blocks, or not at all."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from curate.prose import without_code
from curate.step import Filter
from curate.thinking import CLOSE, OPEN, SPELLINGS

_OTHER_SPELLINGS = "|".join(re.escape(marker) for pair in SPELLINGS[1:] for marker in pair)

_STRUCTURES: tuple[tuple[str, str], ...] = (
    ("^C+$", "no_open"),
    ("^O+$", "no_close"),
    ("^C", "close_before_open"),
    ("^(OC){2,}$", "multiple_blocks"),
    ("^OO", "nested"),
    ("^OC.", "tag_in_answer"),
)
"""Wrong orders of opening (O) and closing (C) markers; the first that applies is the reason."""


class Thinking(Filter):
    """Ask of the assistant that it thinks in one whole block before it answers, or that it does not.

    Reasons: `wrong_tag_variant` (another spelling left in a text; one at the start of a turn was
    understood when the row came in), `no_open`, `no_close`, `close_before_open`, `multiple_blocks`,
    `nested`, `tag_in_answer`, `text_before_open`, `empty_think`, `empty_answer`,
    `think_in_no_think_row`, and `tag_in_user_turn` for any turn but the assistant's. Markers inside
    code do not count. Both sides of a preference row are judged, their reasons begin with `chosen: `
    or `rejected: `.
    """

    name: ClassVar[str] = "thinking"
    shorthand: ClassVar[str | None] = "mode"

    mode: Literal["require", "forbid", "allow"] = Field(
        description="`require` one whole block and an answer, `forbid` any, or `allow` both."
    )
    turns: Literal["last", "all"] = Field(
        default="last",
        description="Which assistant turns are judged; `forbid` always judges all.",
    )

    def measure(self) -> pl.Expr:
        """The reason, null where all is well."""
        every = self.turns == "all" or self.mode == "forbid"
        is_whole = pl.col("chosen").is_null()
        # Of a preference row `messages` is the prompt, which need not hold an answer.
        own = self._judged("messages", is_whole)
        sides = [
            pl.lit(f"{side}: ") + self._judged(side, pl.col(side).is_not_null())
            for side in ("chosen", "rejected")
        ]
        own = own if every else pl.when(is_whole).then(own)
        return pl.coalesce(own, *sides, _tag_in_user_turn())

    def _judged(self, column: str, asked: pl.Expr) -> pl.Expr:
        """The reason of a column's turns, which must hold an answer where they are `asked` to."""
        if self.mode != "require":
            return self._reasons(column)
        roles = pl.col(column).list.eval(pl.element().struct.field("role"))
        silent = asked & ~roles.list.contains("assistant")
        return pl.when(silent).then(pl.lit("no_open")).otherwise(self._reasons(column))

    def _reasons(self, column: str) -> pl.Expr:
        return pl.col(column).map_batches(self._found, return_dtype=pl.String, is_elementwise=True)

    def _found(self, rows: pl.Series) -> pl.Series:
        """The first reason of each row's assistant turns, laid out flat so that each is read once."""
        if rows.null_count() == len(rows):
            return pl.repeat(None, len(rows), dtype=pl.String, eager=True)
        numbered = rows.to_frame("turn").with_row_index("row")
        turns = numbered.explode("turn").unnest("turn").filter(pl.col("role") == "assistant")
        if self.turns == "last" and self.mode != "forbid":
            turns = turns.unique("row", keep="last", maintain_order=True)
        plain = without_code(pl.col("content").fill_null(""))
        thought = pl.col("thinking")
        block = pl.concat_str(pl.lit("O"), _marks(without_code(thought.fill_null(""))), pl.lit("C"))
        marks = pl.when(thought.is_null()).then(pl.lit("")).otherwise(block) + _marks(
            pl.col("plain")
        )
        reasons = (
            turns.with_columns(plain.alias("plain"))
            .with_columns(marks.alias("marks"))
            .select("row", reason=self._reason())
            .drop_nulls("reason")
            .unique("row", keep="first", maintain_order=True)
        )
        return numbered.join(reasons, on="row", how="left", maintain_order="left")["reason"]

    def _reason(self) -> pl.Expr:
        """The reason of one assistant turn."""
        thought, marks = pl.col("thinking"), pl.col("marks")
        rules = [(pl.col("plain").str.contains(_OTHER_SPELLINGS), "wrong_tag_variant")]
        if self.mode == "forbid":
            rules.append((marks != "", "think_in_no_think_row"))
        else:
            silent = _is_blank(pl.col("content").fill_null("")) & pl.col("tool_calls").is_null()
            if self.mode == "require":
                rules.append((marks == "", "no_open"))
            rules += [(marks.str.contains(pattern), code) for pattern, code in _STRUCTURES]
            rules += [
                (thought.is_null() & (marks != ""), "text_before_open"),
                (_is_blank(thought), "empty_think"),
                (thought.is_not_null() & silent, "empty_answer"),
            ]
        return pl.coalesce(pl.when(broken).then(pl.lit(code)) for broken, code in rules)

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a reason."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return {
            "require": "one whole block of thinking, then an answer",
            "forbid": "no thinking",
            "allow": "whole blocks of thinking or none",
        }[self.mode]


def _tag_in_user_turn() -> pl.Expr:
    turn = pl.element().struct
    tagged = without_code(turn.field("content").fill_null("")).str.contains(f"{OPEN}|{CLOSE}")
    asked = turn.field("role") != "assistant"
    return pl.when(pl.col("messages").list.eval(asked & tagged).list.any()).then(
        pl.lit("tag_in_user_turn")
    )


def _marks(words: pl.Expr) -> pl.Expr:
    """The markers in order, as a word of O and C."""
    marks = words.str.extract_all(f"{OPEN}|{CLOSE}").list.join("")
    return marks.str.replace_all(OPEN, "O", literal=True).str.replace_all(CLOSE, "C", literal=True)


def _is_blank(words: pl.Expr) -> pl.Expr:
    return words.str.strip_chars() == ""
