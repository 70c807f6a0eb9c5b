"""One double for all tests, and two clients that talk to it: over LFS, and over Xet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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


@pytest.fixture(scope="session")
def clients(
    _hub: Double, token: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Client]]:
    """Two processes whose client libraries talk to the double: over LFS, and over Xet."""
    home = tmp_path_factory.mktemp("home")
    with (
        Client(_hub, home / "lfs", token=token, xet=False) as lfs,
        Client(_hub, home / "xet", token=token, xet=True) as xet,
    ):
        yield {"lfs": lfs, "xet": xet}


@pytest.fixture(params=["lfs", "xet"])
def client(request: pytest.FixtureRequest, clients: Mapping[str, Client]) -> Client:
    """One of the clients; a test that asks for it runs with each."""
    return clients[request.param]


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """The name of a repository that no other test uses."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name)
    return f"ann/{name.strip('-')[:90]}"
