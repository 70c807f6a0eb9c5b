"""A recipe tried on a few rows of every source, before the long run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from curate.chat_template.conversation import open_template
from curate.comparisons import open_comparisons
from curate.feeds import Read
from curate.funnel import REJECTS, Funnel, SourceCount
from curate.mix import quotas
from curate.packs import stock
from curate.pins import read_pins
from curate.recipe.model import Recipe
from curate.recipe.settling import settle
from curate.shelf import Shelf
from curate.sifting import sift
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub
from curate.supplies import Supply, open_sources
from curate.tokens import count
from curate.workers import Silent, working

FETCHED = 8
"""Parts looked into of a source that has to be fetched."""


@dataclass(frozen=True)
class Outlook:
    """What a trial promises for one source.

    `records` is how many the source holds; counting stops where there are surely enough, then it is a
    lower bound.
    """

    source: str
    records: int
    kept: float
    """The part of tried rows that came through every step."""
    take: int

    @property
    def expected(self) -> int:
        """Rows likely to be left; set steps drop more of many rows than of few, so rather fewer."""
        return int(self.records * self.kept)

    @property
    def is_short(self) -> bool:
        """Whether the mix asks for more than is likely to be left."""
        return self.expected < self.take


@dataclass(frozen=True)
class Trial:
    """What became of a few rows."""

    funnel: Funnel
    rows: pl.DataFrame
    """Rows that came through every step, in the row contract's columns."""
    rejects: pl.DataFrame
    """The others, in the columns of `funnel.REJECTS`."""
    arrived: pl.DataFrame
    """All of them, as they were before the first step."""
    outlooks: tuple[Outlook, ...] = ()

    def dropped_by(self, step: str) -> pl.DataFrame:
        """The rejects of the steps of this name; of `shape` the records that became no rows."""
        return self.rejects.filter(
            (pl.col("step") == step) | pl.col("step").str.ends_with(f" {step}")
        )


def trial(
    recipe: Recipe,
    rows: int,
    *,
    earlier: Sequence[str | Path] = (),
    cache: str | Path | None = None,
) -> Trial:
    """Take about `rows` records of every source through the recipe's steps; nothing is written.

    The records come from as many of the source's slices as can be, so that no one file decides alone.
    Raises CurateError.
    """
    recipe = settle(recipe)
    hub = Hub(Cache.at(cache))
    pins = read_pins(recipe)
    supplies = open_sources(recipe, hub, pins)
    feeds = {name: _some(supply, rows) for name, supply in supplies.items()}
    with tempfile.TemporaryDirectory() as folder:
        recipe = stock(recipe, Path(folder), hub, pins)
        prompts = open_comparisons(recipe, earlier, hub, pins)
        with working(1, Silent()) as workers:
            sifted = sift(recipe, feeds, prompts, workers, Shelf(Path(folder)))
        frames = [pl.read_ipc(part.rows) for part in sifted.partitions]
        left = pl.concat(frames, how="diagonal").filter(pl.Series(sifted.alive, dtype=pl.Boolean))
        rejects = [pl.DataFrame(schema=REJECTS), *map(pl.read_parquet, sifted.rejects)]
        arrived = [
            batch.rows for feed in feeds.values() for read in feed for batch in read.batches(0)
        ]
        return Trial(
            sifted.funnel,
            left,
            pl.concat(rejects),
            pl.concat(arrived, how="diagonal"),
            _outlooks(recipe, supplies, sifted.funnel),
        )


def check(recipe: Recipe, cache: str | Path | None = None) -> None:
    """Make sure that a recipe's template and tokenizer open, and that every step finds its columns.

    Looks at a few records of every source to know its columns; the steps are taken on no rows at all.
    Raises CurateError.
    """
    open_template(recipe.template)
    if recipe.tokenizer is not None:
        count(pl.Series([""]), recipe.tokenizer)
    recipe = settle(recipe)
    hub = Hub(Cache.at(cache))
    pins = read_pins(recipe)
    supplies = open_sources(recipe, hub, pins)
    feeds = {name: [replace(supply.parts[0], limit=0)] for name, supply in supplies.items()}
    with tempfile.TemporaryDirectory() as folder:
        recipe = stock(recipe, Path(folder), hub, pins)
        with working(1, Silent()) as workers:
            open_comparisons(recipe, (), hub, pins)
            sift(recipe, feeds, (), workers, Shelf(Path(folder)))


def _some(supply: Supply, rows: int) -> list[Read]:
    """The first few records of parts spread evenly over the source."""
    parts = [supply.parts[position] for position in supply.order]
    if supply.origin.is_afar:
        parts = parts[:FETCHED]  # their order is a spread one
    chosen = parts[:: max(1, -(-len(parts) // rows))]
    each = -(-rows // len(chosen))
    return [replace(feed, limit=each) for feed in chosen]


def _outlooks(
    recipe: Recipe, supplies: Mapping[str, Supply], funnel: Funnel
) -> tuple[Outlook, ...]:
    wanted = quotas(recipe)
    return tuple(
        _outlook(supplies[name], funnel.sources[name], take)
        for name, take in wanted.items()
        if take is not None
    )


def _outlook(supply: Supply, count: SourceCount, take: int) -> Outlook:
    kept = count.left / count.candidates if count.candidates else 0.0
    enough = int(1.5 * take / kept) if kept else 0
    records = 0
    for part in supply.origin.slices:
        records += sum(1 for _ in part.records()) if part.rows is None else part.rows
        if records >= enough:
            break
    return Outlook(supply.name, records, kept, take)
