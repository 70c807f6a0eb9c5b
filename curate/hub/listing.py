"""The files of a data set's repository at one commit."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from curate.errors import Problem, RemoteError
from curate.hub.client import api

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile


def list_files(repository: str, commit: str) -> dict[str, RepoFile]:
    """Every file by its path.

    Raises RemoteError where a path would leave the folder it is put in, and what the client library raises.
    """
    from huggingface_hub.hf_api import RepoFile

    entries = api().list_repo_tree(repository, recursive=True, revision=commit, repo_type="dataset")
    files = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
    leaving = [path for path in files if leaves(path)]
    if leaving:
        what = f"{repository} has files that would leave their folder: {', '.join(leaving[:3])}"
        raise RemoteError(Problem(what, help="Nothing of it is read or changed; tell its owners."))
    return files


def leaves(path: str) -> bool:
    """Whether a path, put below a folder, may stand outside it on some system."""
    posix, windows = PurePosixPath(path), PureWindowsPath(path)
    return (
        posix.is_absolute()
        or bool(windows.drive or windows.root)
        or ".." in (*posix.parts, *windows.parts)
        or "\0" in path
    )
