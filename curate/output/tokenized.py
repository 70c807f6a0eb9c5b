"""Rows told as token ids, singly or in packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from curate.funnel import REJECTS
from curate.output.manifest import TokenAccount
from curate.output.telling import Telling
from curate.recipe.model import TokenUse
from curate.sequences.columns import Flat, packed, schema, singly
from curate.sequences.heap import Heap
from curate.sequences.making import LeftOut, Sequence
from curate.sequences.packing import first_fit_decreasing

FILE = "left_out.parquet"
"""Which rows of the mix the layout left out, and why: in the columns of rejects."""

_TOGETHER = 1 << 20
"""Tokens of packs that are put together at once."""


class Tokenized(Telling):
    """One split told in a layout of token ids.

    `sequences` makes them of rows, in order; `heap` is a folder to keep them in where they are to be packed.
    """

    def __init__(
        self,
        used: TokenUse,
        sequences: Callable[[pl.DataFrame], Iterator[Sequence | LeftOut]],
        heap: Path,
    ) -> None:
        self._options = used
        self._sequences = sequences
        self._heap = heap
        self._waiting: Heap | None = None
        self._counts: Counter[str] = Counter()
        self._longest = 0
        self._left_out: list[tuple[str, str, str, str, str, None]] = []

    @property
    def packs(self) -> bool:
        """Whether a row of the layout may hold several of the mix."""
        return self._options.packing != "none"

    def columns(self, empty: pl.DataFrame) -> pl.Schema:
        """The same for every mix."""
        del empty
        return schema(packed=self.packs)

    def tell(self, rows: pl.DataFrame) -> pl.DataFrame:
        """One row a sequence; nothing yet where they are to be packed."""
        flat = self._flat(rows)
        if not self.packs:
            self._counts["written"] += len(flat.lengths)
            return singly(flat)
        if self._waiting is None:
            self._waiting = Heap(self._heap)
        self._waiting.add(flat)
        return pl.DataFrame(schema=schema(packed=True))

    def rest(self) -> Iterator[pl.DataFrame]:
        """The packs."""
        room = self._options.max_length
        if self._waiting is None or room is None:
            return
        with self._waiting as heap:
            packs = first_fit_decreasing(heap.lengths(), room)
            self._counts["written"] += len(packs)
            reading = heap.read()
            many = max(1, _TOGETHER // room)
            for start in range(0, len(packs), many):
                few = packs[start : start + many]
                yield packed(reading.take(np.concatenate(few)), [len(pack) for pack in few])

    def account(self) -> TokenAccount:
        """What became of the rows."""
        counts = self._counts
        told = {name: counts[name] for name in TokenAccount.model_fields if name != "slots"}
        room = self._options.max_length or self._longest
        return TokenAccount(**told, slots=room * counts["written"])

    def left_out(self) -> pl.DataFrame:
        """The rows without a sequence."""
        return pl.DataFrame(self._left_out, schema=REJECTS, orient="row")

    def _flat(self, rows: pl.DataFrame) -> Flat:
        made: list[Sequence] = []
        kept: list[bool] = []
        for row, one in zip(
            rows.select("id", "source").iter_rows(), self._sequences(rows), strict=True
        ):
            kept.append(not isinstance(one, LeftOut))
            if isinstance(one, LeftOut):
                step = f"layout {self._options.name}"
                self._left_out.append((*row, step, one.measure, one.rule, None))
            else:
                made.append(one)
        lengths = np.array([len(one.ids) for one in made], np.int64)
        empty = np.zeros(0, np.int32)
        ids = np.concatenate([empty, *(one.ids for one in made)])
        labels = np.concatenate([empty, *(one.labels for one in made)])
        edited = pl.Series("edited", [one.edited for one in made], dtype=pl.Boolean)
        of_rows = rows.filter(pl.Series(kept, dtype=pl.Boolean)).select("id", "source")
        self._count(made, rows.height)
        return Flat(ids, labels, lengths, of_rows.insert_column(0, edited))

    def _count(self, made: list[Sequence], rows: int) -> None:
        self._longest = max([self._longest, *(len(one.ids) for one in made)])
        self._counts.update(
            rows=rows,
            left_out=rows - len(made),
            shortened=sum(one.edited for one in made),
            cut=sum(one.cut for one in made),
            sequences=len(made),
            tokens=sum(len(one.ids) for one in made),
            supervised=sum(int(one.trained.sum()) for one in made),
            straddling=sum(one.straddling for one in made),
        )
