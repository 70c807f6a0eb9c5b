"""How long a part of a row may be."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, PrivateAttr, model_validator

from curate import tokens
from curate.errors import Problem, StepError
from curate.rows import Part, text
from curate.step import Filter, Setting


class Length(Filter):
    """Drop rows of which a part is too long or too short; both bounds are allowed lengths.

    A part that is not there has length 0. Tokens are those of the recipe's tokenizer, the text taken
    alone, without template.
    """

    name: ClassVar[str] = "length"

    of: Part | Literal["turn", "total"] = Field(
        default="total",
        description="A part of the row; `turn`: the longest content of a single turn; `total`: the "
        "whole conversation, of a preference row the prompt with the longer side.",
    )
    unit: Literal["characters", "words", "tokens"] = Field(
        default="characters",
        description="Unicode characters, stretches without white space, or tokens.",
    )
    min: int | None = Field(default=None, ge=0, description="The shortest length that stays.")
    max: int | None = Field(default=None, ge=0, description="The longest length that stays.")

    _tokenizer: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"no length is at least {self.min} but at most {self.max}")
        return self

    def settle(self, setting: Setting) -> Self:
        """Take the recipe's tokenizer, if tokens are counted."""
        if self.unit != "tokens":
            return self
        if setting.tokenizer is None:
            raise StepError(
                Problem(
                    "'length' counts tokens, but the recipe names no tokenizer",
                    help="add `tokenizer: FILE` to the recipe, or count words or characters",
                )
            )
        settled = self.model_copy()
        settled._tokenizer = setting.tokenizer
        return settled

    def stamp(self) -> str:
        """What the tokenizer says."""
        return "" if self._tokenizer is None else tokens.stamp(self._tokenizer).hex()

    def measure(self) -> pl.Expr:
        """The length in `unit`."""
        return self._measured().fill_null(0)

    def _measured(self) -> pl.Expr:
        if self.of == "turn":
            contents = self._count(pl.element().struct.field("content"))
            columns = ("messages", "chosen", "rejected")
            return pl.max_horizontal(pl.col(c).list.eval(contents).list.max() for c in columns)
        if self.of == "total":
            prompt, gap = text("conversation"), pl.lit("\n\n")
            chosen = pl.coalesce(pl.concat_str(prompt, gap, text("chosen")), prompt)
            rejected = pl.concat_str(prompt, gap, text("rejected"))
            return pl.max_horizontal(self._count(chosen), self._count(rejected))
        return self._count(text(self.of))

    def _count(self, texts: pl.Expr) -> pl.Expr:
        if self.unit == "characters":
            return texts.str.len_chars()
        if self.unit == "words":
            return texts.str.count_matches(r"\S+")
        if self._tokenizer is None:
            raise StepError("'length' counts tokens by the recipe's tokenizer: settle it first")
        return texts.map_batches(
            partial(tokens.count, tokenizer=self._tokenizer), return_dtype=pl.UInt32
        )

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows whose length lies within the bounds."""
        low, high = self.min or 0, self.max
        return measured >= low if high is None else measured.is_between(low, high)

    def threshold(self) -> str:
        """The rule in words."""
        if self.max is None:
            return f"at least {self.min:,} {self.unit}"
        if self.min is None:
            return f"at most {self.max:,} {self.unit}"
        return f"{self.min:,} to {self.max:,} {self.unit}"
