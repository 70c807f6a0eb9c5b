"""128-bit digests of texts, as two columns a set step can sort by."""

from __future__ import annotations

import unicodedata
from functools import partial

import numpy as np
import polars as pl

from curate.fingerprint import digest


def digests(text: pl.Expr, names: tuple[str, str]) -> pl.Expr:
    """The two halves of each text's digest, as fields of these names; null where the text is."""
    columns = pl.Struct({name: pl.UInt64() for name in names})
    halves = text.map_batches(partial(_halves, names=names), return_dtype=columns)
    return halves.alias(names[0])


def _halves(texts: pl.Series, names: tuple[str, str]) -> pl.Series:
    nothing = bytes(16)
    whole = b"".join(nothing if value is None else digest(value) for value in texts.to_list())
    halves = np.frombuffer(whole, dtype="<u8").reshape(-1, 2).T
    frame = pl.DataFrame(dict(zip(names, halves, strict=True)))
    there = texts.is_not_null()
    return frame.select(pl.when(there).then(pl.col(names))).to_struct(texts.name)


def plain(text: pl.Expr) -> pl.Expr:
    """NFKC, lower case, single spaces; null where nothing is left."""
    return text.map_batches(_plain, return_dtype=pl.String)


def _plain(texts: pl.Series) -> pl.Series:
    words = (_folded(value).split() for value in texts.fill_null(""))
    return pl.Series(texts.name, [" ".join(found) or None for found in words], dtype=pl.String)


def _folded(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()
