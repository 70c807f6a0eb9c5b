"""What the Hub refused, in words a user can act on.

Texts are made here from the kind of refusal: what the library says holds addresses, which may be signed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from curate.errors import Problem, RemoteError

LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


@contextmanager
def told(
    repository: str,
    revision: str | None = None,
    path: str | None = None,
    *,
    kind: Literal["data set", "model"] = "data set",
) -> Generator[None]:
    """Turn what the client library raises into a RemoteError about this repository."""
    import httpx2
    from huggingface_hub import errors as hub

    at = f" at {revision[:12]}" if revision else ""
    named = f"{repository}/{path}" if path else repository
    page = f"https://huggingface.co/{'datasets/' if kind == 'data set' else ''}{repository}"
    try:
        yield
    except hub.OfflineModeIsEnabled as error:
        what = f"{named}{at} is not in the cache, and HF_HUB_OFFLINE forbids asking the Hub"
        raise RemoteError(Problem(what, help="unset HF_HUB_OFFLINE once")) from error
    except hub.GatedRepoError as error:
        raise RemoteError(
            Problem(
                f"{repository} is gated, and this user has no access to it",
                help=f"ask for it at {page}, then {LOG_IN}",
            )
        ) from error
    except hub.RepositoryNotFoundError as error:
        what = f"there is no {kind} {repository} on the Hub, or not for this user"
        raise RemoteError(Problem(what, help=f"if it is private, {LOG_IN}")) from error
    except hub.RevisionNotFoundError as error:
        what = f"{repository} has no revision `{revision}`"
        help_ = f"its branches and tags: {page}/refs"
        raise RemoteError(Problem(what, help=help_)) from error
    except hub.RemoteEntryNotFoundError as error:
        raise RemoteError(Problem(f"there is no {named}{at}")) from error
    except hub.LocalEntryNotFoundError as error:
        what = f"{named}{at} is not in the cache, and the Hub cannot be reached"
        help_ = "try again later; if HF_HUB_OFFLINE is set, unset it once"
        raise RemoteError(Problem(what, help=help_)) from error
    except hub.HFValidationError as error:
        raise RemoteError(Problem(f"`{repository}` is no name of a repository")) from error
    except hub.HfHubHTTPError as error:
        raise RemoteError(_refused(error.response.status_code, named)) from error
    except (httpx2.HTTPError, ConnectionError) as error:
        what = f"the Hub cannot be reached for {named}: {type(error).__name__}"
        help_ = "try again later; builds can do with what is in the cache: HF_HUB_OFFLINE=1"
        raise RemoteError(Problem(what, help=help_)) from error


def _refused(status: int, named: str) -> Problem:
    match status:
        case 401 | 403:
            return Problem(f"the Hub refuses this user {named} ({status})", help=LOG_IN)
        case 429:
            return Problem(f"the Hub asks for fewer requests ({status})", help="wait some minutes")
        case _:
            return Problem(f"the Hub answered {status} for {named}", help="try again later")
