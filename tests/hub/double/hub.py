"""The double itself: its repositories, its tokens, its log, and the server in front of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import RLock, Thread
from typing import Any, Literal, Self

from double.blobs import Blobs, git_oid, is_large, pointer_oid
from double.faults import Fault, Faults, Seen
from double.repository import MAIN, Commit, File, Repository
from double.server import Server
from double.xet import XetStores

SYSTEM = "system"
ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class Account:
    """Whose a token is, and what it opens: namespaces it may write to, namespaces it may read."""

    user: str
    write: frozenset[str]
    read: frozenset[str]
    role: Literal["read", "write", "fineGrained"]


class Double:
    """A Hub on loopback, served by threads from the moment it is made until `close`.

    `page` is how many entries a page of a listing has; files longer than `part` bytes are uploaded in
    parts.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.blobs = Blobs(folder / "blobs")
        self.xet = XetStores(folder / "xet")
        self.repositories: dict[str, Repository] = {}
        self.accounts: dict[str, Account] = {}
        self.log: list[Seen] = []
        self.faults = Faults()
        self.lock = RLock()
        self.page = 1000
        self.part = 2**40
        self.parts: dict[str, dict[int, bytes]] = {}
        self._server = Server(self, port)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Its address, for `HF_ENDPOINT`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def elsewhere(self) -> str:
        """The same server under another name: another origin, as a CDN is."""
        return f"http://localhost:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def token(
        self, user: str, *, write: Iterable[str] | None = None, read: Iterable[str] = ()
    ) -> str:
        """A new token of a user, which may write to the user's namespace unless `write` names others.

        `read` are further namespaces whose private repositories it sees.
        """
        may_write = frozenset({user} if write is None else write)
        role = "fineGrained" if may_write - {user} else "write" if may_write else "read"
        token = f"hf_{secrets.token_urlsafe(26).replace('-', 'x').replace('_', 'y')}"
        account = Account(user, may_write, may_write | {user} | frozenset(read), role)
        self.accounts[token] = account
        return token

    def create(self, repo: str, **settings: Any) -> Repository:
        """Make a repository, with the one commit that the Hub makes."""
        with self.lock:
            made = Repository(repo, **settings)
            self.repositories[repo] = made
            made.commit(
                MAIN, {".gitattributes": self.keep(ATTRIBUTES)}, "initial commit", SYSTEM, None
            )
            return made

    def put(
        self,
        repo: str,
        files: Mapping[str, bytes | Path],
        *,
        card: str | None = None,
        ref: str = MAIN,
        title: str = "Put files",
        xet: bool = False,
        **settings: Any,
    ) -> Commit:
        """Put files into a repository without any request, in one commit on `ref`.

        `card` is the text of README.md. `settings` (private, gated, admitted) are those of the
        repository, which is made where it is missing. With `xet` large files go to the Xet store.
        """
        with self.lock:
            found = self.repositories.get(repo) or self.create(repo)
            for name, value in settings.items():
                setattr(found, name, value)
            parent = found.branches.get(ref, found.head)
            added = dict(parent.files)
            for path, content in files.items():
                data = content if isinstance(content, bytes) else content.read_bytes()
                added[path] = self.keep(data, path, xet=xet)
            if card is not None:
                added["README.md"] = self.keep(card.encode())
            return found.commit(ref, added, title, SYSTEM, parent)

    def keep(self, content: bytes, path: str = "", *, xet: bool = False) -> File:
        """Store a content as the Hub stores a file of such a name."""
        sha256, size = self.blobs.add(content), len(content)
        if not is_large(path, size):
            return File(sha256, size, git_oid(content), is_lfs=False)
        stored = self.xet.add(content) if xet else None
        return File(sha256, size, pointer_oid(sha256, size), is_lfs=True, xet=stored)

    def files(self, repo: str, revision: str = MAIN) -> dict[str, bytes]:
        """What a repository holds, by path."""
        commit = self.repositories[repo].find(revision)
        assert commit is not None, f"{repo} has no {revision}"
        return {path: self.content(file).read_bytes() for path, file in commit.files.items()}

    def content(self, file: File) -> Path:
        """The content of a file, on disk."""
        if file.sha256 not in self.blobs and file.xet is not None:
            self.blobs.add(self.xet.read(file.xet))
        return self.blobs.path(file.sha256)

    def history(self, repo: str, revision: str = MAIN) -> list[str]:
        """The titles of a repository's commits, the newest first."""
        commit = self.repositories[repo].find(revision)
        return [one.title for one in commit.history()] if commit else []

    def fault(self, method: str, path: str, **what: Any) -> Fault:
        """Let something go wrong with requests whose path matches; see `Fault`."""
        fault = Fault(method, path, **what)
        self.faults.add(fault)
        return fault

    def seen(self, pattern: str = "", method: str = "") -> list[Seen]:
        """The requests that came, of a method and with a path that matches."""
        return [
            one
            for one in self.log
            if (not method or one.method == method) and re.search(pattern, one.path)
        ]

    def sent(self, pattern: str = "") -> int:
        """Bytes sent in answers to requests whose path matches."""
        return sum(one.sent for one in self.seen(pattern))

    def received(self, pattern: str = "") -> int:
        """Bytes that came with requests whose path matches."""
        return sum(one.received for one in self.seen(pattern))

    def forget(self) -> None:
        """Forget the log, and let everything go well."""
        self.log.clear()
        self.faults.clear()
