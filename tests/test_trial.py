"""Recipes tried on a few rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from builds import chats, recipe, write

from curate.errors import CurateError, StepError
from curate.recipe.reading import load
from curate.trial import check, trial

RECIPE = """
sources:
  one: {files: ['*.jsonl'], take: 60}
steps:
  - length: {of: prompt, max: 140}
  - exact_duplicates
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten files of ten rows; every other row is too long."""
    for number in range(10):
        short, long = chats(5, start=10 * number), chats(5, start=1000 + 10 * number, words=40)
        rows = [row for pair in zip(short, long, strict=True) for row in pair]
        write(tmp_path / f"{number}.jsonl", rows)
    return tmp_path


def test_every_file_is_looked_into(folder: Path) -> None:
    tried = trial(load(recipe(folder, RECIPE)), 20)
    assert (tried.arrived.height, tried.rows.height, tried.rejects.height) == (20, 10, 10)
    assert tried.funnel.imbalances() == []
    assert tried.dropped_by("length").height == 10
    assert tried.dropped_by("exact_duplicates").is_empty()
    assert set(tried.rows["id"]) | set(tried.rejects["id"]) == set(tried.arrived["id"])
    assert sorted(path.suffix for path in folder.iterdir()) == [".jsonl"] * 10 + [".yaml"]


def test_an_outlook_tells_of_a_shortage(folder: Path) -> None:
    (outlook,) = trial(load(recipe(folder, RECIPE)), 20).outlooks
    assert (outlook.records, outlook.kept, outlook.take) == (100, 0.5, 60)
    assert (outlook.expected, outlook.is_short) == (50, True)
    text = RECIPE.replace("60", "45")
    (outlook,) = trial(load(recipe(folder, text)), 20).outlooks
    assert not outlook.is_short


def test_fewer_rows_than_files(folder: Path) -> None:
    assert trial(load(recipe(folder, RECIPE)), 3).arrived.height == 3


def test_columns_are_checked_without_rows(folder: Path) -> None:
    check(load(recipe(folder, RECIPE)))
    with pytest.raises(StepError, match="'score' reads a column the rows do not have"):
        check(load(recipe(folder, RECIPE + "  - score: {min: 1}\n")))
    for step in ("near_duplicates: {keep: score}", "near_duplicates: {keep: verified}"):
        with pytest.raises(StepError, match="'near_duplicates' reads a column the rows do not"):
            check(load(recipe(folder, RECIPE + f"  - {step}\n")))
    with pytest.raises(CurateError, match="'prefer: good'"):
        check(load(recipe(folder, RECIPE.replace("60}", "60, prefer: good}"))))


def test_pairs_are_made_of_a_few_samples_too(tmp_path: Path) -> None:
    text = """
kind: preference
sources:
  graded:
    embedded: {like: samples, rows: 30}
    take: 5
    steps:
      - pairs: {min_score: 1, margin: 1}
"""
    tried = trial(load(recipe(tmp_path, text)), 30)
    assert tried.rows.height > 5
    assert tried.rows["rejected"].null_count() == 0
