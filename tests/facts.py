"""Facts made from frames in memory, cut into partitions as a test likes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import polars as pl

from curate.fingerprint import ranks
from curate.partitions import computed
from curate.rows import Part, text, with_texts
from curate.step import Facts, SetStep, Texts


class FrameTexts(Texts):
    """The texts of rows that are held in memory, a few at a time."""

    def __init__(self, rows: pl.DataFrame, height: int = 7) -> None:
        self.rows = rows
        self.height = height
        self.asked = 0

    def read(self, part: Part, rows: pl.Series) -> Iterator[pl.DataFrame]:
        """As the engine reads them: ascending, in frames."""
        wanted = rows.unique().sort()
        self.asked += len(wanted)
        for begin in range(0, len(wanted), self.height):
            some = wanted.slice(begin, self.height)
            frame = with_texts(self.rows[some.to_list()], [text(part)])
            yield frame.select(some.cast(pl.UInt32).alias("row"), text(part).alias("text"))


def facts_of(
    step: SetStep, rows: pl.DataFrame, folder: Path, *, cuts: Sequence[int] = (), seed: int = 0
) -> Facts:
    """What the engine would hand to the step: `rows` cut before each position of `cuts`.

    Sources are numbered by name; rows of the source `earlier` are prompts of earlier mixes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(rows["source"].unique().sort())
    files: list[Path] = []
    heights: list[int] = []
    bounds = [0, *sorted({*cuts, rows.height} - {0})] if rows.height else [0, 0]
    for first, last in pairwise(bounds):
        part = rows.slice(first, last - first)
        facts = part.select(
            "id",
            pl.col("source").replace_strict(
                {n: i for i, n in enumerate(names)}, return_dtype=pl.UInt16
            ),
            pl.Series("rank", ranks(seed, part["id"]), dtype=pl.UInt64),
            (pl.col("source") == "earlier").alias("earlier"),
        )
        expressions = step.facts()
        if expressions:
            facts = facts.hstack(computed(part, expressions))
        files.append(folder / f"{len(files)}.parquet")
        facts.write_parquet(files[-1])
        heights.append(part.height)
    firsts = tuple(accumulate(heights, initial=0))[:-1]
    alive = pl.repeat(value=True, n=rows.height, dtype=pl.Boolean, eager=True)
    return Facts(tuple(files), firsts, alive, FrameTexts(rows), names)
