"""What became of every row: counts by source at every stop between the source and the mix.

```
candidates ── bad ──▶ stop ──▶ stop ──▶ … ──▶ left ──▶ drawn
                      in − dropped + made = what enters the next stop
```

Counts add up: each partition counts its own rows, and the funnel of a build is the sum. What a build
took in time stands apart in `Timings`, which never enters a finished folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

import polars as pl
from pydantic import TypeAdapter

REJECTS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "step": pl.String(),
    "measure": pl.String(),
    "threshold": pl.String(),
    "because_of": pl.String(),
}
"""The columns of `rejects.parquet`: which row, the `Stop.key` that dropped it, what was measured,
the rule in words, and the id of the row that made it superfluous (null for steps that judge a row
alone)."""

SHAPE = "shape"
"""What stands in `step` for a record that never became a row."""


@dataclass(frozen=True)
class Stop:
    """One step of a recipe, as the funnel tells it from the others.

    `position` counts all steps of a recipe from 0 in the order rows meet them: every source's own
    steps first, in the order of the sources, then the recipe's. `source` is None for the latter.
    `label` is what the step shows of its settings.
    """

    position: int
    name: str
    label: str = ""
    source: str | None = None

    @property
    def key(self) -> str:
        """What rejects call it: `4 length`."""
        return f"{self.position} {self.name}"


@dataclass(frozen=True)
class Count:
    """What one stop did to the rows of one source."""

    rows_in: int = 0
    dropped: int = 0
    edited: int = 0
    made: int = 0

    @property
    def rows_out(self) -> int:
        """What goes on to the next stop."""
        return self.rows_in - self.dropped + self.made

    def __add__(self, other: Count) -> Count:
        return Count(
            self.rows_in + other.rows_in,
            self.dropped + other.dropped,
            self.edited + other.edited,
            self.made + other.made,
        )


@dataclass(frozen=True)
class SourceCount:
    """What became of the rows of one source.

    `candidates` are the records looked at; `bad` those that never became rows; `surrogates` the lone
    surrogates replaced by U+FFFD, in characters. `stops` holds a count for the position of each stop
    the rows pass. `drawn` counts every use of a repeated row; `lacked` are
    uses asked of the source that its fallback gives.
    """

    candidates: int = 0
    bad: int = 0
    surrogates: int = 0
    stops: Mapping[int, Count] = field(default_factory=dict[int, Count])
    drawn: int = 0
    lacked: int = 0

    @property
    def left(self) -> int:
        """Rows that came through every stop."""
        gone = sum(count.dropped - count.made for count in self.stops.values())
        return self.candidates - self.bad - gone

    def __add__(self, other: SourceCount) -> SourceCount:
        return SourceCount(
            self.candidates + other.candidates,
            self.bad + other.bad,
            self.surrogates + other.surrogates,
            _merged(self.stops, other.stops),
            self.drawn + other.drawn,
            self.lacked + other.lacked,
        )


@dataclass(frozen=True)
class Funnel:
    """The counts of a build, or of a part of one; `stops` are in the order rows meet them."""

    stops: tuple[Stop, ...]
    sources: Mapping[str, SourceCount] = field(default_factory=dict[str, SourceCount])

    def __add__(self, other: Funnel) -> Funnel:
        if self.stops != other.stops:
            raise ValueError("only counts of the same steps can be added")
        return Funnel(self.stops, _merged(self.sources, other.sources))

    def path(self, source: str) -> list[tuple[Stop, Count]]:
        """The stops that rows of one source pass, in order, with what each did to them."""
        counts = self.sources[source].stops
        return [(stop, counts[stop.position]) for stop in self.stops if stop.position in counts]

    @property
    def total(self) -> SourceCount:
        """The counts of all sources together.

        A source's own stop sees that source's rows only, so the stops of the total are no chain.
        """
        return sum(self.sources.values(), SourceCount())

    def dropped(self, name: str) -> int:
        """How many rows the steps of this name dropped."""
        counts = self.total.stops
        passed = (counts.get(stop.position) for stop in self.stops if stop.name == name)
        return sum(count.dropped for count in passed if count is not None)

    def imbalances(self) -> list[str]:
        """Where a stop takes in another number of rows than the one before let out.

        Empty for the funnel of a whole build; anything else is a bug.
        """
        found: list[str] = []
        for name, source in self.sources.items():
            arriving = source.candidates - source.bad
            for stop, count in self.path(name):
                if count.rows_in != arriving:
                    found.append(f"{name}: {arriving} reach {stop.key}, {count.rows_in} enter it")
                arriving = count.rows_out
            unknown = source.stops.keys() - {stop.position for stop in self.stops}
            found += [f"{name}: there is no stop {position}" for position in sorted(unknown)]
        return found

    def as_json(self) -> dict[str, Any]:
        """The counts as plain JSON data, with what is `left` of each source written out."""
        data: dict[str, Any] = _FUNNEL.dump_python(self, mode="json")
        for name, source in self.sources.items():
            data["sources"][name]["left"] = source.left
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Funnel:
        """The counts that `as_json` gave. Raises ValueError where they are not."""
        return _FUNNEL.validate_python(data)


_FUNNEL = TypeAdapter(Funnel)


@dataclass(frozen=True)
class Timing:
    """What one part of a build took: processor seconds, seconds on the clock, bytes of text."""

    cpu: float = 0.0
    wall: float = 0.0
    bytes: int = 0

    def __add__(self, other: Timing) -> Timing:
        return Timing(self.cpu + other.cpu, self.wall + other.wall, self.bytes + other.bytes)


@dataclass(frozen=True)
class Timings:
    """What each part of a build took, by `Stop.key` or by a word such as `read` or `write`."""

    parts: Mapping[str, Timing] = field(default_factory=dict[str, Timing])

    def __add__(self, other: Timings) -> Timings:
        return Timings(_merged(self.parts, other.parts))


class _Additive(Protocol):
    def __add__(self, other: Self) -> Self: ...


_K = TypeVar("_K")
_T = TypeVar("_T", bound=_Additive)


def _merged(one: Mapping[_K, _T], other: Mapping[_K, _T]) -> dict[_K, _T]:
    merged = dict(one)
    for key, value in other.items():
        merged[key] = merged[key] + value if key in merged else value
    return merged
