"""Stray white space and invisible characters out of every turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from curate.rows import TIDY
from curate.step import Edit

_INVISIBLE = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\u{200B}\u{FEFF}]"
"""Control characters but tab and line ends, zero-width spaces and byte order marks. Joiners stay:
scripts and emoji need them."""


class TidyText(Edit):
    """Trim contents and thinking, and make their line ends and thinking markers uniform.

    White space at both ends goes, CRLF, CR and U+0085 become line feeds, control characters,
    zero-width spaces and byte order marks go. Thinking stands between `<think>` and `</think>`, on
    lines of its own. Blank lines inside a text stay: in code and verse they carry meaning.
    """

    name: ClassVar[str] = "tidy_text"

    def columns(self) -> Sequence[pl.Expr]:
        """The turns of all three columns, tidied."""
        turn = pl.element().struct.with_fields(
            _tidy(pl.field("content")),
            _tidy(pl.field("thinking")),
            pl.when(pl.field("thinking").is_not_null()).then(pl.lit(TIDY)).alias("markers"),
        )
        return [pl.col("messages", "chosen", "rejected").list.eval(turn)]


def _tidy(text: pl.Expr) -> pl.Expr:
    return (
        text.str.replace_all(_INVISIBLE, "").str.replace_all("\r\n?|\u0085", "\n").str.strip_chars()
    )
