"""What holds of every row step, present or future."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from curate.leaks.items import Stock
from curate.rows import SCHEMA, with_texts, without_texts
from curate.step import Edit, Filter, Setting, Step, TemplateUse
from curate.steps import step_types
from curate.steps.decontaminate import Decontaminate
from tests.strategies import CONVERSATIONS, EXTRAS, PREFERENCES, frames

ROOT = Path(__file__).parents[2]
NEEDED: dict[str, dict[str, Any]] = {
    "length": {"max": 40},
    "score": {"min": 0.0},
    "substitute": {"pattern": "[0-9]"},
    "template_variables": {"keep": ["python_tools"]},
    "where": {"column": "correct", "equals": True},
    "thinking": {"mode": "require"},
    "hashed_share": {"below": 0.5},
    "fits": {"max_length": 60},
    "verify": {"gold": "gold", "into": "agrees"},
    "decontaminate": {"against": ("gsm8k",), "rule": "any", "ngram": 1},
}
"""Fields without a default, and some that make a step do something."""
TEMPLATE = TemplateUse(ROOT / "templates/human_assistant.jinja", eos_token="<eos>")
STOCK = Stock(ROOT / "tests/data/letters.items", ())
TOKENIZER = ROOT / "tests/data/bytes.json"
FRAMES = {"conversation": frames(CONVERSATIONS), "preference": frames(PREFERENCES)}


ROW_STEPS = [word for word, kind in step_types().items() if issubclass(kind, Filter | Edit)]


def made(word: str, kind: Any) -> Step:
    step = step_types()[word](**NEEDED.get(word, {})).settle(
        Setting(kind, template=TEMPLATE, tokenizer=TOKENIZER)
    )
    return step.stocked(STOCK) if isinstance(step, Decontaminate) else step


def measured(step: Filter, rows: pl.DataFrame) -> pl.Series:
    measure = step.measure()
    return with_texts(rows, [measure]).select(measure.alias("measure")).to_series()


def kept(step: Filter, rows: pl.DataFrame) -> pl.DataFrame:
    kept = measured(step, rows).to_frame().select(step.keep(pl.col("measure"))).to_series()
    assert kept.dtype == pl.Boolean
    return rows.filter(kept.fill_null(value=False))


def changed(step: Edit, rows: pl.DataFrame) -> pl.DataFrame:
    columns = step.columns()
    return without_texts(with_texts(rows, columns).with_columns(columns))


def cases(kind: type[Step]) -> list[Any]:
    """Every step of a kind with every kind of rows it goes with.

    Templates refuse most of the rows made up here: `fits` has tests of its own.
    """
    found = [(word, made) for word, made in step_types().items() if issubclass(made, kind)]
    return [
        pytest.param(word, rows, id=f"{word}-{rows}")
        for word, _ in found
        for rows in FRAMES
        if (word, rows) != ("different", "conversation") and word != "fits"
    ]


@pytest.mark.parametrize(("word", "kind"), cases(Filter))
@settings(max_examples=8)
@given(data=st.data())
def test_filter_judges_each_row_by_itself(word: str, kind: str, data: st.DataObject) -> None:
    step, rows = made(word, kind), data.draw(FRAMES[kind])
    assert isinstance(step, Filter)
    whole = measured(step, rows)
    order = data.draw(st.permutations(range(rows.height)))
    assert_series_equal(measured(step, rows[order]), whole[order])
    cut = data.draw(st.integers(0, rows.height))
    parts = pl.concat([measured(step, rows[:cut]), measured(step, rows[cut:])])
    assert_series_equal(parts, whole)
    once = kept(step, rows)
    assert once.schema == rows.schema
    assert_frame_equal(kept(step, once), once)


@pytest.mark.parametrize(("word", "kind"), cases(Edit))
@settings(max_examples=15)
@given(data=st.data())
def test_editing_twice_is_editing_once(word: str, kind: str, data: st.DataObject) -> None:
    step, rows = made(word, kind), data.draw(FRAMES[kind])
    assert isinstance(step, Edit)
    once = changed(step, rows)
    assert {name: once.schema[name] for name in rows.columns} == dict(rows.schema)
    assert_frame_equal(once.select("id", "source", *EXTRAS), rows.select("id", "source", *EXTRAS))
    twice = changed(step, once)
    if step.marks:
        assert not twice["edited"].any()  # the first time all was done
        twice = twice.with_columns(once["edited"])
    assert_frame_equal(twice, once)
    order = data.draw(st.permutations(range(rows.height)))
    assert_frame_equal(changed(step, rows[order]), once[order])


@pytest.mark.parametrize("word", ROW_STEPS)
def test_no_rows_are_no_trouble(word: str) -> None:
    step = made(word, "preference")
    none = pl.DataFrame(schema={**SCHEMA, **EXTRAS})
    if isinstance(step, Filter):
        assert kept(step, none).schema == none.schema
    if isinstance(step, Edit):
        after = changed(step, none).schema
        assert {name: after[name] for name in none.columns} == dict(none.schema)


@pytest.mark.parametrize("word", step_types())
def test_step_is_known_by_its_word_and_described(word: str) -> None:
    kind = step_types()[word]
    assert kind.name == word
    assert kind.__doc__
    assert kind.shorthand is None or kind.shorthand in kind.model_fields
    undescribed = [name for name, field in kind.model_fields.items() if not field.description]
    assert not undescribed


@pytest.mark.parametrize("word", ROW_STEPS)
def test_rule_is_told_in_words(word: str) -> None:
    step = made(word, "preference")
    if isinstance(step, Filter):
        assert step.threshold()
        assert "\n" not in step.threshold()
