"""Miniatures of the reference sources, made on the spot.

Four kinds of records in the columns of the data that reasoning models are trained on: `chat`,
`reasoning`, `preference` and `samples`. A record is a function of kind, seed and index, so that any
stretch can be made alone, in any order. With `defects` some records carry the faults of public
data; `planted` says how many of which, and `defect` where they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from curate.errors import Place
from curate.recipe.model import Embedded
from curate.sources.embedded import chat, defects, preference, reasoning, samples
from curate.sources.embedded.dice import Dice
from curate.sources.slices import Found

VERSION = 1
"""Raised whenever any record changes, so that nobody reuses work done on other texts."""

RECORDS_A_SLICE = 8192

LICENCE = "cc0-1.0"
"""What anybody may use the records under."""

_MAKERS: dict[str, Callable[[Dice], dict[str, Any]]] = {
    "chat": chat.record,
    "reasoning": reasoning.record,
    "preference": preference.record,
    "samples": samples.record,
}


def defect(embedded: Embedded, index: int) -> str | None:
    """The fault planted in the record at this index, from 0; None where there is none."""
    return defects.defect(embedded.like, embedded.seed, index) if embedded.defects else None


def planted(embedded: Embedded) -> dict[str, int]:
    """How many records carry which fault."""
    faults = (defect(embedded, index) for index in range(embedded.rows))
    return dict(Counter(fault for fault in faults if fault))


def record(embedded: Embedded, index: int) -> dict[str, Any]:
    """Make the record at this index, from 0."""
    like, seed, fault = embedded.like, embedded.seed, defect(embedded, index)
    make, purpose = _MAKERS[like], like.encode()
    if fault is None:
        return make(Dice(seed, purpose, index))
    dice = Dice(seed, b"defect " + purpose, index)
    spoil = defects.DEFECTS[like][fault]
    if spoil is not None:
        made = make(Dice(seed, purpose, index))
        spoil(made, dice)
        return made
    made = make(Dice(seed, purpose, defects.original(like, seed, index)))
    if fault == defects.NEAR_DUPLICATE:
        defects.resemble(made, dice)
    return made


@dataclass(frozen=True)
class Miniature:
    """The records of a miniature from `start` up to, but without, `stop`: a `Slice`."""

    embedded: Embedded
    start: int
    stop: int

    @property
    def label(self) -> str:
        """Such as `embedded chat 1-8192`."""
        return f"embedded {self.embedded.like} {self.start + 1}-{self.stop}"

    @property
    def weight(self) -> int:
        """The number of records."""
        return self.stop - self.start

    @property
    def rows(self) -> int:
        """The same."""
        return self.weight

    @property
    def stamp(self) -> str:
        """All that the records depend on; how many follow them makes no difference."""
        embedded = self.embedded
        return (
            f"embedded {VERSION} {embedded.like} seed={embedded.seed} defects={embedded.defects} "
            f"{self.start}-{self.stop}"
        )

    def records(self, limit: int | None = None) -> Iterator[Found]:
        """Make the records, one after the other."""
        for index in islice(range(self.start, self.stop), limit):
            yield Found(index + 1, record(self.embedded, index))

    def place(self, position: int) -> Place:
        """Where the record at this position, counted from 1, stands."""
        return Place(f"embedded {self.embedded.like}", row=position)


def find_slices(embedded: Embedded) -> tuple[Miniature, ...]:
    """Cut a miniature into slices."""
    return tuple(
        Miniature(embedded, start, min(start + RECORDS_A_SLICE, embedded.rows))
        for start in range(0, embedded.rows, RECORDS_A_SLICE)
    )
