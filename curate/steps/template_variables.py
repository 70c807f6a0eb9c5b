"""The values rows bring along for a chat template."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from curate.step import Edit


class TemplateVariables(Edit):
    """Take away the values that rows bring along for the chat template.

    Published rows may say how they were once rendered, such as `enable_thinking: false`. A template that answers
    this with an empty thinking block in the prompt alone makes a prompt that the training text does not
    begin with, so a trainer cannot tell what of it to train on.
    """

    name: ClassVar[str] = "template_variables"
    shorthand: ClassVar[str | None] = "keep"

    keep: tuple[str, ...] = Field(
        default=(), description="The variables that stay; none by default."
    )

    def columns(self) -> Sequence[pl.Expr]:
        """What is left of them."""
        given = pl.col("chat_template_kwargs")
        if not self.keep:
            return [pl.lit(None, pl.String).alias("chat_template_kwargs")]
        return [given.map_elements(self._kept, return_dtype=pl.String)]

    def _kept(self, text: str) -> str | None:
        told: dict[str, Any] = json.loads(text)
        left = {name: value for name, value in told.items() if name in self.keep}
        return json.dumps(left, ensure_ascii=False) if left else None
