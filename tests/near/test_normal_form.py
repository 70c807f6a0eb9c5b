"""Texts as bytes."""

from __future__ import annotations

import itertools

import polars as pl

from curate.pieces import utf8
from curate.rows import text, with_texts
from tests.strategies import rows


def test_a_null_is_empty_whatever_stands_behind_it() -> None:
    frame = rows([{"user": "q"}, {"user": "q", "assistant": "a"}, {"assistant": None}])
    masked = frame.with_columns(
        messages=pl.col("messages").list.eval(
            pl.when(pl.element().struct.field("role") == "assistant").then(pl.element())
        )
    )
    for part in (frame, masked):
        for column in ("thinking", "answer", "prompt"):
            texts = with_texts(part, [text(column)]).select(text(column)).to_series()
            data, bounds = utf8(texts)
            told = [bytes(data[a:b]).decode() for a, b in itertools.pairwise(bounds)]
            assert told == [value or "" for value in texts]
