"""The steps a recipe may name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from curate.errors import Problem, StepError
from curate.step import Step

STEPS: tuple[str, ...] = (
    # Edits of one row.
    "tidy_text:TidyText",
    "substitute:Substitute",
    "template_variables:TemplateVariables",
    "rationale_to_thinking:RationaleToThinking",
    "verify:Verify",
    # Filters of one row.
    "no_empty_turns:NoEmptyTurns",
    "role_order:RoleOrder",
    "no_injection:NoInjection",
    "length:Length",
    "fits:Fits",
    "language:Language",
    "thinking:Thinking",
    "repetition:Repetition",
    "score:Score",
    "where:Where",
    "hashed_share:HashedShare",
    "different:Different",
    "decontaminate:Decontaminate",
    # Choices among all rows.
    "exact_duplicates:ExactDuplicates",
    "near_duplicates:NearDuplicates",
    "answers_per_prompt:AnswersPerPrompt",
    "unseen:Unseen",
    "consistent:Consistent",
    # Pairs made of rows.
    "pairs:Pairs",
)
"""Every step of this package: its module, which is the word a recipe writes, and its class."""

ENTRY_POINTS = "curate.steps"
"""Where other packages announce steps: `word = "their.module:Class"`."""


@cache
def step_types() -> Mapping[str, type[Step]]:
    """Every step by the word a recipe writes, this package's first.

    Raises StepError where another package's step cannot be loaded, is no step, or takes a word that
    is taken.
    """
    types: dict[str, type[Step]] = {}
    for line in STEPS:
        word, name = line.split(":")
        types[word] = getattr(import_module(f"curate.steps.{word}"), name)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in types:
            raise _refused(point.name, point.value, "the word is taken")
        try:
            loaded: Any = point.load()
        except (ImportError, AttributeError) as error:
            raise _refused(point.name, point.value, str(error)) from error
        if not (isinstance(loaded, type) and issubclass(loaded, Step)):
            raise _refused(point.name, point.value, "it is no `curate.step.Step`")
        types[point.name] = loaded
    return MappingProxyType(types)


def _refused(word: str, value: str, why: str) -> StepError:
    return StepError(
        Problem(
            f"step '{word}' of another package ({value}) cannot be used: {why}",
            help="update or remove the package that announces it",
        )
    )
