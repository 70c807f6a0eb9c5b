"""128-bit digests of texts, as two columns a set step can sort by."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from curate.fingerprint import digest


def digests(text: pl.Expr, names: tuple[str, str]) -> pl.Expr:
    """The two halves of each text's digest, under these names; null where the text is."""
    high, low = names

    def halves(texts: pl.Series) -> pl.Series:
        whole = b"".join(digest(value) if value is not None else bytes(16) for value in texts)
        pairs = np.frombuffer(whole, dtype="<u8").reshape(-1, 2)
        there = texts.is_not_null()
        columns = {high: pl.Series(pairs[:, 0]), low: pl.Series(pairs[:, 1])}
        frame = pl.DataFrame(columns).select(pl.when(there).then(pl.col(high, low)))
        return frame.to_struct(texts.name)

    return _spread(text, halves, names)


def _spread(
    text: pl.Expr, function: Callable[[pl.Series], pl.Series], names: Sequence[str]
) -> pl.Expr:
    columns = pl.Struct({name: pl.UInt64() for name in names})
    return text.map_batches(function, return_dtype=columns).struct.field("*")


def plain(text: pl.Expr) -> pl.Expr:
    """NFKC, lower case, single spaces; null where nothing is left."""
    folded = text.map_batches(_folded, return_dtype=pl.String)
    spaced = folded.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(spaced != "").then(spaced)


def _folded(texts: pl.Series) -> pl.Series:
    return pl.Series(
        texts.name,
        [
            value
            if value is None
            else (value if value.isascii() else unicodedata.normalize("NFKC", value)).lower()
            for value in texts
        ],
        dtype=pl.String,
    )
