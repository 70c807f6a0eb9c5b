"""The texts of rows that stand in partitions, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import polars as pl

from curate import rows as contract
from curate.rows import Part
from curate.shelf import Partition
from curate.step import Texts


class PartitionTexts(Texts):
    """Reads the texts of named rows, one partition at a time."""

    def __init__(self, partitions: Sequence[Partition]) -> None:
        self._partitions = tuple(partitions)
        self._firsts = first_rows(partitions)

    def read(self, part: Part, rows: pl.Series) -> Iterator[pl.DataFrame]:
        """Frames of `row` and `text`, rows ascending, a frame a partition."""
        expression = contract.text(part)
        for index, here, places in located(rows, self._firsts):
            frame = pl.read_ipc(self._partitions[index].rows)[places]
            texts = contract.with_texts(frame, [expression]).select(expression.alias("text"))
            yield texts.insert_column(0, here.alias("row"))


def first_rows(partitions: Sequence[Partition]) -> tuple[int, ...]:
    """The position of each partition's first row among the rows of all of them."""
    heights = [partition.height for partition in partitions]
    return tuple(accumulate(heights, initial=0))[:-1]


def located(rows: pl.Series, firsts: Sequence[int]) -> Iterator[tuple[int, pl.Series, list[int]]]:
    """Where rows stand: by partition that holds any, its index, those rows (ascending), their places in it.

    `firsts` are the partitions' first rows; every row asked for is below the end of the last one.
    """
    wanted = rows.cast(pl.UInt32).unique().sort()
    begins = [int(wanted.search_sorted(first, side="left")) for first in firsts]
    for index, (begin, end) in enumerate(pairwise([*begins, len(wanted)])):
        if begin < end:
            here = wanted.slice(begin, end - begin)
            yield index, here, (here - firsts[index]).to_list()
