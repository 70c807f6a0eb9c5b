"""Tokenizer files, opened."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from curate.errors import Place, Problem, StepError
from curate.fingerprint import digest_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 128
"""Texts encoded at once; an encoding takes some 30 times the memory of its text."""


@cache
def opened(tokenizer: Path) -> Tokenizer:
    """The tokenizer of a `tokenizer.json` or of a folder that holds one; StepError where it is none."""
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


def encoded(texts: Sequence[str], tokenizer: Path) -> list[int]:
    """How many tokens each text has, encoded whole; special tokens are not added."""
    engine = opened(tokenizer)
    counts: list[int] = []
    for start in range(0, len(texts), _BATCH):
        batch = list(texts[start : start + _BATCH])
        counts += map(len, engine.encode_batch_fast(batch, add_special_tokens=False))
    return counts


@cache
def described(tokenizer: Path) -> dict[str, Any]:
    """What its file says."""
    return json.loads(_file(tokenizer).read_text("utf-8"))


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
    told = described(tokenizer)
    pre = cast("dict[str, Any]", told.get("pre_tokenizer") or {})
    steps: list[dict[str, Any]] = pre.get("pretokenizers", [pre])
    byte_levels = [step for step in steps if step.get("type") == "ByteLevel"]
    return (
        told["model"].get("type") == "BPE"
        and told.get("normalizer") is None
        and bool(byte_levels)
        and all(step.get("type") in _SPLITTERS for step in steps)
        and not any(step.get("add_prefix_space") for step in byte_levels)
    )


_SPLITTERS = {"ByteLevel", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit"}
"""Pre-tokenizers that only cut a text in pieces."""


def _file(tokenizer: Path) -> Path:
    file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    if not file.is_file():
        raise StepError(
            Problem("no tokenizer there", Place(file), help="name a `tokenizer.json` file")
        )
    return file
