"""What goes wrong on purpose, and a log of what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

NOTHING: Mapping[str, str] = {}


@dataclass
class Fault:
    """What goes wrong with requests whose method and path (with its query) match.

    The first `after` of them are let through, then `times` of them go wrong: `before` is called, the
    answer waits `delay` seconds, and then the connection is `reset` or `status` is told with `headers`
    and `body`. With `applied` the work is done first, so that only its answer is lost. A fault
    without status or reset only delays.
    """

    method: str
    path: str
    status: int | None = None
    reset: bool = False
    delay: float = 0.0
    applied: bool = False
    after: int = 0
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    before: Callable[[], object] | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether it is about such requests."""
        return method == self.method and re.search(self.path, path) is not None


@dataclass
class Seen:
    """A request that came, and what it was answered. `received` and `sent` are bytes of bodies."""

    method: str
    path: str
    user: str | None
    authorized: bool
    range: str | None
    received: int = 0
    status: int = 0
    sent: int = 0


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault behind those there are."""
        self._rules.append(fault)

    def clear(self) -> None:
        """Let everything go well."""
        self._rules.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault a request meets; it is used up by that."""
        with self._lock:
            for fault in self._rules:
                if not fault.matches(method, path) or not fault.times:
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None
