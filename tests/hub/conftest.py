"""One double for all tests, and two clients that talk to it: over LFS, and over Xet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from double import Client, Double


@pytest.fixture(scope="session")
def _hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    with Double(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture
def hub(_hub: Double) -> Double:
    """The double, its log empty and nothing going wrong; repositories of other tests remain."""
    _hub.forget()
    return _hub


@pytest.fixture(scope="session")
def token(_hub: Double) -> str:
    """A token that may write to the namespace `ann`; both clients have it."""
    return _hub.token("ann")


@pytest.fixture(scope="session", params=["lfs", "xet"])
def client(
    request: pytest.FixtureRequest,
    _hub: Double,
    token: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Client]:
    """A process whose client libraries talk to the double; a test that asks for it runs twice."""
    home: Path = tmp_path_factory.mktemp("home")
    with Client(_hub, home, token=token, xet=request.param == "xet") as client:
        yield client


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """The name of a repository that no other test uses."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return f"ann/{name.strip('-')[:90]}"
