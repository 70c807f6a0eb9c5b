"""Rows as a trainer cuts them, and what that leaves of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curate.forecasts.landmarks import Span
from curate.forecasts.passages import Passage
from curate.forecasts.ruler import Ruler, within
from curate.forecasts.trainers import Trainer
from curate.tokens.engine import I32
from curate.tokens.ids import Ids


@dataclass(frozen=True)
class Cut:
    """A passage in tokens: `prompt` of its first are the prompt's, and the trainer keeps those of `kept`."""

    passage: Passage
    ruler: Ruler
    tokens: Ids
    prompt: int
    kept: range

    @property
    def length(self) -> int:
        """How many tokens it has before it is cut."""
        return len(self.tokens.ids)

    @property
    def kept_ids(self) -> I32:
        """What is left."""
        return self.tokens.ids[self.kept.start : self.kept.stop]

    @property
    def is_whole(self) -> bool:
        """Whether all tokens are kept."""
        return len(self.kept) == self.length

    @property
    def is_prompt_cut(self) -> bool:
        """Whether a token of the prompt is not kept."""
        return not _holds(self.kept, range(self.prompt))

    @cached_property
    def trained(self) -> tuple[range, ...]:
        """The tokens that are trained, before the cut."""
        if self.passage.spans is None:
            return (range(self.prompt, self.length),)
        found = self.ruler.assistant_tokens(self.passage)
        behind = range(self.prompt, self.length)
        return tuple(_both(part, behind) for part in found)

    @property
    def trained_kept(self) -> tuple[range, ...]:
        """The tokens that are trained and kept."""
        return tuple(_both(part, self.kept) for part in self.trained)

    def loses(self, span: Span | None, *, all_of_it: bool = False) -> bool:
        """Whether a token of these characters is not kept; with `all_of_it`, whether none is."""
        if span is None or self.is_whole:
            return False
        there = within(self.tokens, span)
        return not _both(there, self.kept) if all_of_it else not _holds(self.kept, there)


@dataclass(frozen=True)
class CutRow:
    """What a trainer makes of a row."""

    cuts: tuple[Cut, ...]
    is_left_out: bool

    @property
    def is_whole(self) -> bool:
        """Whether no token of it is lost."""
        return not self.is_left_out and all(cut.is_whole for cut in self.cuts)

    @property
    def becomes_identical(self) -> bool:
        """Whether what is kept of its two sides is the same, though they were not."""
        if len(self.cuts) != 2 or all(cut.is_whole for cut in self.cuts):
            return False
        one, other = self.cuts
        return np.array_equal(one.kept_ids, other.kept_ids) and not np.array_equal(
            one.tokens.ids, other.tokens.ids
        )


def cut(rows: Sequence[Sequence[Passage]], trainer: Trainer, ruler: Ruler) -> Iterator[CutRow]:
    """Cut rows, each given as its passages."""
    flat = [passage for passages in rows for passage in passages]
    measured = zip(flat, ruler.measure(flat), strict=True)
    for passages in rows:
        told = [next(measured) for _ in passages]
        shortest = min(one.prompt for _, one in told)
        cuts = tuple(
            Cut(
                passage,
                ruler,
                one.tokens,
                shortest if trainer.shares_prompt else one.prompt,
                trainer.kept(place, len(one.tokens.ids)),
            )
            for place, (passage, one) in enumerate(told)
        )
        yield CutRow(cuts, trainer.leaves_out(cuts))


def _both(one: range, other: range) -> range:
    start = max(one.start, other.start)
    return range(start, max(start, min(one.stop, other.stop)))


def _holds(one: range, other: range) -> bool:
    return not other or (one.start <= other.start and other.stop <= one.stop)
