"""Texts as the ids of their tokens, each with the characters it stands for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.tokens.engine import described, opened

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

I32 = NDArray[np.int32]

_BATCH = 64
"""Texts encoded at once; with offsets an encoding takes some 60 times the memory of its text."""


class Ids(NamedTuple):
    """One text's tokens.

    Token `n` stands for the characters from `starts[n]` up to `ends[n]`; where one character is several tokens,
    for all of it, each of them. Neither ever falls from one token to the next.
    """

    ids: I32
    starts: I32
    ends: I32


def encode(texts: Sequence[str], tokenizer: Path) -> Iterator[Ids]:
    """Encode texts whole, one after the other; special tokens are read where they stand, none is added.

    Raises StepError where the file cannot be read.
    """
    engine = _untrimmed(tokenizer)
    for start in range(0, len(texts), _BATCH):
        batch = list(texts[start : start + _BATCH])
        yield from map(_arrays, engine.encode_batch(batch, add_special_tokens=False))


@cache
def _untrimmed(tokenizer: Path) -> Tokenizer:
    """The tokenizer without what comes after it: post-processors may trim spaces off the offsets."""
    from tokenizers import Tokenizer

    opened(tokenizer)  # says what is wrong with a file that is none
    engine = Tokenizer.from_str(json.dumps({**described(tokenizer), "post_processor": None}))
    engine.no_truncation()
    engine.no_padding()
    return engine


def _arrays(encoding: Encoding) -> Ids:
    ids = np.array(encoding.ids, np.int32)
    offsets = np.array(encoding.offsets, np.int32).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    return Ids(ids, np.maximum.accumulate(starts), np.maximum.accumulate(ends))
