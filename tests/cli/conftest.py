"""The command line, run in a folder of small recipes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from curate.cli.main import app

Curate = Callable[..., Result]


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small recipes, which is also the working folder."""
    folder = tmp_path / "work"
    shutil.copytree(Path(__file__).parent / "recipes", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def curate(recipes: Path, monkeypatch: pytest.MonkeyPatch) -> Curate:
    """Run the command with the given words, on a page of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), catch_exceptions=False, prog_name="curate")

    return run
