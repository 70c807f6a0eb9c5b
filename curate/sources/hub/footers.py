"""Footers of parquet files on the Hub: what stands where in them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from curate.errors import Problem, SourceError
from curate.sources.hub.cache import Cache
from curate.sources.hub.remote import Remote, Stretch

FOOTER = 1 << 14
"""Bytes at a file's end fetched at first; they hold the footer of most files."""


@lru_cache(maxsize=256)
def read_footer(remote: Remote, cache: Cache) -> Any:
    """A file's footer, as pyarrow's `FileMetaData`; fetched once.

    Raises SourceError where the file is not parquet, RemoteError where the Hub refuses.
    """
    path = cache.keep(
        f"files/{remote.file.content}/footer", lambda draft: _fetch_footer(remote, draft)
    )
    return pq.read_metadata(io.BytesIO(path.read_bytes()))


def _fetch_footer(remote: Remote, draft: Path) -> None:
    size = remote.file.bytes
    end = remote.read(max(0, size - FOOTER), size)
    length = int.from_bytes(end[-8:-4], "little") + 8
    if end[-4:] != b"PAR1" or length > size:
        raise SourceError(
            Problem(
                f"{remote.name} ends unlike a parquet file", help="it is damaged, or another format"
            )
        )
    if length > len(end):
        end = remote.read(size - length, size - len(end)) + end
    draft.write_bytes(end[-length:])


def stretches_of(footer: Any, number: int, columns: Sequence[str] | None) -> list[Stretch]:
    """Where the columns of a row group stand in the file, neighbours joined."""
    found: list[Stretch] = []
    for column in columns_of(footer.row_group(number), columns):
        start = column.data_page_offset
        if column.has_dictionary_page:
            start = min(start, column.dictionary_page_offset)
        found.append((start, start + column.total_compressed_size))
    joined: list[Stretch] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def columns_of(group: Any, names: Sequence[str] | None) -> Iterator[Any]:
    """What a row group's footer says of the columns named, one for each leaf."""
    for index in range(group.num_columns):
        column = group.column(index)
        if names is None or column.path_in_schema.split(".")[0] in names:
            yield column
