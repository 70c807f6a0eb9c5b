"""Layout `tokens` in a finished folder: the same bytes, read alike, and told of truly."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mixes
import polars as pl
import pytest

import curate
from curate.explain import explain_row
from curate.output.manifest import LayoutStamp, Manifest, TokenAccount
from curate.output.reading import read_rows, verify
from curate.recipe.model import PlainLayout, Recipe, TinyLlama, Tokens

BYTES = Path(__file__).parents[1] / "data" / "bytes.json"
PACKED: dict[str, Any] = {
    "max_length": 260,
    "truncation": "think_aware",
    "packing": "first_fit_decreasing",
}


def recipe(*before: PlainLayout, **options: Any) -> Recipe:
    return mixes.recipe("conversation", *before, Tokens(**options), tokenizer=BYTES)


def stamp(manifest: Manifest) -> LayoutStamp:
    (found,) = [layout for layout in manifest.layouts if layout.layout == "tokens"]
    return found


def account(manifest: Manifest) -> TokenAccount:
    told = stamp(manifest).tokens
    assert told is not None
    return told["train"]


@pytest.mark.parametrize(
    ("before", "options"), [((), {"max_length": 200}), ((), PACKED), (("sft-messages",), PACKED)]
)
def test_bytes_do_not_depend_on_frames(
    tmp_path: Path, before: tuple[PlainLayout, ...], options: dict[str, Any]
) -> None:
    made = recipe(*before, **options)
    one = mixes.write(tmp_path / "a" / "tiny", made)
    other = mixes.write(tmp_path / "b" / "tiny", made, cuts=(1, 2, 5))
    assert one == other
    assert one.files == other.files
    assert verify(tmp_path / "a" / "tiny") == one
    assert one.rows == 6


@pytest.mark.parametrize("options", [{}, PACKED])
def test_datasets_and_polars_read_the_same(tmp_path: Path, options: dict[str, Any]) -> None:
    import datasets

    folder = tmp_path / "tiny"
    manifest = mixes.write(folder, recipe("sft-messages", **options))
    ours = read_rows(folder, "tokens").collect()
    theirs = datasets.load_dataset(
        str(folder), name="tokens", split="train", cache_dir=str(tmp_path / "cache")
    )
    assert theirs.to_list() == ours.to_dicts()
    assert pl.read_parquet(folder / "tokens" / "train-*.parquet").equals(ours)
    assert dict(stamp(manifest).rows) == {"train": ours.height}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask": "answer"},
        {"mask": "all", "max_length": 150, "truncation": "keep_start"},
        {"mask": "last_turn", "max_length": 40, "truncation": "keep_end"},
        {"max_length": 120},
        PACKED,
    ],
)
def test_the_manifest_counts_what_stands_there(tmp_path: Path, options: dict[str, Any]) -> None:
    told = account(mixes.write(tmp_path / "tiny", recipe("sft-messages", **options)))
    rows = read_rows(tmp_path / "tiny", "tokens").collect()
    lengths = [n for row in rows["seq_lengths"].to_list() for n in row]
    left_out = pl.read_parquet(tmp_path / "tiny" / "left_out.parquet")
    ids = rows["id"].explode() if options.get("packing") else rows["id"]
    edited = rows["edited"].explode() if options.get("packing") else rows["edited"]
    assert told.rows == 6
    assert told.left_out == left_out.height == 6 - told.sequences
    assert sorted([*ids, *left_out["id"]]) == sorted(mixes.rows()["id"])
    assert told.sequences == len(lengths)
    assert told.tokens == sum(lengths) == rows["input_ids"].list.len().sum()
    assert told.supervised == rows["labels"].explode().ne(-100).sum()
    assert told.shortened == edited.sum()
    assert told.written == rows.height
    room = options.get("max_length") or max(lengths)
    assert told.slots == room * rows.height
    assert all(sum(row) <= room for row in rows["seq_lengths"].to_list())
    assert told.efficiency == pytest.approx(told.tokens / told.slots)


def test_a_mix_that_nothing_is_left_of(tmp_path: Path) -> None:
    for options in ({"max_length": 2}, {**PACKED, "max_length": 2}):
        manifest = mixes.write(tmp_path / "tiny", recipe(**options))
        assert account(manifest).left_out == 6
        assert account(manifest).efficiency == 1
        assert read_rows(tmp_path / "tiny").collect().is_empty()
        verify(tmp_path / "tiny")


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", recipe("sft-messages", max_length=120))
    left_out = pl.read_parquet(tmp_path / "tiny" / "left_out.parquet")
    assert set(left_out["step"]) == {"layout tokens"}
    assert set(left_out["threshold"]) == {"at most 120 tokens"}
    assert left_out["measure"].str.contains(r"^\d+ tokens$").all()
    assert set(left_out["source"]) <= {"one", "two"}


def test_the_card_tells_what_the_layout_did(
    tmp_path: Path, golden: Callable[[str, Path], None]
) -> None:
    mixes.write(tmp_path / "tiny", recipe("sft-messages", **PACKED))
    card = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    _, _, section = card.partition("## Layout tokens")
    golden(section.partition("\n## ")[0], Path(__file__).parent / "golden" / "card-tokens.md")


def test_tinyllamas_collation_is_a_layout_of_its_own(
    tmp_path: Path, golden: Callable[[str, Path], None]
) -> None:
    used = TinyLlama(bos_token="<s>", eos_token="</s>", target_max_len=64)
    template = mixes.template("guanaco")
    plain = mixes.rows().filter(pl.col("tools").is_null())
    made = mixes.recipe("conversation", "sft-messages", used, tokenizer=BYTES, template=template)
    manifest = mixes.write(tmp_path / "tiny", made, plain)
    rows = read_rows(tmp_path / "tiny", "tokens-tinyllama").collect()
    (stamp,) = [one for one in manifest.layouts if one.layout == "tokens-tinyllama"]
    assert stamp.tokens is not None
    assert stamp.tokens["train"].cut == rows["input_ids"].list.len().eq(3 + 64).sum()
    assert stamp.tokens["train"].slots == 5 * (16 + 64)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows.to_dicts()]
    golden("\n".join(lines) + "\n", Path(__file__).parent / "golden" / "tokens-tinyllama.txt")
    card = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    assert (
        "BOS with nothing behind it in at most 16 tokens, the rest with one EOS in at most 64"
        in card
    )
    assert "What users say is trained as well" in card


@pytest.mark.parametrize("before", [(), ("sft-messages",)])
def test_every_row_of_the_mix_can_be_asked_for(
    tmp_path: Path, before: tuple[PlainLayout, ...]
) -> None:
    folder = tmp_path / "tiny"
    mixes.write(folder, recipe(*before, **PACKED))
    gone = pl.read_parquet(folder / "left_out.parquet")
    assert gone.height == 1
    for identity in mixes.rows()["id"]:
        story = explain_row(folder, identity)
        assert story is not None
        is_there = bool(before) or identity not in gone["id"]
        assert story.split == ("train" if is_there else None)
        record = story.left_out if before else story.reject
        assert (record == gone.to_dicts()[0]) == (identity in gone["id"])


RECIPE = """
name: few
tokenizer: {tokenizer}
template: chatml_think
layouts: [sft-messages, tokens: {{max_length: 1_000, packing: first_fit_decreasing}}]
sources:
  worked: {{embedded: {{like: reasoning, rows: 120}}, take: 40}}
held_out: {{rows: 6}}
steps: [tidy_text, role_order, fits: 1_000]
"""


@pytest.mark.slow
def test_a_build_is_the_same_for_any_workers_and_fits_leaves_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "few.yaml").write_text(RECIPE.format(tokenizer=BYTES), encoding="utf-8")
    told = curate.load(tmp_path / "few.yaml")
    one, two = (curate.build(told, tmp_path / f"{n}", workers=n) for n in (1, 2))
    assert one.manifest == two.manifest
    accounts = stamp(one.manifest).tokens
    assert accounts is not None
    assert {split: account.rows for split, account in accounts.items()} == {"train": 34, "test": 6}
    assert all(account.left_out == 0 for account in accounts.values())
    assert accounts["train"].written < 34
