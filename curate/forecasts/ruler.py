"""Tokens of passages: how many there are, where training begins, and which characters a cut leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from curate import tokens
from curate.forecasts.landmarks import Span
from curate.forecasts.passages import Passage
from curate.tokens.engine import opened

if TYPE_CHECKING:
    from tokenizers import Encoding


@dataclass(frozen=True)
class Ruler:
    """Measures passages with one tokenizer, as trainers do."""

    tokenizer: Path

    def lengths(self, passages: Sequence[Passage]) -> list[int]:
        """How many tokens each has."""
        texts = pl.Series([passage.text for passage in passages], dtype=pl.String)
        counts = tokens.count(texts, self.tokenizer).to_list()
        if self._added:
            counts = [
                count + self._added * passage.is_plain
                for count, passage in zip(counts, passages, strict=True)
            ]
        return counts

    def prompts(self, passages: Sequence[Passage]) -> list[int]:
        """With how many tokens of its prompt, tokenised apart, each begins; 0 where it has none."""
        return [
            0 if passage.prompt is None else self._shared(passage.prompt, passage)
            for passage in passages
        ]

    def encode(self, passage: Passage) -> Encoding:
        """All that is known of a passage's tokens."""
        return opened(self.tokenizer).encode(passage.text, add_special_tokens=passage.is_plain)

    def _shared(self, prompt: str, passage: Passage) -> int:
        engine = opened(self.tokenizer)
        one, other = (
            engine.encode(text, add_special_tokens=passage.is_plain).ids
            for text in (prompt, passage.text)
        )
        return shared(one, other)

    @cached_property
    def _added(self) -> int:
        """How many tokens it adds to a plain text."""
        return opened(self.tokenizer).num_special_tokens_to_add(is_pair=False)


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def within(encoding: Encoding, span: Span) -> range:
    """The tokens that have a character of a span."""
    start, end = span
    first = next(filter(_is_there, map(encoding.char_to_token, range(start, end))), None)
    last = next(filter(_is_there, map(encoding.char_to_token, range(end - 1, start - 1, -1))), None)
    return range(0) if first is None or last is None else range(first, last + 1)


def _is_there(token: int | None) -> bool:
    return token is not None


def assistant_tokens(encoding: Encoding, spans: Sequence[Span]) -> list[range]:
    """The tokens of the assistant's characters as transformers 5.23 finds them.

    It looks up the tokens of a span's first and last character. Where the first has none the rest of the row is
    not the assistant's; where the last has none, or is in the first token, all of it is.
    """
    found: list[range] = []
    for start, end in spans:
        first, last = encoding.char_to_token(start), encoding.char_to_token(end - 1)
        if first is None:
            break
        found.append(range(first, last + 1 if last else len(encoding.ids)))
    return found
