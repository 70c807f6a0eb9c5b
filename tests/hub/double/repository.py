"""A repository of the double: commits on refs, as values in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

MAIN = "main"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class File:
    """A file of a commit; its content is in the blob store, or in the Xet store for its hash."""

    sha256: str
    size: int
    oid: str
    is_lfs: bool
    xet: str | None = None


@dataclass(frozen=True)
class Commit:
    """A whole tree, and where it came from."""

    id: str
    title: str
    author: str
    date: str
    files: Mapping[str, File]
    parent: Commit | None = None

    def history(self) -> list[Commit]:
        """This commit and all before it, the newest first."""
        return [self, *(self.parent.history() if self.parent else ())]


@dataclass
class PullRequest:
    """A pull request, or a discussion where it has no base."""

    number: int
    title: str
    author: str
    base: str | None
    status: Literal["draft", "open", "closed", "merged"] = "open"
    merged_as: str | None = None

    @property
    def ref(self) -> str:
        """Where its commits go."""
        return f"refs/pr/{self.number}"


@dataclass
class Repository:
    """A data set's repository: what every ref points to, and who may see it."""

    id: str
    private: bool = False
    gated: Literal["auto", "manual", False] = False
    admitted: set[str] = field(default_factory=set[str])
    """Users who were let in where it is gated."""
    branches: dict[str, Commit] = field(default_factory=dict[str, Commit])
    tags: dict[str, Commit] = field(default_factory=dict[str, Commit])
    discussions: list[PullRequest] = field(default_factory=list[PullRequest])
    commits: dict[str, Commit] = field(default_factory=dict[str, Commit])
    objects: set[str] = field(default_factory=set[str])
    """What was uploaded to it outside git, by SHA-256; it need not be sent again."""

    @property
    def namespace(self) -> str:
        """The user or organisation it belongs to."""
        return self.id.partition("/")[0]

    @property
    def head(self) -> Commit:
        """What `main` points to."""
        return self.branches[MAIN]

    def find(self, revision: str) -> Commit | None:
        """The commit a branch, tag, pull request or id names; ids may be cut to 7 digits or more."""
        named = self.branches.get(revision.removeprefix("refs/heads/")) or self.tags.get(revision)
        if named is not None or len(revision) < 7:
            return named
        return next((c for name, c in self.commits.items() if name.startswith(revision)), None)

    def commit(
        self,
        ref: str,
        files: Mapping[str, File],
        title: str,
        author: str,
        parent: Commit | None,
    ) -> Commit:
        """Put a tree on a ref."""
        count = len(self.commits)
        told = f"{self.id} {count} {title} {sorted((p, f.oid) for p, f in files.items())}"
        commit = Commit(
            hashlib.sha1(told.encode()).hexdigest(),
            title,
            author,
            (_EPOCH + timedelta(seconds=count)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            dict(files),
            parent,
        )
        self.commits[commit.id] = commit
        self.branches[ref] = commit
        return commit

    def merge(self, request: PullRequest, author: str) -> Commit:
        """Bring what a pull request changed to `main`."""
        base = self.commits[request.base or ""].files
        theirs = self.branches[request.ref].files
        merged = {
            path: theirs.get(path, file)
            for path, file in self.head.files.items()
            if path in theirs or path not in base
        }
        merged |= {path: file for path, file in theirs.items() if path not in base}
        merged |= {path: f for path, f in theirs.items() if path in base and base[path] != f}
        commit = self.commit(MAIN, merged, request.title, author, self.head)
        request.status, request.merged_as = "merged", commit.id
        return commit
