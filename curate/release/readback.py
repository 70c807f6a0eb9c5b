"""What stands on the Hub, read back and compared with what was built."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (pyarrow and fsspec ship no types)

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate.errors import Problem, RemoteError
from curate.hub.listing import list_files
from curate.release.changes import is_same
from curate.release.parcels import Parcel

FOOTER = 2**16
"""Bytes asked for at once: a footer, and not much more."""


def read_back(repository: str, commit: str, parcels: Sequence[Parcel]) -> None:
    """Compare the digests of all files, and the rows that parquet footers tell, with the manifests.

    Raises RemoteError with every difference, and what the client library raises.
    """
    there = list_files(repository, commit)
    problems = [
        Problem(f"{path} of {repository} is not the file that was built")
        for parcel in parcels
        for path, stamp in parcel.files.items()
        if not is_same(stamp, parcel.local(path), there.get(path))
    ]
    for folder, rows in _expected(parcels):
        found = sum(
            count_rows(repository, commit, path) for path in there if path.startswith(folder)
        )
        if found != rows:
            what = f"{folder}* of {repository} has {found:,} rows; {rows:,} were built"
            problems.append(Problem(what))
    if problems:
        raise RemoteError(*problems)


def _expected(parcels: Sequence[Parcel]) -> Iterator[tuple[str, int]]:
    """How the paths of a layout's split begin, and how many rows they have."""
    for parcel in parcels:
        for layout in parcel.manifest.layouts:
            for split, rows in layout.rows.items():
                yield f"{parcel.prefix}{layout.folder}/{split}-", rows


def count_rows(repository: str, commit: str, path: str) -> int:
    """The rows of a parquet file on the Hub, by its footer."""
    import pyarrow.parquet as pq
    from huggingface_hub import HfFileSystem

    hub = HfFileSystem(skip_instance_cache=True)
    where = f"datasets/{repository}@{commit}/{path}"
    with hub.open(where, block_size=FOOTER, cache_type="none") as file:
        return int(pq.ParquetFile(file).metadata.num_rows)
