"""Exit codes: 0 fine, 1 the recipe or the data is wrong, 2 the command line is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

CASES: dict[str, tuple[int, str]] = {
    "--version": (0, ""),
    "build --help": (0, ""),
    "check mixes": (0, ""),
    "check mixes --set longest_prompt=200": (0, ""),
    "check mixes --sample 9": (0, ""),
    "check greedy.yaml --sample 5": (1, ""),
    "check nowhere.yaml": (1, "there is no recipe 'nowhere.yaml'"),
    "check mixes --set longest=200": (1, "there is no variable called 'longest'"),
    "check mixes --set longest_prompt=many": (1, "expected a whole number, got 'many'"),
    "check unscored.yaml": (1, "unscored: 'score' reads a column the rows do not have"),
    "check template.yaml": (1, "broken.jinja:1:1"),
    "check mixes/talk.jsonl": (1, "error: "),
    "check .": (1, "error: "),
    "build greedy.yaml -o out": (1, "source 'talk' is 34 rows short"),
    "build mixes -o greedy.yaml": (
        1,
        "greedy.yaml/1-small-talk cannot be written: Not a directory",
    ),
    "build mixes --locked": (1, "1-small-talk has no lock"),
    "lock mixes": (0, ""),
    "lock nowhere.yaml": (1, "there is no recipe 'nowhere.yaml'"),
    "lock mixes --upgrade tolk": (1, "did you mean 'talk'?"),
    "explain nowhere": (1, "nowhere is not a finished mix"),
    "explain nowhere length 0.7": (2, "numbers go behind --what-if"),
    "explain nowhere --what-if 0.7": (2, "it needs a step"),
    "inspect nowhere": (1, "there is no folder 'nowhere'"),
    "inspect mixes": (1, "mixes is not a finished mix"),
    "steps tidytext": (1, "did you mean 'tidy_text'?"),
    "preview mixes --step tidy_text": (1, "tidy_text changes rows; it drops none"),
    "publish mixes": (1, "mixes is no finished mix, and holds none"),
    "": (2, ""),
    "biuld mixes": (2, "No such command 'biuld'"),
    "build": (2, "Missing argument 'RECIPE'"),
    "build mixes --workers 0": (2, "--workers"),
    "build mixes --wrokers 2": (2, "No such option: --wrokers"),
    "build mixes --set longest_prompt": (2, "is not of the form NAME=VALUE"),
    "preview mixes -n none": (2, "-n"),
    "inspect": (2, "Missing argument 'DIR|REPO'"),
    "publish": (2, "Missing argument 'DIR'"),
    "publish mixes --pr --tag v1": (2, "goes with neither --branch nor --tag"),
}


@pytest.mark.parametrize("words", CASES)
def test_a_command_line_ends_with_its_code(words: str, curate: Callable[..., Result]) -> None:
    code, said = CASES[words]
    result = curate(*words.split())
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_not_ours_is_left_alone(curate: Callable[..., Result]) -> None:
    kept = Path("out/1-small-talk/thesis.txt")
    kept.parent.mkdir(parents=True)
    kept.write_text("years of work")
    result = curate("build", "mixes", "-o", "out", "--workers", "1")
    assert result.exit_code == 1
    assert "is not a mix that curate built; it is left as it is" in result.stderr
    assert kept.read_text() == "years of work"
