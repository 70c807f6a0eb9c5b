"""What a build would cost, from metadata alone.

Rows, row groups and bytes to fetch are those of the build's first round, exactly, but for columns: before a
record is seen, every column counts that a shape might read. Disk, memory and time are rough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.mix import Quota, asked
from curate.origins import find_hub_split, find_origin
from curate.output.licences import Conclusion, conclude
from curate.pins import read_pins
from curate.recipe.lock import LockedSource
from curate.recipe.model import Recipe, Source
from curate.recipe.settling import settle
from curate.rounds import first_rows
from curate.shapes.path import Path as Place
from curate.shapes.recognition import readable
from curate.sources.hub.cache import Cache
from curate.sources.hub.remote import kept_as
from curate.sources.hub.repository import Hub
from curate.sources.hub.row_groups import RowGroup, find_row_groups
from curate.sources.hub.splits import Split
from curate.step import Step
from curate.supplies import asking_order, enough, row_bytes

FETCHING = 20e6
"""Bytes a second that come from the Hub."""
SPEEDS = {"language": 20e6, "fits": 4e6}
"""Bytes of text that a core takes through the slowest steps in a second."""
SPEED = 40e6
"""The same of any other step."""
READING = 5e6
"""The same of reading, keeping, drawing and writing. All four were seen in the timings of
`curate build --json` on two cores at 2.1 GHz, rounded down."""
EMBEDDED = 1000
"""Bytes of text in a row of a miniature."""
PROCESS = 350e6
"""Bytes of memory that one process takes."""
FACTS = 500
"""Bytes of memory that set steps and the draw take for a row."""
SHELVED, WRITTEN = 0.7, 0.4
"""Bytes on disk for one of text: beside the build while it runs, and in the finished folder."""


@dataclass(frozen=True)
class SourcePlan:
    """What a build would do with one source; None where only reading tells."""

    source: str
    where: str
    commit: str | None
    license: str | None
    gated: bool
    rows: int | None
    """How many it holds."""
    pool: int | None
    """How many are looked at in the first round."""
    stored: int
    """Bytes, as stored, of what is read."""
    fetch: int
    """Those that are not in the cache yet."""
    text: int
    """Bytes of them in memory."""
    row_groups: tuple[int, int] | None = None
    """How many are read of how many; rows that stand together in one come together."""
    files: tuple[int, int] | None = None
    """How many files they are of, and how many there are."""


@dataclass(frozen=True)
class Plan:
    """What a build would fetch and take."""

    sources: tuple[SourcePlan, ...]
    licence: Conclusion
    disk: int
    """Bytes, at most, while the build runs: cache, shelf and folder."""
    memory: int
    """Bytes of all processes."""
    minutes: float

    @property
    def fetch(self) -> int:
        """Bytes to fetch."""
        return sum(source.fetch for source in self.sources)


def plan(recipe: Recipe, *, workers: int, cache: str | Path | None = None) -> Plan:
    """What building a recipe would take, its lock kept to; fetches lists of files and footers only.

    Raises SourceError, ShapeError or RemoteError.
    """
    recipe = settle(recipe)
    pins, hub = read_pins(recipe), Hub(Cache.at(cache))
    quotas = {quota.source: quota for quota in asked(recipe)}
    sources = tuple(
        _planned(recipe, name, quotas[name], hub, pins.get(name)) for name in recipe.sources
    )
    licences = {one.source: one.license for one in sources if one.commit}
    text, fetch = sum(one.text for one in sources), sum(one.fetch for one in sources)
    rows = sum(one.pool or 0 for one in sources)
    drawn = sum(quota.rows or 0 for quota in quotas.values())
    written = text * min(1.0, drawn / rows) if rows and drawn else text
    work = sum(_seconds(recipe, one) for one in sources)
    return Plan(
        sources,
        conclude(licences, recipe.license),
        int(fetch + SHELVED * text + WRITTEN * written),
        int(PROCESS * (workers + 1) + FACTS * rows),
        (fetch / FETCHING + work / workers) / 60,
    )


def _seconds(recipe: Recipe, planned: SourcePlan) -> float:
    """Processor seconds of a source's rows, if none were dropped on the way."""
    steps: Sequence[Step] = (*recipe.sources[planned.source].steps, *recipe.steps)
    speeds = [SPEEDS.get(step.name, SPEED) for step in steps]
    return planned.text * (1 / READING + sum(1 / speed for speed in speeds))


def _planned(
    recipe: Recipe, name: str, quota: Quota, hub: Hub, pin: LockedSource | None
) -> SourcePlan:
    source = recipe.sources[name]
    if source.hub is None:
        slices = find_origin(recipe, source, hub, pin).slices
        known = [part.rows for part in slices if part.rows is not None]
        rows = sum(known) if len(known) == len(slices) else None
        size = sum(part.weight for part in slices) * (EMBEDDED if source.embedded else 1)
        where = "embedded" if source.embedded else "files here"
        return SourcePlan(name, where, None, None, False, rows, rows, size, 0, size)
    split = find_hub_split(source, hub, pin)
    repository = split.repository
    where = " ".join(part for part in (source.hub, split.config, split.name) if part)
    planned = SourcePlan(
        *(name, where, repository.commit, repository.license, bool(repository.gated)),
        *(None, None, split.size, _missing(split, hub.cache), split.size),
    )
    return _sampled(recipe, source, quota, split, hub, planned) if split.is_parquet else planned


def _missing(split: Split, cache: Cache) -> int:
    """Bytes of the files that have not been fetched."""
    return sum(file.bytes for file in split.files if not cache.find(kept_as(file)))


def _sampled(
    recipe: Recipe, source: Source, quota: Quota, split: Split, hub: Hub, planned: SourcePlan
) -> SourcePlan:
    """The same where only some row groups are fetched."""
    groups = [_narrow(source, group) for group in find_row_groups(split, hub.cache)]
    order = asking_order(recipe, source, groups)
    wanted = first_rows(source, quota, row_bytes(groups))
    count = enough([groups[position].rows for position in order], wanted)
    chosen = [groups[position] for position in order[:count]]
    return replace(
        planned,
        rows=sum(group.rows for group in groups),
        pool=sum(group.rows for group in chosen),
        stored=sum(group.weight for group in chosen),
        fetch=sum(group.weight for group in chosen if not group.is_kept),
        text=sum(group.size for group in chosen),
        row_groups=(len(chosen), len(groups)),
        files=(len({group.remote.file.path for group in chosen}), len(split.files)),
    )


def _narrow(source: Source, group: RowGroup) -> RowGroup:
    names = group.names
    heads = {head for place in source.keep.values() for head in Place(place).heads}
    read = readable(source.shape, names, source.columns) | heads
    return replace(group, columns=tuple(name for name in names if name in read))
