"""Texts without the code in them."""

from __future__ import annotations

import polars as pl

_CODE = r"(?s:```.*?(?:```|\z))|`[^`\n]+`"


def without_code(text: pl.Expr) -> pl.Expr:
    """Blank out fenced blocks (an unclosed one to the end of the text) and code spans."""
    return text.str.replace_all(_CODE, " ")
