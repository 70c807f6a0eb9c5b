"""One commit, sent until it stands."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (parts of huggingface_hub have no types)

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from curate.errors import OutputError, Problem
from curate.hub.client import api
from curate.hub.retries import retried
from curate.release.changes import Changes, compare
from curate.release.parcels import Parcel, build_id
from curate.release.preflight import Goal

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}


@dataclass(frozen=True)
class Landed:
    """A commit at which parcels stand, and what it changed: nothing where they stood there before."""

    commit: str
    changes: Changes
    request: str | None = None
    """The address of the pull request it is on."""


def land(repository: str, parcels: Sequence[Parcel], goal: Goal) -> Landed:
    """Bring parcels to a repository in one commit on the parent they were compared with.

    A commit whose answer was lost is found by the build's id in its title; where the branch has moved
    on, the comparison is made anew. So however often this is tried, one commit is all there is. Raises
    what the client library raises.
    """
    tried: list[Changes] = []

    def attempt() -> Landed:
        if goal.as_request and (open_one := _find_request(repository, parcels)):
            return Landed(*open_one)
        if tried and not goal.as_request and (commit := _find(repository, parcels, goal, tried)):
            return Landed(commit, tried[-1])
        changes = compare(repository, head(repository, goal.branch), parcels)
        if not changes:
            return Landed(str(changes.parent), changes)
        tried.append(changes)
        return _send(repository, parcels, goal, changes)

    return retried(attempt)


def head(repository: str, branch: str) -> str:
    """The commit a branch is at."""
    return str(api().dataset_info(repository, revision=branch).sha)


def _send(repository: str, parcels: Sequence[Parcel], goal: Goal, changes: Changes) -> Landed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    operations = [
        *(CommitOperationDelete(path, is_folder=False) for path in changes.removed),
        *(
            CommitOperationAdd(path, str(content) if isinstance(content, Path) else content)
            for path, content in changes.sent.items()
        ),
    ]
    try:
        done = api().create_commit(
            repository,
            operations,
            commit_message=_title(parcels),
            repo_type="dataset",
            revision=None if goal.as_request else goal.branch,
            parent_commit=changes.parent,
            create_pr=goal.as_request,
        )
    except (RuntimeError, json.JSONDecodeError) as error:
        # With the first of these an upload breaks off, with the other the page of a server that is unwell.
        _refuse_disk(error)
        raise ConnectionError("the upload broke off") from error
    return Landed(done.oid, changes, done.pr_url)


def _refuse_disk(error: Exception) -> None:
    """Say so where the upload broke off because of this machine's disk, which hf_xet also writes to."""
    found = re.search(r"\(os error (\d+)\)", str(error))
    if found and int(found[1]) in _DISK:
        what = f"the upload cannot write to its cache: {os.strerror(int(found[1]))}"
        help_ = "Free some space, or let HF_HOME name another folder; nothing was published."
        raise OutputError(Problem(what, help=help_)) from error


def _title(parcels: Sequence[Parcel]) -> str:
    """What the commit is called: its end tells it from every other build."""
    names = ", ".join(parcel.manifest.name for parcel in parcels)
    short = names if len(names) <= 100 else f"{len(parcels)} mixes"
    return f"Publish {short}, build {build_id(parcels)}"


def _find(
    repository: str, parcels: Sequence[Parcel], goal: Goal, tried: Sequence[Changes]
) -> str | None:
    """The commit of this build that came since the first try, if there is one."""
    history = api().list_repo_commits(repository, repo_type="dataset", revision=goal.branch)
    since = takewhile(lambda one: one.commit_id != tried[0].parent, history)
    return next((one.commit_id for one in since if one.title == _title(parcels)), None)


def _find_request(repository: str, parcels: Sequence[Parcel]) -> tuple[str, Changes, str] | None:
    """The open pull request of this build, if there is one."""
    requests = api().get_repo_discussions(
        repository, repo_type="dataset", discussion_type="pull_request"
    )
    for one in requests:
        if one.title == _title(parcels) and one.status in {"open", "draft"}:
            commit = head(repository, f"refs/pr/{one.num}")
            return commit, Changes(commit), one.url
    return None
