"""Builds that are killed, and what the next run makes of what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from builds import chats, hashes, ids, made, recipe, write

from curate import partitions
from curate.errors import CurateError, ShortageError
from curate.pipeline import build
from curate.recipe.reading import load

RUNNER = Path(__file__).parent / "interrupted.py"

RECIPE = """
sources:
  one:
    files: [data/*.jsonl]
    take: 200
    steps:
      - length: {of: prompt, min: 5}
      - exact_duplicates: prompt
  two: {embedded: {like: samples, rows: 40, seed: 1}, take: 30}
steps:
  - no_empty_turns
  - near_duplicates: {of: prompt, similarity: 0.99}
  - length: {of: answer, min: 1}
"""
FILES = 6


def data(folder: Path, files: int = FILES, height: int = 40) -> Path:
    """Files of conversations, the first five of each in all."""
    for number in range(files):
        write(folder / "data" / f"{number}.jsonl", chats(5) + chats(height, start=1000 * number))
    return recipe(folder, RECIPE)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    data(folder)
    return hashes(made(folder, RECIPE).folder)


def start(folder: Path, workers: int = 1, *when: str) -> subprocess.Popen[bytes]:
    """Begin a build, whose stderr goes to a file: a pipe would have to be read and closed."""
    command = [sys.executable, str(RUNNER), str(folder / "mix.yaml"), str(folder / "out")]
    with (folder / "stderr").open("wb") as stderr:
        return subprocess.Popen(
            [*command, str(workers), *when], stderr=stderr, start_new_session=True
        )


def said(folder: Path) -> str:
    return (folder / "stderr").read_text()


def finished(folder: Path) -> dict[str, int]:
    """When each finished partition was made."""
    shelf = folder / "out" / ".mix.shelf"
    return {
        marker.stem: (shelf / f"{marker.stem}.rows").stat().st_mtime_ns
        for marker in shelf.glob("*.json")
    }


MOMENTS = (
    pytest.param("curate.shelf:Shelf.put", 1, 0, marks=pytest.mark.slow),
    pytest.param("curate.shelf:Shelf.mark", 1, 0, marks=pytest.mark.slow),
    ("curate.shelf:Shelf.mark", 4, 3),  # all is written but the marker
    ("curate.sifting:select", 1, FILES),
    pytest.param("curate.shelf:Shelf.put", FILES + 3, FILES + 2, marks=pytest.mark.slow),
    pytest.param("curate.sifting:select", 2, 2 * FILES + 1, marks=pytest.mark.slow),
    ("curate.reordering:_put_down", 1, 2 * FILES + 1),
    pytest.param("curate.output.folder:_write_rejects", 1, 2 * FILES + 1, marks=pytest.mark.slow),
    ("curate.output.folder:make_card", 1, 2 * FILES + 1),
    ("shutil:rmtree", 2, 2 * FILES + 1),  # the folder stands, the shelf as well
)
"""A function, which of its calls is never made, and how many partitions are whole by then."""


@pytest.mark.parametrize(("function", "call", "whole"), MOMENTS)
def test_killed_at_any_moment(
    tmp_path: Path,
    expected: dict[str, str],
    function: str,
    call: int,
    whole: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data(tmp_path)
    run = start(tmp_path, 1, function, str(call), str(signal.SIGKILL.value))
    assert run.wait() == -signal.SIGKILL
    done = finished(tmp_path)
    assert len(done) >= whole
    if function.startswith("curate.shelf"):
        assert len(done) == whole
    made_now: list[str] = []
    put = partitions.Shelf.put

    def counted(shelf: partitions.Shelf, key: str, *parts: object) -> None:
        made_now.append(key)
        put(shelf, key, *parts)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(partitions.Shelf, "put", counted)
    again = build(load(tmp_path / "mix.yaml"), tmp_path / "out", workers=1)
    assert hashes(again.folder) == expected
    assert not set(made_now) & set(done)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mix"]


MANY = 30


@pytest.mark.slow
@pytest.mark.parametrize("whole", [1, MANY // 2, MANY + 5])
def test_killed_with_all_its_workers(tmp_path: Path, whole: int) -> None:
    data(tmp_path, MANY, 300)
    undisturbed = hashes(made(tmp_path, RECIPE, out="undisturbed").folder)
    run = start(tmp_path, 2)
    until(lambda: len(finished(tmp_path)) >= whole or run.poll() is not None)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL, "too fast to be killed"
    done = finished(tmp_path)
    assert whole <= len(done) < 2 * MANY
    again = start(tmp_path, 2, "shutil:rmtree", "2", str(signal.SIGKILL.value))
    assert again.wait() == -signal.SIGKILL
    assert done.items() <= finished(tmp_path).items()
    assert hashes(tmp_path / "out" / "mix") == undisturbed


@pytest.mark.slow
def test_workers_end_with_the_first_process(tmp_path: Path) -> None:
    data(tmp_path, MANY, 300)
    run = start(tmp_path, 2)
    until(lambda: bool(finished(tmp_path)))
    workers = psutil.Process(run.pid).children(recursive=True)
    assert len(workers) >= 2
    run.kill()
    run.wait()
    until(lambda: all(ended(worker) for worker in workers))


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # and nobody there to ask how it went
    except psutil.NoSuchProcess:
        return True


@pytest.mark.slow
def test_a_worker_that_is_killed(tmp_path: Path, expected: dict[str, str]) -> None:
    """What the system does when memory runs out: an error that says so, and no hang."""
    data(tmp_path)
    run = start(tmp_path, 2)

    def workers() -> list[psutil.Process]:
        children = psutil.Process(run.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    until(lambda: len(workers()) == 2 or run.poll() is not None)
    workers()[0].kill()
    assert run.wait(timeout=60) == 1
    assert "CurateError: a worker process died" in said(tmp_path)
    assert start(tmp_path, 2).wait() == 0
    assert hashes(tmp_path / "out" / "mix") == expected


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_stopped_from_the_keyboard(tmp_path: Path, expected: dict[str, str], workers: int) -> None:
    data(tmp_path)
    run = start(tmp_path, workers, "curate.sifting:select", "1", str(signal.SIGINT.value))
    assert run.wait(timeout=60) == -signal.SIGINT
    assert said(tmp_path).count("Traceback") == 1  # its own; none of the workers
    assert len(finished(tmp_path)) == FILES
    assert start(tmp_path).wait() == 0
    assert hashes(tmp_path / "out" / "mix") == expected


def test_a_file_that_changes_between_the_runs_is_read_anew(tmp_path: Path) -> None:
    data(tmp_path)
    with pytest.raises(ShortageError):
        made(tmp_path, RECIPE.replace("take: 200", "take: 10000"))
    before = finished(tmp_path)
    write(tmp_path / "data" / "2.jsonl", chats(45, start=50_000))
    changed = made(tmp_path, RECIPE.replace("take: 200", "take: 240"))
    fresh = made(tmp_path, RECIPE.replace("take: 200", "take: 240"), out="fresh")
    assert ids(changed) == ids(fresh)
    assert hashes(changed.folder) == hashes(fresh.folder)
    assert before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("min: 5}", "min: 6}"),
        ("exact_duplicates: prompt", "exact_duplicates: conversation"),
        ("similarity: 0.99", "similarity: 0.98"),
        ("sources:", "seed: 3\nsources:"),
        ("take: 200", "take: 200\n    system: Be brief."),
    ],
)
def test_another_recipe_uses_nothing_that_it_changes(
    tmp_path: Path, before: str, after: str
) -> None:
    data(tmp_path)
    with pytest.raises(ShortageError):
        made(tmp_path, RECIPE.replace("take: 30", "take: 10000"))
    changed = made(tmp_path, RECIPE.replace(before, after))
    fresh = made(tmp_path, RECIPE.replace(before, after), out="fresh")
    assert hashes(changed.folder) == hashes(fresh.folder)


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    data(tmp_path)
    monkeypatch.setattr(partitions.Shelf, "put", refuse)
    with pytest.raises(CurateError, match="No space left on device") as caught:
        made(tmp_path, RECIPE)
    assert "Free some space, there or for temporary files" in str(caught.value.problems[0].help)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.002)
