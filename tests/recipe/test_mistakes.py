"""Broken recipes and what is said about them, word for word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import curate.steps
from curate.describe import describe_all
from curate.errors import RecipeError
from curate.recipe.reading import load, load_folder

MISTAKES = Path(__file__).parent / "mistakes"
VARIABLES = {"set_stranger": {"lonb": "3"}, "set_wrong_type": {"rows": "many"}}
"""What `--set` gave; for the others nothing."""
STEPS = ("tidy_text", "length", "language", "thinking", "where")
"""The steps these recipes may name, so that a new step changes none of the texts."""


def mistakes() -> list[Path]:
    """A file is a recipe; a folder is one of recipes, or holds recipe.yaml and what that extends."""
    return sorted(path for path in MISTAKES.iterdir() if path.suffix != ".txt")


def test_there_are_thirty() -> None:
    assert len(mistakes()) >= 30


def test_no_text_is_left_over() -> None:
    assert {path.stem for path in mistakes()} == {path.stem for path in MISTAKES.glob("*.txt")}


@pytest.mark.parametrize("path", mistakes(), ids=lambda path: path.stem)
def test_mistake(
    path: Path, golden: Callable[[str, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    types = curate.steps.step_types()
    monkeypatch.setattr(curate.steps, "step_types", lambda: {name: types[name] for name in STEPS})
    monkeypatch.chdir(MISTAKES)
    file = Path(path.name, "recipe.yaml") if (path / "recipe.yaml").is_file() else Path(path.name)
    read = load_folder if path.is_dir() and file == Path(path.stem) else load
    with pytest.raises(RecipeError) as caught:
        read(file, VARIABLES.get(path.stem, {}))
    golden(describe_all(caught.value) + "\n", MISTAKES / f"{path.stem}.txt")
