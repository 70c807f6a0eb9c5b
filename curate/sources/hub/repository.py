"""A data set of the Hub as it stood at one commit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache as once
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, TypeAdapter

from curate.errors import Problem, SourceError
from curate.hub.client import api, is_offline
from curate.hub.listing import leaves
from curate.hub.refusals import told
from curate.sources.hub.cache import Cache


class RepositoryFile(BaseModel):
    """A file of a repository: its path and its bytes.

    Large files are known by the SHA-256 of their content, small ones by their Git object id.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    bytes: int
    sha256: str | None
    git: str | None

    @property
    def content(self) -> str:
        """What identifies its bytes."""
        return self.sha256 or f"git-{self.git}"


class Repository(BaseModel):
    """What the Hub says of a data set at a commit; no data."""

    model_config = ConfigDict(frozen=True)

    name: str
    commit: str
    license: str | None
    languages: tuple[str, ...] = ()
    """What its card says that it is in."""
    gated: str | bool
    configs: tuple[Mapping[str, Any], ...]
    """The `configs` of its card."""
    files: tuple[RepositoryFile, ...]

    def file(self, path: str) -> RepositoryFile:
        """The file at a path that is known to be there."""
        return next(file for file in self.files if file.path == path)


class Hub:
    """The Hub as one build sees it: a branch stands still where it was first seen."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self._seen: dict[tuple[str, str], Repository] = {}

    def repository(self, name: str, revision: str) -> Repository:
        """A data set at a branch, tag or commit, resolved once.

        What is known of a commit is kept, so a commit costs no request the second time, and without a
        network a branch is where it was seen last. Raises RemoteError where the Hub refuses, and SourceError
        where a file's name leads out of the folder it would be kept in.
        """
        if (name, revision) not in self._seen:
            self._seen[name, revision] = self._resolve(name, revision)
        return self._seen[name, revision]

    def _resolve(self, name: str, revision: str) -> Repository:
        folder = f"repositories/{name.replace('/', '--')}"
        seen = f"{folder}/refs/{quote(revision, safe='')}"
        commit = revision
        if is_offline() and (last := self.cache.find(seen)):
            commit = last.read_text("utf-8")
        if known := self.cache.find(f"{folder}/{commit}.json"):
            return _repositories().validate_json(known.read_bytes())
        found = _ask(name, revision)
        _refuse_escapes(found)
        text = found.model_dump_json()
        self.cache.keep(f"{folder}/{found.commit}.json", lambda draft: _write(draft, text))
        self.cache.put(seen, lambda draft: _write(draft, found.commit))
        return found


def _write(draft: Path, text: str) -> None:
    draft.write_text(text, encoding="utf-8")


@once
def _repositories() -> TypeAdapter[Repository]:
    return TypeAdapter(Repository)


def _ask(name: str, revision: str) -> Repository:
    with told(name, revision):
        info = api().dataset_info(name, revision=revision, files_metadata=True)
    card: Mapping[str, Any] = info.card_data.to_dict() if info.card_data else {}
    said, languages = card.get("license"), card.get("language") or ()
    return Repository(
        name=name,
        commit=str(info.sha),
        license=", ".join(said) if isinstance(said, list) else said,  # pyright: ignore[reportUnknownArgumentType]
        languages=(languages,) if isinstance(languages, str) else tuple(map(str, languages)),
        gated=info.gated or False,
        configs=tuple(card.get("configs") or ()),
        files=tuple(
            RepositoryFile(
                path=file.rfilename,
                bytes=file.size or 0,
                sha256=file.lfs.sha256 if file.lfs else None,
                git=file.blob_id,
            )
            for file in info.siblings or ()
        ),
    )


def _refuse_escapes(repository: Repository) -> None:
    escaping = [file.path for file in repository.files if leaves(file.path)]
    if escaping:
        raise SourceError(
            Problem(
                f"{repository.name} is not to be trusted: it has files named "
                + ", ".join(repr(path) for path in escaping[:3]),
                help="these names lead out of the folder they would be kept in; tell the owner or the Hub",
            )
        )
