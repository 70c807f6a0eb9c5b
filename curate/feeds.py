"""A source's records on their way to becoming rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import polars as pl

from curate import fingerprint
from curate.errors import CurateError, Problem, SourceError
from curate.funnel import REJECTS, SHAPE
from curate.output.manifest import SourceStamp, read_manifest, stamp_files
from curate.output.reading import read_prompts
from curate.partitions import Batch
from curate.recipe.model import Recipe, Source
from curate.rows import SCHEMA, frame
from curate.shapes.as_is import AsIs
from curate.shapes.door import Admitted, Door
from curate.shapes.extras import extra_types
from curate.shapes.recognition import choose_shape
from curate.sources import embedded, files
from curate.sources.slices import Found, Record, Slice

BATCH = 512
"""Records shaped at a time."""
LOOK = 16
"""Records of a slice looked at to recognise a shape."""
LOOKED_INTO = 32
"""Slices looked into, spread evenly over the source, so that no one file decides alone."""


@dataclass(frozen=True)
class Read:
    """The records of some slices of a source, one slice after the other, as rows."""

    slices: tuple[Slice, ...]
    door: Door
    source: str
    extras: tuple[tuple[str, pl.DataType], ...]
    limit: int | None = None
    """Records to read at most."""

    @property
    def stamp(self) -> str:
        """What changes when the rows do."""
        stamps = [part.stamp for part in self.slices]
        told = (*stamps, repr(self.door), repr(self.extras), str(self.limit))
        return fingerprint.digest(*told).hex()

    @property
    def weight(self) -> int:
        """What its slices weigh, even where a limit leaves some unread."""
        return sum(part.weight for part in self.slices)

    def batches(self, skipped: int) -> Iterator[Batch]:
        """The rows in storage order, at least one batch; `skipped` records are read, not shaped."""
        left = self.limit
        for part in self.slices:
            found = part.records()
            passed = sum(1 for _ in islice(found, skipped))
            skipped -= passed
            left = None if left is None else left - passed
            for batch in self._shaped(part, islice(found, left)):
                left = None if left is None else left - batch.records
                yield batch
            if left == 0:
                return

    def _shaped(self, part: Slice, found: Iterator[Found]) -> Iterator[Batch]:
        records: list[Found] | None = None
        while records is None or len(records) == BATCH:
            records = list(islice(found, BATCH))
            admitted = self.door.admit(records, part.place)
            yield Batch(
                frame(self.source, admitted.rows, dict(self.extras)),
                _misshapen(self.source, part, admitted),
                admitted.records,
                part.weight if len(records) < BATCH else 0,
                len(admitted.misshapen),
                admitted.surrogates,
            )


def _misshapen(source: str, where: Slice, admitted: Admitted) -> list[pl.DataFrame]:
    if not admitted.misshapen:
        return []
    return [
        pl.DataFrame(
            {
                "id": [f"{where.label} record {bad.position}" for bad in admitted.misshapen],
                "source": source,
                "step": SHAPE,
                "measure": [bad.why for bad in admitted.misshapen],
                "threshold": "a record of the source's shape",
                "because_of": None,
            },
            schema=REJECTS,
        )
    ]


@dataclass(frozen=True)
class Prompts:
    """The prompts of a finished mix, as rows without an answer."""

    folder: Path

    @property
    def stamp(self) -> str:
        """What changes when the mix does."""
        return read_manifest(self.folder).digest.root

    @property
    def weight(self) -> int:
        """The mix's rows."""
        return read_manifest(self.folder).rows

    def batches(self, skipped: int) -> Iterator[Batch]:
        """All prompts of the mix; none is skipped, they cost little."""
        del skipped
        for prompts in read_prompts(self.folder):
            blank = pl.DataFrame(schema=SCHEMA)
            named = prompts.with_columns(pl.lit(self.folder.name).alias("source"))
            yield Batch(pl.concat([blank, named], how="diagonal"), weight=named.height)


def open_source(recipe: Recipe, name: str) -> list[Read]:
    """The slices of one source, ready to be read.

    Looks at the first records to recognise the shape. Raises SourceError or ShapeError.
    """
    source = recipe.sources[name]
    slices = find_slices(recipe, source)
    first = _first_records(slices)
    if not first:
        raise SourceError(Problem(f"source '{name}' holds no records"))
    try:
        shape = choose_shape(source.shape, first, source.columns)
        if isinstance(shape, AsIs):
            shape = replace(shape, record=source.record)
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
    if source.order == "first" and source.looked_at is not None:
        return [Read(slices, door, name, kept, source.looked_at)]
    return [Read((part,), door, name, kept) for part in slices]


def _of_source(problem: Problem, name: str) -> Problem:
    return Problem(f"source '{name}': {problem.what}", problem.place, problem.hint, problem.help)


def find_slices(recipe: Recipe, source: Source) -> tuple[Slice, ...]:
    """Where a source's records stand. Raises SourceError where a file is missing."""
    if source.embedded is not None:
        return embedded.find_slices(source.embedded)
    if source.hub is not None:
        raise SourceError(Problem(f"hub sources cannot be pulled yet: {source.hub}"))
    return _file_slices(recipe, source)


def _file_slices(recipe: Recipe, source: Source) -> tuple[files.FileSlice, ...]:
    base = Path(source.root) if source.root is not None else Path()
    if not base.is_absolute() and recipe.path is not None:
        base = recipe.path.parent / base
    return files.find_slices(
        source.files or (), base, rows=source.rows, carry=source.carry, header=source.header
    )


def _first_records(slices: Sequence[Slice]) -> list[Record]:
    ordered = sorted(slices, key=lambda part: part.label)
    every = max(1, len(ordered) // LOOKED_INTO)
    found: list[Record] = []
    for part in ordered[::every]:
        found += [record for _, record in islice(part.records(), LOOK)]
    return found


def stamp_source(recipe: Recipe, name: str) -> SourceStamp:
    """What a source was read from: its files by name and content, or the miniature it is."""
    source = recipe.sources[name]
    if source.embedded is not None:
        return SourceStamp(name=name, stamp=source.embedded.model_dump_json())
    paths = {part.label: part.path for part in _file_slices(recipe, source)}
    return SourceStamp(name=name, files=stamp_files(paths))
