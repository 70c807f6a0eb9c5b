"""Columns of texts, from whatever holds them."""

from __future__ import annotations

from typing import Any

import polars as pl


def strings(texts: Any) -> pl.Series:
    """Texts as a polars column: one as it is, an Arrow array without copying, any other sequence of strings.

    Raises TypeError where they are no strings.
    """
    if isinstance(texts, pl.Series):
        column = texts
    elif hasattr(texts, "__arrow_c_array__") or hasattr(texts, "__arrow_c_stream__"):
        column = pl.Series(texts)
    elif isinstance(texts, str):
        raise TypeError("texts must be a column of strings, not one string")
    else:
        column = pl.Series(list(texts), dtype=pl.String)
    if column.dtype == pl.Null or column.dtype == pl.Categorical:
        column = column.cast(pl.String)
    if column.dtype != pl.String:
        raise TypeError(f"texts must be strings, not {column.dtype}")
    return column
