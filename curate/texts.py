"""The texts of rows that stand in partitions, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

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
        wanted = rows.cast(pl.UInt32).unique().sort()
        expression = contract.text(part)
        for partition, first in zip(self._partitions, self._firsts, strict=True):
            begin = int(wanted.search_sorted(first, side="left"))
            end = int(wanted.search_sorted(first + partition.height, side="left"))
            if begin == end:
                continue
            here = wanted.slice(begin, end - begin)
            frame = pl.read_ipc(partition.rows)[(here - first).to_list()]
            texts = contract.with_texts(frame, [expression]).select(expression.alias("text"))
            yield texts.insert_column(0, here.alias("row"))


def first_rows(partitions: Sequence[Partition]) -> tuple[int, ...]:
    """The position of each partition's first row among the rows of all of them."""
    heights = [partition.height for partition in partitions]
    return tuple(accumulate(heights, initial=0))[:-1]
