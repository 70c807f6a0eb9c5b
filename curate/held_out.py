"""The part of a mix that is kept from training.

Rows of one prompt go together, so that what is held out shares no prompt with the rest: prompts are the
same if they differ at most in case, spacing and Unicode form. Which prompts go is decided by the seed and
the prompt alone; whoever holds out more keeps the prompts held out before, but for those passed over to
meet a count.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.errors import Problem, ShortageError
from curate.fingerprint import ranks
from curate.mix import fitting
from curate.recipe.model import HeldOut


def hold_out(prompts: pl.DataFrame, wanted: HeldOut, seed: int) -> NDArray[np.bool_]:
    """Which rows are held out; rows without a prompt never are.

    `prompts` has two columns, the halves of each row's prompt digest, or nulls. Raises ShortageError where
    whole prompts do not add up to the rows asked for, or nothing is left to train on.
    """
    rows = wanted.rows or round((wanted.share or 0) * prompts.height)
    groups = prompts.group_by(prompts.columns).len("rows").drop_nulls()
    names = [f"{high:016x}{low:016x}" for high, low, _ in groups.iter_rows()]
    groups = groups.with_columns(rank=pl.Series(ranks(seed, names), dtype=pl.UInt64)).sort("rank")
    chosen = groups.filter(pl.Series(fitting(groups["rows"].cast(pl.Int64).to_numpy(), rows)))
    found = int(chosen["rows"].sum())
    if rows >= prompts.height or (wanted.rows is not None and found < rows):
        raise ShortageError(_shortage(rows, min(found, prompts.height - 1), prompts.height))
    held = prompts.join(chosen, on=prompts.columns, how="left", maintain_order="left")
    return held["rank"].is_not_null().to_numpy()


def _shortage(wanted: int, found: int, total: int) -> Problem:
    return Problem(
        f"{wanted:,} of {total:,} rows cannot be held out: whole prompts, rows without one aside, "
        f"amount to {found:,}",
        help=f"hold out less  (`held_out: {{rows: {found}}}` can be met)" if found else None,
    )
