"""Where the records of a source stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from curate.errors import Problem, SourceError
from curate.output.manifest import stamp_files
from curate.recipe.lock import LockedSource
from curate.recipe.model import Recipe, Source
from curate.sources import embedded, files
from curate.sources.hub.conversion import as_parquet, is_foreign
from curate.sources.hub.remote import Remote, download
from curate.sources.hub.repository import Hub
from curate.sources.hub.row_groups import find_row_groups
from curate.sources.hub.splits import Split, find_split
from curate.sources.slices import Slice

DOWNLOADS = 4
"""Files fetched at the same time."""


@dataclass(frozen=True)
class Origin:
    """Where a source's records stand: slices in storage order, and the files they are of."""

    slices: tuple[Slice, ...]
    paths: dict[str, Path]
    """Files that are here, by the name the source gives them."""
    split: Split | None = None
    """What it is of, where it is on the Hub."""

    @property
    def is_afar(self) -> bool:
        """Whether reading a slice means fetching it."""
        return self.split is not None and self.split.is_parquet


def find_origin(recipe: Recipe, source: Source, hub: Hub, pin: LockedSource | None) -> Origin:
    """Where a source's records stand; row groups of the Hub stay there, other files are fetched.

    Raises SourceError where a file is missing, or is not what the recipe's lock says; RemoteError where
    the Hub refuses.
    """
    if source.embedded is not None:
        return Origin(embedded.find_slices(source.embedded), {})
    rows, carry, header = source.rows, source.carry, source.header
    if source.hub is None:
        named, base = source.files or (), base_of(recipe, source)
        slices = files.find_slices(named, base, rows=rows, carry=carry, header=header)
        paths = {part.label: part.path for part in slices}
        if pin is not None:
            compare(pin, {file.path: (file.bytes, file.sha256) for file in stamp_files(paths)})
        return Origin(slices, paths)
    split = find_hub_split(source, hub, pin)
    if split.is_parquet:
        return Origin(find_row_groups(split, hub.cache), {}, split)
    paths = _downloaded(split, hub)
    readable = {name: _readable(split, name, path, hub) for name, path in paths.items()}
    slices = files.cut(readable.items(), [], rows=rows, carry=carry, header=header)
    return Origin(slices, paths, split)


def base_of(recipe: Recipe, source: Source) -> Path:
    """The folder a source's paths are relative to."""
    base = Path(source.root) if source.root is not None else Path()
    return base if base.is_absolute() or recipe.path is None else recipe.path.parent / base


def find_hub_split(source: Source, hub: Hub, pin: LockedSource | None) -> Split:
    """The files a hub source means, at the commit its lock names or its revision points to; no data.

    Raises as `find_origin` does.
    """
    revision = pin.commit if pin is not None else None
    repository = hub.repository(str(source.hub), revision or source.revision or "main")
    split = find_split(repository, source)
    if pin is not None:
        compare(pin, {file.path: (file.bytes, file.content) for file in split.files})
    return split


def _downloaded(split: Split, hub: Hub) -> dict[str, Path]:
    remotes = [Remote.of(split.repository, file) for file in split.files]
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        paths = pool.map(partial(download, cache=hub.cache), remotes)
        return {remote.file.path: path for remote, path in zip(remotes, paths, strict=True)}


def _readable(split: Split, name: str, path: Path, hub: Hub) -> Path:
    if not is_foreign(name):
        return path
    remote = Remote.of(split.repository, split.repository.file(name))
    return as_parquet(remote, path, hub.cache)


# What changed under a lock --------------------------------------------------------------------------


def compare(pin: LockedSource, found: Mapping[str, tuple[int, str]]) -> None:
    """Make sure that files, by path their bytes and digest, are what the lock says.

    Raises SourceError, naming every one that is not.
    """
    where = "" if pin.hub is None else f" of {pin.hub}"
    problems = [
        Problem(f"{path}{where} {what}", help=_MOVE) for path, what in _differences(pin, found)
    ]
    if problems:
        raise SourceError(*problems)


_MOVE = "if that is meant, `curate lock --upgrade` moves the lock and shows what moved"


def _differences(
    pin: LockedSource, found: Mapping[str, tuple[int, str]]
) -> Iterator[tuple[str, str]]:
    for path in sorted(pin.files.keys() | found.keys()):
        if path not in pin.files:
            yield path, "is new since the lock was written"
        elif path not in found:
            yield path, "is in the lock, but no longer there"
        elif (pin.files[path].bytes, pin.files[path].content) != found[path]:
            was, is_ = pin.files[path].bytes, found[path][0]
            told = f"{was:,} bytes then, {is_:,} now" if was != is_ else f"{is_:,} other bytes"
            yield path, f"has changed since the lock was written: {told}"
