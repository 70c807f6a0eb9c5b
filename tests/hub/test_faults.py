"""Whatever goes wrong while publishing, one commit is what comes of it, or one clear error and none."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from double import Client, Double, environment
from releases import Ran, load, mix, publish

OTHERS = {"notes.txt": b"by hand", "data.csv": b"a\n1\n"}
"""Files of others, which always survive."""

OLD = {"data/train-00000-of-00002.parquet": b"1", "data/train-00001-of-00002.parquet": b"2"}

COMMIT, UPLOAD = ("POST", "/commit/"), ("PUT", "^/upload/")
XET = ("GET", "xet-write-token")

PASSING: dict[str, list[tuple[tuple[str, str], dict[str, Any]]]] = {
    "commit: unwell twice": [(COMMIT, {"status": 503, "times": 2})],
    "commit: broken off": [(COMMIT, {"reset": True})],
    "commit: done, answer broken off": [(COMMIT, {"reset": True, "applied": True})],
    "commit: done, answer unwell": [(COMMIT, {"status": 500, "applied": True})],
    "commit: done, answer a page": [(COMMIT, {"status": 200, "body": b"<html>", "applied": True})],
    "commit: conflict twice": [(COMMIT, {"status": 409, "times": 2})],
    "commit: too many requests": [(COMMIT, {"status": 429, "headers": {"Retry-After": "7"}})],
    "commit: done, then history unwell": [
        (COMMIT, {"reset": True, "applied": True}),
        (("GET", "/commits/"), {"status": 502}),
    ],
    "first look unwell": [(("GET", "^/api/datasets/[^/]+/[^/]+$"), {"status": 503})],
    "refs broken off": [(("GET", "/refs$"), {"reset": True})],
    "right to write unwell": [(("GET", "/auth-check/"), {"status": 504})],
    "listing unwell": [(("GET", "/tree/"), {"status": 503})],
    "card's check unwell": [(("POST", "/validate-yaml"), {"status": 500, "after": 1})],
    "modes unwell": [(("POST", "/preupload/"), {"status": 503})],
    "upload unwell": [(UPLOAD, {"status": 503}), (XET, {"status": 503})],
    "upload broken off": [(UPLOAD, {"reset": True}), (XET, {"reset": True})],
    "upload too late": [(UPLOAD, {"status": 403}), (XET, {"status": 401})],
    "objects unwell": [(("POST", "/objects/batch"), {"status": 503})],
    "check of objects unwell": [(("POST", "/lfs/verify"), {"status": 500})],
    "reading back unwell": [(("GET", "/tree/"), {"status": 503, "after": 2})],
    "footer unwell": [(("GET", "/resolve/.*parquet"), {"status": 503})],
}
"""What goes wrong, but passes."""

LASTING: dict[str, tuple[tuple[str, str], dict[str, Any], str]] = {
    "commit: forbidden": (COMMIT, {"status": 403}, "refuses"),
    "commit: bad request": (COMMIT, {"status": 400}, "answered 400"),
    "commit: unwell for long": (COMMIT, {"status": 503, "times": 99}, "answered 503"),
    "commit: broken off for long": (COMMIT, {"reset": True, "times": 99}, "cannot be reached"),
    "too many requests for long": (COMMIT, {"status": 429, "times": 99}, "fewer requests"),
    "modes forbidden": (("POST", "/preupload/"), {"status": 403}, "refuses"),
    "user unwell for long": (("GET", "whoami"), {"status": 500, "times": 99}, "answered 500"),
}
"""What goes wrong and stays so, with what is said."""


QUICK = {
    "commit: unwell twice",
    "commit: done, answer broken off",
    "commit: conflict twice",
    "commit: too many requests",
    "commit: forbidden",
    "upload unwell",
}


def cases(table: Iterable[str]) -> list[Any]:
    """All of a table, most of it for those who have a minute."""
    return [case if case in QUICK else pytest.param(case, marks=pytest.mark.slow) for case in table]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mix(tmp_path_factory.mktemp("build"), 5)


def check_whole(hub: Double, repo: str, folder: Path, commits: int = 1) -> None:
    """One repository: our commits, exactly, all files of the build, all files of others, none of old ones."""
    titles = [title for title in hub.history(repo) if title.startswith("Publish mix")]
    assert len(titles) == commits
    found = hub.files(repo)
    assert OTHERS.items() <= found.items()
    assert not OLD.keys() & found.keys()
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        assert not file.is_file() or name == "README.md" or found[name] == file.read_bytes()


@pytest.mark.parametrize("case", cases(PASSING))
def test_what_passes_ends_in_one_commit(
    hub: Double, client: Client, repo: str, folder: Path, case: str
) -> None:
    hub.put(repo, OTHERS | OLD)
    for (method, path), what in PASSING[case]:
        hub.fault(method, path, **what)
    ran = client.call(publish, str(folder), "--to", repo)
    assert ran.code == 0, ran.err
    assert ran.err == ""
    check_whole(hub, repo, folder)
    if case == "commit: too many requests":
        assert ran.waited == (7.0,)
    assert client.call(publish, str(folder), "--to", repo).published[0]["sent"] == []


@pytest.mark.parametrize("case", cases(LASTING))
def test_what_stays_ends_in_one_error(
    hub: Double, client: Client, repo: str, folder: Path, case: str
) -> None:
    hub.put(repo, OTHERS | OLD)
    (method, path), what, said = LASTING[case]
    hub.fault(method, path, **what)
    ran = client.call(publish, str(folder), "--to", repo)
    assert (ran.code, ran.err.count("error:")) == (3, 1)
    assert said in ran.err
    assert hub.history(repo) == ["Put files", "initial commit"]
    hub.forget()
    client.call(publish, str(folder), "--to", repo)
    check_whole(hub, repo, folder)


def test_a_commit_that_comes_too_late_is_the_only_one(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.put(repo, OTHERS)
    hub.fault(*COMMIT, delay=1.2)
    ran = client.call(publish, str(folder), "--to", repo, patience=0.4)
    assert ran.code == 0, ran.err
    time.sleep(1.0)
    check_whole(hub, repo, folder)


def test_someone_who_was_quicker_keeps_what_they_wrote(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.put(repo, OTHERS)
    hub.fault(*COMMIT, before=lambda: hub.put(repo, {"quick.txt": b"!"}, card="Quick."), times=2)
    assert client.call(publish, str(folder), "--to", repo).code == 0
    check_whole(hub, repo, folder)
    assert hub.files(repo)["quick.txt"] == b"!"
    assert b"Quick." in hub.files(repo)["README.md"]


def test_an_answer_that_was_lost_is_found_below_what_came_after(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.put(repo, OTHERS)
    hub.fault(*COMMIT, reset=True, applied=True)
    hub.fault(
        "GET", "/commits/", before=lambda: hub.put(repo, {"manifest.json": b"{}"}, title="Meddle")
    )
    ran = client.call(publish, str(folder), "--to", repo)
    titles = hub.history(repo)
    assert titles[0] == "Meddle"
    assert [title[:7] for title in titles[1:3]] == ["Publish", "Put fil"]
    assert ran.published[0]["commit"] == hub.repositories[repo].head.history()[1].id


def test_a_repository_whose_making_was_not_heard_of(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.fault("POST", "/repos/create", status=500, applied=True)
    assert client.call(publish, str(folder), "--to", repo, "--private").code == 0
    assert hub.repositories[repo].private
    assert len(hub.history(repo)) == 2


def test_a_pull_request_is_opened_once(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.put(repo, OTHERS)
    hub.fault(*COMMIT, reset=True, applied=True)
    assert client.call(publish, str(folder), "--to", repo, "--pr").code == 0
    assert len(hub.repositories[repo].discussions) == 1
    assert hub.history(repo) == ["Put files", "initial commit"]


def test_what_is_not_as_it_was_sent_is_told(
    hub: Double, client: Client, repo: str, folder: Path
) -> None:
    hub.put(repo, OTHERS)

    def spoil() -> None:
        files: Any = hub.repositories[repo].head.files
        files["recipe.yaml"] = files["notes.txt"]

    hub.fault("GET", "/tree/", after=2, before=spoil)
    ran = client.call(publish, str(folder), "--to", repo)
    assert ran.code == 3
    assert f"recipe.yaml of {repo} is not the file that was built" in ran.err


def variables(hub: Double, home: Path, token: str, *, xet: bool) -> dict[str, str]:
    """The environment of the command as a process of its own."""
    root = str(Path(__file__).parents[2])
    return {**os.environ, **environment(hub, home, token=token, xet=xet), "PYTHONPATH": root}


@pytest.mark.slow
def test_a_publisher_killed_in_mid_upload_leaves_nothing_half_done(
    hub: Double, client: Client, token: str, repo: str, folder: Path, tmp_path: Path
) -> None:
    hub.put(repo, OTHERS | OLD)
    hub.fault(*(XET if client.xet else UPLOAD), delay=20.0)
    words = [sys.executable, "-m", "curate", "publish", str(folder), "--to", repo]
    with subprocess.Popen(words, env=variables(hub, tmp_path, token, xet=client.xet)) as process:
        while not hub.seen("xet-write-token|^/upload/"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert hub.history(repo) == ["Put files", "initial commit"]
    hub.forget()
    assert client.call(publish, str(folder), "--to", repo).code == 0
    check_whole(hub, repo, folder)


@pytest.mark.slow
def test_a_disk_that_is_full_is_one_error_or_none(
    hub: Double, client: Client, token: str, repo: str, folder: Path, tmp_path: Path
) -> None:
    hub.put(repo, OTHERS | OLD)
    done = subprocess.run(
        [sys.executable, "-m", "curate", "publish", str(folder), "--to", repo],
        env=variables(hub, tmp_path, token, xet=client.xet),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)),
    )
    if not client.xet:  # nothing is written on the way, so nothing stops it
        assert done.returncode == 0, done.stderr
        check_whole(hub, repo, folder)
        return
    assert done.returncode == 1
    said = b"error: the upload cannot write to its cache: File too large\n  help: Free some space"
    assert done.stderr.startswith(said)
    assert hub.history(repo) == ["Put files", "initial commit"]


def at_once(
    client: Client, token: str, hub: Double, home: Path, words: list[list[str]]
) -> list[Ran]:
    """Commands of two publishers, each in a process of its own, that begin at the same time."""
    with (
        Client(hub, home, token=token, xet=client.xet) as other,
        ThreadPoolExecutor() as together,
    ):
        other.call(publish, "--help")  # so that both are awake
        runs = [
            together.submit(one.call, publish, *told)
            for one, told in zip((client, other), words, strict=True)
        ]
        return [run.result() for run in runs]


@pytest.mark.slow
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "there"])
def test_two_publishers_of_one_build_at_once_make_one_commit(
    hub: Double, client: Client, token: str, repo: str, folder: Path, tmp_path: Path, is_new: bool
) -> None:
    if not is_new:
        hub.put(repo, OTHERS | OLD)
    hub.fault("POST", "/preupload/", delay=0.3, times=2)  # both have looked before either sends
    words = [str(folder), "--to", repo]
    ran = at_once(client, token, hub, tmp_path, [words, words])
    assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
    titles = [title for title in hub.history(repo) if title.startswith("Publish mix")]
    assert len(titles) == 1
    assert {one.published[0]["commit"] for one in ran} == {hub.repositories[repo].head.id}
    if not is_new:
        check_whole(hub, repo, folder)


@pytest.mark.slow
def test_two_publishers_of_two_builds_at_once_leave_one_of_them_whole(
    hub: Double, client: Client, token: str, repo: str, folder: Path, tmp_path: Path
) -> None:
    hub.put(repo, OTHERS | OLD)
    other = mix(tmp_path, 7, start=3)
    hub.fault("POST", "/preupload/", delay=0.3, times=2)
    words = [[str(one), "--to", repo] for one in (folder, other)]
    ran = at_once(client, token, hub, tmp_path / "home", words)
    assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
    last = hub.files(repo)["manifest.json"]
    (whole,) = [one for one in (folder, other) if (one / "manifest.json").read_bytes() == last]
    check_whole(hub, repo, whole, commits=2)


def test_two_publishers_at_once_both_get_their_commit(
    hub: Double, clients: Mapping[str, Client], repo: str, tmp_path: Path
) -> None:
    hub.put(repo, OTHERS)

    def send(name: str) -> int:
        more = f"publish: {{to: x/y, config: {name}}}\n"
        folder = mix(tmp_path / name, 5, name=f"mix-{name}", more=more)
        return clients[name].call(publish, str(folder), "--to", repo).code

    with ThreadPoolExecutor() as together:
        assert list(together.map(send, clients)) == [0, 0]
    titles = [title.split(",")[0] for title in hub.history(repo)]
    assert sorted(titles[:2]) == ["Publish mix-lfs", "Publish mix-xet"]
    assert len(titles) == 4
    for name in clients:
        assert len(clients["xet"].call(load, repo, name)) == 5
