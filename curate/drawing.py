"""The draw, from the facts of the rows that came through every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.errors import Problem, RecipeError
from curate.held_out import hold_out
from curate.mix import asked, draw, shortages
from curate.partitions import PROMPT
from curate.recipe.model import Recipe
from curate.sifting import Sifted
from curate.step import Filter
from curate.steps.fits import Fits

UNBOUNDED = 2**31 - 1


@dataclass(frozen=True)
class Drawn:
    """The drawn rows: their places among all rows of the partitions, once a use, and their ranks."""

    rows: NDArray[np.uint32]
    ranks: NDArray[np.uint64]
    held: NDArray[np.bool_]
    """Which of them are held out."""
    counts: dict[str, int]
    """Uses by source, those held out among them."""


def token_measure(recipe: Recipe) -> Filter | None:
    """What measures a row's tokens, where the recipe counts them.

    Raises RecipeError where it names no tokenizer to count with.
    """
    if not any(quota.tokens for quota in asked(recipe)):
        return None
    if recipe.tokenizer is None:
        raise RecipeError(
            Problem(
                f"{recipe.name} asks for tokens, but names no tokenizer to count them with",
                help="add `tokenizer: PATH`, a tokenizer.json or a folder that holds one",
            )
        )
    return Fits(max_length=UNBOUNDED).settle(recipe.setting)


def draw_rows(recipe: Recipe, sifted: Sifted) -> Drawn:
    """Draw exactly what the recipe asks for. Raises ShortageError, naming every source that is short."""
    wanted = asked(recipe)
    facts = _facts(recipe, sifted)
    drawn = draw(_left(facts, sifted), wanted, sifted.funnel, recipe.places)
    counts = np.bincount(drawn["source"].to_numpy(), minlength=len(wanted))
    held = np.zeros(drawn.height, np.bool_)
    if recipe.held_out is not None:
        prompts = facts.select(PROMPT)[drawn["row"]]
        held = hold_out(prompts, recipe.held_out, recipe.seed)
    return Drawn(
        drawn["row"].to_numpy(),
        drawn["rank"].to_numpy(),
        held,
        {quota.source: int(count) for quota, count in zip(wanted, counts, strict=True)},
    )


def reached(recipe: Recipe, sifted: Sifted) -> dict[str, float]:
    """For every source that is short, which part of what the recipe asks of it is there."""
    return shortages(_left(_facts(recipe, sifted), sifted), asked(recipe))


def _facts(recipe: Recipe, sifted: Sifted) -> pl.DataFrame:
    """What the draw needs to know of every row."""
    names = ["source", "rank"]
    names += ["prefer"] * any(source.prefer for source in recipe.sources.values())
    names += ["tokens"] * any(quota.tokens for quota in asked(recipe))
    names += PROMPT if recipe.held_out else ()
    empty = pl.DataFrame(schema={"source": pl.UInt16, "rank": pl.UInt64})
    frames = [pl.read_parquet(part.facts, columns=names) for part in sifted.partitions]
    return pl.concat([empty, *frames], how="diagonal").with_row_index("row")


def _left(facts: pl.DataFrame, sifted: Sifted) -> pl.DataFrame:
    """The same of the rows that came through every step."""
    return facts.filter(pl.Series(sifted.alive, dtype=pl.Boolean))
