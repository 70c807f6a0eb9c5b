"""Rows a trainer can use whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Self

import polars as pl
from pydantic import Field, PrivateAttr

from curate import tokens
from curate.errors import Problem, StepError
from curate.fingerprint import digest
from curate.rows import Kind
from curate.step import Filter, Setting, TemplateUse

_COLUMNS = ("id", "source", "messages", "chosen", "rejected", "tools", "chat_template_kwargs")
_TEXTS = {"row": pl.Int64(), "text": pl.String()}


class Fits(Filter):
    """Drop rows a trainer would cut: rendered with the recipe's template, they have too many tokens.

    Trainers keep the start of what is too long; `</think>`, the answer and the end-of-turn token, which
    stand last, survive only where all fits. Of a preference row both sides must, each with the prompt.
    Where the tokenizer works on bytes, only renderings of more bytes than `max_length` are tokenised (of
    more than a third as many, if it composes characters first): no other can have more tokens. Those have no
    measure.
    """

    name: ClassVar[str] = "fits"
    shorthand: ClassVar[str | None] = "max_length"

    max_length: int = Field(ge=1, description="The trainer's limit, in tokens.")

    _tokenizer: Path | None = PrivateAttr(default=None)
    _template: TemplateUse | None = PrivateAttr(default=None)
    _kind: Kind = PrivateAttr(default="conversation")

    def settle(self, setting: Setting) -> Self:
        """Take the recipe's tokenizer and template."""
        if setting.tokenizer is None or setting.template is None:
            lacking = "tokenizer" if setting.tokenizer is None else "template"
            raise StepError(
                Problem(
                    f"'fits' counts the tokens of rendered rows, but the recipe names no {lacking}",
                    help=f"add `{lacking}: FILE` to the recipe",
                )
            )
        settled = self.model_copy()
        settled._tokenizer, settled._template = setting.tokenizer, setting.template
        settled._kind = setting.kind
        return settled

    def stamp(self) -> str:
        """What the tokenizer and the template say."""
        if self._tokenizer is None or self._template is None:
            return ""
        from curate.chat_template.conversation import open_template

        template = open_template(self._template)
        given = [template.bos_token, template.eos_token, dict(self._template.variables)]
        values = json.dumps(given, default=str)
        return digest(tokens.stamp(self._tokenizer).hex(), template.text, values).hex()

    def measure(self) -> pl.Expr:
        """The tokens of the longer side; null where it is clear without counting that they fit."""
        return pl.struct(*_COLUMNS).map_batches(
            self._tokens, return_dtype=pl.UInt32, is_elementwise=True
        )

    def _tokens(self, rows: pl.Series) -> pl.Series:
        # Jinja costs a fifth of a second, and most recipes have no `fits`.
        from curate.chat_template.conversation import open_template
        from curate.chat_template.row_rendering import SIDES, render_rows

        if self._tokenizer is None or self._template is None:
            raise StepError("'fits' needs the recipe's tokenizer and template: settle it first")
        template = open_template(self._template)
        every = pl.int_range(len(rows), eager=True).alias("row")
        frame = rows.struct.unnest()
        rendered = [list(render_rows(frame, side, template)) for side in SIDES[self._kind]]
        sides = pl.concat(
            pl.DataFrame({"row": every, "text": [one.text for one in side]}, _TEXTS)
            for side in rendered
        )
        most = tokens.per_byte(self._tokenizer)
        if most is not None:
            sides = sides.filter(pl.col("text").str.len_bytes() * most > self.max_length)
        counted = sides.select("row", tokens=tokens.count(sides["text"], self._tokenizer))
        longest = counted.group_by("row").agg(pl.col("tokens").max())
        return every.to_frame().join(longest, on="row", how="left", maintain_order="left")["tokens"]

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows that fit."""
        return measured.is_null() | (measured <= self.max_length)

    def threshold(self) -> str:
        """The rule in words."""
        return f"at most {self.max_length:,} tokens rendered"
