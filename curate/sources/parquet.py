"""Parquet files, read a few rows at a time."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources.fault import FETCH_AGAIN, Fault

BATCH = 256
"""Rows turned into Python objects at a time; a row of reasoning may weigh a megabyte."""


def row_groups(path: Path) -> list[tuple[int, int]]:
    """Rows and stored bytes of each row group; raises Fault if the file's end is not as it should be."""
    with _named_faults(), pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        return [
            (
                group.num_rows,
                sum(group.column(c).total_compressed_size for c in range(group.num_columns)),
            )
            for group in groups
        ]


def records(path: Path, start: int, end: int) -> Iterator[dict[str, Any]]:
    """The rows of some of the row groups, structs as dicts; raises Fault where the data is damaged."""
    return read(path, range(start, end))


def read(
    file: Path | RawIOBase,
    groups: Sequence[int],
    columns: Sequence[str] | None = None,
    *,
    metadata: Any = None,
    buffer: int = 1 << 20,
) -> Iterator[dict[str, Any]]:
    """The rows of these row groups with these columns, all where none are named.

    `metadata` is the footer, where it is known; `buffer` is how many bytes are read at a time. Raises
    Fault where the data is damaged.
    """
    with (
        _named_faults(),
        pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=buffer,
            metadata=metadata,
            page_checksum_verification=True,  # where the pages have checksums; few files do
        ) as opened,
    ):
        names = opened.schema_arrow.names
        for name in names:
            if names.count(name) > 1:
                raise Fault(f"two columns are named `{name}`", help="Rename one.", has_row=False)
        for batch in opened.iter_batches(
            BATCH, row_groups=list(groups), columns=columns, use_threads=False
        ):
            yield from batch.to_pylist()


@contextmanager
def _named_faults() -> Generator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Fault("the parquet data is damaged or cut off", help=FETCH_AGAIN) from error
