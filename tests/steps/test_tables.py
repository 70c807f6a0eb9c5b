"""Every step on the rows of its table, `<step>.yaml`.

A table is a list of groups. A group has a `step`, written as in a recipe (its defaults where missing),
perhaps a `kind`, and rows in the shorthand of `tests.strategies.row`:

- `keep` and `drop`: rows a filter keeps and drops; `measure` beside a row is what it must measure;
- `edit`: pairs of `before` and `after`; `adds` has new columns' values, `marked` whether the edit
  says it changes the row (both where they matter).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
import yaml

from curate import shipped
from curate.rows import with_texts, without_texts
from curate.step import Edit, Filter, Setting, Step, TemplateUse
from curate.steps import step_types
from tests.strategies import rows

TEMPLATE = TemplateUse(shipped.templates()["human_assistant"], eos_token="<eos>")
TABLES = sorted(Path(__file__).parent.glob("*.yaml"))
GROUPS = [
    pytest.param(table.stem, group, id=f"{table.stem}-{group.get('about', number)}")
    for table in TABLES
    for number, group in enumerate(yaml.safe_load(table.read_text("utf-8")), 1)
]


def made(word: str, group: dict[str, Any]) -> Step:
    kind, value = step_types()[word], group.get("step", {})
    fields = cast("dict[str, Any]", value if isinstance(value, dict) else {kind.shorthand: value})
    preference = any("chosen" in row for row in group.get("keep", group.get("drop", ())))
    setting = Setting("preference" if preference else "conversation", template=TEMPLATE)
    return kind(**fields).settle(setting)


@pytest.mark.parametrize(("word", "group"), GROUPS)
def test_step_does_what_its_table_says(word: str, group: dict[str, Any]) -> None:
    step = made(word, group)
    if isinstance(step, Filter):
        _filter(step, group.get("keep", []), group.get("drop", []))
    else:
        assert isinstance(step, Edit)
        _edit(step, group["edit"])


def _filter(step: Filter, keep: list[Any], drop: list[Any]) -> None:
    frame = rows([*keep, *drop])
    measure = step.measure().alias("measure")
    measured = with_texts(frame, [measure]).select(measure)
    for row, found in zip([*keep, *drop], measured["measure"].to_list(), strict=True):
        if "measure" in row:
            assert found == row["measure"], row
    kept = measured.select(step.keep(pl.col("measure")).fill_null(value=False)).to_series()
    wrong = [
        (row, found)
        for row, found, right in zip(
            [*keep, *drop],
            measured["measure"].to_list(),
            kept == pl.Series([True] * len(keep) + [False] * len(drop)),
            strict=True,
        )
        if not right
    ]
    assert not wrong


def _edit(step: Edit, pairs: list[dict[str, Any]]) -> None:
    before = rows([pair["before"] for pair in pairs])
    wanted = rows([pair.get("after", pair["before"]) for pair in pairs])
    after = without_texts(with_texts(before, step.columns()).with_columns(step.columns()))
    for number, pair in enumerate(pairs):
        for column in ("messages", "chosen", "rejected"):
            found, right = (_plain(frame[column][number]) for frame in (after, wanted))
            assert found == right, pair
        for column, value in pair.get("adds", {}).items():
            assert after[column][number] == value, pair
        if "marked" in pair:
            assert step.marks
            assert after["edited"][number] == pair["marked"], pair


def _plain(turns: pl.Series | None) -> list[dict[str, Any]] | None:
    """Turns but for `markers`, which a table cannot write."""
    if turns is None:
        return None
    return [{name: turn[name] for name in turn if name != "markers"} for turn in turns.to_list()]


def test_tidied_thinking_stands_on_lines_of_its_own() -> None:
    told = rows(
        [{"user": "q", "assistant": " <thought>so</thought> 4"}, {"user": "q", "assistant": "4"}]
    )
    tidied = told.with_columns(step_types()["tidy_text"]().columns())  # type: ignore[attr-defined]
    markers = [turns[-1]["markers"] for turns in tidied["messages"].to_list()]
    assert markers == ['["<think>\\n", "\\n</think>\\n\\n", ""]', None]


def test_every_step_has_a_table() -> None:
    row_steps = {w for w, kind in step_types().items() if issubclass(kind, Filter | Edit)}
    elsewhere = {"fits", "decontaminate", "template_variables"}
    assert row_steps - elsewhere <= {table.stem for table in TABLES}
