"""Rows of a published set: a folder, a file, or a repository of the Hub."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import yaml

from curate.errors import Problem, SourceError
from curate.recipe.model import REPOSITORY, Source
from curate.sources import files
from curate.sources.hub.cache import Cache
from curate.sources.hub.remote import Remote, download
from curate.sources.hub.repository import Hub, Repository, RepositoryFile
from curate.sources.hub.row_groups import RowGroup, find_row_groups
from curate.sources.hub.splits import Split, find_split, list_splits
from curate.sources.slices import Slice
from curate.spelling import did_you_mean

TEMPLATE = "chat_template.jinja"

DOWNLOADS = 4
"""Files fetched at the same time."""


@dataclass(frozen=True)
class Published:
    """Where a set's rows stand."""

    name: str
    slices: tuple[Slice, ...]
    config: str | None = None
    split: str | None = None
    folder: Path | None = None
    """The folder it is, where it is here."""

    @property
    def template(self) -> Path | None:
        """The chat template that came with it."""
        beside = self.folder and self.folder / TEMPLATE
        return beside if beside and beside.is_file() else None


def find(
    data: str,
    config: str | None = None,
    split: str | None = None,
    *,
    columns: Collection[str],
    cache: Cache,
) -> Published:
    """Find the rows of one split, as `datasets.load_dataset` would.

    `data` is a folder, a file, or a repository of the Hub as `org/name` or `org/name@revision`. Of several
    configurations the one called `default` is meant where none is named, of several splits `train`. Raises
    SourceError naming what there is, RemoteError where the Hub refuses.
    """
    path = Path(data)
    if path.is_file():
        return Published(path.name, _cut({str(path): path}))
    if path.is_dir():
        repository = _folder(path)
        config, split, found = _split(repository, config, split)
        paths = {str(path / file.path): path / file.path for file in found}
        return Published(path.name, _cut(paths), config, split, path)
    name, _, revision = data.partition("@")
    if not re.fullmatch(REPOSITORY, name):
        raise SourceError(
            Problem(
                f"there is nothing at '{data}'",
                help="name a folder, a file, or a data set of the Hub as `org/name`",
            )
        )
    hub = Hub(cache)
    repository = hub.repository(name, revision or "main")
    config, split, found = _split(repository, config, split)
    return Published(data, _fetched(repository, found, columns, cache), config, split)


def _split(
    repository: Repository, config: str | None, split: str | None
) -> tuple[str, str, tuple[RepositoryFile, ...]]:
    configs = list_splits(repository)
    config = _choose("configuration", "--config", config, list(configs), "default", repository.name)
    splits = list(configs[config])
    split = _choose("split", "--split", split, splits, "train", repository.name)
    source = Source(hub="any/name", config=config, split=split, take="all")
    return config, split, find_split(repository, source).files


def _choose(
    what: str, option: str, named: str | None, known: list[str], usual: str, where: str
) -> str:
    if named in known:
        return str(named)
    if named is None and (len(known) == 1 or usual in known):
        return usual if usual in known else known[0]
    told = f"has no {what} '{named}'" if named else f"has {len(known)} {what}s"
    shown = ", ".join(known[:30]) + (", …" if len(known) > 30 else "")
    hint = did_you_mean(named, known) if named else None
    raise SourceError(
        Problem(f"{where} {told}", hint=hint, help=f"choose one with {option}: {shown}")
    )


def _folder(path: Path) -> Repository:
    """A folder as the repository it would be on the Hub."""
    card = path / "README.md"
    inside = sorted(str(file.parent) for file in path.glob("*/manifest.json"))
    if inside and not card.is_file():
        help_ = f"name one of them: {', '.join(inside)}"
        raise SourceError(Problem(f"{path} is not a mix, but holds some", help=help_))
    found = sorted(file for file in path.rglob("[!.]*") if file.is_file())
    return Repository(
        name=str(path),
        commit="",
        license=None,
        gated=False,
        configs=tuple(_configs(card)) if card.is_file() else (),
        files=tuple(
            RepositoryFile(
                path=file.relative_to(path).as_posix(),
                bytes=file.stat().st_size,
                sha256=None,
                git=None,
            )
            for file in found
        ),
    )


def _configs(card: Path) -> Iterator[dict[str, Any]]:
    """The configurations a card's header tells."""
    header = re.match(r"---\s*\n(.*?)\n---", card.read_text(encoding="utf-8"), re.DOTALL)
    try:
        told: Any = yaml.safe_load(header[1]) if header else None
    except yaml.YAMLError as error:
        raise SourceError(Problem(f"the header of {card} is no YAML: {error}")) from error
    configs: Any = cast("dict[str, Any]", told).get("configs") if isinstance(told, dict) else None
    yield from (one for one in configs or () if isinstance(one, dict) and "config_name" in one)


def _cut(paths: dict[str, Path]) -> tuple[Slice, ...]:
    return files.cut(paths.items(), [], rows=None, carry={}, header=True)


def _fetched(
    repository: Repository,
    found: tuple[RepositoryFile, ...],
    columns: Collection[str],
    cache: Cache,
) -> tuple[Slice, ...]:
    """Row groups, of which only these columns are fetched; other files are fetched whole."""
    split = Split(repository, found)
    if split.is_parquet:
        return tuple(_narrow(group, columns) for group in find_row_groups(split, cache))
    remotes = [Remote.of(repository, file) for file in found]
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        paths = list(pool.map(partial(download, cache=cache), remotes))
    return _cut({str(path): path for path in paths})


def _narrow(group: RowGroup, columns: Collection[str]) -> RowGroup:
    there = tuple(name for name in group.names if name in columns)
    return replace(group, columns=there) if there else group
