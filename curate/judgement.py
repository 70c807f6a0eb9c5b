"""A chat template judged on rows: those of a finished mix, or of any data file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import get_args

import polars as pl

from curate.chat_template.checks import Inspection, Subject, Verdict
from curate.chat_template.checks.frames import cases
from curate.errors import OutputError, Problem, SourceError
from curate.feeds import Read
from curate.output.manifest import NAME, read_manifest
from curate.output.promises import SAMPLE
from curate.output.sample import Sample
from curate.recipe.model import TokenLayout
from curate.rows import Kind
from curate.shapes.door import Door
from curate.shapes.recognition import choose_shape
from curate.sources import files
from curate.supplies import LOOK

_DATA = ("**/*.parquet", "**/*.json*", "**/*.csv*", "**/*.tsv*")


def judge(subject: Subject, rows: Path | None = None, *, sample: int = SAMPLE) -> Verdict:
    """Hold a template to all checks, on every row of a file or folder.

    Checks that take several renderings look at so many rows of lowest rank, the same at every call. Rows are
    named by their number. Raises SourceError, ShapeError or OutputError where there are none to be read.
    """
    inspection = Inspection(subject)
    inspection.template()
    if rows is None:
        return inspection.verdict()
    kind, frames = read(rows)
    sampled = Sample(seed=0, size=sample)
    for frame in frames:
        for case in cases(frame, kind):
            inspection.row(case)
        sampled.add(frame)
    few = sampled.rows()
    for case in cases(few, kind) if few is not None else ():
        inspection.sample(case)
    return inspection.verdict()


def read(rows: Path) -> tuple[Kind, Iterator[pl.DataFrame]]:
    """The rows of a file or folder in the row contract, `row 1`, `row 2` … their ids."""
    slices = files.find_slices(_paths(rows), Path(), rows=None, carry={}, header=True)
    first = [record for _, record in islice(slices[0].records(), LOOK)]
    if not first:
        raise SourceError(Problem(f"{rows} holds no records"))
    shape = choose_shape("auto", first, {})
    feed = Read(slices, Door(shape), rows.name, ())
    kind: Kind = "preference" if shape.kind == "preference" else "conversation"
    return kind, _numbered(batch.rows for batch in feed.batches(0))


def _numbered(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    count = 0
    for rows in frames:
        numbers = pl.int_range(count + 1, count + 1 + rows.height, dtype=pl.UInt32)
        yield rows.with_columns(pl.format("row {}", numbers).alias("id"))
        count += rows.height


def _paths(rows: Path) -> list[str]:
    """The data files: of a finished mix those of its first layout that holds turns."""
    if rows.is_file():
        return [str(rows)]
    if not rows.is_dir():
        raise SourceError(Problem(f"there are no rows at '{rows}'", help="name a file or a folder"))
    if not (rows / NAME).is_file():
        found = [pattern for pattern in _DATA if any(rows.glob(pattern))]
        if not found:
            raise SourceError(Problem(f"there is no data file in '{rows}'"))
        return [str(rows / pattern) for pattern in found]
    for layout in read_manifest(rows).layouts:
        if layout.layout not in ("sft-text", *get_args(TokenLayout)):
            return [str(rows / layout.folder / "*.parquet")]
    raise OutputError(
        Problem(
            f"no layout of {rows} holds turns", help="Give its recipe one, such as sft-messages."
        )
    )
