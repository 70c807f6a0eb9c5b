"""How problems look in plain text."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

from curate.describe import describe, describe_all
from curate.errors import Place, Problem, RecipeError, SourceError


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("rows.jsonl"), "rows.jsonl"),
        (Place("rows.jsonl", 3), "rows.jsonl:3"),
        (Place("rows.jsonl", 3, 4), "rows.jsonl:3:4"),
        (Place("rows.jsonl", row=12_345), "rows.jsonl row 12,345"),
        (Place("rows.jsonl", row=17, message=2), "rows.jsonl row 17 message 2"),
        (Place(Path("/no/such/folder/at/all/x")), "/no/such/folder/at/all/x"),
    ],
)
def test_a_place_in_one_line(place: Place, text: str) -> None:
    assert str(place) == text


def test_a_path_below_the_working_folder_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(Place(tmp_path / "a" / "b.yaml", 1, 2)) == "a/b.yaml:1:2"


def test_the_caret_stands_under_the_words_whatever_is_before_them() -> None:
    text = "\t日本: é\u0301 wrong"
    place = Place("x.yaml", 12, text.index("wrong") + 1, 5, text)
    assert describe(Problem("no", place, "hint", "help")) == (
        "error: no\n"
        "  --> x.yaml:12:9\n"
        "      |\n"
        "   12 |  日本: é\u0301 wrong\n"
        "      |          ^^^^^ hint\n"
        "  help: help"
    )


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    lines = describe(Problem("no", Place("x", 1, 501, 4, text))).split("\n")
    assert max(map(len, lines)) < 140
    start = lines[-1].index("^")
    assert lines[-2][start : start + 4] == "HERE"
    assert lines[-1].count("^") == 4
    assert lines[-2].endswith("y…")


def test_many_problems_are_counted() -> None:
    assert describe_all(RecipeError("one")) == "error: one"
    assert describe_all(RecipeError("one", "two")) == (
        "error: one\n\nerror: two\n\n2 problems; nothing was downloaded or written"
    )
    assert describe_all(SourceError("one", "two")).endswith("\n\n2 problems")


def test_a_traceback_says_where_each_problem_is_and_what_to_do() -> None:
    error = RecipeError(
        Problem("no field 'tak'", Place("x.yaml", 3, 5), "did you mean 'take'?"),
        Problem("too few", help="ask for less"),
        "nothing else",
    )
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert str(one) == "no field 'tak'; too few; nothing else"
        assert "".join(traceback.format_exception_only(one)) == (
            "curate.errors.RecipeError: no field 'tak'; too few; nothing else\n"
            "no field 'tak'\n"
            "  --> x.yaml:3:5\n"
            "  did you mean 'take'?\n"
            "too few\n"
            "  help: ask for less\n"
        )


def test_of_one_problem_a_traceback_says_what_is_wrong_once() -> None:
    error = SourceError(Problem("the file is empty", Place("x.jsonl"), help="Fetch it again."))
    assert "".join(traceback.format_exception_only(error)) == (
        "curate.errors.SourceError: the file is empty\n  --> x.jsonl\n  help: Fetch it again.\n"
    )


def test_a_path_is_told_even_where_the_working_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert str(Place(Path("/data/x.jsonl"))) == "/data/x.jsonl"
