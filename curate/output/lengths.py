"""How long the rows of a mix are, in characters.

Trainers cut rows at 1,024 tokens unless told otherwise, and a cut trace loses its answer, so a mix says
how much room its rows need.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from curate.output.manifest import TokenSpread
from curate.rows import Kind, text, with_texts

PERCENTILES = (50, 90, 95, 99, 100)

CHARACTERS_PER_TOKEN = 3.0
"""Assumed where no tokenizer is given. English prose has about 4.5, code and formulas about 3; the
lower one makes the advice err on the long side."""

ROOM = 256
"""Advised lengths are multiples of this many tokens."""


@dataclass(frozen=True)
class Measured:
    """How long the rows of a mix are: lengths by percentile and unit, and a `max_length` that holds 99 %.

    `tokens` are those of each source's rows, estimated from characters where there is no tokenizer; `spreads`
    tells how they are spread, where there is one.
    """

    lengths: Mapping[str, Mapping[str, int]]
    advice: int
    tokens: Mapping[str, int]
    spreads: Mapping[str, TokenSpread]


class Lengths:
    """Gathers the length of every row as it passes: 4 bytes a row."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._seen: list[pl.Series] = []
        self._by_source: Counter[str] = Counter()

    def add(self, rows: pl.DataFrame) -> None:
        """Measure rows: all their turns, and of a pair the longer continuation."""
        measured = rows.select("source", length=self._measure(rows))
        self._seen.append(measured["length"])
        sums = measured.group_by("source").agg(pl.col("length").cast(pl.Int64).sum())
        self._by_source.update(dict(sums.iter_rows()))

    def percentiles(self) -> dict[str, int]:
        """Characters by percentile: `p50`, …, `max`."""
        return percentiles(pl.concat(self._seen) if self._seen else pl.Series(dtype=pl.UInt32))

    def estimated(self) -> dict[str, int]:
        """About how many tokens each source's rows have, where nothing counts them."""
        return {
            name: math.ceil(size / CHARACTERS_PER_TOKEN)
            for name, size in sorted(self._by_source.items())
        }

    def _measure(self, rows: pl.DataFrame) -> pl.Series:
        length = text("conversation").str.len_chars()
        if self._kind == "preference":
            sides = [text("chosen").str.len_chars(), text("rejected").str.len_chars()]
            length = length + pl.max_horizontal(sides).fill_null(0)  # records kept as they are
        return with_texts(rows, [length]).select(length.alias("length")).to_series()


def percentiles(lengths: pl.Series) -> dict[str, int]:
    """The shortest length that so many percent of rows do not exceed; nothing for no rows."""
    ordered = lengths.sort()
    if ordered.is_empty():
        return {}
    return {
        "max" if percent == 100 else f"p{percent}": int(
            ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
        )
        for percent in PERCENTILES
    }


def advise(characters: dict[str, int], tokens: dict[str, int] | None) -> int:
    """A `max_length` in tokens that 99 % of rows fit in, estimated where tokens were not counted."""
    needed = tokens["p99"] if tokens else math.ceil(characters.get("p99", 0) / CHARACTERS_PER_TOKEN)
    return math.ceil(needed / ROOM) * ROOM
