"""Token counts by a tokenizer file."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from curate.errors import Place, Problem, StepError
from curate.fingerprint import digest_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 128
"""Texts encoded at once; an encoding takes some 30 times the memory of its text."""


def count(texts: pl.Series, tokenizer: Path) -> pl.Series:
    """The tokens of every text (UInt32; null where the text is), special tokens not added.

    `tokenizer` is a `tokenizer.json`, or a folder that holds one. Raises StepError where it cannot
    be read.
    """
    engine = _opened(tokenizer)
    present = texts.drop_nulls().to_list()
    counts: list[int] = []
    for start in range(0, len(present), _BATCH):
        encodings = engine.encode_batch_fast(
            present[start : start + _BATCH], add_special_tokens=False
        )
        counts += map(len, encodings)
    found = pl.Series(texts.name, counts, dtype=pl.UInt32)
    if len(present) == len(texts):
        return found
    spread = pl.Series(texts.name, [None] * len(texts), dtype=pl.UInt32)
    return spread.scatter(texts.is_not_null().arg_true(), found)


@cache
def stamp(tokenizer: Path) -> bytes:
    """A digest of the tokenizer's file: the same file counts the same."""
    return digest_bytes(_file(tokenizer).read_bytes())


@cache
def is_byte_level(tokenizer: Path) -> bool:
    """Whether a text can never have more tokens than UTF-8 bytes.

    True of byte-pair encodings over bytes that neither rewrite the text first (a normalizer may make
    it longer) nor put a space before it.
    """
    described = json.loads(_file(tokenizer).read_text("utf-8"))
    pre = cast("dict[str, Any]", described.get("pre_tokenizer") or {})
    steps: list[dict[str, Any]] = pre.get("pretokenizers", [pre])
    byte_levels = [step for step in steps if step.get("type") == "ByteLevel"]
    return (
        described["model"].get("type") == "BPE"
        and described.get("normalizer") is None
        and bool(byte_levels)
        and all(step.get("type") in _SPLITTERS for step in steps)
        and not any(step.get("add_prefix_space") for step in byte_levels)
    )


_SPLITTERS = {"ByteLevel", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit"}
"""Pre-tokenizers that only cut a text in pieces."""


@cache
def _opened(tokenizer: Path) -> Tokenizer:
    # The workers are processes; threads inside each would only contend.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer

    file = _file(tokenizer)
    try:
        engine = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise StepError(Problem(f"not a tokenizer: {error}", Place(file))) from error
    engine.no_truncation()
    engine.no_padding()
    return engine


def _file(tokenizer: Path) -> Path:
    file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    if not file.is_file():
        raise StepError(
            Problem("no tokenizer there", Place(file), help="name a `tokenizer.json` file")
        )
    return file
