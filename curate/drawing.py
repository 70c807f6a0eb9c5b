"""The draw, from the facts of the rows that came through every step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.errors import Problem, RecipeError, ShortageError
from curate.fallbacks import relieved
from curate.funnel import Funnel
from curate.held_out import hold_out
from curate.mix import asked, draw, shortages
from curate.partitions import HASH, PROMPT
from curate.recipe.model import Recipe
from curate.sifting import Sifted
from curate.step import Filter
from curate.steps.fits import Fits

UNBOUNDED = 2**31 - 1


@dataclass(frozen=True)
class Drawn:
    """The drawn rows: their places among all rows of the partitions, once a use, and their hashes."""

    rows: NDArray[np.uint32]
    hashes: NDArray[np.uint64]
    held: NDArray[np.bool_]
    """Which of them are held out."""
    counts: dict[str, int]
    """Uses by source, those held out among them."""
    lacked: dict[str, int]
    """Uses by source that its fallback gives."""


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
    """Draw exactly what the recipe asks for.

    Raises ShortageError, naming every source that is short, or saying that no row is left at all.
    """
    facts = _facts(recipe, sifted)
    left = _left(facts, recipe, sifted)
    wanted = relieved(asked(recipe), _rows_left(left, recipe, recipe.sources))
    drawn = draw(left, wanted, sifted.funnel, recipe.places)
    if drawn.is_empty():
        raise ShortageError(_nothing(recipe, sifted.funnel))
    counts = np.bincount(drawn["source"].to_numpy(), minlength=len(wanted))
    held = np.zeros(drawn.height, np.bool_)
    if recipe.held_out is not None:
        prompts = facts.select(PROMPT)[drawn["row"]]
        held = hold_out(prompts, recipe.held_out, recipe.seed)
    return Drawn(
        drawn["row"].to_numpy(),
        _hashes(facts[drawn["row"]]),
        held,
        {quota.source: int(count) for quota, count in zip(wanted, counts, strict=True)},
        {
            quota.source: (before.rows or 0) + quota.for_others - (quota.rows or 0)
            for before, quota in zip(asked(recipe), wanted, strict=True)
        },
    )


def _hashes(rows: pl.DataFrame) -> NDArray[np.uint64]:
    """What mixes them: their ranks, but of sources that arrived in pieces."""
    if HASH not in rows.columns:
        return rows["rank"].to_numpy()
    return rows.select(pl.coalesce(HASH, "rank")).to_series().to_numpy()


def _nothing(recipe: Recipe, funnel: Funnel) -> Problem:
    """Say that a mix would be empty, and what took its rows."""
    total = funnel.total
    losses = {stop.name: funnel.dropped(stop.name) for stop in funnel.stops}
    most = sorted(losses, key=lambda name: -losses[name])[:3]
    told = ", ".join(f"'{name}' took {losses[name]:,}" for name in most if losses[name])
    return Problem(
        f"{recipe.name} would have no row: none of {total.candidates:,} records is left",
        help=f"{told}; loosen '{most[0]}'" if told else "look at what the sources hold",
    )


def reached(recipe: Recipe, sifted: Sifted, exhausted: Collection[str]) -> dict[str, float]:
    """For every source that is short, which part of what is asked of it is there.

    What those lack that are `exhausted` is asked of their fallbacks.
    """
    left = _left(_facts(recipe, sifted), recipe, sifted)
    return shortages(left, relieved(asked(recipe), _rows_left(left, recipe, exhausted)))


def _rows_left(left: pl.DataFrame, recipe: Recipe, of: Collection[str]) -> dict[str, int]:
    counts = np.bincount(left["source"].to_numpy(), minlength=len(recipe.sources))
    return {
        name: int(count) for name, count in zip(recipe.sources, counts, strict=True) if name in of
    }


def _facts(recipe: Recipe, sifted: Sifted) -> pl.DataFrame:
    """What the draw needs to know of every row."""
    names = ["source", "rank"]
    names += ["prefer"] * any(source.prefer for source in recipe.sources.values())
    names += ["tokens"] * any(quota.tokens for quota in asked(recipe))
    names += PROMPT if recipe.held_out else ()
    empty = pl.DataFrame(schema={"source": pl.UInt16, "rank": pl.UInt64})
    frames = [
        pl.read_parquet(part.facts, columns=[*names, *[HASH] * (part.arrived is not None)])
        for part in sifted.partitions
    ]
    return pl.concat([empty, *frames], how="diagonal").with_row_index("row")


def _left(facts: pl.DataFrame, recipe: Recipe, sifted: Sifted) -> pl.DataFrame:
    """The same of the rows that came through every step and have their turn whatever else may arrive."""
    left = facts.filter(pl.Series(sifted.alive, dtype=pl.Boolean))
    for number, name in enumerate(recipe.sources):
        if (bound := sifted.bounds.get(name)) is not None:
            left = left.filter((pl.col("source") != number) | (pl.col("rank") < bound))
    return left
