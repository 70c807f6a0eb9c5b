"""Which shape a source has, and what is said when that is unclear."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from curate import shapes
from curate.errors import ShapeError
from curate.rows import Message, Row
from curate.shapes.recognition import choose_shape
from curate.shapes.shape import Part, Shape

TURNS = [{"role": "user", "content": "Hi"}]
SHAREGPT = [{"from": "human", "value": "Hi"}]
SAID = "### Human: Hi"


@pytest.mark.parametrize(
    ("record", "name", "places"),
    [
        ({"messages": TURNS, "text": "<s>Hi"}, "messages", {"messages": "messages"}),
        ({"messages": SHAREGPT}, "sharegpt", {"conversations": "messages"}),
        ({"conversations": TURNS}, "messages", {"messages": "conversations"}),
        ({"system": "Be.", "conversations": SHAREGPT}, "sharegpt", {"system": "system"}),
        ({"messages": TURNS, "prompt": "Hi", "prompt_id": "x"}, "messages", {}),
        (
            {"system_prompt": "", "question": "Hi", "response": "Yo"},
            "instruction",
            {"system": "system_prompt", "instruction": "question"},
        ),
        (
            {"prompt": "Hi", "messages": TURNS, "chosen": TURNS, "rejected": TURNS, "source": "x"},
            "pair",
            {"prompt": "prompt", "origin": "source"},
        ),
        ({"problem": "Hi", "completions": ["a"], "scores": [[1]]}, "samples", {"score": "scores"}),
        ({"question": "Hi", "thinking": "hm", "answer": "Yo"}, "thinking_answer", {}),
        ({"prompt": "Hi", "response": "Yo"}, "prompt_completion", {"completion": "response"}),
        ({"text": SAID}, "transcript", {}),
    ],
)
def test_columns_tell_the_shape(record: dict[str, Any], name: str, places: dict[str, str]) -> None:
    shape = choose_shape("auto", [record], {})
    assert shape.name == name
    assert {part: shape.places[part].text for part in places} == places


def test_a_column_map_helps_recognising() -> None:
    record = {"query": "Hi", "reply": "Yo", "messages": TURNS}
    shape = choose_shape("auto", [record], {"output": "reply"})
    assert shape.name == "instruction"
    assert shape.places["instruction"].text == "query"


def test_a_column_plays_one_part() -> None:
    shape = choose_shape("auto", [{"input": "Hi", "output": "Yo"}], {})
    assert shape.places["instruction"].text == "input"
    assert not shape.has("input")


def test_a_part_that_appears_later_is_read() -> None:
    shape = choose_shape("auto", [{"instruction": "Add.", "output": "3"}], {})
    (row,) = shape.rows({"instruction": "Add.", "input": "1 and 2", "output": "3"})
    assert row.messages[0].content == "Add.\n\n1 and 2"


def test_null_and_other_records_do_not_hide_a_column() -> None:
    records = [{"prompt": None, "completion": "a"}, {"demonstration": "x"}, {"prompt": "Hi"}]
    assert choose_shape("auto", records, {}).name == "prompt_completion"


def said(name: str, records: list[Any], columns: dict[str, str]) -> Iterator[str]:
    with pytest.raises(ShapeError) as caught:
        choose_shape(name, records, columns)
    for problem in caught.value.problems:
        yield f"{problem.what} | {problem.hint} | {problem.help}"


@pytest.mark.parametrize(
    ("name", "record", "columns", "parts"),
    [
        (
            "auto",
            {"messages": TURNS, "conversations": SHAREGPT, "text": SAID},
            {},
            [
                "the records can be read in 3 ways",
                "`messages`, `conversations`, `text`",
                "shape: messages\n",
                "shape: sharegpt\n",
                "shape: transcript",
            ],
        ),
        (
            "auto",
            {"messages": TURNS, "conversation": TURNS},
            {},
            [
                "2 ways",
                "shape: messages, columns: {messages: messages}\n",
                "shape: messages, columns: {messages: conversation}",
            ],
        ),
        ("auto", {"problem": "Hi", "solution": "Yo", "messages": TURNS}, {}, ["2 ways"]),
        ("messages", {"messages": TURNS, "conversation": TURNS}, {}, ["2 ways"]),
        (
            "auto",
            {"text": "Once upon a time", "id": 1, "tags": ["a"]},
            {},
            ["`text` (text), `id` (number), `tags` (texts)", "instruction and output", "columns:"],
        ),
        ("auto", {"prompt": "Hi"}, {}, ["no shape is recognised", "shape: prompt"]),
        (
            "auto",
            {"a": "Hi"},
            {"instrution": "a"},
            ["no shape has a part `instrution`", "'instruction'"],
        ),
        (
            "mesages",
            {"messages": TURNS},
            {},
            ["there is no shape `mesages`", "'messages'", "as_is"],
        ),
        ("prompt-completion", {}, {}, ["did you mean 'prompt_completion'?"]),
        (
            "instruction",
            {"instruction": "Hi", "reply": "Yo"},
            {},
            ["needs `output`, which no column holds", "`reply`", "{output: NAME}"],
        ),
        ("pair", {"question": "Hi"}, {}, ["needs `chosen` and `rejected`"]),
        (
            "instruction",
            {"query": "Hi", "reply": "Yo"},
            {"output": "replay", "instruction": "qery"},
            ["no record has `replay`, given as `output`", "'reply'", "'query'"],
        ),
        (
            "instruction",
            {"query": "Hi", "reply": "Yo"},
            {"outptu": "reply"},
            ["has no part `outptu`", "'output'", "instruction, input, output, history"],
        ),
        ("instruction", {"query": "Hi"}, {"output": "a[b"}, ["`a[b` is not a path", "results[]"]),
        ("instruction", {"query": "Hi"}, {"output": "reply[0].x"}, ["no record has `reply[0].x`"]),
    ],
)
def test_what_is_unclear_is_said(
    name: str, record: dict[str, Any], columns: dict[str, str], parts: list[str]
) -> None:
    text = "\n".join(said(name, [record], columns))
    assert [part for part in parts if part not in text] == [], text


def test_records_that_are_no_objects_have_no_columns() -> None:
    (text,) = said("auto", [[{"instruction": "Hi"}], "x"], {})
    assert text.startswith("no shape is recognised from the columns none")


class Shouting(Shape):
    """Every record in capitals."""

    name = "shouting"
    parts: ClassVar[tuple[Part, ...]] = (Part("words", (("words",),)),)
    needs = (("words",),)

    def rows(self, record: Any) -> list[Row]:
        return [Row((Message("user", self.needed_text("words", record).upper()),))]


@pytest.fixture
def entry_point(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    shapes.shapes.cache_clear()
    yield monkeypatch
    shapes.shapes.cache_clear()


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry = EntryPoint("shouting", value, shapes.GROUP)

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [entry] if group == shapes.GROUP else []

    monkeypatch.setattr(shapes, "entry_points", entry_points)


def test_other_packages_add_shapes(entry_point: pytest.MonkeyPatch) -> None:
    offer(entry_point, f"{__name__}:Shouting")
    for name in ("shouting", "auto"):
        (row,) = choose_shape(name, [{"words": "hi"}], {}).rows({"words": "hi"})
        assert row.messages[0].content == "HI"


@pytest.mark.parametrize(
    ("value", "part"),
    [("no.such.module:X", "cannot be loaded"), (f"{__name__}:offer", "is not a `Shape`")],
)
def test_a_broken_shape_of_another_package_is_named(
    entry_point: pytest.MonkeyPatch, value: str, part: str
) -> None:
    offer(entry_point, value)
    (text,) = said("auto", [{"words": "hi"}], {})
    assert part in text
    assert value in text
