"""Asking the Hub again where what went wrong will pass."""

# pyright: reportUnknownVariableType=false
# (parts of huggingface_hub have no types)

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WAITS = (1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds to wait before each further try, as huggingface_hub waits."""

LONGEST = 300.0
"""Seconds to wait at most where the Hub says how long: its limits are per five minutes."""

PASSING = {408, 409, 412, 425, 429, 500, 502, 503, 504}
"""Answers that may be another one soon: the Hub is busy or unwell, or the branch has moved on."""


def retried(work: Callable[[], T]) -> T:
    """Do some work that may be done any number of times; what does not pass is raised as it came."""
    for wait in WAITS:
        try:
            return work()
        except Exception as error:
            if not is_passing(error):
                raise
            time.sleep(_asked(error) or wait)
    return work()


def is_passing(error: BaseException) -> bool:
    """Whether the same work may well succeed a little later."""
    import httpx2
    from huggingface_hub import errors as hub

    if isinstance(error, hub.HfHubHTTPError):
        return error.response.status_code in PASSING
    if isinstance(error, hub.OfflineModeIsEnabled):
        return False
    return isinstance(error, (httpx2.TransportError, ConnectionError))


def _asked(error: Exception) -> float:
    """Seconds the Hub asks to wait; 0 where it does not say."""
    from huggingface_hub.errors import HfHubHTTPError

    if not isinstance(error, HfHubHTTPError):
        return 0.0
    told = error.response.headers
    found = re.search(r"^(\d+)$", told.get("retry-after", "").strip())
    if found is None and error.response.status_code == 429:
        found = re.search(r"\bt=(\d+)", told.get("ratelimit", ""))
    return min(float(found[1]), LONGEST) if found else 0.0
