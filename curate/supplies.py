"""The parts of a recipe's sources, asked for some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate

from curate import arrivals
from curate.errors import CurateError, Problem, ShapeError, SourceError
from curate.feeds import Read
from curate.origins import Origin, find_origin
from curate.output.manifest import SourceStamp, StampedFile, stamp_files
from curate.recipe.lock import LockedSource
from curate.recipe.model import Recipe, Source
from curate.shapes.as_is import AsIs
from curate.shapes.door import Door
from curate.shapes.extras import extra_types
from curate.shapes.recognition import choose_shape
from curate.shapes.shape import Shape
from curate.sources.hub.order import seeded_order
from curate.sources.hub.repository import Hub
from curate.sources.hub.row_groups import RowGroup
from curate.sources.slices import Record, Slice

LOOK = 16
"""Records of a slice looked at to recognise a shape."""
LOOKED_INTO = 32
"""Slices looked into, spread evenly over the source, so that no one file decides alone."""
LOOKED_INTO_AFAR = 4
"""The same where every look is a request."""


@dataclass
class Supply:
    """The parts of a source, of which some have been asked for so far."""

    name: str
    origin: Origin
    parts: tuple[Read, ...]
    """In storage order."""
    order: tuple[int, ...]
    """The positions of parts in the order in which they are asked for."""
    asked: int
    """How many of them have been."""

    @property
    def feeds(self) -> list[Read]:
        """The parts asked for, in storage order."""
        return [self.parts[position] for position in sorted(self.order[: self.asked])]

    @property
    def rows(self) -> int:
        """How many records the parts asked for hold, as far as that is known."""
        return sum(part.rows for part in self.feeds)

    @property
    def bound(self) -> int | None:
        """The rank before which no row is missing yet; None where none can be told, or all rows are here."""
        arrived = self.parts[self.order[self.asked]].arrived if self.has_more else None
        return None if arrived is None else arrivals.bound(arrived)

    @property
    def has_more(self) -> bool:
        """Whether there are parts that have not been asked for."""
        return self.asked < len(self.order)

    def ask(self, rows: int) -> None:
        """Ask for parts until they hold so many records, or there are no more."""
        sizes = [self.parts[position].rows for position in self.order]
        self.asked = max(self.asked, enough(sizes, rows))

    def stamp(self, source: Source) -> SourceStamp:
        """What was read: files by name and content, or the miniature it is."""
        if source.embedded is not None:
            return SourceStamp(name=self.name, stamp=source.embedded.model_dump_json())
        split = self.origin.split
        if split is None:
            return SourceStamp(name=self.name, files=stamp_files(self.origin.paths))
        repository = split.repository
        return SourceStamp(
            name=self.name,
            hub=repository.name,
            revision=repository.commit,
            license=repository.license,
            languages=repository.languages,
            files=stamp_files(self.origin.paths) or self._fetched_from(),
        )

    def _fetched_from(self) -> tuple[StampedFile, ...]:
        files = {group.remote.file.path: group.remote.file for group in self.row_groups}
        return tuple(
            StampedFile(path=path, bytes=files[path].bytes, sha256=files[path].sha256 or "")
            for path in sorted(files)
        )

    @property
    def row_groups(self) -> list[RowGroup]:
        """The row groups asked for, where the source is parquet on the Hub."""
        slices = (part for feed in self.feeds for part in feed.slices)
        return [part for part in slices if isinstance(part, RowGroup)]


def enough(sizes: Sequence[int], rows: int) -> int:
    """How many of the first parts, of so many rows each, hold `rows` rows; all of them where they do not."""
    return sum(1 for before in (0, *accumulate(sizes[:-1])) if before < rows) if sizes else 0


def row_bytes(groups: Sequence[RowGroup]) -> float:
    """What a row of some row groups amounts to in memory, in bytes; 0 where there are none."""
    rows = sum(group.rows for group in groups)
    return sum(group.size for group in groups) / rows if rows else 0.0


def open_sources(recipe: Recipe, hub: Hub, pins: Mapping[str, LockedSource]) -> dict[str, Supply]:
    """All sources of a recipe; `pins` are what its lock says of them. Raises what `open_source` raises."""
    return {name: open_source(recipe, name, hub, pins.get(name)) for name in recipe.sources}


def open_source(recipe: Recipe, name: str, hub: Hub, pin: LockedSource | None = None) -> Supply:
    """Find one source and recognise its shape by its first records.

    All parts of a source that is here are asked for, none of one that has to be fetched. `pin` is what
    the recipe's lock says of it. Raises SourceError, ShapeError or RemoteError.
    """
    source = recipe.sources[name]
    origin = find_origin(recipe, source, hub, pin)
    order = asking_order(recipe, source, origin.slices)
    first = _first_records(origin, order)
    if not first:
        raise SourceError(Problem(f"source '{name}' holds no records"))
    try:
        shape = choose_shape(source.shape, first, source.columns)
        if isinstance(shape, AsIs):
            shape = replace(shape, record=source.record, seen=_seen(first, recipe))
        extras = extra_types(source.keep, shape.extras)
    except CurateError as error:
        raise type(error)(*(_of_source(problem, name) for problem in error.problems)) from error
    if shape.name != "as_is" and shape.kind == "preference" != recipe.kind:
        raise SourceError(
            Problem(
                f"source '{name}' holds preference pairs (shape {shape.name}), but the recipe makes "
                "conversations",
                help="set `kind: preference`, or name another shape",
            )
        )
    door = Door(shape, source.keep, source.system, source.implied_opening, source.on_bad_row)
    kept = tuple(extras.items())
    slices = _narrowed(origin.slices, door.columns, pin)
    if source.order == "first" and source.looked_at is not None:
        whole = Read(_beginning(slices, source.looked_at), door, name, kept, source.looked_at)
        return Supply(name, origin, (whole,), (0,), 1)
    parts = [Read((part,), door, name, kept) for part in slices]
    if origin.is_afar and source.order == "sampled":
        rows = accumulate(parts[position].rows for position in order)
        for position, arrived in zip(order, rows, strict=True):
            parts[position] = replace(parts[position], arrived=arrived)
    return Supply(name, origin, tuple(parts), order, 0 if origin.is_afar else len(parts))


def _seen(records: Sequence[Record], recipe: Recipe) -> Shape | None:
    """The shape of records that are kept as they are, where they make rows of the recipe's kind."""
    with suppress(ShapeError):
        found = choose_shape("auto", records, {})
        return found if found.kind == recipe.kind else None
    return None


def _of_source(problem: Problem, name: str) -> Problem:
    return Problem(f"source '{name}': {problem.what}", problem.place, problem.hint, problem.help)


def _first_records(origin: Origin, order: Sequence[int]) -> list[Record]:
    if origin.is_afar:
        looked_into = [origin.slices[position] for position in order[:LOOKED_INTO_AFAR]]
    else:
        ordered = sorted(origin.slices, key=lambda part: part.label)
        looked_into = ordered[:: max(1, len(ordered) // LOOKED_INTO)]
    return [record for part in looked_into for _, record in part.records(LOOK)]


def asking_order(recipe: Recipe, source: Source, slices: Sequence[Slice]) -> tuple[int, ...]:
    """As stored, unless parts are fetched one by one and the mix wants a sample."""
    groups = [part for part in slices if isinstance(part, RowGroup)]
    if source.order == "first" or not groups:
        return tuple(range(len(slices)))
    return tuple(seeded_order([(g.remote.file.path, g.number) for g in groups], recipe.seed))


def _beginning(slices: Sequence[Slice], rows: int) -> tuple[Slice, ...]:
    """The first slices that hold so many records; all, where only reading tells."""
    return tuple(slices[: enough([part.rows or 0 for part in slices], rows)])


def _narrowed(
    slices: tuple[Slice, ...], columns: frozenset[str] | None, pin: LockedSource | None
) -> tuple[Slice, ...]:
    """Row groups with the columns that are read, and what the lock knows of them."""
    return tuple(
        _narrow(part, columns, pin) if isinstance(part, RowGroup) else part for part in slices
    )


def _narrow(group: RowGroup, columns: frozenset[str] | None, pin: LockedSource | None) -> RowGroup:
    if columns is not None:
        group = replace(group, columns=tuple(name for name in group.names if name in columns))
    if pin is None or pin.columns != group.columns:
        return group
    file = pin.files[group.remote.file.path]
    return replace(group, digest=file.row_groups.get(group.number))
