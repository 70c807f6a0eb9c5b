"""The demo mixes, rows to hold the forecast against, and a tokenizer for each."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import curate
from curate.output.reading import read_rows
from curate.recipes import load_all

ROWS = 200

REAL = """
name: real-{kind}
kind: {kind}
sources:
  real: {{root: "{root}", files: ["{files}"], {more} take: {rows}}}
"""
EMBEDDED = """
name: real-{kind}
kind: {kind}
sources:
  embedded: {{embedded: {{like: {like}, rows: {rows}, seed: 9}}, take: all}}
"""
_RG = "rows: 'categories[].datasets[].results[]', shape: samples,"
FILES = {
    "conversation": ("reasoning/rg_think/*.json.gz", _RG, "reasoning"),
    "preference": ("preference/llamafactory/dpo_en_demo.json.gz", "", "preference"),
}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The three demo mixes, built here and now."""
    parent, built = tmp_path_factory.mktemp("demo"), []
    for recipe in load_all(["demo"], {}):
        built.append(curate.build(recipe, parent, earlier=built, workers=1).folder)
    return built


@pytest.fixture(scope="session", params=["conversation", "preference"])
def rows(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[dict[str, Any]], Path]:
    """200 rows of a kind as published, real ones where there are any; and a tokenizer made of them."""
    import tiny

    kind = request.param
    files, more, like = FILES[kind]
    root = Path(__file__).parents[3] / "shared" / "data"
    has_real = root.is_dir()
    text = REAL if has_real else EMBEDDED
    folder = tmp_path_factory.mktemp(kind)
    recipe = folder / "recipe.yaml"
    filled = text.format(
        kind=kind, root=root, files=files, more=more, like=like, rows=ROWS if has_real else 260
    )
    recipe.write_text(filled, encoding="utf-8")
    built = curate.build(curate.load(recipe), folder, workers=1)
    records = read_rows(built.folder).collect().to_dicts()[:ROWS]
    assert len(records) == ROWS
    return kind, records, tiny.make_tokenizer(texts_of(records), folder / "tokens")


def texts_of(records: list[dict[str, Any]]) -> list[str]:
    """What all turns of rows say."""
    return [
        turn["content"]
        for record in records
        for column in ("prompt", "completion", "chosen", "rejected")
        for turn in record.get(column) or ()
    ]
