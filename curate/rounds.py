"""Sources asked for more, round after round, until the mix has what it asks for.

Only row groups on the Hub are asked for piece by piece. How many a round adds follows from what the round
before left, so the rows of a mix are a function of the recipe and its sources. Finished partitions are
found on the shelf again: a round costs what is new, and the set steps.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence

from curate.arrivals import rows_for
from curate.drawing import reached
from curate.mix import Quota, asked
from curate.partitions import Feed
from curate.recipe.model import Recipe, Source
from curate.shelf import Shelf
from curate.sifting import Sifted, sift
from curate.sources.hub.row_groups import RowGroup
from curate.step import Filter
from curate.supplies import Supply, row_bytes
from curate.workers import Workers

LEAST, MOST = 1.5, 4.0
"""By what factor a round looks at more rows than the one before."""
MARGIN = 1.1
"""By what factor more than what the last round's yield would make enough."""
BYTES_A_TOKEN = 3.5
"""Of text, roughly, where tokens have not been counted yet."""


def sift_enough(
    recipe: Recipe,
    supplies: Mapping[str, Supply],
    earlier: Sequence[Feed],
    workers: Workers,
    shelf: Shelf,
    tokens: Filter | None,
) -> Sifted:
    """Take so many rows through the recipe's steps that every quota can be met, or all there are."""
    for quota in asked(recipe):
        supply = supplies[quota.source]
        groups = [
            part for read in supply.parts for part in read.slices if isinstance(part, RowGroup)
        ]
        supply.ask(first_rows(recipe.sources[quota.source], quota, row_bytes(groups)))
    while True:
        feeds = {name: supply.feeds for name, supply in supplies.items()}
        sifted = sift(recipe, feeds, earlier, workers, shelf, tokens)
        more = {
            name
            for name, supply in supplies.items()
            if supply.has_more and recipe.sources[name].looked_at is None
        }
        remade = {part.source for part in sifted.partitions if part.arrived is None}
        bounds = {name: supplies[name].bound for name in more - remade}
        sifted.bounds = {name: at for name, at in bounds.items() if at is not None}
        lacking = reached(recipe, sifted, supplies.keys() - more)
        short = {name: part for name, part in lacking.items() if name in more}
        if not short:
            return sifted
        for name, part in short.items():
            factor = min(max(MARGIN / part, LEAST), MOST) if part else MOST
            supplies[name].ask(math.ceil(supplies[name].rows * factor))


def first_rows(source: Source, quota: Quota, width: float) -> int:
    """How many rows to look at before any is known; `width` is how many bytes one has in memory."""
    if source.looked_at is not None:
        return source.looked_at
    if source.prefer is not None or source.take == "all":
        return sys.maxsize  # all of them; the best ones may stand anywhere
    if quota.rows is not None:
        needed = quota.rows / quota.repeat
    else:
        needed = (quota.tokens or 0) * BYTES_A_TOKEN / (quota.repeat * max(1.0, width))
    return math.ceil(needed) if quota.order == "first" else rows_for(needed)
