"""Records as public data has them, and the rows they become."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import strategies
import yaml

from curate.rows import Row, frame, prompt_key
from curate.shapes import SHAPES
from curate.shapes.extras import extra_types
from curate.shapes.recognition import choose_shape
from curate.shapes.shape import Shape

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
)


def chosen(case: dict[str, Any]) -> Shape:
    return choose_shape(case["shape"], [case["record"]], case.get("columns", {}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_record_becomes_rows(case: dict[str, Any]) -> None:
    rows = list(chosen(case).rows(case["record"]))
    assert [row._replace(prompt_key=None) for row in rows] == [
        strategies.row(short) for short in case["rows"]
    ]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("auto")], ids=lambda case: case["case"]
)
def test_the_shape_is_recognised(case: dict[str, Any]) -> None:
    assert choose_shape("auto", [case["record"]], {}) == chosen(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_shape_can_be_sent_to_a_worker(case: dict[str, Any]) -> None:
    shape = chosen(case)
    sent = pickle.loads(pickle.dumps(shape))
    assert sent.rows(case["record"]) == shape.rows(case["record"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_rows_fit_their_columns(case: dict[str, Any]) -> None:
    shape = chosen(case)
    rows = shape.rows(case["record"])
    assert frame("x", rows, extra_types({}, shape.extras)).height == len(case["rows"])
    for row in rows:
        assert (row.chosen is not None) == (shape.kind == "preference")


def test_every_shape_has_a_case() -> None:
    assert {case["shape"] for case in CASES} == {shape.name for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_documents_its_parts(shape: type[Shape]) -> None:
    text = shape.__doc__ or ""
    undocumented = [part.name for part in shape.parts if part.name not in text]
    assert undocumented == []


def test_samples_of_one_prompt_share_its_key() -> None:
    record = {"question": "1 + 2?", "completions": ["3", "4"]}
    rows: list[Row] = list(choose_shape("samples", [record], {}).rows(record))
    assert {row.prompt_key for row in rows} == {prompt_key(rows[0].messages[:1])}
