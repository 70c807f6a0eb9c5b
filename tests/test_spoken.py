"""Languages of finished mixes, by source and part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curate.spoken import spoken
from tests.builds import made, write

ENGLISH = "The children walked along the river until the sun went down behind the hills."
GERMAN = "Die Kinder gingen am Fluss entlang, bis die Sonne hinter den Hügeln unterging."
RECIPE = """
name: mix
seed: 1
sources:
  one: {root: %s, files: [one.jsonl], take: all}
  two: {root: %s, files: [two.jsonl], take: all}
"""


def chat(*turns: str) -> dict[str, Any]:
    roles = ("user", "assistant") * len(turns)
    told = zip(roles, turns, strict=False)
    return {"messages": [{"role": role, "content": text} for role, text in told]}


@pytest.mark.parametrize("layout", ["sft-prompt-completion", "sft-messages"])
def test_shares_by_source_and_part(layout: str, tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", [chat(ENGLISH, f"<think>\n{GERMAN}\n</think>\n\n{ENGLISH}")])
    write(
        tmp_path / "two.jsonl",
        [chat("hm", "\\boxed{42}"), chat(GERMAN, GERMAN, ENGLISH * 4, GERMAN)],
    )
    recipe = RECIPE % (tmp_path, tmp_path) + f"layouts: [{layout}]\n"
    built = made(tmp_path, recipe)
    shares = spoken(built.folder, "conversation")
    assert shares["one"] == {"prompt": {"en": 1}, "thinking": {"de": 1}, "answer": {"en": 1}}
    assert shares["two"]["answer"] == {"de": 1}
    prompt = shares["two"]["prompt"]
    assert list(prompt) == ["en", "de", "undetermined"]
    assert sum(prompt.values()) == pytest.approx(1)


@pytest.mark.parametrize("layout", ["dpo-explicit", "dpo-message"])
def test_sides_of_pairs(layout: str, tmp_path: Path) -> None:
    pair = {"prompt": ENGLISH, "chosen": f"{ENGLISH} Yes.", "rejected": GERMAN}
    write(tmp_path / "one.jsonl", [pair])
    write(tmp_path / "two.jsonl", [pair | {"rejected": f"<think>{GERMAN}</think>No."}])
    recipe = RECIPE % (tmp_path, tmp_path) + f"kind: preference\nlayouts: [{layout}]\n"
    shares = spoken(made(tmp_path, recipe).folder, "preference")
    assert shares["one"] == {
        "prompt": {"en": 1},
        "chosen_answer": {"en": 1},
        "rejected_answer": {"de": 1},
    }
    assert shares["two"]["rejected_thinking"] == {"de": 1}


def test_a_layout_without_turns_tells_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / f"{name}.jsonl", [chat(ENGLISH, GERMAN)])
    recipe = RECIPE % (tmp_path, tmp_path) + "layouts: [sft-text]\n"
    assert spoken(made(tmp_path, recipe).folder, "conversation") == {}
