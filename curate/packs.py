"""The test items of the packs a recipe names.

A pack is a recipe whose rows are test items: what stands in a row's prompt is looked for. An item is
called by pack, source and number, `gsm8k/test#17`, or by the kept column `test` where the pack keeps one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from curate.errors import Problem, RecipeError, SourceError, StepError
from curate.fingerprint import digest
from curate.leaks.items import ITEMS, Pack, Stock
from curate.pins import Pins
from curate.recipe.model import Recipe
from curate.references import in_pack, load_packs
from curate.rows import text, with_texts
from curate.shelf import Shelf
from curate.sifting import sift
from curate.sources.hub.repository import Hub
from curate.step import Step
from curate.steps.decontaminate import Decontaminate
from curate.supplies import open_sources
from curate.workers import Silent, working

NAME = "test"
"""The kept column that names an item."""


def stock(recipe: Recipe, folder: Path, hub: Hub, pins: Pins) -> Recipe:
    """The recipe with the items of every pack its steps name, in files in `folder`.

    `pins` are what the recipe's lock says of the packs' sources. Raises CurateError where a pack cannot be
    read, is no pack, or lacks an item that is allowed.
    """
    read = {name: read_pack(pack, hub, pins) for name, pack in load_packs(recipe).items()}

    def stocked(step: Step) -> Step:
        return step.stocked(_stock(step, read, folder)) if isinstance(step, Decontaminate) else step

    sources = {
        name: source.model_copy(update={"steps": tuple(map(stocked, source.steps))})
        for name, source in recipe.sources.items()
    }
    steps = tuple(map(stocked, recipe.steps))
    return recipe.model_copy(update={"sources": sources, "steps": steps})


def read_pack(pack: Recipe, hub: Hub, pins: Pins) -> tuple[Pack, pl.DataFrame]:
    """A pack, and its items in the columns `ITEMS`; `pins` are by the names that `in_pack` gives.

    Rows without a prompt are no items. Raises CurateError.
    """
    if pack.kind != "conversation":
        raise RecipeError(Problem(f"the pack {pack.name} holds pairs; a test item is a prompt"))
    with tempfile.TemporaryDirectory() as shelf, working(1, Silent()) as workers:
        held = {name: pins[told] for name in pack.sources if (told := in_pack(pack, name)) in pins}
        supplies = open_sources(pack, hub, held)
        for supply in supplies.values():
            supply.ask(sys.maxsize)
        feeds = {source: supply.feeds for source, supply in supplies.items()}
        sifted = sift(pack, feeds, (), workers, Shelf(Path(shelf)))
        rows = [pl.read_ipc(part.rows) for part in sifted.partitions]
    frames = [frame for frame in rows if frame.height]
    if not frames:
        raise SourceError(Problem(f"the pack {pack.name} has no test items"))
    left = pl.concat(frames, how="diagonal").filter(pl.Series(sifted.alive))
    number = pl.int_range(pl.len()).over("source").cast(pl.String)
    given = pl.col(NAME) if NAME in left.columns else pl.lit(None, pl.String)
    called = pl.concat_str(pl.lit(f"{pack.name}/"), "source", pl.lit("#"), given.fill_null(number))
    items = with_texts(left, [text("prompt")]).select(
        called.alias("test"), text("prompt").alias("text")
    )
    items = items.filter(pl.col("text").str.contains(r"\S"))
    content = digest(*(value for row in items.iter_rows() for value in row)).hex()
    splits = [supply.origin.split for supply in supplies.values()]
    read = {
        f"{at.name}@{at.commit}": None for split in splits if split and (at := split.repository)
    }
    return Pack(pack.name, items.height, content, tuple(read)), items


def _stock(
    step: Decontaminate, read: Mapping[str, tuple[Pack, pl.DataFrame]], folder: Path
) -> Stock:
    packs = tuple(read[name][0] for name in step.against)
    items = pl.concat(read[name][1] for name in step.against).cast(ITEMS)  # pyright: ignore[reportArgumentType]
    unknown = sorted(set(step.allow) - set(items["test"]))
    if unknown:
        raise StepError(
            Problem(
                f"'decontaminate' allows what is no test item of its packs: {', '.join(unknown)}",
                help=f"items are called as rejects call them, such as {items['test'][0]}",
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{digest(*(pack.digest for pack in packs)).hex()}.items"
    items.write_parquet(file)
    return Stock(file, packs)
