"""Texts as the ids of their tokens, each with the characters it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from curate.tokens.counting import found
from curate.tokens.engine import I32


class Ids(NamedTuple):
    """One text's tokens.

    Token `n` stands for the characters from `starts[n]` up to `ends[n]`; where one character is several tokens,
    for all of it, each of them. Neither ever falls from one token to the next.
    """

    ids: I32
    starts: I32
    ends: I32


def encode(texts: Sequence[str], tokenizer: Path) -> Iterator[Ids]:
    """Encode texts, one after the other; special tokens are read where they stand, none is added.

    Raises StepError where the file cannot be read.
    """
    from curate.tokens.memo import Places  # numba takes half a second

    told = found(Places, pl.Series(texts, dtype=pl.String), tokenizer)
    for first, last in zip(told.bounds[:-1].tolist(), told.bounds[1:].tolist(), strict=True):
        yield Ids(*told.tokens[first:last].T)
