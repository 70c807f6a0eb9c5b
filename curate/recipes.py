"""Recipes named on a command line: files, folders, and shipped ones."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from curate.errors import CurateError, Problem, RecipeError
from curate.recipe.model import Recipe
from curate.recipe.reading import find, load, load_folder


def load_groups(names: Sequence[str], variables: Mapping[str, str]) -> list[tuple[Recipe, ...]]:
    """The recipes of each name: all of a folder's, or one. Raises RecipeError, all problems at once."""
    groups: list[tuple[Recipe, ...]] = []
    problems: list[Problem] = []
    for name in names:
        try:
            is_folder = find(name).is_dir()
            groups.append(load_folder(name, variables) if is_folder else (load(name, variables),))
        except RecipeError as error:
            problems += error.problems
    if problems:
        raise RecipeError(*problems)
    return groups


def load_all(names: Sequence[str], variables: Mapping[str, str]) -> list[Recipe]:
    """Every recipe of every name. Raises RecipeError, all problems at once."""
    return [recipe for group in load_groups(names, variables) for recipe in group]


@contextmanager
def named(recipe: Recipe) -> Generator[None]:
    """Put the recipe's name before problems that do not say which recipe they are of."""
    try:
        yield
    except CurateError as error:
        told = (
            problem
            if problem.place or recipe.name in problem.what
            else replace(problem, what=f"{recipe.name}: {problem.what}")
            for problem in error.problems
        )
        raise type(error)(*told) from error
