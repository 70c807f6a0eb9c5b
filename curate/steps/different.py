"""Preference pairs that hold a preference."""

from __future__ import annotations

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
        rules.append(("identical", _plain(chosen) == _plain(rejected)))
        if self.answers:
            same = _plain(text("chosen_answer")) == _plain(text("rejected_answer"))
            rules.append(("identical_answers", same))
        if self.near is not None:
            rules.append(("near_identical", _shared(chosen, rejected) >= self.near))
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


def _plain(words: pl.Expr) -> pl.Expr:
    return words.str.replace_all(r"\s+", " ").str.strip_chars()


def _shared(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Jaccard similarity of the sets of lower-cased words."""
    sets = [side.str.to_lowercase().str.extract_all(r"\S+") for side in (one, other)]
    both = sets[0].list.set_intersection(sets[1]).list.len()
    return both / sets[0].list.set_union(sets[1]).list.len()
