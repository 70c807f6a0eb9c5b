"""A source's records on their way to becoming rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from curate import fingerprint
from curate.collection import uncollected
from curate.funnel import REJECTS, SHAPE
from curate.output.manifest import read_manifest
from curate.output.reading import read_prompts, read_turns
from curate.partitions import Batch
from curate.rows import SCHEMA, frame
from curate.shapes.door import Admitted, Door
from curate.sources.slices import Found, Slice

BATCH = 512
"""Records shaped at a time."""


@dataclass(frozen=True)
class Read:
    """The records of some slices of a source, one slice after the other, as rows."""

    slices: tuple[Slice, ...]
    door: Door
    source: str
    extras: tuple[tuple[str, pl.DataType], ...]
    limit: int | None = None
    """Records to read at most."""
    arrived: int | None = None
    """How many rows of the source have arrived with it, where it arrives in pieces."""

    @property
    def stamp(self) -> str:
        """What changes when the rows do."""
        stamps = [part.stamp for part in self.slices]
        told = (*stamps, repr(self.door), repr(self.extras), str(self.limit), str(self.arrived))
        return fingerprint.digest(*told).hex()

    @property
    def weight(self) -> int:
        """What its slices weigh, even where a limit leaves some unread."""
        return sum(part.weight for part in self.slices)

    @property
    def rows(self) -> int:
        """The records of its slices, as far as their number is known without reading."""
        return sum(part.rows or 0 for part in self.slices)

    def batches(self, skipped: int) -> Iterator[Batch]:
        """The rows in storage order, at least one batch; `skipped` records are read, not shaped."""
        left = self.limit
        for part in self.slices:
            found = part.records(left)
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
            with uncollected():
                records = list(islice(found, BATCH))
                admitted = self.door.admit(records, part.place)
                rows = frame(self.source, admitted.rows, dict(self.extras))
            yield Batch(
                rows,
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
class Finished:
    """The rows of a finished mix: their prompts alone, or all turns."""

    folder: Path
    is_whole: bool = False

    @property
    def stamp(self) -> str:
        """What changes when the mix does."""
        root = read_manifest(self.folder).digest.root
        return f"{root} whole" if self.is_whole else root

    @property
    def weight(self) -> int:
        """The mix's rows."""
        return read_manifest(self.folder).rows

    @property
    def arrived(self) -> None:
        """A finished mix is whole."""

    def batches(self, skipped: int) -> Iterator[Batch]:
        """All rows of the mix; none is skipped, they cost little."""
        del skipped
        read = read_turns if self.is_whole else read_prompts
        for rows in read(self.folder):
            blank = pl.DataFrame(schema=SCHEMA)
            named = rows.with_columns(pl.lit(self.folder.name).alias("source"))
            yield Batch(pl.concat([blank, named], how="diagonal"), weight=named.height)
