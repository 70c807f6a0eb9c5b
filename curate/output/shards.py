"""Parquet files whose bytes depend on the rows and their order alone.

However the rows arrive, they are cut into row groups and files at the same places, so a rebuild gives
the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl
from polars.datatypes import DataTypeClass

from curate.output.parquet import ParquetFile

ROW_GROUP = 64_000_000
"""Bytes of values in a row group before compression. Smaller groups undo the cutting by content; larger
ones cost memory, and the Hub's viewer refuses those above 286 MiB."""

SHARD = 450_000_000
"""Bytes a file may have; a row group that might not fit begins the next file."""


@dataclass(frozen=True)
class Written:
    """What stands in some files; `size` is in bytes of values before compression."""

    files: tuple[Path, ...]
    schema: pl.Schema
    rows: int
    size: int


class Shards:
    """Files of one schema, written as rows arrive; one row group is held at a time."""

    def __init__(
        self,
        folder: Path,
        schema: pl.Schema,
        *,
        stem: str,
        row_group: int = ROW_GROUP,
        shard: int = SHARD,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = schema
        self._stem = stem
        self._row_group = row_group
        self._shard = shard
        self._pending: list[pl.DataFrame] = []
        self._group = 0
        self._rows = 0
        self._size = 0
        self._files: list[Path] = []
        self._open: ParquetFile | None = None

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows, in the columns of the schema, behind those already there."""
        if rows.is_empty():
            return
        sizes = row_sizes(rows)
        begins = self._size + sizes.cum_sum() - sizes
        start = 0
        for run in (begins // self._row_group).rle().struct.unnest().iter_rows(named=True):
            if run["value"] != self._group:
                self._write_group()
                self._group = run["value"]
            self._pending.append(rows.slice(start, run["len"]))
            start += run["len"]
        self._rows += rows.height
        self._size += int(sizes.sum())

    def close(self) -> Written:
        """Write what is left, then name the files `<stem>-00000-of-0000N.parquet`.

        Without any rows there is one file with the columns alone.
        """
        self._write_group()
        if not self._files:
            self._open = self._next()
        self._shut()
        named: list[Path] = []
        for index, file in enumerate(self._files):
            name = f"{self._stem}-{index:05d}-of-{len(self._files):05d}.parquet"
            named.append(file.rename(file.with_name(name)))
        return Written(tuple(named), self._schema, self._rows, self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of a file that was not closed; it will not be finished."""
        if self._open is not None:
            self._open.abandon()

    def _write_group(self) -> None:
        if not self._pending:
            return
        size = sum(int(row_sizes(rows).sum()) for rows in self._pending)
        if self._open is not None and self._open.length + size > self._shard:
            self._shut()
        if self._open is None:
            self._open = self._next()
        self._open.write(self._pending)

    def _shut(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _next(self) -> ParquetFile:
        path = self._folder / f"{self._stem}-{len(self._files):05d}.part"
        self._files.append(path)
        return ParquetFile(path, self._schema)


def row_sizes(rows: pl.DataFrame) -> pl.Series:
    """Bytes of values in each row: UTF-8 of text, a narrow number's width, 8 for other values, 0 for null."""
    sizes = [_size(pl.col(name), dtype) for name, dtype in rows.schema.items()]
    return rows.select(pl.sum_horizontal(sizes).alias("size")).to_series()


def _size(column: pl.Expr, dtype: pl.DataType | DataTypeClass) -> pl.Expr:
    if isinstance(dtype, pl.Struct):
        parts = [_size(column.struct.field(field.name), field.dtype) for field in dtype.fields]
        return pl.sum_horizontal(parts)
    if isinstance(dtype, pl.List):
        return column.list.eval(_size(pl.element(), dtype.inner)).list.sum().fill_null(0)
    if dtype == pl.String():
        return column.str.len_bytes().cast(pl.Int64).fill_null(0)
    return column.is_not_null().cast(pl.Int64) * _WIDTHS.get(dtype, 8)


_WIDTHS: Mapping[pl.DataType | DataTypeClass, int] = {pl.Int8(): 1, pl.Int32(): 4}
