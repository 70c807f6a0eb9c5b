"""A process of its own for the client libraries, because they read their settings when imported."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from double.hub import Double

P = ParamSpec("P")
T = TypeVar("T")


def environment(
    hub: Double, home: Path, *, token: str | None = None, xet: bool = True
) -> dict[str, str]:
    """What a client's environment must say to talk to a double; `home` is for its caches."""
    told = {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "0" if xet else "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "0",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return told | ({"HF_TOKEN": token} if token else {})


class Client:
    """One process whose client libraries talk to a double; it runs what it is given."""

    def __init__(
        self, hub: Double, home: Path, *, token: str | None = None, xet: bool = True
    ) -> None:
        told = environment(hub, home, token=token, xet=xet)
        self.xet = xet
        self._pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=_settle, initargs=(told,)
        )

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a module's function there, and return what it returns."""
        return self._pool.submit(function, *args, **kwargs).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()


def _settle(environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
        del os.environ[name]
    os.environ.update(environment)
