"""Parquet files, written as this project writes all of them.

zstd keeps the files small. Pages are cut by content, and no dictionary stands before them, so that pushing
a mix again stores little more than what changed: docs/decisions/0011 has the figures.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportArgumentType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (pyarrow ships no types)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.datatypes import DataTypeClass

PAGE = {"min_chunk_size": 128 * 1024, "max_chunk_size": 512 * 1024}
"""Bytes of values between the places where a page may end: half of what pyarrow would take."""

BATCH = 4096
"""Rows read at a time."""

_PLAIN: dict[pl.DataType | DataTypeClass, pa.DataType] = {
    pl.String(): pa.string(),
    pl.Boolean(): pa.bool_(),
    pl.Float64(): pa.float64(),
    pl.Int64(): pa.int64(),
    pl.UInt64(): pa.uint64(),
    pl.Int32(): pa.int32(),
    pl.Int8(): pa.int8(),
    pl.UInt32(): pa.uint32(),
    pl.Null(): pa.null(),
}


class ParquetFile:
    """One file being written, a row group at a time."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._schema = pa.schema([(name, _arrow(dtype)) for name, dtype in schema.items()])
        self._sink = pa.OSFile(str(path), mode="wb")
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            use_content_defined_chunking=PAGE,
            use_dictionary=False,
            write_page_index=True,
        )

    @property
    def length(self) -> int:
        """Bytes written so far."""
        return self._sink.tell()

    def write(self, frames: list[pl.DataFrame]) -> None:
        """Write the rows of all frames as one row group; empties the list, to hold them once only."""
        rows = pl.concat(frames, rechunk=True)
        frames.clear()
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema)
        del rows
        self._writer.write_table(table, row_group_size=table.num_rows)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()
        self._sink.close()

    def abandon(self) -> None:
        """Let go of a file that will not be finished."""
        self._writer.is_open = False  # else it tries to write the footer when collected
        with suppress(OSError):
            self._sink.close()


def _arrow(dtype: pl.DataType | DataTypeClass) -> pa.DataType:
    """The type with 32-bit offsets: `datasets` would keep `large_string` as a type of its own."""
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([(field.name, _arrow(field.dtype)) for field in dtype.fields])
    return _PLAIN[dtype]


def read_batches(path: Path, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read a parquet file in bounded frames, in order; all columns where none are named."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH, columns=columns):
            yield cast("pl.DataFrame", pl.from_arrow(batch))
