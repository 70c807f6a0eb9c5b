"""Steps and layouts told of the recipe they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from curate.errors import Place, Problem, RecipeError, StepError
from curate.recipe.model import Recipe
from curate.step import Maker, Step


def settle(recipe: Recipe, places: Mapping[int, Place] = {}) -> Recipe:
    """The recipe with every step settled; one that is settled already stays as it is.

    `places` tells where a step or a layout stands by its `id`. Raises RecipeError with everything that steps
    object to, and layouts to the template.
    """
    problems: list[Problem] = []

    def settled(steps: Iterable[Step], source: str | None) -> Iterator[Step]:
        for step in steps:
            try:
                if source is None and isinstance(step, Maker):
                    raise _homeless(step)
                yield step.settle(recipe.setting)
            except StepError as error:
                place = places.get(id(step))
                problems.extend(replace(one, place=one.place or place) for one in error.problems)

    sources = {
        name: source.model_copy(update={"steps": tuple(settled(source.steps, name))})
        for name, source in recipe.sources.items()
    }
    steps = tuple(settled(recipe.steps, None))
    for layout in recipe.layouts:
        if not isinstance(layout, str):
            from curate.sequences.suitability import objections  # looked up where it is needed

            found = objections(layout, recipe.template, recipe.tokenizer)
            problems += (replace(one, place=places.get(id(layout))) for one in found)
    if problems:
        raise RecipeError(*dict.fromkeys(problems))
    return recipe.model_copy(update={"sources": sources, "steps": steps})


def _homeless(step: Maker) -> StepError:
    return StepError(
        Problem(
            f"'{step.name}' makes rows out of one source's, so it stands among that source's steps",
            help="move it below  steps:  of the source it is for",
        )
    )
