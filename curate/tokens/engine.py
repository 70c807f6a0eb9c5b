"""Tokenizer files, opened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import Place, Problem, StepError
from curate.fingerprint import digest_bytes
from curate.tokens.cuts import steps

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_BATCH = 128
"""Texts encoded at once; an encoding takes some 30 times the memory of its text."""
_SMALL = 1 << 14
"""Characters of texts up to which more of them are encoded at once."""


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
    return [len(each) for each in _encodings(texts, tokenizer)]


def encoded(texts: Sequence[str], tokenizer: Path) -> Iterator[list[int]]:
    """The tokens of each text, encoded whole; special tokens are not added."""
    return (each.ids for each in _encodings(texts, tokenizer))


def _encodings(texts: Sequence[str], tokenizer: Path) -> Iterator[Encoding]:
    engine = opened(tokenizer)
    return chain.from_iterable(
        engine.encode_batch_fast(list(texts[start : start + _BATCH]), add_special_tokens=False)
        for start in range(0, len(texts), _BATCH)
    )


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
