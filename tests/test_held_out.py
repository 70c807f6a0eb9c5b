"""Held-out splits: exact, seeded, and of prompts that training never sees."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builds import chats, hashes, made, write
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import ShortageError
from curate.fingerprint import digest
from curate.held_out import hold_out
from curate.output.manifest import read_manifest
from curate.output.reading import read_prompts, read_rows, verify
from curate.pipeline import Built
from curate.recipe.model import HeldOut

SFT = """
kind: conversation
layouts: [sft-messages, sft-prompt-completion, sft-text]
sources:
  chat:
    files: [chat.jsonl]
    take: 60
  more:
    files: [more.jsonl]
    take: 30
    repeat: 2
"""

DPO = """
kind: preference
layouts: [dpo-explicit, dpo-implicit, dpo-message]
sources:
  pairs:
    embedded: {like: preference, rows: 120}
    take: 100
"""


def normal(prompt: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", prompt).lower().split())


def shared_prompts(folder: Path) -> None:
    """Prompts asked up to four times, written a little differently each time."""
    records = chats(40)
    for number, record in enumerate(chats(40)):
        ask = record["messages"][0]["content"]
        for again, other in enumerate((ask.upper(), f"  {ask}\n", ask.replace("q", "ｑ"))):
            if number % 4 > again:
                answer = {"role": "assistant", "content": f"another answer {number} {again}"}
                records.append({"messages": [{"role": "user", "content": other}, answer]})
    write(folder / "chat.jsonl", records)
    write(folder / "more.jsonl", chats(40, start=20))


def prompts(built: Built, split: Any) -> set[str]:
    layout = "dpo-explicit" if built.manifest.kind == "preference" else "sft-prompt-completion"
    rows = read_rows(built.folder, layout, split).collect()
    return {
        normal("\n\n".join(turn["content"] for turn in turns)) for turns in rows["prompt"].to_list()
    }


@pytest.mark.parametrize("text", [SFT, DPO], ids=["conversation", "preference"])
@pytest.mark.parametrize("held", ["{rows: 13}", "{share: 0.2}"])
def test_splits_are_exact_and_share_no_prompt(tmp_path: Path, text: str, held: str) -> None:
    shared_prompts(tmp_path)
    whole = made(tmp_path, text, out="whole")
    built = made(tmp_path, f"{text}held_out: {held}\n")
    total = whole.manifest.rows
    test = built.manifest.splits["test"]
    assert built.manifest.splits == {"train": total - test, "test": test}
    assert test == 13 if "rows" in held else total * 0.2 - 3 <= test <= total * 0.2
    assert not prompts(built, "train") & prompts(built, "test")
    verify(built.folder)
    for told in built.manifest.layouts:
        both = [read_rows(built.folder, told.layout, split) for split in built.manifest.splits]
        ids = pl.concat(row.select("id") for row in both).collect()["id"].sort()
        assert ids.equals(read_rows(whole.folder, told.layout).collect()["id"].sort())


def test_datasets_reads_both_splits(tmp_path: Path) -> None:
    import datasets

    shared_prompts(tmp_path)
    built = made(tmp_path, f"{SFT}held_out: {{rows: 10}}\n")
    for layout in built.manifest.layouts:
        name = "default" if layout.folder == "data" else layout.layout
        read = datasets.load_dataset(str(built.folder), name, cache_dir=str(tmp_path / "cache"))
        assert {split: len(rows) for split, rows in read.items()} == built.manifest.splits
        for split in built.manifest.splits:
            ours = read_rows(built.folder, layout.layout, split).collect().to_dicts()
            assert read[split].to_list() == ours
    assert (
        built.dataset("test").to_list()
        == read_rows(built.folder, split="test").collect().to_dicts()
    )


def test_workers_and_order_of_records_change_nothing(tmp_path: Path) -> None:
    text = f"{SFT}held_out: {{rows: 10}}\n"
    shared_prompts(tmp_path)
    one = hashes(made(tmp_path, text, out="one").folder)
    assert hashes(made(tmp_path, text, out="two", workers=2).folder) == one
    lines = (tmp_path / "chat.jsonl").read_text().splitlines()
    (tmp_path / "chat.jsonl").write_text("\n".join(reversed(lines)))
    other = hashes(made(tmp_path, text, out="three").folder)
    assert {path: told for path, told in other.items() if path.endswith(".parquet")} == {
        path: told for path, told in one.items() if path.endswith(".parquet")
    }


def test_later_mixes_see_what_is_held_out(tmp_path: Path) -> None:
    shared_prompts(tmp_path)
    built = made(tmp_path, f"{SFT}held_out: {{rows: 10}}\n")
    assert sum(rows.height for rows in read_prompts(built.folder)) == built.manifest.rows


def test_no_test_split_without_being_asked(tmp_path: Path) -> None:
    shared_prompts(tmp_path)
    built = made(tmp_path, SFT)
    assert read_manifest(built.folder).splits == {"train": 90}
    assert not list(built.folder.rglob("test-*"))


@pytest.mark.parametrize(("rows", "most"), [(1, 0), (120, 119), (200, 119)])
def test_what_cannot_be_held_out_is_told(rows: int, most: int) -> None:
    """Forty prompts of three rows each: no single row, and not all of them."""
    frame = _prompts([index // 3 for index in range(120)])
    with pytest.raises(ShortageError, match=f"whole prompts.* amount to {most}") as caught:
        hold_out(frame, HeldOut(rows=rows), 1)
    assert ("can be met" in (caught.value.problems[0].help or "")) == bool(most)


def test_rows_without_a_prompt_are_never_held_out() -> None:
    with pytest.raises(ShortageError, match="amount to 0"):
        hold_out(_prompts([None] * 9), HeldOut(rows=5), 1)


def _prompts(names: list[int | None]) -> pl.DataFrame:
    halves = [
        (None, None)
        if name is None
        else (
            int.from_bytes(digest(str(name), size=8)),
            int.from_bytes(digest("-", str(name), size=8)),
        )
        for name in names
    ]
    return pl.DataFrame(
        halves, schema={"prompt.high": pl.UInt64, "prompt.low": pl.UInt64}, orient="row"
    )


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=2, max_size=60),
    st.floats(0.01, 0.9),
    st.integers(0, 5),
)
def test_law_groups_stay_whole(names: list[int | None], share: float, seed: int) -> None:
    frame = _prompts(names)
    try:
        held = hold_out(frame, HeldOut(share=share), seed)
    except ShortageError:
        assert round(share * len(names)) >= len(names)
        return
    sides = {
        name: {bool(h) for n, h in zip(names, held, strict=True) if n == name} for name in names
    }
    assert all(len(side) == 1 for side in sides.values())
    assert sides.get(None, {False}) == {False}
    assert held.sum() <= round(share * len(names))
    again = hold_out(frame.reverse(), HeldOut(share=share), seed)
    assert again[::-1].tolist() == held.tolist()
    if held.sum():
        exact = hold_out(frame, HeldOut(rows=int(held.sum())), seed)
        assert exact.tolist() == held.tolist()
