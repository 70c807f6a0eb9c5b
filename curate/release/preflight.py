"""Everything that could be refused, asked before the first byte is sent."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (parts of huggingface_hub have no types)

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.errors import OutputError, Problem, RemoteError
from curate.hub.client import api, is_offline
from curate.hub.refusals import LOG_IN
from curate.hub.retries import retried
from curate.output.address import MAIN
from curate.release.parcels import Parcel


@dataclass(frozen=True)
class Goal:
    """Where to in a repository: a branch, perhaps a tag, or a pull request."""

    branch: str = MAIN
    tag: str | None = None
    as_request: bool = False

    def __post_init__(self) -> None:
        if self.as_request and (self.tag or self.branch != MAIN):
            raise ValueError("a pull request has neither branch nor tag")


@dataclass(frozen=True)
class User:
    """Whose token it is, and which namespaces new repositories may stand in."""

    name: str
    namespaces: frozenset[str]
    may_write: bool


@dataclass(frozen=True)
class Site:
    """A repository as it was found: where its branch stands, None where there is no such thing yet."""

    repository: str
    exists: bool
    head: str | None
    tagged: str | None
    """The commit that the wanted tag is on already."""


def ask_user() -> User:
    """Who the token says we are.

    Raises RemoteError where there is no token, the Hub does not know it, or may not be asked.
    """
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError

    if is_offline():
        what = "HF_HUB_OFFLINE forbids asking the Hub, so nothing can be published"
        raise RemoteError(Problem(what, help="Unset it."))
    if get_token() is None:
        raise RemoteError(Problem("publishing needs a token of the Hub", help=f"First {LOG_IN}."))
    try:
        said: dict[str, Any] = retried(api().whoami)  # pyright: ignore[reportUnknownArgumentType]
    except HfHubHTTPError as error:
        if error.response.status_code != 401:
            raise
        raise RemoteError(
            Problem(
                "the Hub does not know this token", help=f"First {LOG_IN} to one that is valid."
            )
        ) from error
    name = str(said["name"])
    role = said.get("auth", {}).get("accessToken", {}).get("role")
    groups = frozenset(str(group["name"]) for group in said.get("orgs", []))
    return User(name, groups | {name}, may_write=role != "read")


def survey(repository: str, parcels: Sequence[Parcel], goal: Goal, user: User) -> Site:
    """Look at a repository, and refuse what cannot be done there.

    Raises RemoteError where the token does not suffice, OutputError where what is there contradicts what
    is wanted, and what the client library raises.
    """
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    def look() -> Any:
        return retried(lambda: api().dataset_info(repository))

    try:
        found = look()
    except GatedRepoError:
        raise
    except RepositoryNotFoundError:
        _refuse_new(repository, goal, user)
        return Site(repository, exists=False, head=None, tagged=None)
    if not found.private and any(parcel.private for parcel in parcels):
        what = f"{repository} is public, and the mix is to be private"
        raise OutputError(
            Problem(
                what,
                help="Publish to another repository, or make this one private in its settings.",
            )
        )
    try:
        retried(
            lambda: api().auth_check(repository, repo_type="dataset", write=not goal.as_request)
        )
    except HfHubHTTPError as error:
        if error.response.status_code != 403 or isinstance(error, GatedRepoError):
            raise
        raise RemoteError(_no_right(repository)) from error
    if not user.may_write:
        raise RemoteError(_no_right(repository))
    refs = retried(lambda: api().list_repo_refs(repository, repo_type="dataset"))
    heads = {ref.name: ref.target_commit for ref in refs.branches}
    tags = {ref.name: ref.target_commit for ref in refs.tags}
    head = heads.get(goal.branch, heads.get(MAIN))
    return Site(repository, exists=True, head=head, tagged=tags.get(goal.tag or ""))


def check_card(repository: str, card: bytes) -> None:
    """Have the Hub look at a card's header. Raises RemoteError with all it says."""
    from huggingface_hub import DatasetCard

    try:
        retried(lambda: DatasetCard(card.decode()).validate())
    except ValueError as error:
        what = f"the Hub does not take the card of {repository}"
        problems = [Problem(f"{what}: {said}") for said in _messages(str(error))]
        raise RemoteError(*problems) from error


def _refuse_new(repository: str, goal: Goal, user: User) -> None:
    """Refuse to make a repository where the token cannot, or a request to one that is not there."""
    if goal.as_request:
        what = f"there is no data set {repository} to open a pull request for"
        raise RemoteError(Problem(what, help=f"If it is private, {LOG_IN}."))
    if repository.partition("/")[0] not in user.namespaces or not user.may_write:
        raise RemoteError(_no_right(repository))


def _no_right(repository: str) -> Problem:
    namespace = repository.partition("/")[0]
    help_ = (
        f"Use one with the right to write to {namespace}: https://huggingface.co/settings/tokens"
    )
    return Problem(f"this token may not write to {repository}", help=help_)


def _messages(answer: str) -> list[str]:
    """What the Hub found wrong, one sentence each."""
    try:
        errors: Iterable[Mapping[str, Any]] = json.loads(answer)["errors"]
        return [str(error["message"]) for error in errors] or ["no reason is given"]
    except (ValueError, KeyError, TypeError):
        return ["its header cannot be read"]
