"""Tokens of columns of texts, by a tokenizer that a user names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from curate import tokens
from curate.columns import strings
from curate.hub.tokenizers import find_tokenizer


def count_tokens(texts: Any, tokenizer: str | Path, *, special_tokens: bool = False) -> pl.Series:
    """Count the tokens of texts: a polars column, an Arrow array or any sequence of strings.

    Gives a UInt32 column, null where there is no text. The counts are those of `tokenizers`, to the token,
    however long the texts are and whatever stands in them. Every distinct piece is encoded once, for as long as the
    process lives.

    `tokenizer` is a `tokenizer.json`, a folder that holds one, or a model of the Hub as `org/name` or
    `org/name@revision`. With `special_tokens` those count that it puts around every text.
    Raises StepError where there is no tokenizer, RemoteError where the Hub does not give it, TypeError where
    texts are no strings.
    """
    return tokens.count(strings(texts), find_tokenizer(tokenizer), special_tokens=special_tokens)
