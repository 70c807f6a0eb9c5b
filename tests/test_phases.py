"""The order in which steps are taken."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from curate.passage import Placed
from curate.phases import EVERY, PlacedSet, phases, stops
from curate.recipe.model import Embedded, Recipe, Source
from curate.step import SetStep, Step
from curate.steps.candidates import Candidates
from curate.steps.exact_duplicates import ExactDuplicates
from curate.steps.length import Length
from curate.steps.no_empty_turns import NoEmptyTurns
from curate.steps.pairs import Pairs

EMBEDDED = Embedded(like="samples", rows=10)
ROW = st.sampled_from((NoEmptyTurns(), Length(of="prompt", max=9)))
SHARED = st.lists(st.one_of(ROW, st.just(ExactDuplicates())), max_size=6).map(tuple)
OWN = st.lists(
    st.one_of(ROW, st.just(ExactDuplicates()), st.just(Pairs(min_score=1, margin=1))), max_size=6
).map(tuple)


def source(steps: Sequence[Step], candidates: int | None = None) -> Source:
    return Source(embedded=EMBEDDED, take=1, candidates=candidates, steps=tuple(steps))


def mix(own: Sequence[tuple[Sequence[Step], bool]], shared: tuple[Step, ...]) -> Recipe:
    sources = {f"s{n}": source(steps, 5 if few else None) for n, (steps, few) in enumerate(own)}
    return Recipe(name="mix", sources=sources, steps=shared)


RECIPES = st.builds(mix, st.lists(st.tuples(OWN, st.booleans()), min_size=1, max_size=3), SHARED)


def met(recipe: Recipe, name: str) -> list[Placed | PlacedSet]:
    """The steps that the rows of one source meet, phase by phase."""
    found: list[Placed | PlacedSet] = []
    for phase in phases(recipe):
        found += phase.rows.get(name, ())
        for scope, sets in phase.sets.items():
            if scope in (name, EVERY):
                found += sets
    return found


@given(RECIPES)
def test_rows_meet_every_step_once_and_in_order(recipe: Recipe) -> None:
    for name, told in recipe.sources.items():
        own = [Candidates(rows=5), *told.steps] if told.candidates else told.steps
        assert [placed.step for placed in met(recipe, name)] == [*own, *recipe.steps]
        known = [stop for stop in stops(recipe) if stop.source in (None, name)]
        assert [placed.stop for placed in met(recipe, name)] == known


@given(RECIPES)
def test_the_last_phase_has_every_source(recipe: Recipe) -> None:
    *earlier, last = phases(recipe)
    assert list(last.rows) == list(recipe.sources)
    assert all(phase.rows for phase in earlier)
    assert all(phase.sets for phase in earlier)
    assert set(last.sets) <= {EVERY}


@given(RECIPES)
def test_nothing_follows_a_maker_in_its_phase(recipe: Recipe) -> None:
    for phase in phases(recipe):
        for sets in phase.sets.values():
            assert not any(isinstance(placed.step, Pairs) for placed in sets[:-1])


@given(RECIPES)
def test_sets_stand_in_sets_and_rows_in_rows(recipe: Recipe) -> None:
    for phase in phases(recipe):
        for placed in (placed for steps in phase.rows.values() for placed in steps):
            assert not isinstance(placed.step, SetStep)
        for placed in (placed for steps in phase.sets.values() for placed in steps):
            assert isinstance(placed.step, SetStep)


def test_positions_count_all_steps() -> None:
    recipe = Recipe(
        name="mix",
        sources={"a": source([NoEmptyTurns()], 3), "b": source([ExactDuplicates()])},
        steps=(NoEmptyTurns(),),
    )
    assert [(stop.key, stop.source) for stop in stops(recipe)] == [
        ("0 candidates", "a"),
        ("1 no_empty_turns", "a"),
        ("2 exact_duplicates", "b"),
        ("3 no_empty_turns", None),
    ]


@given(RECIPES)
def test_every_step_is_one_of_the_steps_of_one_phase(recipe: Recipe) -> None:
    assert sum(len(phase.steps) for phase in phases(recipe)) == len(stops(recipe))
