"""START HERE: what happens when finished folders are published.

Everything that could be refused is asked before the first byte is sent. Then every repository gets its
mixes, card and manifests in one commit, on the parent they were compared with, and what stands there is
read back. A set of several repositories that is stopped half-way goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.errors import CurateError, OutputError, Problem, RemoteError
from curate.hub.client import api
from curate.hub.refusals import told
from curate.hub.retries import retried
from curate.output.address import MAIN
from curate.output.folder import CARD
from curate.release.changes import Changes, compare
from curate.release.commit import land
from curate.release.parcels import Parcel, pack
from curate.release.preflight import Goal, Site, ask_user, check_card, survey
from curate.release.readback import read_back


@dataclass(frozen=True)
class Published:
    """What became of one repository, or would: `commit` is None where nothing was sent."""

    repository: str
    parcels: tuple[Parcel, ...]
    is_new: bool
    goal: Goal
    changes: Changes
    commit: str | None
    request: str | None = None
    """The address of the pull request."""

    @property
    def address(self) -> str:
        """Where to look at it: the pull request, the commit, or the repository."""
        page = f"{api().endpoint}/datasets/{self.repository}"
        return self.request or (f"{page}/tree/{self.commit}" if self.commit else page)


def publish(
    *folders: str | Path,
    to: str | None = None,
    private: bool = False,
    branch: str = MAIN,
    tag: str | None = None,
    pull_request: bool = False,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Published]:
    """Put finished folders, or all that a folder holds, on the Hub: once, whole, and read back.

    `to` is a repository, such as `our-org/name`; where it is not said, each recipe says it. `private`
    is for repositories that are made now. The token is the one every tool of the Hub uses. With
    `dry_run` only the changes are worked out. `tell` hears what is being done.

    Raises OutputError where a folder is not as it was built or does not fit what is there, RemoteError
    where the Hub refuses or cannot be reached; then every repository has its commit, or none of it.
    """
    tell("reading the folders")
    goal = Goal(branch, tag, pull_request)
    paths = [Path(folder) for folder in folders]
    parcels = pack(paths, to, private=private, branch=branch, tag=tag)
    planned = _prepare(parcels, goal, tell)
    if dry_run:
        return planned
    done: list[Published] = []
    for plan in planned:
        try:
            with told(plan.repository):
                done.append(_carry_out(plan, tell))
        except CurateError as error:
            raise _with(error, done) from error
    return done


def _prepare(
    parcels: dict[str, list[Parcel]], goal: Goal, tell: Callable[[str], None]
) -> list[Published]:
    """Ask whether all of it may be done, and work out what will change."""
    tell("asking the Hub")
    with told(next(iter(parcels))):
        user = ask_user()
    planned: list[Published] = []
    errors: list[CurateError] = []
    for repository, mine in parcels.items():
        try:
            with told(repository):
                site = survey(repository, mine, goal, user)
                planned.append(_plan(site, mine, goal))
        except CurateError as error:
            errors.append(error)
    if errors:
        problems = [problem for error in errors for problem in error.problems]
        is_remote = any(isinstance(error, RemoteError) for error in errors)
        raise RemoteError(*problems) if is_remote else OutputError(*problems)
    return planned


def _plan(site: Site, parcels: Sequence[Parcel], goal: Goal) -> Published:
    repository = site.repository
    changes = retried(lambda: compare(repository, site.head, parcels))
    if site.tagged and retried(lambda: compare(repository, site.tagged, parcels)):
        what = f"{repository} has a tag `{goal.tag}` already, on another build"
        raise OutputError(Problem(what, help="Tags do not move; choose another name."))
    card = changes.sent.get(CARD)
    if isinstance(card, bytes):
        check_card(repository, card)
    return Published(repository, tuple(parcels), not site.exists, goal, changes, commit=None)


def _carry_out(plan: Published, tell: Callable[[str], None]) -> Published:
    """Send one repository's commit, read it back, and tag it."""
    repository, goal = plan.repository, plan.goal
    if plan.is_new:
        private = any(parcel.private for parcel in plan.parcels)
        retried(
            lambda: api().create_repo(
                repository, repo_type="dataset", private=private, exist_ok=True
            )
        )
    if goal.branch != MAIN:
        retried(
            lambda: api().create_branch(
                repository, branch=goal.branch, repo_type="dataset", exist_ok=True
            )
        )
    tell(f"sending {len(plan.changes.sent)} files to {repository}")
    landed = land(repository, plan.parcels, goal)
    tell(f"reading {repository} back")
    retried(lambda: read_back(repository, landed.commit, plan.parcels))
    if (tag := goal.tag) is not None:
        retried(
            lambda: api().create_tag(
                repository, tag=tag, revision=landed.commit, repo_type="dataset", exist_ok=True
            )
        )
    return Published(
        repository,
        plan.parcels,
        plan.is_new,
        goal,
        landed.changes,
        landed.commit,
        landed.request,
    )


def _with(error: CurateError, done: Sequence[Published]) -> CurateError:
    """An error that also says which repositories were finished before it."""
    if not done:
        return error
    finished = ", ".join(one.repository for one in done)
    what = f"finished before that: {finished}; the same command goes on from there"
    return type(error)(*error.problems, Problem(what))
