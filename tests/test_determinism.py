"""The same bytes, however the work is spread and wherever it is done."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from builds import chats, hashes, ids, made, recipe, write

from curate import feeds, partitions, reordering, sifting
from curate.pipeline import Built, build
from curate.recipe.reading import load

RECIPE = """
sources:
  chat:
    embedded: {like: chat, rows: 700, seed: 5}
    take: 300
    candidates: 650
  graded:
    embedded: {like: samples, rows: 60, seed: 6}
    take: 100
    steps:
      - rationale_to_thinking
      - answers_per_prompt: 3
      - length: {of: answer, max: 2000}
  files:
    files: [data/*.jsonl]
    take: 90
    repeat: 2
steps:
  - no_empty_turns
  - role_order
  - exact_duplicates
  - near_duplicates: {of: conversation, similarity: 0.7, engine: ENGINE}
  - repetition
"""


def text(engine: str = "compiled") -> str:
    return RECIPE.replace("ENGINE", engine)


def data(folder: Path, *, shuffled: int | None = None) -> None:
    """Three files with exact and near repeats, in and between them."""
    records = chats(120)
    for number in range(0, 60, 3):
        near = chats(1, start=number)[0]
        near["messages"][1]["content"] += f" and word {number}"
        records += [near, records[number] | {"source": "elsewhere"}]
    records = [{"source": "here"} | record for record in records]
    names = ["a", "b", "c"]
    parts = [records[index::3] for index in range(3)]
    if shuffled is not None:
        dice = random.Random(shuffled)
        dice.shuffle(records)
        dice.shuffle(names)
        cuts = sorted(dice.sample(range(len(records)), 2))
        parts = [records[: cuts[0]], records[cuts[0] : cuts[1]], records[cuts[1] :]]
    for name, part in zip(names, parts, strict=True):
        write(folder / "data" / f"{name}.jsonl", part)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("expected")
    data(folder)
    return made(folder, text())


def rows(folder: Path) -> dict[str, str]:
    """What tells of rows; the manifest and the card tell of the source files' bytes as well."""
    return {
        name: told
        for name, told in hashes(folder).items()
        if name not in {"manifest.json", "README.md", "recipe.yaml"}
    }


def test_the_recipe_drops_rows_by_every_set_step(expected: Built) -> None:
    counts = {
        stop.key: count.dropped
        for name in expected.funnel.sources
        for stop, count in expected.funnel.path(name)
    }
    steps = ("candidates", "answers_per_prompt", "exact_duplicates", "near_duplicates")
    for step in steps:
        assert any(n for key, n in counts.items() if key.endswith(step)), step


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 4])
def test_however_many_workers(expected: Built, tmp_path: Path, workers: int) -> None:
    data(tmp_path)
    again = made(tmp_path, text(), workers=workers)
    assert hashes(again.folder) == hashes(expected.folder)


@pytest.mark.slow
def test_whether_workers_stay_for_set_steps(
    expected: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sifting, "MANY", 0)
    data(tmp_path)
    assert hashes(made(tmp_path, text(), workers=2).folder) == hashes(expected.folder)


@pytest.mark.parametrize("height", [100, 512, 100_000])
def test_however_partitions_are_cut(
    expected: Built, tmp_path: Path, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ROWS", height)
    monkeypatch.setattr(feeds, "BATCH", min(height, 512))
    monkeypatch.setattr(reordering, "BUCKET_BYTES", height * 500)
    monkeypatch.setattr(reordering, "HELD_BYTES", height * 700)
    data(tmp_path)
    assert hashes(made(tmp_path, text()).folder) == hashes(expected.folder)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_however_rows_are_stored(expected: Built, tmp_path: Path, seed: int) -> None:
    data(tmp_path, shuffled=seed)
    again = made(tmp_path, text())
    assert rows(again.folder) == rows(expected.folder)
    assert again.manifest.digest == expected.manifest.digest
    assert again.funnel == expected.funnel


def test_in_whatever_order_files_are_named(tmp_path: Path) -> None:
    data(tmp_path)
    listed = "sources: {files: {files: [FILES], take: 90}}\nsteps:\n  - near_duplicates: prompt\n"
    one = made(
        tmp_path, listed.replace("FILES", "data/a.jsonl, data/b.jsonl, data/c.jsonl"), out="1"
    )
    other = made(
        tmp_path, listed.replace("FILES", "data/c.jsonl, data/a.jsonl, data/b.jsonl"), out="2"
    )
    assert rows(one.folder) == rows(other.folder)


@pytest.mark.parametrize("salt", ["0", "4711"])
@pytest.mark.slow
def test_whatever_python_hashes_texts_to(expected: Built, tmp_path: Path, salt: str) -> None:
    data(tmp_path)
    file = recipe(tmp_path, text())
    command = [sys.executable, "-m", "curate", "build", str(file), "-o", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONHASHSEED": salt}
    subprocess.run([*command, "--workers", "1"], check=True, capture_output=True, env=environment)
    assert hashes(tmp_path / "out" / "mix") == hashes(expected.folder)


def test_wherever_it_all_lies(expected: Built, tmp_path: Path) -> None:
    elsewhere = tmp_path / "quite another" / "place with spaces"
    data(elsewhere)
    again = made(elsewhere, text(), out=str(tmp_path / "out"))
    assert hashes(again.folder) == hashes(expected.folder)


def test_below_a_root_that_a_variable_names(tmp_path: Path) -> None:
    text = "vars: {data: nowhere}\nsources: {one: {root: $data, files: ['*.jsonl'], take: 20}}"
    found: list[dict[str, str]] = []
    for name in ("first", "second"):
        write(tmp_path / name / "a.jsonl", chats(30))
        file = recipe(tmp_path, text)
        mix = build(load(file, {"data": str(tmp_path / name)}), tmp_path / f"{name}-out", workers=1)
        found.append(hashes(mix.folder))
        assert len(ids(mix)) == 20
    assert found[0] == found[1]


def test_whichever_engine_signs_texts(expected: Built, tmp_path: Path) -> None:
    data(tmp_path)
    again = made(tmp_path, text("datasketch"))
    assert rows(again.folder) == rows(expected.folder)
