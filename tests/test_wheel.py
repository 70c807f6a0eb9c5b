"""What is installed: the wheel with all it ships, and the versions it is tested with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command without any way back to the checkout; gives what it printed."""
    hidden = {"PYTHONPATH", "VIRTUAL_ENV", "COLUMNS"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("curate_traces-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with nothing in it but the wheel; libraries are this one's."""
    place = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=place)
    (packages,) = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # Found after the wheel's own files, so that a checkout installed there does not hide them.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return place / "bin" / "python"


@pytest.mark.slow
def test_a_wheel_carries_what_ships(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("/entry_points.txt"))
        assert "curate = curate.cli.main:run" in archive.read(entry_points).decode()
    shipped = [*(ROOT / "recipes").rglob("*.yaml"), *(ROOT / "templates").glob("*.jinja")]
    assert len(shipped) > 5
    for file in shipped:
        assert f"curate/_shipped/{file.relative_to(ROOT).as_posix()}" in names
    assert "curate/py.typed" in names
    outside = {name.split("/")[0] for name in names if not name.startswith("curate_traces-")}
    assert outside == {"curate"}


@pytest.mark.slow
def test_a_wheel_builds_the_demo_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    code = "import curate; print(curate.__file__)"
    assert str(installed.parents[1]) in run(installed, "-c", code, cwd=tmp_path)
    words = ("-m", "curate", "build", "demo/stage-3", "--workers", "1")
    said = run(installed, *words, cwd=tmp_path)
    assert "wrote build/demo-stage-3-preference" in said
    assert "rendered by human_assistant" in said
    assert (tmp_path / "build/demo-stage-3-preference/README.md").is_file()
    assert "as built" in run(
        installed, "-m", "curate", "inspect", "build/demo-stage-3-preference", cwd=tmp_path
    )


def test_every_dependency_has_an_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [
        pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", pin)
    ] == []
    pinned = {_plain(pin.partition("==")[0]) for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {_plain(one) for one in wanted} <= pinned


def _plain(requirement: str) -> str:
    name = NAME.match(requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).casefold()
