"""What is told of near-duplicates beside which rows go.

All of it is data for `curate explain`, small whatever the size of a mix: texts of a few pairs, and counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.rows import Part
from curate.step import Facts

EXAMPLES = 40
"""Pairs whose texts are told, spread evenly over how alike they are."""
CHARACTERS = 2000
"""How much of a text is told."""


def outcomes(
    groups: Mapping[float, NDArray[np.int64]], rows: pl.DataFrame, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    """How many rows of each source would go at each similarity, one row of a group staying.

    `groups` has for each of the `rows` (columns `source`, `earlier`) the first of its group.
    """
    source, mine = rows["source"].to_numpy().astype(np.int64), ~rows["earlier"].to_numpy()
    told: list[dict[str, Any]] = []
    for similarity, first in groups.items():
        gone = source[mine & (first != np.arange(first.size))]
        counts = zip(names, np.bincount(gone, minlength=len(names)).tolist(), strict=False)
        told.append(
            {"similarity": similarity, "dropped": {name: count for name, count in counts if count}}
        )
    return told


def histogram(dropped: pl.DataFrame) -> dict[str, int]:
    """How many rows are how alike to the one that stays, by twentieths."""
    measure = dropped["measure"].cast(pl.Float64)
    twentieths = (measure * 20 + 1e-9).floor().cast(pl.Int64).value_counts()
    return {f"{low / 20:.2f}": count for low, count in sorted(twentieths.iter_rows())}


def examples(dropped: pl.DataFrame, facts: Facts, part: Part) -> list[dict[str, Any]]:
    """Dropped rows beside the rows that stay, the least alike first: ids, sources, the start of each text."""
    if dropped.is_empty():
        return []
    concerned = np.zeros(facts.alive.len(), np.bool_)
    concerned[dropped["row"].to_numpy()] = concerned[dropped["because_of"].to_numpy()] = True
    named = pl.concat(
        frame.filter(concerned[frame["row"].to_numpy()]) for frame in facts.frames("id", "source")
    )
    pairs = (
        dropped.join(named, on="row")
        .join(named, left_on="because_of", right_on="row", suffix="_kept")
        .sort(pl.col("measure").cast(pl.Float64), "id", "id_kept")
    )
    some = pairs.gather_every(max(1, -(-pairs.height // EXAMPLES)))
    wanted = pl.concat([some["row"], some["because_of"]])
    starts = pl.col("text").str.head(CHARACTERS)
    texts = dict(
        row
        for frame in facts.texts.read(part, wanted)
        for row in frame.select("row", starts).iter_rows()
    )
    names = (*facts.sources, "earlier mix")
    return [
        {
            "similarity": float(one["measure"]),
            "dropped": {
                "id": one["id"],
                "source": names[one["source"]],
                "text": texts[one["row"]],
            },
            "kept": {
                "id": one["id_kept"],
                "source": names[one["source_kept"]],
                "text": texts[one["because_of"]],
            },
        }
        for one in some.iter_rows(named=True)
    ]
