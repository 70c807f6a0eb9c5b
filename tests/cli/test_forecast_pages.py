"""`curate inspect --forecast`: its pages, its JSON and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from byte_tokens import save_bytes
from typer.testing import Result

Run = Callable[..., Result]
Golden = Callable[[str, Path], None]
GOLDEN = Path(__file__).parent / "golden"


def chat(question: str, answer: str, source: str) -> dict[str, Any]:
    turns = {"prompt": [("user", question)], "completion": [("assistant", answer)]}
    return {"source": source} | {
        name: [{"role": role, "content": text} for role, text in told]
        for name, told in turns.items()
    }


def thought(length: int) -> str:
    return f"<think>{'h' * length}</think>Yes."


SETS: dict[str, list[dict[str, Any]]] = {
    "traces": [
        *(chat("Why?", thought(n * 4), "long traces of a big model") for n in range(1, 40)),
        *(chat("Why?", thought(n), "short") for n in range(1, 20)),
        *(chat("W" * n * 12 + "?", "No.", "questions\x1b[31m") for n in range(10)),
    ],
    "pairs": [
        {"source": f"s{n % 30:02}", "chosen": f"Why? {'so' * n}", "rejected": f"Why? {'so' * n}!"}
        for n in range(60)
    ],
    "endless": [{"messages": [{"role": "user", "content": "Why?"}]}],
}


@pytest.fixture
def sets(recipes: Path) -> Path:
    """Three small sets, and a tokenizer whose tokens are bytes with its template."""
    for name, rows in SETS.items():
        lines = [json.dumps(row) + "\n" for row in rows]
        (recipes / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (recipes / "bytes").mkdir()
    save_bytes(recipes / "bytes")
    return recipes


PAGES: dict[str, tuple[str, ...]] = {
    "forecast-help": ("--help",),
    "forecast-sft": ("traces.jsonl", "--forecast", "80"),
    "forecast-sft-end": ("traces.jsonl", "--forecast", "80", "--keep-end"),
    "forecast-whole": ("traces.jsonl", "--forecast", "500", "--assistant-only"),
    "forecast-dpo": ("pairs.jsonl", "--forecast", "60"),
    "forecast-tinyllama": (
        *("traces.jsonl", "--forecast", "60", "--trainer", "tinyllama", "--source-length", "50"),
    ),
    "forecast-endless": ("endless.jsonl", "--forecast", "60"),
    "forecast-wrong-trainer": ("traces.jsonl", "--forecast", "60", "--trainer", "trl-dpo"),
    "forecast-nowhere": ("org/name/more", "--forecast", "60"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, curate: Run, sets: Path, golden: Golden) -> None:
    words = PAGES[name] if name == "forecast-help" else (*PAGES[name], "--tokenizer", "bytes")
    result = curate("inspect", *words)
    errors = f"--- stderr\n{result.stderr}" if result.stderr else ""
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    text = "\n".join([*lines, f"{errors}--- exit {result.exit_code}", ""])
    golden(text, GOLDEN / f"{name}.txt")


def test_json_tells_the_same(curate: Run, sets: Path) -> None:
    result = curate(
        *("inspect", "traces.jsonl", "--forecast", "80", "--tokenizer", "bytes", "--json")
    )
    told = json.loads(result.stdout)
    assert told["trainer"] == "trl-sft"
    assert told["max_length"] == 80
    assert told["by"] == "source"
    assert set(told["sources"]) == {row["source"] for row in SETS["traces"]}
    total = told["total"]
    assert total["rows"] == len(SETS["traces"])
    assert total["rows"] == sum(one["rows"] for one in told["sources"].values())
    lengths = [
        len(f"U:{row['prompt'][0]['content']};A:{row['completion'][0]['content']};")
        for row in SETS["traces"]
    ]
    assert total["whole"] == sum(length <= 80 for length in lengths)
    assert total["max_length_for"]["100"] == max(lengths)


def test_a_finished_mix_is_told_of(curate: Run, sets: Path) -> None:
    assert curate("build", "mixes", "-o", "out", "--workers", "1").exit_code == 0
    for mix, trainer in (("1-small-talk", "trl-sft"), ("2-better-answers", "trl-dpo")):
        words = ("inspect", f"out/{mix}", "--forecast", "9999", "--tokenizer", "bytes", "--json")
        told = json.loads(curate(*words).stdout)
        assert told["trainer"] == trainer
        assert told["total"]["rows"] == told["total"]["whole"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("traces.jsonl", "--forecast", "9"), "it needs the model's --tokenizer"),
        (("traces.jsonl", "--forecast", "0"), "--forecast"),
        (("traces.jsonl", "--forecast", "9", "--trainer", "ppo"), "--trainer"),
    ],
)
def test_a_wrong_command_line(words: tuple[str, ...], said: str, curate: Run, sets: Path) -> None:
    result = curate("inspect", *words)
    assert result.exit_code == 2
    assert said in result.stderr
