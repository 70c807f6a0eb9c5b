"""Rows taken through every step of a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate import heap
from curate.funnel import Funnel, SourceCount, Timings
from curate.partitions import Feed, Task, Wanted, make, rehearse
from curate.phases import EVERY, Phase, phases, stops
from curate.recipe.model import Recipe
from curate.selection import Selected, keep, pair_up, select
from curate.shelf import Partition, Report, Shelf
from curate.step import Filter, SetStep
from curate.workers import Workers

EARLIER = "earlier mixes"
"""The heading under which prompts of earlier mixes of the folder are worked on."""
MANY = 250_000
"""Rows so many that set steps need the memory (150 MB each) more than the next pass needs workers that
have begun already (a second each)."""


@dataclass
class Sifted:
    """The rows that came through every step, and the story of those that did not."""

    partitions: list[Partition] = field(default_factory=list[Partition])
    alive: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """One value a row of the partitions, in their order."""
    funnel: Funnel = field(default_factory=lambda: Funnel(()))
    timings: Timings = field(default_factory=Timings)
    rejects: list[Path] = field(default_factory=list[Path])
    """Parquet files of the rows that did not come through, in the columns of `funnel.REJECTS`."""
    bounds: Mapping[str, int] = field(default_factory=dict[str, int])
    """For sources that may still arrive, the rank before which no row is missing."""
    notes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What set steps have to tell beside their drops, by the stop's key."""


def sift(
    recipe: Recipe,
    feeds: Mapping[str, Sequence[Feed]],
    earlier: Sequence[Feed],
    workers: Workers,
    shelf: Shelf,
    tokens: Filter | None = None,
) -> Sifted:
    """Take the rows of every source through the recipe's steps, phase by phase.

    `earlier` feeds prompts of mixes built before, which set steps see and never drop. `tokens` measures
    rows where the mix is counted in tokens.
    """
    run = _Run(recipe, workers, shelf, tokens)
    going = {name: list(feed) for name, feed in feeds.items()}
    plan = phases(recipe)
    for phase, coming in zip(plan, [*plan[1:], Phase()], strict=True):
        made = run.take_rows(phase, going, earlier, is_last=phase is plan[-1])
        alive = run.take_sets(phase, made, coming)
        if phase is not plan[-1]:
            run.hand_on(made, alive, going)
            continue
        run.sifted.partitions = [part for name in recipe.sources for part in made[name]]
        run.sifted.alive = np.concatenate([alive[name] for name in recipe.sources])
    run.sifted.funnel = Funnel(stops(recipe), run.counts)
    return run.sifted


class _Run:
    """What one passage gathers as it goes."""

    def __init__(
        self, recipe: Recipe, workers: Workers, shelf: Shelf, tokens: Filter | None
    ) -> None:
        self.recipe, self.workers, self.shelf, self.tokens = recipe, workers, shelf, tokens
        self.names = tuple(recipe.sources)
        self.counts = {name: SourceCount() for name in self.names}
        self.sifted = Sifted()
        self.seen: set[str] = set()
        self.pairs: dict[str, pl.DataFrame] = {}

    def take_rows(
        self,
        phase: Phase,
        feeds: Mapping[str, Sequence[Feed]],
        earlier: Sequence[Feed],
        *,
        is_last: bool,
    ) -> dict[str, list[Partition]]:
        """Take the row steps of a phase, all partitions at once."""
        tasks: list[Task] = []
        shared = tuple(placed.step for placed in phase.sets.get(EVERY, ()))
        for name, steps in phase.rows.items():
            own = tuple(placed.step for placed in phase.sets.get(name, ()))
            wanted = self._wanted(name, (*own, *shared), is_last=is_last)
            fresh = name not in self.seen
            tasks += [
                Task(feed, name, steps, wanted, self.shelf.folder, fresh) for feed in feeds[name]
            ]
            self.seen.add(name)
        if any(step.sees_earlier() for step in shared):
            prompts = Wanted(self.recipe.seed, len(self.names), earlier=True, sets=shared)
            tasks += [
                Task(feed, EARLIER, (), prompts, self.shelf.folder, counts_candidates=False)
                for feed in earlier
            ]
        made: dict[str, list[Partition]] = {task.source: [] for task in tasks}
        made |= {name: [] for name in phase.rows}
        totals = dict.fromkeys(made, 0)
        for task in tasks:
            totals[task.source] += task.feed.weight
        self.workers.listener.begin("rows", totals)
        results = self.workers.run(make, tasks, lambda task: task.feed.weight)
        for task, done in zip(tasks, results, strict=True):
            for partition, report in done:
                made[task.source].append(partition)
                self._count(task.source, partition, report)
        return made

    def _wanted(self, name: str, sets: tuple[SetStep, ...], *, is_last: bool) -> Wanted:
        prefer = self.recipe.sources[name].prefer if is_last else None
        tokens = self.tokens if is_last else None
        return Wanted(
            self.recipe.seed,
            self.names.index(name),
            prefer=prefer,
            tokens=tokens,
            prompts=is_last and self.recipe.held_out is not None,
            sets=sets,
        )

    def _count(self, source: str, partition: Partition, report: Report) -> None:
        if source in self.counts:
            self.counts[source] += report.counts
            self.sifted.rejects += [partition.rejects] * partition.rejects.exists()
        self.sifted.timings += report.timings

    def take_sets(
        self, phase: Phase, made: Mapping[str, list[Partition]], coming: Phase
    ) -> dict[str, NDArray[np.bool_]]:
        """Take the set steps of a phase; gives which rows of each source are still in.

        The workers get ready for the phase that is coming meanwhile, or behind it where memory is short.
        """
        alive = {
            name: np.ones(sum(part.height for part in parts), np.bool_)
            for name, parts in made.items()
        }
        is_large = sum(len(rows) for rows in alive.values()) > MANY
        if is_large:
            self.workers.close()
        else:
            self.workers.begin(rehearse, coming.steps)
        for scope, sets in phase.sets.items():
            members = [*self.names, EARLIER] if scope == EVERY else [scope]
            members = [name for name in members if name in made]
            partitions = [part for name in members for part in made[name]]
            names = ", ".join(placed.step.name for placed in sets)
            self.workers.listener.begin(names if scope == EVERY else f"{scope}: {names}", {})
            selected = select(partitions, sets, self.names, self.shelf.folder)
            heap.trim()
            self._tell(selected)
            if selected.pairs is not None:
                self.pairs[scope] = selected.pairs
            edges = np.cumsum([len(alive[name]) for name in members])[:-1]
            alive |= dict(zip(members, np.split(selected.alive, edges), strict=True))
        if is_large:
            self.workers.begin(rehearse, coming.steps)
        return alive

    def _tell(self, selected: Selected) -> None:
        for source, counts in selected.counts.items():
            self.counts[self.names[source]] += SourceCount(stops=counts)
        self.sifted.timings += Timings(selected.timings)
        self.sifted.rejects += selected.rejects
        self.sifted.notes |= selected.notes

    def hand_on(
        self,
        made: Mapping[str, list[Partition]],
        alive: Mapping[str, NDArray[np.bool_]],
        feeds: dict[str, list[Feed]],
    ) -> None:
        """What the next phase begins with."""
        for name, partitions in made.items():
            if name == EARLIER:
                continue
            if name in self.pairs:
                folder = self.shelf.folder / f"pairs-{name}"
                feeds[name] = [*pair_up(partitions, self.pairs.pop(name), name, folder)]
            else:
                feeds[name] = [*keep(partitions, alive[name])]
