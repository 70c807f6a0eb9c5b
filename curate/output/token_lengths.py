"""How many tokens the rows of a mix have, source by source."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from curate import tokens
from curate.chat_template.conversation import open_template
from curate.chat_template.row_rendering import SIDES, render_rows
from curate.output.lengths import percentiles
from curate.output.manifest import TokenSpread
from curate.rows import Kind
from curate.step import TemplateUse

COUNTED: dict[str, pl.DataType] = {"source": pl.String(), "tokens": pl.UInt32()}
"""The columns of counts, a row of the mix each."""

_FIRST = 16


def count_rows(
    rows: pl.DataFrame, kind: Kind, template: TemplateUse, tokenizer: Path
) -> pl.DataFrame:
    """The tokens of every row as the template renders it, in the columns of `COUNTED`.

    Of a pair the longer side counts, with its prompt. Records kept as they are have no turns and are left out.
    """
    first, *others = SIDES[kind]
    rows = rows.filter(pl.col(first).list.len() > 0)
    opened = open_template(template)
    sides = [
        tokens.count(
            pl.Series([one.text for one in render_rows(rows, side, opened)], dtype=pl.String),
            tokenizer,
        ).alias(side)
        for side in (first, *others)
    ]
    return rows.select("source", tokens=pl.max_horizontal(sides))


def spreads(counted: pl.DataFrame) -> dict[str, TokenSpread]:
    """The spread of every source's rows, by its name."""
    return {
        str(name): _spread(rows["tokens"])
        for (name,), rows in sorted(counted.partition_by("source", as_dict=True).items())
    }


def bounds_to(most: int) -> list[int]:
    """The bounds of a histogram that holds up to so many tokens."""
    bounds = [_FIRST]
    while bounds[-1] < most:
        last = bounds[-1]
        bounds.append(last * 3 // 2 if last & (last - 1) == 0 else last * 4 // 3)
    return bounds


def _spread(counts: pl.Series) -> TokenSpread:
    bounds = bounds_to(int(counts.max() or 0))  # pyright: ignore[reportArgumentType]
    held = [int((counts <= bound).sum()) for bound in bounds]
    inside = [after - before for before, after in zip([0, *held], held, strict=False)]
    histogram = {
        bound: many for bound, many, so_far in zip(bounds, inside, held, strict=True) if so_far
    }
    return TokenSpread(
        rows=len(counts),
        tokens=int(counts.sum()),
        lengths=percentiles(counts),
        histogram=histogram,
    )
