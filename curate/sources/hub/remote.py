"""Bytes of files on the Hub."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.errors import Problem, SourceError
from curate.hub.client import request_range
from curate.hub.refusals import told
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Repository, RepositoryFile

PIECE = 16 << 20
"""Bytes asked for at a time: what is held in memory, and what a lost connection costs."""

Stretch = tuple[int, int]
"""Where some bytes of a file start and end."""


@dataclass(frozen=True)
class Remote:
    """A file of a repository at a commit, to be read where it stands."""

    repository: str
    commit: str
    file: RepositoryFile

    @classmethod
    def of(cls, repository: Repository, file: RepositoryFile) -> Remote:
        """A repository's file."""
        return cls(repository.name, repository.commit, file)

    @property
    def name(self) -> str:
        """What errors call it."""
        return f"{self.repository}/{self.file.path}"

    def read(self, start: int, end: int) -> bytes:
        """Exactly these bytes. Raises RemoteError where the Hub refuses or gives other ones."""
        with told(self.repository, self.commit, self.file.path):
            content = request_range(self.repository, self.commit, self.file.path, start, end)
        if len(content) != end - start:
            what = f"{self.name} gave {len(content):,} bytes where {end - start:,} were asked for"
            raise SourceError(Problem(what, help="build again; if it stays, the file is not whole"))
        return content

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """These bytes, a bounded part at a time."""
        for at in range(start, end, PIECE):
            yield self.read(at, min(at + PIECE, end))


class View(io.RawIOBase):
    """A remote file, read only where it is looked at."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote, self._at = remote, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere."""
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._remote.file.bytes}
        self._at = origins[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Fetch so many bytes, or all that are left."""
        end = self._remote.file.bytes if size < 0 else min(self._at + size, self._remote.file.bytes)
        content = self._remote.read(self._at, end) if self._at < end else b""
        self._at += len(content)
        return content


def fetch(remote: Remote, stretches: Sequence[Stretch], target: Path) -> None:
    """Write parts of a file where they stand in the whole; what lies between is left a hole."""
    with target.open("wb") as file:
        file.truncate(remote.file.bytes)
        for start, end in stretches:
            file.seek(start)
            for piece in remote.pieces(start, end):
                file.write(piece)


def digest_of(path: Path, stretches: Sequence[Stretch]) -> str:
    """The SHA-256 of parts of a file, one after the other; a second a GB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start, end in stretches:
            file.seek(start)
            for at in range(start, end, PIECE):
                digest.update(file.read(min(PIECE, end - at)))
    return digest.hexdigest()


def download(remote: Remote, cache: Cache) -> Path:
    """A whole file, in the cache. Raises SourceError where it is not what the Hub says it is."""
    file = remote.file

    def write(draft: Path) -> None:
        fetch(remote, [(0, file.bytes)], draft)
        _check(remote, draft)

    return cache.keep(kept_as(file), write)


def kept_as(file: RepositoryFile) -> str:
    """What a whole file is called in the cache."""
    return f"files/{file.content}/{Path(file.path).name}"


def _check(remote: Remote, draft: Path) -> None:
    file = remote.file
    if file.sha256 is not None:
        found, said = digest_of(draft, [(0, file.bytes)]), file.sha256
    else:
        # Git's name of a blob: SHA-1 over its length and content.
        content = draft.read_bytes()
        found = hashlib.sha1(
            b"blob %d\0" % len(content) + content, usedforsecurity=False
        ).hexdigest()
        said = file.git or found
    if found != said:
        raise changed(remote.name, remote.commit, "the file", said, found)


def changed(name: str, commit: str, part: str, said: str, found: str) -> SourceError:
    """What is fetched is not what it was said to be."""
    return SourceError(
        Problem(
            f"{name} has changed at commit {commit[:12]}: {part} has the digest {found[:16]}…, "
            f"it should be {said[:16]}…",
            help="a commit never changes, so the source or what lies between is damaged; nothing of it was used. "
            "`curate lock --upgrade` takes what is there now",
        )
    )
