"""Layouts: every one against a golden file, and the same text for a trainer as for us."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import mixes
import polars as pl
import pytest

from curate.chat_template.conversation import open_template
from curate.chat_template.row_rendering import SIDES, render_rows
from curate.errors import CurateError, OutputError
from curate.output.carried import survey
from curate.output.layouts import LAYOUTS, form, lay_out
from curate.recipe.model import LAYOUTS as BY_KIND
from curate.recipe.model import PlainLayout
from curate.rows import Kind, Message, Row, assistant, frame
from curate.step import TemplateUse

HERE = Path(__file__).parent
PLAIN: tuple[PlainLayout, ...] = get_args(PlainLayout)
CASES = [
    (kind, layout)
    for kind, layouts in BY_KIND.items()
    for layout in PLAIN
    if layout != "upstream" and layout in layouts
]


def laid_out(
    layout: PlainLayout, rows: pl.DataFrame, use: TemplateUse | None = None
) -> pl.DataFrame:
    return lay_out(layout, rows, form(survey([rows]), use or mixes.template()))


def test_every_layout_is_here() -> None:
    assert {layout for _, layout in CASES} == set(LAYOUTS)


@pytest.mark.parametrize(("kind", "layout"), CASES)
def test_golden(kind: Kind, layout: PlainLayout, golden: Callable[[str, Path], None]) -> None:
    found = laid_out(layout, mixes.rows(kind))
    lines = [f"{name}: {dtype}" for name, dtype in found.schema.items()]
    lines += [json.dumps(row, indent=1, ensure_ascii=False) for row in found.to_dicts()]
    golden("\n".join(lines) + "\n", HERE / "golden" / f"{layout}.txt")


@pytest.mark.parametrize(("kind", "layout"), CASES)
@pytest.mark.parametrize("cut", [1, 3, 5])
def test_columns_do_not_depend_on_frames(kind: Kind, layout: PlainLayout, cut: int) -> None:
    rows = mixes.rows(kind)
    shared = form(survey([rows[:cut], rows[cut:]]), mixes.template())
    parts = [lay_out(layout, part, shared) for part in (rows[:cut], rows[cut:], rows[:0])]
    assert pl.concat(parts).equals(laid_out(layout, rows))


def _as_a_trainer_renders(row: dict[str, Any], layout: PlainLayout) -> list[list[dict[str, Any]]]:
    """The conversations a trainer hands to the template; only JSON text is parsed before."""
    conversations = {
        "sft-prompt-completion": lambda: [row["prompt"] + row["completion"]],
        "sft-messages": lambda: [row["messages"]],
        "dpo-explicit": lambda: [row["prompt"] + row[side] for side in ("chosen", "rejected")],
        "dpo-implicit": lambda: [row[side] for side in ("chosen", "rejected")],
        "dpo-message": lambda: [row["messages"] + [row[side]] for side in ("chosen", "rejected")],
    }[layout]()
    for turn in (turn for turns in conversations for turn in turns):
        if turn.get("tool_calls") is not None:
            turn["tool_calls"] = json.loads(turn["tool_calls"])
    return conversations


@pytest.mark.parametrize(("kind", "layout"), [case for case in CASES if case[1] != "sft-text"])
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"think_mode": "strip"},
        {"think_history": "strip"},
        {"think_open": "[T]", "think_close": "[/T]"},
    ],
    ids=str,
)
def test_a_trainer_sees_the_rendered_row(
    kind: Kind, layout: PlainLayout, variables: dict[str, Any]
) -> None:
    use = mixes.template(**variables)
    template = open_template(use)
    rows = mixes.rows(kind)
    ours = zip(*(render_rows(rows, side, template) for side in SIDES[kind]), strict=True)
    for row, expected in zip(laid_out(layout, rows, use).to_dicts(), ours, strict=True):
        tools = json.loads(row["tools"]) if row.get("tools") else None
        more = row.get("chat_template_kwargs", {})  # as trainers do: every row has them
        theirs = [
            template.render(turns, tools=tools, **more)
            for turns in _as_a_trainer_renders(row, layout)
        ]
        assert theirs == list(expected)


def test_text_and_spans_are_the_rendering() -> None:
    rows = mixes.rows()
    found = laid_out("sft-text", rows)
    for row, ours in zip(
        found.to_dicts(),
        render_rows(rows, "messages", open_template(mixes.template())),
        strict=True,
    ):
        assert row["text"] == ours.text
        assert [tuple(span) for span in row["spans"]] == ours.spans
        assert all(row["text"][end - 10 : end].endswith("<|im_end|>") for _, end in row["spans"])


def test_only_what_the_mix_has_gets_a_column() -> None:
    plain = frame("one", [Row((mixes.user("a"), assistant("b")))])
    assert laid_out("sft-messages", plain).schema == {
        "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
        "id": pl.String(),
        "source": pl.String(),
    }


def test_every_row_has_the_template_s_variables_as_a_struct() -> None:
    """TRL 1.16 unpacks them as they are: neither null nor JSON text can be."""
    texts = ['{"a": 1, "b": []}', None, '{"b": ["x"], "c": false}', "{}"]
    turns = (mixes.user("a"), assistant("b"))
    rows = frame("one", [Row(turns, chat_template_kwargs=text) for text in texts])
    fields = {"a": pl.Int64, "b": pl.List(pl.String), "c": pl.Boolean}
    nothing = dict.fromkeys(fields)
    for frames in ([rows], [rows[:1], rows[1:2], rows[2:]]):
        found = lay_out("sft-messages", rows, form(survey(frames), mixes.template()))
        assert found.schema["chat_template_kwargs"] == pl.Struct(fields)
        assert found["chat_template_kwargs"].to_list() == [
            {"a": 1, "b": [], "c": None},
            nothing,
            {"a": None, "b": ["x"], "c": False},
            nothing,
        ]
    empty = frame("one", [Row(turns, chat_template_kwargs="{}")])
    assert "chat_template_kwargs" not in laid_out("sft-messages", empty).schema


@pytest.mark.parametrize("texts", [["[1]"], ["{"], ['{"a": 1}', '{"a": {"b": 1}}']])
def test_variables_that_no_struct_holds_are_told(texts: list[str]) -> None:
    turns = (mixes.user("a"), assistant("b"))
    rows = frame("one", [Row(turns, chat_template_kwargs=text) for text in texts])
    with pytest.raises(OutputError, match="chat_template_kwargs cannot be put into columns"):
        survey([rows])


def test_content_without_text_stays_null() -> None:
    row = Row((mixes.user("a"), Message("assistant", None, tool_calls="[]"), assistant("b")))
    found = laid_out("sft-messages", frame("one", [row]))
    assert [turn["content"] for turn in found["messages"][0]] == ["a", None, "b"]


AS_IS: list[dict[str, Any]] = [
    {"question": "a", "n": 1, "turns": [{"role": "user"}], "note": None},
    {"question": "b\u0085", "n": 2.5, "turns": [{"role": "user", "extra": True}], "note": "x"},
    {"question": None, "turns": []},
]


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_upstream_gives_records_back(cut: int) -> None:
    records = [Row((), extra={"record": json.dumps(record)}) for record in AS_IS]
    rows = frame("one", records, {"record": pl.String()})
    shared = form(survey([rows[:cut], rows[cut:]]), mixes.template())
    found = pl.concat([lay_out("upstream", part, shared) for part in (rows[:cut], rows[cut:])])
    assert found.schema == {
        "question": pl.String(),
        "n": pl.Float64(),
        "turns": pl.List(pl.Struct({"role": pl.String, "extra": pl.Boolean})),
        "note": pl.String(),
    }
    assert found.to_dicts() == [
        {"question": "a", "n": 1.0, "turns": [{"role": "user", "extra": None}], "note": None},
        {"question": "b\u0085", "n": 2.5, "turns": [{"role": "user", "extra": True}], "note": "x"},
        {"question": None, "n": None, "turns": [], "note": None},
    ]


def _one(row: Row, extras: dict[str, pl.DataType] | None = None) -> pl.DataFrame:
    return frame("one", [row], extras)


@pytest.mark.parametrize(
    ("layout", "rows", "told"),
    [
        (
            "sft-prompt-completion",
            _one(Row((assistant("b"), mixes.user("a")))),
            "of one: it does not end in an answer",
        ),
        ("sft-prompt-completion", _one(Row(())), "of one: it does not end in an answer"),
        (
            "dpo-message",
            _one(Row((), (mixes.user("a"), assistant("b")), (assistant("c"),))),
            "has a continuation of more than one message",
        ),
        (
            "sft-text",
            _one(Row((mixes.user("a"),), extra={"text": 1}), {"text": pl.Int64()}),
            "kept column 'text' has the name of a column of layout sft-text",
        ),
        (
            "sft-text",
            _one(Row((mixes.user("a"),), tools="no JSON")),
            "has tools that are not JSON",
        ),
        ("upstream", mixes.rows(), "some rows have none"),
        (
            "upstream",
            _one(Row((), extra={"record": "[1]"}), {"record": pl.String()}),
            "cannot be put into columns",
        ),
    ],
)
def test_what_does_not_fit_is_an_error(layout: PlainLayout, rows: pl.DataFrame, told: str) -> None:
    with pytest.raises(CurateError, match=told):
        laid_out(layout, rows)
