"""The order in which a recipe's steps are taken.

Row steps look at one row, set steps at all of them, so a run of row steps can be taken partition by
partition until a set step has to see every row. A `Phase` is such a run, and the set steps after it.
A source's own phases come first; what follows its last set step joins the recipe's first phase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from curate.funnel import Stop
from curate.passage import Placed
from curate.recipe.model import Recipe, Source
from curate.step import Choice, Edit, Filter, Maker, Step
from curate.steps.candidates import Candidates

EVERY = "*"
"""The scope of the recipe's own set steps: all sources together."""


@dataclass(frozen=True)
class PlacedSet:
    """A set step and the stop it makes in the funnel."""

    step: Choice | Maker
    stop: Stop


@dataclass
class Phase:
    """Row steps for some sources, then set steps: each scope is a source's name, or `EVERY`."""

    rows: dict[str, tuple[Placed, ...]] = field(default_factory=dict[str, tuple[Placed, ...]])
    sets: dict[str, tuple[PlacedSet, ...]] = field(default_factory=dict[str, tuple[PlacedSet, ...]])

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, each once."""
        runs = [*self.rows.values(), *self.sets.values()]
        return tuple({placed.stop: placed.step for run in runs for placed in run}.values())


@dataclass
class _Run:
    rows: list[Placed] = field(default_factory=list[Placed])
    sets: list[PlacedSet] = field(default_factory=list[PlacedSet])


def stops(recipe: Recipe) -> tuple[Stop, ...]:
    """Every step of a recipe, in the order rows meet them."""
    return tuple(stop for _, stop in walk(recipe))


def phases(recipe: Recipe) -> list[Phase]:
    """Cut a recipe into phases: first the sources' own, then those all sources share."""
    placed = list(walk(recipe))
    own = {
        name: _runs([pair for pair in placed if pair[1].source == name]) for name in recipe.sources
    }
    plan: list[Phase] = []
    for index in range(max(len(runs) for runs in own.values()) - 1):
        going = {name: runs[index] for name, runs in own.items() if index < len(runs) - 1}
        plan.append(
            Phase(
                {name: tuple(run.rows) for name, run in going.items()},
                {name: tuple(run.sets) for name, run in going.items()},
            )
        )
    for index, run in enumerate(_runs([pair for pair in placed if pair[1].source is None])):
        phase = Phase(sets={EVERY: tuple(run.sets)} if run.sets else {})
        for name, runs in own.items():
            phase.rows[name] = (*(runs[-1].rows if index == 0 else ()), *run.rows)
        if index == 0 or run.rows or run.sets:
            plan.append(phase)
    return plan


def walk(recipe: Recipe) -> Iterator[tuple[Step, Stop]]:
    """Every step of a recipe with its stop, in the order rows meet them."""
    position = 0
    own = [(name, _own(source)) for name, source in recipe.sources.items()]
    for source, steps in [*own, (None, recipe.steps)]:
        for step in steps:
            yield step, Stop(position, step.name, step.label(), source)
            position += 1


def _own(source: Source) -> tuple[Step, ...]:
    """A source's own steps, after the cut to the candidates it asks for."""
    if source.looked_at is None or source.order == "first":
        return source.steps
    return (Candidates(rows=source.looked_at), *source.steps)


def _runs(steps: Sequence[tuple[Step, Stop]]) -> list[_Run]:
    """Row steps with the set steps after each run of them; the last run has row steps only."""
    runs = [_Run()]
    for step, stop in steps:
        if isinstance(step, Choice | Maker):
            runs[-1].sets.append(PlacedSet(step, stop))
            if isinstance(step, Maker):
                runs.append(_Run())
        elif isinstance(step, Filter | Edit):
            if runs[-1].sets:
                runs.append(_Run())
            runs[-1].rows.append(Placed(step, stop))
    if runs[-1].sets:
        runs.append(_Run())
    return runs
