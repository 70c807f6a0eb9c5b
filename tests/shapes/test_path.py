"""Where in a record a value stands."""

from __future__ import annotations

from typing import Any

import pytest

from curate.errors import ShapeError
from curate.shapes.path import Path

RECORD: dict[str, Any] = {
    "a": {"b": [{"c": 1}, {"c": 2}, {}], "d": "x"},
    "a.d": "own",
    "0": "first",
    "list": ["x", "y"],
    "by id": {"p": [1], "q": [2, 3]},
    "odd[0]": {"x.y": "z"},
    "null": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b[1].c", 2),
        ("a.b[-2].c", 2),
        ("a.b[7].c", None),
        ("a.b[].c", [1, 2, None]),
        ("a.d", "own"),
        ("0", "first"),
        ("list[0]", "x"),
        ("list", ["x", "y"]),
        ("list, 0", [["x", "y"], "first"]),
        ("list[], 0", ["x", "y", "first"]),
        ("by id{}", [[1], [2, 3]]),
        ("by id{}[]", [1, 2, 3]),
        ('"odd[0]"."x.y"', "z"),
        ('"list[0], no".x', None),
        ("odd[0]", {"x.y": "z"}),
        ("nothing.at.all", None),
        ("null.x", None),
        ("a[0]", None),
        ("list[].x", [None, None]),
        ("a{}.x[]", []),
    ],
)
def test_a_path_finds_values(text: str, value: Any) -> None:
    assert Path(text).value(RECORD) == value


def test_a_path_may_start_in_a_list() -> None:
    assert Path("[1].x").value([{}, {"x": 3}]) == 3
    assert Path("x").value("text") is None


@pytest.mark.parametrize("text", ["", "a..b", "a[", "a[x]", "a{", "a{b}", "a,", '"a', "a]b"])
def test_what_is_no_path_is_said(text: str) -> None:
    with pytest.raises(ShapeError, match="is not a path"):
        Path(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.d", "own"),
        ("a.b[0].c", "1"),
        ("a.b[].c", "1\n\n2"),
        ("null", None),
        ("list[]", "x\n\ny"),
    ],
)
def test_a_path_finds_text(text: str, expected: str | None) -> None:
    assert Path(text).text_in(RECORD) == expected


@pytest.mark.parametrize(
    ("text", "said", "help"),
    [
        ("list", "`list` is a list, not text", "`list[0]`; to join them all, `list[]`"),
        ("a", "`a` is an object, not text", "`a.b`, `a.d`"),
    ],
)
def test_what_is_no_text_is_said(text: str, said: str, help: str) -> None:  # noqa: A002
    with pytest.raises(ShapeError) as caught:
        Path(text).text_in(RECORD)
    (problem,) = caught.value.problems
    assert problem.what == said
    assert help in (problem.help or "")
