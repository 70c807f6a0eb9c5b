"""START HERE: what happens in a build.

Sources are read in slices, records shaped to rows, rows taken through row steps partition by partition
and through set steps all together; exactly as many as the recipe asks for are drawn from what is left,
shuffled, laid out and written. Every part is a pure function, and what it gives rests on a shelf beside
the folder until the build is whole, so a killed build goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from curate.assembly import Stretch, as_datasets_shuffles, assemble, sorted_rejects
from curate.census import Census, take_census
from curate.certificates import certify
from curate.chat_template.conversation import open_template
from curate.comparisons import open_comparisons
from curate.drawing import Drawn, draw_rows, token_measure
from curate.errors import OutputError
from curate.funnel import Funnel, Timings
from curate.output.example import Example, example
from curate.output.findings import Findings
from curate.output.folder import write_folder
from curate.output.manifest import SPLITS, Manifest, SourceStamp, Split
from curate.output.place import check_place, refused
from curate.output.reading import read_rows
from curate.packs import stock
from curate.partitions import rehearse
from curate.passage import Watch
from curate.pins import lock_read, read_pins, renew_lock
from curate.recipe.lock import Lock
from curate.recipe.model import Recipe
from curate.recipe.settling import settle
from curate.rounds import sift_enough
from curate.shelf import Shelf
from curate.sifting import Sifted
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub
from curate.supplies import open_sources
from curate.workers import Listener, Silent, working

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Built:
    """A finished mix: its folder, what became of every row, and what that took."""

    folder: Path
    manifest: Manifest
    funnel: Funnel
    timings: Timings
    example: Example | None
    """One row, rendered."""

    @property
    def rows(self) -> pl.DataFrame:
        """The rows to train on, in the columns of the first layout."""
        return read_rows(self.folder).collect()

    def dataset(self, split: Split = "train") -> Dataset:
        """One split of the mix as a `datasets.Dataset`, memory-mapped from the folder's files."""
        from datasets import Dataset  # half a second, and most callers never need it

        files = sorted(self.folder.glob(f"data/{split}-*.parquet"))
        return Dataset.from_parquet([str(file) for file in files])  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def build(
    recipe: Recipe,
    out: str | Path = "build",
    *,
    workers: int | None = None,
    earlier: Sequence[str | Path] = (),
    cache: str | Path | None = None,
    locked: bool = False,
    listener: Listener | None = None,
) -> Built:
    """Make one mix, in the folder `out`/name.

    `earlier` are finished folders whose prompts the recipe's set steps see. `cache` is where what comes
    from the Hub is kept. A lock beside the recipe is kept to; with `locked` there must be one, and nothing may
    have changed since. The folder appears whole or not at all, and is the same byte for byte whatever the number
    of `workers` (one a core by default). Raises CurateError.
    """
    recipe = settle(recipe)
    target = Path(out) / recipe.name
    check_place(target)
    pins = read_pins(recipe, locked=locked)
    hub = Hub(Cache.at(cache))
    shelf = Shelf(target.with_name(f".{target.name}.shelf"))
    count = workers or os.cpu_count() or 1
    listener = listener or Silent()
    try:
        with shelf.held():
            listener.begin("opening the sources", {})
            with working(count, listener) as crew:
                crew.begin(rehearse, ())
                recipe = stock(recipe, shelf.folder, hub, pins)
                supplies = open_sources(recipe, hub, pins)
                prompts = open_comparisons(recipe, earlier, hub, pins)
                tokens = token_measure(recipe)
                sifted = sift_enough(recipe, supplies, prompts, crew, shelf, tokens)
                listener.begin("drawing", {})
                drawn = draw_rows(recipe, sifted)
                mix: dict[Split, list[Stretch]] = {
                    split: _assembled(recipe, sifted, drawn, split, shelf.folder / split)
                    for split in (SPLITS if recipe.held_out else SPLITS[:1])
                }
                listener.begin("looking at what was drawn", {})
                census = take_census(recipe, chain.from_iterable(mix.values()), crew)
            listener.begin("writing", {})
            stamps = {name: supplies[name].stamp(recipe.sources[name]) for name in supplies}
            lock = lock_read(recipe, pins, supplies, stamps, hub)
            built = _write(target, recipe, sifted, drawn, mix, census, tuple(stamps.values()), lock)
            shelf.clear()
    except OSError as error:  # sources say for themselves what they cannot read
        raise OutputError(refused(target, error)) from error
    if lock is not None and not locked:
        renew_lock(recipe, lock)
    return built


def _assembled(
    recipe: Recipe, sifted: Sifted, drawn: Drawn, split: Split, folder: Path
) -> list[Stretch]:
    """The rows of one split in their final order."""
    here = drawn.held == (split == "test")
    rows, hashes = drawn.rows[here], drawn.hashes[here]
    order = as_datasets_shuffles(len(rows), recipe.seed) if recipe.shuffle == "datasets" else None
    return assemble(sifted.partitions, rows, hashes, folder, order)


def _write(
    target: Path,
    recipe: Recipe,
    sifted: Sifted,
    drawn: Drawn,
    mix: Mapping[Split, Sequence[Stretch]],
    census: Census,
    stamps: Sequence[SourceStamp],
    lock: Lock | None,
) -> Built:
    """Lay the mix out and write its folder."""
    watch = Watch()
    sources = {
        name: replace(count, drawn=drawn.counts[name], lacked=drawn.lacked[name])
        for name, count in sifted.funnel.sources.items()
    }
    funnel = replace(sifted.funnel, sources=sources)
    rejects = sorted_rejects(sifted.rejects)
    findings = Findings(certify(recipe, funnel), sifted.notes, census.seen, census.counted)
    splits: dict[Split, Iterator[pl.DataFrame]] = {
        split: (stretch.rows() for stretch in part) for split, part in mix.items()
    }
    manifest = write_folder(
        target, recipe, splits, rejects, census.carried, funnel, stamps, findings, lock
    )
    first = mix["train"][0].rows().head(1)
    shown = example(first, recipe.kind, open_template(recipe.template))
    size = sum(file.bytes for file in manifest.files)
    timings = sifted.timings + census.timings + Timings({"write": watch.stop(size)})
    return Built(target, manifest, funnel, timings, shown)
