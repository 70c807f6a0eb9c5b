"""Sequences kept in files until it is known which stand together."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from curate.sequences.columns import I64, Flat
from curate.tokens.engine import I32


class Heap:
    """Sequences in the order they come, to be read in any other.

    Tokens and labels lie in two files, 8 bytes a token; in memory are some 60 bytes a sequence. The files go when
    the heap is closed.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._ids, self._labels = folder / "ids", folder / "labels"
        self._lengths: list[I64] = []
        self._of_rows: list[pl.DataFrame] = []

    def add(self, flat: Flat) -> None:
        """Put sequences behind those already there."""
        for path, values in ((self._ids, flat.ids), (self._labels, flat.labels)):
            with path.open("ab") as file:
                file.write(values.data)
        self._lengths.append(flat.lengths)
        self._of_rows.append(flat.of_rows)

    def lengths(self) -> I64:
        """How long each sequence is."""
        return np.concatenate([np.zeros(0, np.int64), *self._lengths])

    def read(self) -> Reading:
        """All sequences that were added."""
        of_rows = pl.concat(self._of_rows)
        return Reading(_mapped(self._ids), _mapped(self._labels), self.lengths(), of_rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._ids, self._labels):
            file.unlink(missing_ok=True)
        self._folder.rmdir()


class Reading:
    """A heap's sequences, by position."""

    def __init__(self, ids: I32, labels: I32, lengths: I64, of_rows: pl.DataFrame) -> None:
        self._ids, self._labels, self._lengths = ids, labels, lengths
        self._ends = np.cumsum(lengths)
        self._of_rows = of_rows

    def take(self, positions: I64) -> Flat:
        """Some sequences, in this order."""
        ends = self._ends[positions]
        begins = ends - self._lengths[positions]
        spans = [slice(int(a), int(b)) for a, b in zip(begins, ends, strict=True)]
        ids, labels = (
            np.concatenate([values[span] for span in spans]) for values in (self._ids, self._labels)
        )
        return Flat(ids, labels, self._lengths[positions], self._of_rows[positions])


def _mapped(file: Path) -> I32:
    empty = not file.stat().st_size
    return np.zeros(0, np.int32) if empty else np.memmap(file, np.int32, mode="r")
