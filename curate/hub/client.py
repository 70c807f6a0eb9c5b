"""The client of the Hub: `huggingface_hub`'s own, which here never waits for ever."""

# pyright: reportUnknownVariableType=false
# (parts of huggingface_hub.utils have no types)

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from curate import __version__

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PATIENCE = 30.0
"""Seconds without a byte after which a request has failed; the library's own client would wait for ever."""


@cache
def api() -> HfApi:
    """The client, which takes the address and the token from the environment as every tool of the Hub does."""
    import httpx2
    from huggingface_hub import HfApi, set_client_factory
    from huggingface_hub.utils import get_session

    hooks = get_session().event_hooks  # they are what heeds HF_HUB_OFFLINE
    set_client_factory(
        lambda: httpx2.Client(timeout=PATIENCE, follow_redirects=True, event_hooks=hooks)
    )
    return HfApi(library_name="curate", library_version=__version__)


def is_offline() -> bool:
    """Whether the user forbids requests, by `HF_HUB_OFFLINE`."""
    from huggingface_hub.constants import is_offline_mode

    return is_offline_mode()


def request_range(repository: str, commit: str, path: str, start: int, end: int) -> bytes:
    """The bytes of a file that the Hub gives for a range, asked for again where that may help.

    Raises what the library raises; see `curate.hub.refusals`.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

    api()
    url = hf_hub_url(repository, path, repo_type="dataset", revision=commit)
    headers = {**build_hf_headers(), "Range": f"bytes={start}-{end - 1}"}
    response = http_backoff("GET", url, headers=headers)
    hf_raise_for_status(response)
    return response.content
