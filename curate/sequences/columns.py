"""Sequences as the columns a trainer reads.

| column | |
| --- | --- |
| `input_ids` | the tokens |
| `labels` | the same where they are trained, else -100 |
| `attention_mask` | 1 for every token: nothing is padded |
| `position_ids` | from 0 again where another sequence begins |
| `seq_lengths` | of each sequence in the row, as TRL has it |
| `edited` | whether thinking was shortened |
| `id`, `source` | of the rows of the mix |

The last three have one value a row, and of packs a list of them, one a sequence.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from curate.tokens.engine import I32

I64 = NDArray[np.int64]

_TOKENS: Mapping[str, pl.DataType] = {
    "input_ids": pl.List(pl.Int32),
    "labels": pl.List(pl.Int32),
    "attention_mask": pl.List(pl.Int8),
    "position_ids": pl.List(pl.Int32),
    "seq_lengths": pl.List(pl.Int32),
}
_OF_ROWS: Mapping[str, pl.DataType] = {
    "edited": pl.Boolean(),
    "id": pl.String(),
    "source": pl.String(),
}


def schema(*, packed: bool) -> pl.Schema:
    """The columns, in order."""
    of_rows = {name: pl.List(dtype) if packed else dtype for name, dtype in _OF_ROWS.items()}
    return pl.Schema({**_TOKENS, **of_rows})


@dataclass(frozen=True)
class Flat:
    """Sequences one behind the other: their tokens, how long each is, and what is told of each."""

    ids: I32
    labels: I32
    lengths: I64
    of_rows: pl.DataFrame
    """One row a sequence, in the columns `edited`, `id` and `source`."""


def singly(flat: Flat) -> pl.DataFrame:
    """One row a sequence."""
    ones = np.ones(len(flat.lengths), np.int64)
    return pl.DataFrame({**_columns(flat, ones), **flat.of_rows.to_dict()})


def packed(flat: Flat, together: Sequence[int]) -> pl.DataFrame:
    """One row a pack of so many sequences each."""
    counts = np.array(together, np.int64)
    lists = {
        name: _lists(name, column.to_arrow(), counts, _OF_ROWS[name])
        for name, column in flat.of_rows.to_dict().items()
    }
    return pl.DataFrame({**_columns(flat, counts), **lists})


def _columns(flat: Flat, together: I64) -> dict[str, pl.Series]:
    begins = np.cumsum(flat.lengths) - flat.lengths
    positions = np.arange(len(flat.ids), dtype=np.int64) - np.repeat(begins, flat.lengths)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(together)])
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(flat.lengths)])
    rows = np.diff(ends[bounds])
    values: dict[str, tuple[Any, I64]] = {
        "input_ids": (flat.ids, rows),
        "labels": (flat.labels, rows),
        "attention_mask": (np.ones(len(flat.ids), np.int8), rows),
        "position_ids": (positions.astype(np.int32), rows),
        "seq_lengths": (flat.lengths.astype(np.int32), together),
    }
    return {
        name: _lists(name, column, counts, cast("pl.List", _TOKENS[name]).inner)
        for name, (column, counts) in values.items()
    }


def _lists(name: str, values: Any, counts: I64, inner: Any) -> pl.Series:
    """A column of lists of so many values each, one behind the other."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    array = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values))
    return cast("pl.Series", pl.from_arrow(array)).cast(pl.List(inner)).alias(name)
