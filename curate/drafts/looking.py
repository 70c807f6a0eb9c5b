"""What a look at the first records of a source tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from curate.errors import ShapeError
from curate.recipe.model import Recipe, Source
from curate.rows import Kind, text, with_texts
from curate.shapes.recognition import Columns
from curate.sources.hub.repository import Hub
from curate.supplies import Supply, open_source

LOOK = 64
"""Records looked at."""
COUNTED = 256 << 20
"""Bytes of files whose records are counted by reading them."""


@dataclass(frozen=True)
class Look:
    """A source's shape, its rows, and whether its answers are thought through: None where nobody can say."""

    columns: str = ""
    """Its columns and what they look like."""
    shape: str | None = None
    kind: Kind | None = None
    rows: int | None = None
    thinks: bool | None = None
    trouble: str | None = None
    """Why no shape is recognised."""


def look_at(fields: Mapping[str, Any], hub: Hub) -> Look:
    """Look at a source. Raises SourceError or RemoteError where it cannot be read."""
    source = Source(**fields, take="all")
    recipe = Recipe(name="draft", kind="preference", sources={"data": source})
    try:
        supply = open_source(recipe, "data", hub)
    except ShapeError as error:
        return Look(trouble=error.problems[0].what.removeprefix("source 'data': "))
    first = supply.parts[0]
    records = [record for _, record in first.slices[0].records(LOOK)]
    shape = first.door.shape
    return Look(str(Columns.of(records)), shape.name, shape.kind, _rows(supply), _thinks(supply))


def _rows(supply: Supply) -> int | None:
    slices = [part for read in supply.parts for part in read.slices]
    if all(part.rows is not None for part in slices):
        return sum(part.rows or 0 for part in slices)
    if supply.origin.is_afar or sum(part.weight for part in slices) > COUNTED:
        return None
    return sum(1 for part in slices for _ in part.records())


def _thinks(supply: Supply) -> bool | None:
    """Whether nearly all answers come after thinking, or none does."""
    door = replace(supply.parts[0].door, on_bad_row="reject")
    batch = next(replace(supply.parts[0], door=door, limit=LOOK).batches(0))
    thoughts = with_texts(batch.rows, [text("thinking")])["text.thinking"]
    there = len(thoughts) - thoughts.null_count()
    return True if there > 0.9 * len(thoughts) else None if there else False
