"""Exactly as many rows of each source as the recipe asks for.

A source's rows stand in one order, given by `prefer`, then by the seeded rank (or by where they were
stored), so the draw is a prefix of it: it depends on no other source and not on the order in which rows
arrive, and whoever asks for more rows keeps those there were. A budget in tokens keeps them up to the
first row that no longer fits; behind it, shorter rows fill what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.errors import Place, Problem, ShortageError
from curate.funnel import Funnel
from curate.recipe.model import Recipe, Source

DRAWN: dict[str, pl.DataType] = {
    "row": pl.UInt32(),
    "source": pl.UInt16(),
    "rank": pl.UInt64(),
    "copy": pl.UInt32(),
}
"""The columns of a draw: one record a use of a row, `copy` counting the uses of one row from 1."""


@dataclass(frozen=True)
class Quota:
    """What is asked of one source; all its rows where neither `rows` nor `tokens` is given."""

    source: str
    rows: int | None = None
    """Exactly so many, every use of a row counted."""
    tokens: int | None = None
    """Rows worth at most so many, every use counted."""
    at_most: int | None = None
    """No more rows than this, but fewer are no shortage."""
    repeat: int = 1
    """How often each row is used."""
    order: Literal["sampled", "first"] = "sampled"
    candidates: int | str | None = None
    """What the recipe says about how many records to look at; None where that is all."""
    fallback: str | None = None
    """The source that gives what this one lacks."""
    for_others: int = 0
    """How many of `rows` other sources lacked."""


def asked(recipe: Recipe) -> tuple[Quota, ...]:
    """What a recipe asks of its sources, shares counted out."""
    rows, tokens = quotas(recipe), _token_budgets(recipe)
    return tuple(
        Quota(
            name,
            rows[name],
            tokens[name],
            source.at_most,
            source.repeat,
            source.order,
            source.candidates,
            source.fallback,
        )
        for name, source in recipe.sources.items()
    )


def quotas(recipe: Recipe) -> dict[str, int | None]:
    """The rows each source is to give, caps applied; None where it is not counted in rows."""
    total = recipe.total.rows if recipe.total else None
    shared = _shared_out(recipe.sources, total)
    return {
        name: _capped(shared.get(name, source.rows_taken), source.at_most)
        for name, source in recipe.sources.items()
    }


def _token_budgets(recipe: Recipe) -> dict[str, int | None]:
    total = recipe.total.tokens if recipe.total else None
    shared = _shared_out(recipe.sources, total)
    return {name: shared.get(name, source.tokens) for name, source in recipe.sources.items()}


def _capped(rows: int | None, at_most: int | None) -> int | None:
    return rows if rows is None or at_most is None else min(rows, at_most)


def _shared_out(sources: Mapping[str, Source], total: int | None) -> dict[str, int]:
    # By their decimals: 0.1 as a float is a little more than a tenth.
    shares = {name: Fraction(str(source.share)) for name, source in sources.items() if source.share}
    if total is None:
        return {}
    return dict(zip(shares, largest_remainder(total, tuple(shares.values())), strict=True))


def largest_remainder(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole numbers in proportion to the shares that add up to their part of the total.

    Everyone gets the whole part; what is left goes one by one to the largest fractions, of equal ones
    to the first (Hamilton's method).
    """
    exact = [share * total for share in shares]
    whole = [int(part) for part in exact]
    left = round(sum(exact)) - sum(whole)
    for index in sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])[:left]:
        whole[index] += 1
    return whole


def draw(
    candidates: pl.DataFrame,
    quotas: Sequence[Quota],
    funnel: Funnel | None = None,
    places: Mapping[str, Place] | None = None,
) -> pl.DataFrame:
    """Draw rows, each source's best first; the columns are those of `DRAWN`.

    `candidates` has the columns `row`, `source` (the position in `quotas`), `rank`, and where they
    count `prefer` (the higher the sooner, null last) and `tokens`. Raises ShortageError, naming every
    source that is short; `funnel` and `places` tell it where the rows went and where the recipe
    asks for them.
    """
    drawn: list[pl.DataFrame] = []
    problems: list[Problem] = []
    for number, quota in enumerate(quotas):
        rows = _in_order(candidates.filter(pl.col("source") == number), quota)
        uses = _uses(rows, quota)
        missing = _missing(rows, quota, uses)
        if missing:
            problems.append(_shortage(quota, missing, funnel, (places or {}).get(quota.source)))
        drawn.append(_used(rows, uses))
    if problems:
        raise ShortageError(*problems)
    return pl.concat([pl.DataFrame(schema=DRAWN), *drawn])


def shortages(candidates: pl.DataFrame, quotas: Sequence[Quota]) -> dict[str, float]:
    """For every source that could not give what is asked of it, which part of that it could.

    `candidates` has the columns that `draw` takes.
    """
    found: dict[str, float] = {}
    for number, quota in enumerate(quotas):
        rows = _in_order(candidates.filter(pl.col("source") == number), quota)
        missing = _missing(rows, quota, _uses(rows, quota))
        if missing:
            found[quota.source] = missing.left / missing.wanted
    return found


def _in_order(rows: pl.DataFrame, quota: Quota) -> pl.DataFrame:
    keys = ["row"] if quota.order == "first" else ["rank", "row"]
    preference = ["prefer"] if "prefer" in rows.columns else []
    descending = [True] * len(preference) + [False] * len(keys)
    return rows.sort(*preference, *keys, descending=descending, nulls_last=True)


def _uses(rows: pl.DataFrame, quota: Quota) -> NDArray[np.int64]:
    """How often each row, in order, is used."""
    most = np.full(rows.height, quota.repeat, np.int64)
    if quota.tokens is not None:
        cost = rows["tokens"].to_numpy().astype(np.int64) * quota.repeat
        most[~fitting(cost, quota.tokens)] = 0
    limits = [limit for limit in (quota.rows, quota.at_most) if limit is not None]
    if not limits:
        return most
    before = np.cumsum(most) - most
    return np.clip(min(limits) - before, 0, most)


def fitting(costs: NDArray[np.int64], budget: int) -> NDArray[np.bool_]:
    """Which of the costs fit, taken one after the other, passing over those too high for what is left."""
    fits = np.zeros(costs.size, np.bool_)
    rest = np.arange(costs.size)
    while (rest := rest[costs[rest] <= budget]).size:
        spent = np.cumsum(costs[rest])
        run = int(np.searchsorted(spent, budget, side="right"))
        fits[rest[:run]] = True
        budget -= int(spent[run - 1])
        rest = rest[run:]
    return fits


def _used(rows: pl.DataFrame, uses: NDArray[np.int64]) -> pl.DataFrame:
    at = np.repeat(np.arange(uses.size), uses)
    copies = np.arange(at.size) - (np.cumsum(uses) - uses)[at] + 1
    return rows.select("row", "source", "rank")[at].with_columns(copy=pl.Series(copies)).cast(DRAWN)  # pyright: ignore[reportArgumentType]


# Shortage -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Missing:
    wanted: int
    left: int
    unit: Literal["rows", "tokens"]


def _missing(rows: pl.DataFrame, quota: Quota, uses: NDArray[np.int64]) -> _Missing | None:
    wanted = _capped(quota.rows, quota.at_most)
    if wanted is not None and uses.sum() < wanted:
        return _Missing(wanted, int(uses.sum()), "rows")
    if quota.tokens is None or (quota.at_most is not None and uses.sum() >= quota.at_most):
        return None
    left = int((rows["tokens"].to_numpy() * uses).sum())
    if left < quota.tokens and np.all(uses == quota.repeat):
        return _Missing(quota.tokens, left, "tokens")
    return None


def _shortage(
    quota: Quota, missing: _Missing, funnel: Funnel | None, place: Place | None
) -> Problem:
    wanted, left, unit = missing.wanted, missing.left, missing.unit
    short = f"{wanted - left:,} {unit.removesuffix('s') if wanted - left == 1 else unit}"
    what = f"source '{quota.source}' is {short} short: {wanted:,} asked for, {left:,} left"
    if quota.for_others:
        what = what.replace("asked for", f"asked for ({quota.for_others:,} that others lack)")
    ways: list[str] = []
    told = ""
    if funnel is not None and quota.source in funnel.sources:
        read = funnel.sources[quota.source].candidates
        what += f" of {read:,} records" if unit == "rows" else f" in {read:,} records"
        if quota.candidates is not None:
            enough = (
                f" (about {-(-read * wanted * 21 // (left * 20)):,} will do, if it has so many)"
                if left
                else ""
            )
            ways.append(f"raise `candidates: {quota.candidates}`{enough}")
        losses = sorted(
            (
                (count.dropped, stop.name)
                for stop, count in funnel.path(quota.source)
                if count.dropped
            ),
            key=lambda loss: -loss[0],
        )
        if losses:
            told = ", ".join(f"'{name}' took {rows:,}" for rows, name in losses[:3]) + "; "
            ways.append(f"loosen '{losses[0][1]}'")
    asks = "take" if unit == "rows" else "tokens"
    ways.append(f"ask for less (`{asks}: {left}`)" if left else "leave the source out")
    return Problem(what, place, help=told + ", or ".join(ways))
