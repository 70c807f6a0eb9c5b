"""Rows a trainer can use whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl
from pydantic import Field, PrivateAttr

from curate import tokens
from curate.errors import Problem, StepError
from curate.fingerprint import digest
from curate.step import Filter, Setting, TemplateUse

_COLUMNS = ("id", "messages", "chosen", "rejected", "tools", "chat_template_kwargs")


class Fits(Filter):
    """Drop rows a trainer would cut: rendered with the recipe's template, they have too many tokens.

    Trainers keep the start of what is too long; `</think>`, the answer and the end-of-turn token, which
    stand last, survive only where all fits. Of a preference row both sides must, each with the prompt.
    Where the tokenizer works on bytes, only renderings of more bytes than `max_length` are tokenised: no
    other can have more tokens. Those have no measure.
    """

    name: ClassVar[str] = "fits"
    shorthand: ClassVar[str | None] = "max_length"

    max_length: int = Field(ge=1, description="The trainer's limit, in tokens.")

    _tokenizer: Path | None = PrivateAttr(default=None)
    _template: TemplateUse | None = PrivateAttr(default=None)

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
        return settled

    def stamp(self) -> str:
        """What the tokenizer and the template say."""
        if self._tokenizer is None or self._template is None:
            return ""
        use = self._template
        values = json.dumps([use.bos_token, use.eos_token, dict(use.variables)], default=str)
        return digest(
            tokens.stamp(self._tokenizer).hex(), use.path.read_text(encoding="utf-8"), values
        ).hex()

    def measure(self) -> pl.Expr:
        """The tokens of the longer side; null where it is clear without counting that they fit."""
        return pl.struct(*_COLUMNS).map_batches(
            self._tokens, return_dtype=pl.UInt32, is_elementwise=True
        )

    def _tokens(self, rows: pl.Series) -> pl.Series:
        from curate.chat_template.conversation import open_template

        if self._tokenizer is None or self._template is None:
            raise StepError("'fits' needs the recipe's tokenizer and template: settle it first")
        template = open_template(self._template)
        rendered = pl.Series(
            [list(_rendered(row, template)) for row in rows], dtype=pl.List(pl.String)
        )
        sides = pl.DataFrame({"row": pl.int_range(len(rows), eager=True), "text": rendered})
        sides = sides.explode("text")
        if tokens.is_byte_level(self._tokenizer):
            sides = sides.filter(pl.col("text").str.len_bytes() > self.max_length)
        counted = sides.select("row", tokens=tokens.count(sides["text"], self._tokenizer))
        longest = counted.group_by("row").agg(pl.col("tokens").max())
        every = pl.DataFrame({"row": pl.int_range(len(rows), eager=True)})
        return every.join(longest, on="row", how="left", maintain_order="left")["tokens"]

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows that fit."""
        return measured.is_null() | (measured <= self.max_length)

    def threshold(self) -> str:
        """The rule in words."""
        return f"at most {self.max_length:,} tokens rendered"


def _rendered(row: dict[str, Any], template: Any) -> Iterator[str]:
    from curate.chat_template.conversation import as_template_messages

    sides: list[list[Any]] = [[]] if row["chosen"] is None else [row["chosen"], row["rejected"]]
    variables: dict[str, Any] = _json(row, "chat_template_kwargs") or {}
    tools = _json(row, "tools")
    for side in sides:
        messages = as_template_messages([*row["messages"], *side])
        yield template.render(messages, **{**variables, "tools": tools}).text


def _json(row: dict[str, Any], column: str) -> Any:
    try:
        return None if row[column] is None else json.loads(row[column])
    except ValueError as error:
        raise StepError(f"row {row['id']} has {column} that are not JSON: {error}") from error
