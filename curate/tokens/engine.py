"""Tokenizer files, opened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import Place, Problem, StepError
from curate.fingerprint import digest_bytes
from curate.tokens.cuts import steps

if TYPE_CHECKING:
    from tokenizers import Tokenizer

I32 = NDArray[np.int32]

_BATCH = 128
"""Texts encoded at once; an encoding takes some 30 times the memory of its text, with offsets 60 times."""


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


def lengths(texts: Sequence[str], tokenizer: Path) -> list[int]:
    """How many tokens each text has, encoded whole; special tokens are not added."""
    engine = opened(tokenizer)
    counts: list[int] = []
    for start in range(0, len(texts), _BATCH):
        batch = list(texts[start : start + _BATCH])
        counts += map(len, engine.encode_batch_fast(batch, add_special_tokens=False))
    return counts


def placed(texts: Sequence[str], tokenizer: Path) -> Iterator[I32]:
    """The tokens of each text, encoded whole: their ids, and the characters at which they start and end.

    One row a token. Where one character is several tokens, each stands for all of it; neither start nor end
    ever falls from one token to the next. Special tokens are read where they stand, none is added.
    """
    engine = _untrimmed(tokenizer)
    for start in range(0, len(texts), _BATCH // 2):
        batch = list(texts[start : start + _BATCH // 2])
        for encoding in engine.encode_batch(batch, add_special_tokens=False):
            offsets = np.array(encoding.offsets, np.int32).reshape(-1, 2)
            running = np.maximum.accumulate(offsets) if len(offsets) else offsets
            yield np.concatenate([np.array(encoding.ids, np.int32)[:, None], running], axis=1)


@cache
def _untrimmed(tokenizer: Path) -> Tokenizer:
    """The tokenizer without what comes after it: post-processors may trim spaces off the offsets."""
    from tokenizers import Tokenizer

    opened(tokenizer)  # says what is wrong with a file that is none
    engine = Tokenizer.from_str(json.dumps({**described(tokenizer), "post_processor": None}))
    engine.no_truncation()
    engine.no_padding()
    return engine


@cache
def specials(tokenizer: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that are put before every text, and behind it.

    Raises StepError where what is put there depends on the text.
    """
    engine = opened(tokenizer)
    ways: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for text in _PLAIN:
        bare = engine.encode(text, add_special_tokens=False).ids
        full = engine.encode(text).ids
        places = [
            at for at in range(len(full) - len(bare) + 1) if full[at : at + len(bare)] == bare
        ]
        if not places:
            raise StepError(Problem("its special tokens change those of texts", Place(tokenizer)))
        ways.add((tuple(full[: places[0]]), tuple(full[places[0] + len(bare) :])))
    if len(ways) > 1:
        raise StepError(Problem("its special tokens depend on the text", Place(tokenizer)))
    return ways.pop()


_PLAIN = ("a", "It is.", "1, 2, 3")


@cache
def described(tokenizer: Path) -> dict[str, Any]:
    """What its file says."""
    return json.loads(_file(tokenizer).read_text("utf-8"))


@cache
def stamp(tokenizer: Path) -> bytes:
    """A digest of the tokenizer's file: the same file counts the same."""
    return digest_bytes(_file(tokenizer).read_bytes())


@cache
def per_byte(tokenizer: Path) -> int | None:
    """How many tokens a text has at most for each of its UTF-8 bytes; None where it is not known.

    Byte-pair encodings over bytes have one at most, unless they rewrite the text first: NFC may make three
    bytes of one. A space put in front may be one token more.
    """
    told = described(tokenizer)
    before = steps(told.get("pre_tokenizer"), "pretokenizers")
    byte_levels = [step for step in before if step["type"] == "ByteLevel"]
    normalizers = [step["type"] for step in steps(told.get("normalizer"), "normalizers")]
    is_byte_level = (
        told["model"].get("type") == "BPE"
        and bool(byte_levels)
        and all(step["type"] in _SPLITTERS for step in before)
        and not any(step.get("add_prefix_space") for step in byte_levels)
    )
    if not is_byte_level or normalizers not in ([], ["NFC"]):
        return None
    return 3 if normalizers else 1


_SPLITTERS = {"ByteLevel", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit"}
"""Pre-tokenizers that only cut a text in pieces."""


def _file(tokenizer: Path) -> Path:
    file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    if not file.is_file():
        raise StepError(
            Problem("no tokenizer there", Place(file), help="name a `tokenizer.json` file")
        )
    return file
