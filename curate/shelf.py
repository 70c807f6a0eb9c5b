"""Finished parts of a build, kept by content until the build is whole.

A part's files are written first and its marker last, so a part either stands there whole or is made
again. Its key is a digest of everything that decides its bytes: what is read, which steps, which
version. So a killed build goes on where it stopped, and a changed recipe never meets stale parts.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from curate.errors import OutputError, Problem
from curate.funnel import REJECTS, SourceCount, Timings


@dataclass(frozen=True)
class Partition:
    """A bounded part of a source's rows, in its files on the shelf."""

    stem: Path
    source: str
    height: int
    """Rows left after the steps taken so far."""
    size: int
    """Bytes of the rows in memory."""
    arrived: int | None = None
    """How many rows of its source have arrived with it; None where the source came whole."""

    @property
    def rows(self) -> Path:
        """Arrow IPC file of the rows, in the row contract's columns and kept extras."""
        return self.stem.with_suffix(".rows")

    @property
    def facts(self) -> Path:
        """Parquet file of the facts, one row a row of `rows`."""
        return self.stem.with_suffix(".facts")

    @property
    def rejects(self) -> Path:
        """Parquet file of the rows dropped while this partition was made; may be absent."""
        return self.stem.with_suffix(".rejects")


@dataclass(frozen=True)
class Report:
    """What happened while a partition was made."""

    height: int
    size: int
    counts: SourceCount
    timings: Timings
    records: int = 0
    """Records taken from the slice; 0 for partitions made of rows."""
    weight: int = 0
    """How much of its feed it is, in the feed's own unit."""
    last: bool = True
    """Whether the slice ends with this partition."""
    arrived: int | None = None
    """What `Partition.arrived` is."""


@cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


class Shelf:
    """A folder of finished partitions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Generator[None]:
        """Make the folder, and keep other builds off it. Raises OutputError where one holds it.

        The lock goes with the process that holds it, however that ends.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise OutputError(
                Problem(
                    f"another build is using {self.folder}",
                    help="wait for it, or build in another folder. A script that calls "
                    '`curate.build` does so under `if __name__ == "__main__":`, for workers import it',
                )
            ) from error
        finally:
            os.close(folder)

    def find(self, key: str, source: str) -> tuple[Partition, Report] | None:
        """The partition kept under this key, if it is whole."""
        marker = self.folder / f"{key}.json"
        if not marker.exists():
            return None
        report = _reports().validate_json(marker.read_bytes())
        return self._partition(key, source, report), report

    def _partition(self, key: str, source: str, report: Report) -> Partition:
        return Partition(self.folder / key, source, report.height, report.size, report.arrived)

    def put(
        self, key: str, rows: pl.DataFrame, facts: pl.DataFrame, rejects: list[pl.DataFrame]
    ) -> None:
        """Write a partition's files; it is whole once `mark`ed."""
        partition = Partition(self.folder / key, "", 0, 0)
        # Mapped as it is, a column is read without the others; lz4 takes longer than it saves writing.
        rows.write_ipc(partition.rows, compression="uncompressed")
        facts.write_parquet(partition.facts, compression="uncompressed", statistics=False)
        if rejects:
            pl.concat(rejects).cast(REJECTS).write_parquet(partition.rejects)  # pyright: ignore[reportArgumentType]

    def mark(self, key: str, source: str, report: Report) -> Partition:
        """Declare a partition whole."""
        marker = self.folder / f"{key}.json"
        draft = marker.with_suffix(".new")
        draft.write_bytes(_reports().dump_json(report))
        draft.replace(marker)
        return self._partition(key, source, report)

    def clear(self) -> None:
        """Remove the shelf and all that is on it."""
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        with ThreadPoolExecutor() as pool:  # the system takes a gigabyte apart for a second
            for done in [pool.submit(file.unlink, missing_ok=True) for file in files]:
                with suppress(OSError):
                    done.result()
        shutil.rmtree(self.folder, ignore_errors=True)
