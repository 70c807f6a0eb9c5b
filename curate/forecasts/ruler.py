"""Tokens of passages: where training begins, and which characters a cut leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from curate.forecasts.landmarks import Span
from curate.forecasts.passages import Passage
from curate.tokens.engine import I32, opened, specials
from curate.tokens.ids import Ids, encode


class Measured(NamedTuple):
    """A passage's tokens, and with how many of its prompt's, tokenised apart, it begins."""

    tokens: Ids
    prompt: int


@dataclass(frozen=True)
class Ruler:
    """Measures passages with one tokenizer, as trainers do."""

    tokenizer: Path

    def measure(self, passages: Sequence[Passage]) -> list[Measured]:
        """The tokens of every passage."""
        prompts = [one.prompt for one in passages if one.prompt is not None]
        encoded = encode([*(one.text for one in passages), *prompts], self.tokenizer)
        wholes = [self._all(one, next(encoded)) for one in passages]
        return [
            Measured(
                whole,
                0 if one.prompt is None else shared(whole.ids, self._all(one, next(encoded)).ids),
            )
            for one, whole in zip(passages, wholes, strict=True)
        ]

    def assistant_tokens(self, passage: Passage) -> list[range]:
        """The tokens of the assistant's characters as transformers 5.23 finds them.

        It looks up the tokens of a span's first and last character. Where the first has none the rest of the row is
        not the assistant's; where the last has none, or is in the first token, all of it is.
        """
        encoding = opened(self.tokenizer).encode(passage.text, add_special_tokens=False)
        found: list[range] = []
        for start, end in passage.spans or ():
            first, last = encoding.char_to_token(start), encoding.char_to_token(end - 1)
            if first is None:
                break
            found.append(range(first, last + 1 if last else len(encoding.ids)))
        return found

    def _all(self, passage: Passage, tokens: Ids) -> Ids:
        """The tokens with those that the tokenizer adds to a text that is taken as it is."""
        before, behind = self._added
        if not passage.is_plain or not (len(before) or len(behind)):
            return tokens
        length = len(passage.text)
        edges = np.zeros_like(before), np.full_like(behind, length)
        return Ids(
            np.concatenate([before, tokens.ids, behind]),
            np.concatenate([edges[0], tokens.starts, edges[1]]),
            np.concatenate([edges[0], tokens.ends, edges[1]]),
        )

    @cached_property
    def _added(self) -> tuple[I32, I32]:
        before, behind = specials(self.tokenizer)
        return np.array(before, np.int32), np.array(behind, np.int32)


def shared(one: I32, other: I32) -> int:
    """How many tokens both begin with."""
    length = min(len(one), len(other))
    differing = np.flatnonzero(one[:length] != other[:length])
    return int(differing[0]) if len(differing) else length


def within(tokens: Ids, span: Span) -> range:
    """The tokens that have a character of a span."""
    start, end = span
    first = int(np.searchsorted(tokens.ends, start, side="right"))
    last = int(np.searchsorted(tokens.starts, end, side="left"))
    return range(first, max(first, last))
