"""Row groups of parquet files on the Hub, fetched one by one with only the columns needed."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from curate import fingerprint
from curate.errors import Place, Problem, SourceError
from curate.sources import parquet
from curate.sources.fault import Fault
from curate.sources.hub.cache import Cache
from curate.sources.hub.footers import columns_of, read_footer, stretches_of
from curate.sources.hub.remote import Remote, Stretch, View, changed, digest_of, fetch
from curate.sources.hub.splits import Split
from curate.sources.slices import Found

FEW = 64
"""Records up to which single pages are fetched, not the row group."""
AT_ONCE = 8
"""Footers fetched at the same time."""


@dataclass(frozen=True)
class RowGroup:
    """One row group of a file: a `Slice`."""

    remote: Remote
    cache: Cache
    number: int
    rows: int
    first_row: int
    """How many rows of the file stand before it."""
    columns: tuple[str, ...] | None = None
    """The columns to read; None is all of them."""
    digest: str | None = None
    """What the bytes of these columns are known to be: their SHA-256."""

    @property
    def label(self) -> str:
        """The repository, the file, and which row group."""
        return f"{self.remote.name} row group {self.number}"

    @property
    def weight(self) -> int:
        """The bytes to fetch."""
        return sum(end - start for start, end in self.stretches)

    @property
    def size(self) -> int:
        """The bytes of its columns when they are no longer compressed."""
        group = self.metadata.row_group(self.number)
        return sum(column.total_uncompressed_size for column in columns_of(group, self.columns))

    @property
    def stamp(self) -> str:
        """A digest over the file's content, the row group and the columns."""
        columns = json.dumps(self.columns)
        return fingerprint.digest(self.remote.file.content, str(self.number), columns).hex()

    @property
    def stretches(self) -> list[Stretch]:
        """Where the bytes of its columns stand."""
        return stretches_of(self.metadata, self.number, self.columns)

    @property
    def metadata(self) -> Any:
        """The file's footer, which is in the cache."""
        return read_footer(self.remote, self.cache)

    @property
    def names(self) -> list[str]:
        """The file's columns."""
        return list(self.metadata.schema.to_arrow_schema().names)

    def records(self, limit: int | None = None) -> Iterator[Found]:
        """The rows in storage order; of a few only the pages they stand on are fetched."""
        if limit is not None and limit <= min(FEW, self.rows - 1) and self._found is None:
            rows: Iterator[Any] = iter(self._few(limit))
        else:
            rows = islice(self._all(), limit)
        for position, row in enumerate(rows, self.first_row + 1):
            yield Found(position, row)

    def place(self, position: int) -> Place:
        """The file at its commit, and the row in it."""
        remote = self.remote
        return Place(f"{remote.repository}@{remote.commit[:12]}/{remote.file.path}", row=position)

    def _all(self) -> Iterator[dict[str, Any]]:
        yield from self._read(self.fetched())

    def _few(self, limit: int) -> list[dict[str, Any]]:
        def write(draft: Path) -> None:
            rows = list(islice(self._read(View(self.remote), 1 << 16), limit))
            draft.write_text(json.dumps(rows, default=str), encoding="utf-8")

        few = self.cache.keep(self._name(f"{limit}.json"), write)
        return json.loads(few.read_bytes())

    def _read(self, file: Path | View, buffer: int = 1 << 20) -> Iterator[dict[str, Any]]:
        read = 0
        try:
            for record in parquet.read(
                file, [self.number], self.columns, buffer=buffer, metadata=self.metadata
            ):
                read += 1
                yield record
        except Fault as fault:
            if isinstance(file, Path):
                file.unlink(missing_ok=True)  # so that it is fetched again
            place = self.place(self.first_row + read + 1)
            what = f"row group {self.number} of {self.remote.name}: {fault.what}"
            help_ = "build again to fetch it again; if it stays, the file is damaged at its source"
            raise SourceError(Problem(what, place, help=help_)) from fault

    def fetched(self) -> Path:
        """The file with this row group in it and holes elsewhere, in the cache.

        Raises SourceError where its bytes are not those of `digest`.
        """
        name, stretches = self._name("parquet"), self.stretches
        path = self.cache.keep(name, lambda draft: fetch(self.remote, stretches, draft))
        if self.digest is not None:
            found = digest_of(path, stretches)
            if found != self.digest:
                path.unlink(missing_ok=True)
                part = f"row group {self.number}"
                raise changed(self.remote.name, self.remote.commit, part, self.digest, found)
        return path

    @property
    def is_kept(self) -> bool:
        """Whether it has been fetched before, with whatever columns."""
        folder = self.cache.folder / "files" / self.remote.file.content
        return any(folder.glob(f"{self.number}-*.parquet"))

    def digest_found(self) -> str | None:
        """The SHA-256 of its bytes, if they have been fetched."""
        return None if self._found is None else digest_of(self._found, self.stretches)

    @property
    def _found(self) -> Path | None:
        return self.cache.find(self._name("parquet"))

    def _name(self, ending: str) -> str:
        columns = fingerprint.digest(json.dumps(self.columns), size=6).hex()
        return f"files/{self.remote.file.content}/{self.number}-{columns}.{ending}"


def find_row_groups(split: Split, cache: Cache) -> tuple[RowGroup, ...]:
    """The row groups of a split's files, in storage order; fetches the footers not seen before."""
    remotes = [Remote.of(split.repository, file) for file in split.files]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        footers = list(pool.map(partial(read_footer, cache=cache), remotes))
    groups: list[RowGroup] = []
    for remote, footer in zip(remotes, footers, strict=True):
        first_row = 0
        for number in range(footer.num_row_groups):
            rows = footer.row_group(number).num_rows
            groups.append(RowGroup(remote, cache, number, rows, first_row))
            first_row += rows
    return tuple(groups)
