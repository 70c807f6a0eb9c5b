"""What happens to every record, whatever its shape."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import Place, ShapeError
from curate.rows import SCHEMA, Row, frame
from curate.shapes import SHAPES
from curate.shapes.door import Admitted, Door
from curate.shapes.extras import extra_types
from curate.shapes.path import Path
from curate.shapes.recognition import choose_shape


def admit(
    *records: Any, shape: str = "auto", columns: dict[str, str] | None = None, **how: Any
) -> Admitted:
    found = choose_shape(shape, list(records), columns or {})
    return Door(found, **how).admit(enumerate(records, 1))


def turns(row: Row) -> list[tuple[str, str | None]]:
    return [(turn.role, turn.content) for turn in row.messages]


ASK = {"prompt": "Hi", "completion": "Yo"}


@pytest.mark.parametrize(
    ("beside", "default", "expected"),
    [
        ({}, None, None),
        ({}, "Be.", "Be."),
        ({"system": "Own."}, "Be.", "Own."),
        ({"system": ""}, "Be.", "Be."),
        ({"system": None}, None, None),
        ({"chat_template_kwargs": {"custom_instructions": "Mine."}}, "Be.", "Mine."),
        ({"chat_template_kwargs": '{"custom_instructions": "Mine."}'}, None, "Mine."),
        ({"chat_template_kwargs": {"custom_instructions": ""}}, None, None),
        (
            {"chat_template_kwargs": {"custom_instructions": None, "enable_thinking": True}},
            None,
            None,
        ),
        ({"chat_template_kwargs": "{}"}, None, None),
    ],
)
def test_rows_without_system_turn_get_one(
    beside: dict[str, Any], default: str | None, expected: str | None
) -> None:
    (row,) = admit({**ASK, **beside}, system=default).rows
    first = [] if expected is None else [("system", expected)]
    assert turns(row) == [*first, ("user", "Hi"), ("assistant", "Yo")]


def test_a_row_keeps_its_own_system_turn() -> None:
    record = {
        "messages": [{"role": "system", "content": "Own."}, {"role": "user", "content": "Hi"}],
        "chat_template_kwargs": {"custom_instructions": "Mine."},
        "system": "Other.",
    }
    (row,) = admit(record, system="Be.").rows
    assert turns(row) == [("system", "Own."), ("user", "Hi")]


def test_a_pair_gets_its_system_turn_too() -> None:
    (row,) = admit({"chosen": "a", "rejected": "b"}, system="Be.").rows
    assert turns(row) == [("system", "Be.")]


def test_what_stands_beside_the_turns_travels_as_upstream() -> None:
    tools, arguments = [{"name": "ü"}], {"enable_thinking": False, "xml_tools": None}
    record = {**ASK, "tools": tools, "chat_template_kwargs": arguments, "source": "web"}
    (row,) = admit(record).rows
    assert (row.tools, row.origin) == ('[{"name": "ü"}]', "web")
    assert json.loads(row.chat_template_kwargs or "") == arguments
    (row,) = admit({**ASK, "tools": "[ ]", "dataset": 3, "chat_template_kwargs": None}).rows
    assert (row.tools, row.chat_template_kwargs, row.origin) == ("[ ]", None, None)
    (row,) = admit({**ASK, "tools": []}).rows
    assert row.tools is None


def test_broken_template_arguments_are_named() -> None:
    with pytest.raises(ShapeError, match="`chat_template_kwargs` is not JSON"):
        admit({**ASK, "chat_template_kwargs": "{custom_instructions"})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hm</think>Yo", ("Yo", "hm", '["", "</think>", ""]')),
        ("<think>hm</think>Yo", ("Yo", "hm", None)),
        ("a <think>hm</think>Yo", ("a <think>hm</think>Yo", None, None)),
        ("Yo", ("Yo", None, None)),
    ],
)
def test_an_opening_can_be_implied(
    content: str, expected: tuple[str, str | None, str | None]
) -> None:
    for record in (
        {"prompt": "Hi", "completion": content},
        {"chosen": content, "rejected": content},
    ):
        (row,) = admit(record, implied_opening=True).rows
        turn = (row.chosen or row.messages)[-1]
        assert (turn.content, turn.thinking, turn.markers) == expected


def test_the_user_may_write_a_closing_marker() -> None:
    (row,) = admit({"prompt": "a</think>b", "completion": "Yo"}, implied_opening=True).rows
    assert turns(row)[0] == ("user", "a</think>b")


def test_kept_columns_have_the_types_of_their_names() -> None:
    keep = {
        "score": "s.x",
        "correct": "ok",
        "step_scores": "steps",
        "tag": "tags[0]",
        "all": "tags",
    }
    records: tuple[dict[str, Any], ...] = (
        {**ASK, "s": {"x": "0.5"}, "ok": "False", "steps": [1, "2"], "tags": ["a"]},
        {**ASK, "s": {"x": True}, "ok": 1, "steps": None, "tags": []},
        ASK,
    )
    rows = admit(*records, keep=keep).rows
    types = extra_types(keep)
    assert types == {
        "score": pl.Float64(),
        "correct": pl.Boolean(),
        "step_scores": pl.List(pl.Float64()),
        "tag": pl.String(),
        "all": pl.String(),
    }
    columns = frame("x", rows, types).select(list(types)).to_dict(as_series=False)
    assert columns == {
        "score": [0.5, 1.0, None],
        "correct": [False, True, None],
        "step_scores": [[1.0, 2.0], None, None],
        "tag": ["a", None, None],
        "all": ['["a"]', "[]", None],
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("score", "much", "`x` should be a number, but it is 'much'"),
        ("score", [1], "`x` should be a number, but it is a list"),
        ("correct", 2, "`x` should be true or false, but it is a number"),
        ("step_scores", 1, "`x` should be a list of numbers, but it is a number"),
    ],
)
def test_a_kept_value_of_another_type_is_named(name: str, value: Any, said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        admit({**ASK, "x": value}, keep={name: "x"})
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["id", "messages", "origin"])
def test_a_column_of_the_contract_cannot_be_kept(name: str) -> None:
    assert name in SCHEMA
    with pytest.raises(ShapeError, match=f"`keep` cannot name a column `{name}`"):
        extra_types({name: "x"})


def test_lone_surrogates_are_replaced_and_counted() -> None:
    record = {
        "prompt": "a\ud800b",
        "completion": "<think>\udfff\udc00</think>ok \U0001f600",
        "tools": "\ud812",
        "source": "\ud812",
        "note": "x\ud812",
        "system": "s\ud812",
    }
    admitted = admit(ASK, record, keep={"note": "note"})
    row = admitted.rows[1]
    assert admitted.surrogates == 7
    assert turns(row)[:2] == [("system", "s\ufffd"), ("user", "a\ufffdb")]
    assert (row.messages[-1].thinking, row.messages[-1].content) == (
        "\ufffd\ufffd",
        "ok \U0001f600",
    )
    assert (row.tools, row.origin, row.extra) == ("\ufffd", "\ufffd", {"note": "x\ufffd"})
    frame("x", admitted.rows, extra_types({"note": "note"}))


BAD = {"prompt": "Hi", "completion": {"a": 1}}


def test_a_bad_record_stops_with_its_place() -> None:
    shape = choose_shape("auto", [ASK], {})
    with pytest.raises(ShapeError) as caught:
        Door(shape).admit([(7, ASK), (8, BAD)], lambda position: Place("a.jsonl", row=position))
    (problem,) = caught.value.problems
    assert problem.what == "`completion` has no role: it has `a`"
    assert problem.place == Place("a.jsonl", row=8)
    assert problem.help


def test_bad_records_can_be_rejected() -> None:
    shape = choose_shape("auto", [ASK], {})
    admitted = Door(shape, on_bad_row="reject").admit(
        [(1, ASK), (2, BAD), (3, {"prompt": None}), (4, ["x"]), (5, ASK)]
    )
    assert [turns(row)[0] for row in admitted.rows] == [("user", "Hi")] * 2
    assert [bad.position for bad in admitted.misshapen] == [2, 3, 4]
    assert admitted.misshapen[1].why == "`prompt` is missing or null"
    assert admitted.records == 5


def test_all_samples_of_a_bad_record_go_with_it() -> None:
    shape = choose_shape("samples", [{"prompt": "Hi", "outputs": ["a"]}], {})
    record = {"prompt": "Hi", "outputs": ["a", 3]}
    assert Door(shape, on_bad_row="reject").admit([(1, record)]).rows == []


@pytest.mark.parametrize(
    ("shape", "record", "said"),
    [
        ("messages", {"messages": "Hi"}, "`messages` is text, not a list of turns"),
        ("messages", {"messages": ["Hi"]}, "`messages[0]` is text, not an object with a role"),
        ("messages", {"messages": [{"role": "narrator", "content": "x"}]}, "the role 'narrator'"),
        (
            "messages",
            {"messages": [{"role": "user", "content": 3}]},
            "the content of `messages[0]` is a number",
        ),
        (
            "messages",
            {"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}]},
            "`messages[0]` holds a part of type 'image' that is not text",
        ),
        ("transcript", {"text": "Once upon a time"}, "the text has no marker of a turn"),
        ("instruction", {"instruction": ["a"], "output": "b"}, "`instruction` is a list, not text"),
        (
            "instruction",
            {"instruction": "a", "output": "b", "history": ["x"]},
            "`history[0]` is text",
        ),
        ("pair", {"chosen": "a", "rejected": None}, "`rejected` is missing or null"),
        ("pair", {"first": "a", "second": "b", "better": 3}, "`better` is 3, neither 1 nor 2"),
        (
            "pair",
            {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: x\n\nAssistant: b"},
            "chosen and rejected part at turn 1, which is from user and user",
        ),
        ("samples", {"prompt": "a", "outputs": [{"x": 1}]}, "`outputs[0]` has no text: it has x"),
        (
            "samples",
            {"prompt": "a", "outputs": ["x"], "score": [1, 2]},
            "`score` has 2 values for 1 samples",
        ),
        ("samples", {"prompt": "a", "outputs": "x"}, "`outputs` is text, not a list"),
    ],
)
def test_what_is_wrong_with_a_record_is_said(shape: str, record: dict[str, Any], said: str) -> None:
    kind = next(found for found in SHAPES if found.name == shape)
    door = Door(kind({name: Path(name) for name in record}))
    with pytest.raises(ShapeError) as caught:
        door.admit([(1, record)])
    assert said in str(caught.value)


# Any JSON whatever --------------------------------------------------------------------------------

PARTS = sorted({part.name for shape in SHAPES for part in shape.parts} | {"tools", "system"})
WORDS = st.sampled_from(
    ["user", "assistant", "gpt", "text", "\n\nHuman: a\n\nAssistant: b", "\ud800", "1", "</think>"]
)
KEYS = st.sampled_from(
    ["role", "content", "from", "value", "type", "text", "tool_calls", "thinking", "score", "name"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=9,
)
RECORDS = st.dictionaries(st.sampled_from(PARTS), JSON, max_size=5) | JSON


@given(st.sampled_from(SHAPES), RECORDS, st.booleans(), st.none() | st.just("Be."))
def test_any_record_gives_rows_or_is_rejected(
    shape: type, record: Any, implied: bool, system: str | None
) -> None:
    bound = shape({name: Path(name) for name in PARTS})
    keep = {"score": "score", "note": "text"}
    door = Door(bound, keep, system, implied, "reject")
    admitted = door.admit([(1, record)])
    columns = frame("x", admitted.rows, extra_types(keep, bound.extras))
    assert columns.height == len(admitted.rows)
    assert len(admitted.misshapen) <= 1
