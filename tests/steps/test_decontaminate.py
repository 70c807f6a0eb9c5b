"""Test items of packs, dropped from rows and certified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import curate
from curate.errors import CurateError, StepError
from curate.packs import read_pack, stock
from curate.recipe.model import Recipe
from curate.recipe.reading import load
from curate.rows import with_texts
from curate.shipped import packs
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub
from curate.step import Setting
from curate.steps.decontaminate import Decontaminate
from tests.strategies import rows

ROBE = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"
DUCKS = "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes muffins."
OTHER = "A farmer keeps forty goats and sells a third of them at the fair. How many goats are left for him?"

HUB = Hub(Cache.at(None))
PACK = "sources:\n  test: {files: [tests.jsonl], shape: prompt, take: all%s}\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    tests = [{"prompt": ROBE, "name": "robe"}, {"prompt": DUCKS}, {"prompt": " "}]
    (tmp_path / "tests.jsonl").write_text("\n".join(map(json.dumps, tests)), "utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(PACK % ", keep: {test: name}", "utf-8")
    return file


def stocked(folder: Path, pack: Path, **fields: Any) -> Decontaminate:
    step = Decontaminate(against=(str(pack),), **fields).settle(Setting())
    source = {"like": "chat", "rows": 1}
    recipe = Recipe(name="r", sources={"s": {"embedded": source, "take": 1}}, steps=(step,))  # pyright: ignore[reportArgumentType]
    (done,) = stock(recipe, folder / "stock", HUB, {}).steps
    assert isinstance(done, Decontaminate)
    return done


def measured(step: Decontaminate, *shorts: dict[str, Any]) -> list[str | None]:
    frame, measure = rows(shorts), step.measure()
    return with_texts(frame, [measure]).select(measure.alias("m"))["m"].to_list()


def test_items_are_called_by_pack_source_and_number_or_name(pack: Path) -> None:
    read, items = read_pack(load(pack), HUB, {})
    assert (read.name, read.items, read.read_from) == ("mine", 2, ())
    assert items.rows() == [("mine/test#robe", ROBE), ("mine/test#1", DUCKS)]


def test_prompt_thinking_and_answer_are_searched(tmp_path: Path, pack: Path) -> None:
    found = measured(
        stocked(tmp_path, pack),
        {"user": f"Solve this. {ROBE}", "assistant": "3"},
        {"user": "q", "assistant": f"<think>They ask: {DUCKS} So</think>a"},
        {"user": "q", "assistant": f"Another one: {ROBE[:80]}"},
        {"user": OTHER, "assistant": "27"},
    )
    robe, ducks = ROBE[:-1].lower(), DUCKS[:-1].lower()
    part = ROBE[:80].lower().removesuffix(" bolt")
    assert found == [
        f"prompt: 1.00 of mine/test#robe: “{robe}” as “{robe}”",
        f"thinking: 1.00 of mine/test#1: “{ducks}” as “{ducks}”",
        f"answer: 0.73 of mine/test#robe: “{part}” as “{part}”",
        None,
    ]


def test_both_sides_of_a_pair_are_searched(tmp_path: Path, pack: Path) -> None:
    step = stocked(tmp_path, pack).model_copy(update={"of": ("prompt", "chosen", "rejected")})
    found = measured(
        step,
        {"user": "q", "chosen": "a", "rejected": f"<think>{DUCKS}</think>b"},
        {"user": "q", "chosen": OTHER, "rejected": "b"},
    )
    assert [value and value[:9] for value in found] == ["rejected:", None]


def test_ratio_compares_whole_texts(tmp_path: Path, pack: Path) -> None:
    nearly = ROBE.replace("blue", "red")
    step = stocked(tmp_path, pack, rule="ratio")
    (whole, part) = measured(step, {"user": nearly}, {"user": f"{ROBE} {ROBE}"})
    assert whole is not None
    assert whole.startswith("prompt: 0.98 is like mine/test#robe: “a robe takes 2 bolts of red")
    assert part is None


def test_allowed_items_stay(tmp_path: Path, pack: Path) -> None:
    step = stocked(tmp_path, pack, allow=("mine/test#robe",))
    assert measured(step, {"user": ROBE}) == [None]
    with pytest.raises(StepError, match="allows what is no test item of its packs: mine/test#9"):
        stocked(tmp_path, pack, allow=("mine/test#9",))


def test_without_items_it_says_so() -> None:
    with pytest.raises(StepError, match="has not been given"):
        Decontaminate(against=("gsm8k",)).measure()


RECIPE = """
seed: 1
sources:
  mine:
    files: [rows.jsonl]
    take: 1
steps:
  - decontaminate: {against: [%s]}
"""


@pytest.fixture
def recipe(tmp_path: Path, pack: Path) -> Path:
    told = [{"prompt": ROBE, "completion": "3"}, {"prompt": OTHER, "completion": "27"}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, told)), "utf-8")
    file = tmp_path / "mix.yaml"
    file.write_text(RECIPE % pack.name, "utf-8")
    return file


def test_a_mix_carries_its_certificate(tmp_path: Path, recipe: Path) -> None:
    loaded = curate.load(recipe)
    assert "against:\n    - mine.yaml\n" in loaded.text
    built = curate.build(loaded, tmp_path / "out", workers=1)
    (certificate,) = built.manifest.certificates
    assert (certificate.searched, certificate.dropped) == (2, 1)
    assert [(pack.name, pack.items) for pack in certificate.packs] == [("mine", 2)]
    card = (built.folder / "README.md").read_text("utf-8")
    assert certificate.digest in card
    assert "Overlap with evaluation sets was not looked for" not in card
    assert str(tmp_path) not in card + (built.folder / "manifest.json").read_text("utf-8")
    rejects = pl.read_parquet(built.folder / "rejects.parquet")
    assert rejects["measure"].str.starts_with("prompt: 1.00 of mine/test#robe: “a robe").all()


def test_another_pack_makes_the_rows_anew(tmp_path: Path, recipe: Path) -> None:
    first = curate.build(curate.load(recipe), tmp_path / "out", workers=1)
    other = json.dumps({"prompt": OTHER})
    (tmp_path / "tests.jsonl").write_text(other, "utf-8")
    second = curate.build(curate.load(recipe), tmp_path / "out", workers=1)
    digests = [built.manifest.certificates[0].digest for built in (first, second)]
    assert digests[0] != digests[1]
    assert first.manifest.digest.ids != second.manifest.digest.ids


def test_a_pack_that_is_not_there_is_named_with_those_that_are(recipe: Path) -> None:
    recipe.write_text(RECIPE % "gsm8", "utf-8")
    with pytest.raises(CurateError) as caught:
        curate.load(recipe)
    (problem,) = caught.value.problems
    assert problem.what.startswith("there is no pack 'gsm8'")
    assert problem.hint == "did you mean 'gsm8k'?"
    assert problem.place is not None
    assert problem.place.line == 8


def test_packs_that_ship_name_one_prompt_each() -> None:
    from curate.recipe.reading import load_pack

    assert len(packs()) == 11
    for name in packs():
        pack = load_pack(name, {})
        assert all(s.take == "all" and s.shape == "prompt" for s in pack.sources.values()), name
