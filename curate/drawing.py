"""The draw, from the facts of the rows that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.recipe.model import Recipe
from curate.sifting import Sifted
from curate.step import Filter


@dataclass(frozen=True)
class Drawn:
    """The drawn rows' places among all rows of the partitions, once a use, and their ranks."""

    rows: NDArray[np.uint32]
    ranks: NDArray[np.uint64]
    counts: dict[str, int]


def token_measure(recipe: Recipe) -> Filter | None:
    return None


def draw_rows(recipe: Recipe, sifted: Sifted) -> Drawn:
    frames = [pl.read_parquet(part.facts, columns=["source", "rank"]) for part in sifted.partitions]
    facts = pl.concat(frames).with_row_index("row").filter(pl.Series(sifted.alive))
    parts = []
    counts = {}
    for i, (name, source) in enumerate(recipe.sources.items()):
        mine = facts.filter(source=i).sort("rank", "row").head(source.take)
        counts[name] = mine.height
        parts.append(mine)
    d = pl.concat(parts)
    return Drawn(d["row"].to_numpy(), d["rank"].to_numpy(), counts)
