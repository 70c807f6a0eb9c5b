"""The command as a process: pipes that close, terminals that lack characters, disks that refuse."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CURATE = (sys.executable, "-m", "curate")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_a_reader_may_leave_early() -> None:
    with subprocess.Popen(
        [*CURATE, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


def test_a_build_is_finished_though_nobody_reads(recipes: Path) -> None:
    words = ("build", "mixes", "-o", "out", "--workers", "1")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*CURATE, *words], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(path.name for path in (recipes / "out").iterdir()) == [
        "1-small-talk",
        "2-better-answers",
    ]


def test_a_terminal_without_the_characters_shows_the_rest(recipes: Path) -> None:
    done = subprocess.run(
        [*CURATE, "preview", "mixes", "-n", "1"],
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii"),
        check=True,
    )
    assert b"Assistant:? Mercury" in done.stdout
    assert done.stderr == b""


def test_a_disk_that_refuses_is_no_traceback(recipes: Path) -> None:
    done = subprocess.run(
        [*CURATE, "build", "mixes", "-o", "out", "--workers", "1"],
        capture_output=True,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),  # the limit is for compiled modules, too
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)),
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: out/1-small-talk cannot be written: File too large")
    assert b"Traceback" not in done.stderr
    assert not (recipes / "out" / "1-small-talk").exists()
