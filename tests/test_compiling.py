"""Machine code is kept only as long as all it was made of stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLED = "from curate.compiling import compiled\n\n\n@compiled\ndef step(x: int) -> int:\n    return x + {}\n"
LOOP = """from curate.compiling import compiled
from loops.called import step
from loops.constant import TIMES


@compiled
def loop(x: int) -> int:
    for _ in range(TIMES):
        x = step(x)
    return x
"""
RUN = """from loops.loop import loop
print(loop(0), sum(loop.stats.cache_hits.values()))
"""


def write(file: Path, text: str) -> None:
    """Write a file that seems as old as before and as long."""
    file.write_text(text, encoding="utf-8")
    os.utime(file, (1, 1))


def run(folder: Path) -> list[str]:
    command = [sys.executable, "-B", "-c", RUN]
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
def test_a_change_in_what_is_called_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "loops"
    package.mkdir()
    write(package / "__init__.py", "")
    write(package / "called.py", CALLED.format(1))
    write(package / "constant.py", "TIMES = 5\n")
    write(package / "loop.py", LOOP)
    assert run(tmp_path) == ["5", "0"]
    assert run(tmp_path) == ["5", "1"], "kept"
    write(package / "called.py", CALLED.format(2))
    assert run(tmp_path) == ["10", "0"]
    write(package / "constant.py", "TIMES = 7\n")
    assert run(tmp_path) == ["14", "0"]
