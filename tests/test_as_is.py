"""Records kept as they are: which columns are left, and in which order the rows stand."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builds import chats, made, write
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import RecipeError, ShortageError
from curate.output.manifest import Split
from curate.output.reading import read_rows
from curate.recipe.model import Record
from curate.shapes.as_is import AsIs

TEXT = """
layouts: [upstream]
shuffle: datasets
seed: 42
sources:
  one:
    files: [one.jsonl]
    shape: as_is
    order: first
    take: 30
    record:
      drop: [score, missing]
      rename: {dataset: source, messages: turns, text: dataset_name}
      add: {_source: one}
  two:
    files: [two.jsonl]
    shape: as_is
    order: first
    take: all
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Record(), {"a": 1, "b": None, "c": {"d": [2.5]}}),
        (Record(drop=("a", "z")), {"b": None, "c": {"d": [2.5]}}),
        (Record(rename={"a": "z", "y": "x"}), {"b": None, "c": {"d": [2.5]}, "z": 1}),
        (Record(rename={"b": "z", "a": "b"}), {"c": {"d": [2.5]}, "z": None, "b": 1}),
        (Record(rename={"a": "b"}), {"a": 1, "b": None, "c": {"d": [2.5]}}),
        (Record(drop=("b",), rename={"a": "b"}), {"c": {"d": [2.5]}, "b": 1}),
        (
            Record(add={"z": "1", "y": None}),
            {"a": 1, "b": None, "c": {"d": [2.5]}, "z": "1", "y": None},
        ),
    ],
)
def test_columns(said: Record, expected: dict[str, Any]) -> None:
    (row,) = AsIs({}, record=said).rows({"a": 1, "b": None, "c": {"d": [2.5]}})
    told = json.loads(row.extra["record"])
    assert told == expected
    assert list(told) == list(expected)


@pytest.mark.parametrize("record", [["a", 1], "a text"])
def test_records_without_columns_stay(record: Any) -> None:
    (row,) = AsIs({}, record=Record(drop=("a",), add={"b": "c"})).rows(record)
    assert json.loads(row.extra["record"]) == record


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("shape: auto", "'record' goes with  shape: as_is"),
        ("shape: as_is\n    order: first\n    prefer: a", "'prefer' and 'order: first'"),
    ],
)
def test_what_does_not_go_together(tmp_path: Path, said: str, what: str) -> None:
    text = f"sources:\n  one:\n    files: [a]\n    take: 1\n    record: {{drop: [a]}}\n    {said}\n"
    with pytest.raises(RecipeError, match=what):
        made(tmp_path, text)


KEPT = """
layouts: [upstream]
sources: {one: {files: [one.jsonl], shape: as_is, take: all}}
"""


def test_whole_prompts_can_be_held_out_of_them(tmp_path: Path) -> None:
    records = [record | {"n": n} for n, record in enumerate([*chats(20), *chats(20), *chats(9)])]
    write(tmp_path / "one.jsonl", records)
    built = made(tmp_path, f"{KEPT}held_out: {{rows: 7}}\n")
    splits: tuple[Split, ...] = ("train", "test")
    parts = {split: read_rows(built.folder, split=split).collect().to_dicts() for split in splits}
    assert [len(rows) for rows in parts.values()] == [42, 7]
    asked = {
        split: {row["messages"][0]["content"] for row in rows} for split, rows in parts.items()
    }
    assert not asked["train"] & asked["test"]
    everything = sorted((row for rows in parts.values() for row in rows), key=lambda row: row["n"])
    assert everything == records


def test_records_without_a_prompt_cannot_be_held_out(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", [{"x": n} for n in range(9)])
    with pytest.raises(ShortageError, match="rows without one aside, amount to 0"):
        made(tmp_path, f"{KEPT}held_out: {{rows: 1}}\n")


def test_their_turns_are_seen_where_they_have_some(tmp_path: Path) -> None:
    odd: list[Any] = [{"messages": [{"role": "wizard", "content": "?"}], "n": 1}, {"n": 2}]
    records = [*chats(30), *odd]
    write(tmp_path / "one.jsonl", records)
    built = made(tmp_path, f"{KEPT}shuffle: datasets\n")
    assert built.rows.height == 32
    longest = max(sum(len(turn["content"]) for turn in r["messages"]) for r in records[:30])
    assert built.manifest.lengths["characters"]["max"] >= longest
    card = (built.folder / "README.md").read_text(encoding="utf-8")
    assert "on 30 rows" in card
    assert "## One row" in card


def test_the_order_is_that_of_datasets(tmp_path: Path) -> None:
    import datasets

    first = [
        record | {"dataset": f"d{n}", "score": n, "source": None, "text": "é\u2028\n"}
        for n, record in enumerate(chats(40))
    ]
    second = [
        {"turns": record["messages"], "_source": "two", "dataset": None, "source": None}
        for record in chats(20, start=100)
    ]
    write(tmp_path / "one.jsonl", first)
    write(tmp_path / "two.jsonl", second)
    built = made(tmp_path, TEXT, workers=2)
    kept = [
        {
            "turns": record["messages"],
            "dataset": record["dataset"],
            "source": None,
            "dataset_name": record["text"],
            "_source": "one",
        }
        for record in first[:30]
    ]
    concatenated = [*kept, *(record | {"dataset_name": None} for record in second)]
    theirs = datasets.Dataset.from_list(concatenated).shuffle(seed=42).to_list()
    assert built.rows.to_dicts() == theirs


@given(st.integers(0, 300), st.integers(0, 2**32))
def test_law_of_the_permutation(count: int, seed: int) -> None:
    import datasets

    from curate.assembly import as_datasets_shuffles

    theirs = datasets.Dataset.from_dict({"n": list(range(count))}).shuffle(seed=seed)["n"]
    assert as_datasets_shuffles(count, seed).tolist() == list(theirs)


def test_pairs_may_be_kept_as_they_are(tmp_path: Path) -> None:
    text = "kind: preference\nlayouts: [upstream]\nsources:\n  one:\n"
    text += "    embedded: {like: preference, rows: 5}\n    shape: as_is\n    take: all\n"
    built = made(tmp_path, text)
    assert built.rows.height == 5
    assert built.manifest.lengths["characters"]["max"] > 100
