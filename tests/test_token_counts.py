"""Tokens of columns of texts, as users count them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pytest

import curate
from curate.errors import CurateError

TOKENIZER = Path(__file__).parent / "data/bytes.json"
"""Byte-level; its only merges are `th`, `the`, ` the`, `hi` and ` a`."""

arrow = cast("Any", pa)


@pytest.mark.parametrize(
    "texts",
    [
        pl.Series("t", ["the hi", None, ""]),
        pl.Series("t", ["the hi", None, ""], pl.Categorical),
        arrow.array(["the hi", None, ""]),
        arrow.array(["the hi", None, ""], arrow.large_string()),
        arrow.chunked_array([["the hi"], [None, ""]]),
        ["the hi", None, ""],
    ],
)
@pytest.mark.parametrize("tokenizer", [TOKENIZER, str(TOKENIZER)])
def test_any_column_is_counted(texts: Any, tokenizer: str | Path) -> None:
    counted = curate.count_tokens(texts, tokenizer)
    assert counted.to_list() == [3, None, 0]
    assert counted.dtype == pl.UInt32


def test_nothing_is_counted_too() -> None:
    assert curate.count_tokens([], TOKENIZER).to_list() == []
    assert curate.count_tokens(pl.Series([None, None]), TOKENIZER).to_list() == [None, None]


def test_it_counts_within_polars() -> None:
    frame = pl.LazyFrame({"text": ["the hi", "a"]})
    counted = pl.col("text").map_batches(
        lambda texts: curate.count_tokens(texts, TOKENIZER), return_dtype=pl.UInt32
    )
    assert frame.select(counted).collect().to_series().to_list() == [3, 1]


@pytest.mark.parametrize("texts", ["the hi", [1, 2], pl.Series([1.5])])
def test_what_is_no_text_is_told(texts: Any) -> None:
    with pytest.raises(TypeError):
        curate.count_tokens(texts, TOKENIZER)


@pytest.mark.parametrize("named", ["nowhere", "no/where.json/at/all", Path("org/name")])
def test_a_tokenizer_that_is_not_there_is_told(named: str | Path) -> None:
    with pytest.raises(CurateError, match="no tokenizer at"):
        curate.count_tokens(["x"], named)
