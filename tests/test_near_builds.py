"""Near-duplicates and test items through whole builds, from files to the folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builds import made, rejects, write

import curate
from curate.errors import OutputError

PAIRS = """
kind: preference
sources:
  pairs:
    files: [pairs.jsonl]
    take: {take}
    keep: {{margin: margin}}
steps:
  - near_duplicates: {{{step}, keep: score, score: margin}}
"""

MADE = """
kind: preference
sources:
  samples:
    files: [samples.jsonl]
    take: 4
    keep: {score: score}
    steps:
      - pairs: {min_score: 1.0, margin: 0.5}
steps:
  - near_duplicates: {of: pair, keep: score, score: margin}
"""


def spelled(letter: str, number: int, *, words: int = 30) -> str:
    return " ".join(f"{letter}{number}x{at}" for at in range(words))


def pair(number: int, ending: str, margin: float | None, **more: str) -> dict[str, Any]:
    """A pair of its number's words; another ending makes it a near-duplicate."""
    told = {
        "prompt": spelled("q", number),
        "chosen": f"{spelled('c', number)} {ending}",
        "rejected": spelled("r", number),
        "margin": margin,
    }
    return told | more


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    margins = [("a", 0.5), ("b", 2.0), ("c", None), ("d", 1.5)]
    told = [pair(number, ending, margin) for number in range(4) for ending, margin in margins]
    told.append(pair(9, "a", 0.1))
    write(tmp_path / "pairs.jsonl", told)
    return tmp_path


def endings(built: curate.Built) -> list[str]:
    chosen = built.rows["chosen"].list.last().struct.field("content")
    return chosen.str.split(" ").list.last().to_list()


@pytest.mark.parametrize("workers", [1, 2])
def test_of_pairs_that_are_alike_the_widest_margin_stays(pairs: Path, workers: int) -> None:
    text = PAIRS.format(take=5, step="of: pair")
    built = made(pairs, text, workers=workers)
    assert sorted(built.rows["margin"].to_list()) == [0.1, 2.0, 2.0, 2.0, 2.0]
    dropped = rejects(built)
    assert dropped["because_of"].is_in(built.rows["id"].implode()).all()
    assert dropped.height == 12


def test_one_answer_under_two_prompts_is_two_pairs(tmp_path: Path) -> None:
    told = [pair(1, "a", 1.0), pair(1, "a", 2.0, prompt=spelled("p", 2, words=80))]
    write(tmp_path / "pairs.jsonl", told)
    assert made(tmp_path, PAIRS.format(take=2, step="of: pair")).rows.height == 2


def test_of_one_prompts_pairs_the_widest_margin_and_the_least_alike_stay(pairs: Path) -> None:
    told = [pair(n, "e", 0.2, chosen=spelled("other", n) + " e") for n in range(4)]
    with (pairs / "pairs.jsonl").open("a") as out:
        out.writelines(json.dumps(row) + "\n" for row in told)
    text = PAIRS.format(take=9, step="of: prompt, answers_per_prompt: 2")
    built = made(pairs, text)
    assert sorted(endings(built)) == ["a", *"bbbb", *"eeee"]


def test_pairs_made_of_samples_keep_the_widest_margin(tmp_path: Path) -> None:
    samples = [
        {
            "messages": [
                {"role": "user", "content": spelled("q", number, words=50) + ending},
                {"role": "assistant", "content": spelled(letter, number, words=50)},
            ],
            "score": score,
        }
        for number in range(4)
        for ending, low in (("", 0.4), (" now", 0.0))
        for letter, score in (("c", 1.0), ("r", low))
    ]
    write(tmp_path / "samples.jsonl", samples)
    built = made(tmp_path, MADE)
    assert built.rows["margin"].to_list() == [1.0] * 4
    assert (rejects(built)["step"] == "1 near_duplicates").all()


AGAINST = """
kind: {kind}
{layouts}
sources:
  one:
    files: [{file}]
    take: {take}
steps:
  - near_duplicates: {{of: {part}{against}}}
"""


@pytest.mark.parametrize("layout", ["sft-messages", "sft-prompt-completion"])
@pytest.mark.parametrize("part", ["conversation", "answer", "response", "thinking"])
def test_any_part_is_kept_apart_from_a_folder(tmp_path: Path, part: str, layout: str) -> None:
    def chat(question: int, answer: int, thought: int) -> dict[str, Any]:
        told = f"<think>{spelled('t', thought)}</think>\n{spelled('a', answer)}"
        return {
            "messages": [
                {"role": "user", "content": spelled("q", question)},
                {"role": "assistant", "content": told},
            ]
        }

    text = partial(AGAINST.format, kind="conversation", part=part)
    layouts = f"layouts: [{layout}]"
    write(tmp_path / "old.jsonl", [chat(0, 0, 0)])
    first = made(tmp_path, text(layouts=layouts, file="old.jsonl", take=1, against=""), out="first")
    rows = {"same": (0, 0, 0), "answer": (1, 0, 1), "thinking": (2, 2, 0), "question": (0, 3, 3)}
    write(tmp_path / "new.jsonl", [chat(*row) for row in rows.values()])
    apart = f", against: [{first.folder.relative_to(tmp_path)}]"
    second = made(tmp_path, text(layouts="", file="new.jsonl", take="all", against=apart))
    like = {"conversation": {"same"}, "response": {"same"}}.get(part, {"same", part})
    told = second.rows["prompt"].list.first().struct.field("content").str.split(" ").list.first()
    assert sorted(told) == sorted(f"q{row[0]}x0" for name, row in rows.items() if name not in like)
    assert set(rejects(second)["because_of"]) == set(first.rows["id"])


def test_pairs_are_kept_apart_from_a_folder(tmp_path: Path) -> None:
    text = partial(AGAINST.format, kind="preference", part="pair", layouts="")
    write(tmp_path / "old.jsonl", [pair(0, "a", 1.0), pair(1, "a", 1.0)])
    first = made(tmp_path, text(file="old.jsonl", take=2, against=""), out="first")
    write(tmp_path / "new.jsonl", [pair(n, "b", 1.0) for n in range(4)])
    apart = f", against: [{first.folder.relative_to(tmp_path)}]"
    second = made(tmp_path, text(file="new.jsonl", take=2, against=apart))
    assert set(rejects(second)["because_of"]) == set(first.rows["id"])


def test_a_folder_without_turns_is_named(tmp_path: Path) -> None:
    text = partial(AGAINST.format, kind="preference", part="pair")
    write(tmp_path / "old.jsonl", [pair(0, "a", 1.0)])
    implicit = text(layouts="layouts: [dpo-implicit]", file="old.jsonl", take=1, against="")
    first = made(tmp_path, implicit, out="first")
    apart = f", against: [{first.folder.relative_to(tmp_path)}]"
    with pytest.raises(OutputError, match="no layout of it holds turns"):
        made(tmp_path, text(layouts="", file="old.jsonl", take=1, against=apart))


# Test items -----------------------------------------------------------------------------------------

PACK = """
sources:
  test:
    files: [items.jsonl]
    shape: prompt
    take: all
"""
SEARCHED = """
sources:
  chats:
    files: [chats.jsonl]
    take: {take}
steps:
  - decontaminate: {{against: [bench.yaml]{allow}}}
"""
ITEMS = [
    "A baker sells 48 loaves in the morning and half as many in the afternoon. How many does he sell in all?",
    "If $f(x) = \\frac{3x-2}{x-2}$, what is the value of $f(-2) + f(-1) + f(0)$? Express your answer as a fraction.",
    "Compute 17 + 25.",
]
CHATS = [
    (
        "A BAKER sells 48 loaves in the morning, and half as many in the afternoon: how many does he sell in all?",
        "He sells 24 in the afternoon, so 72.",
    ),
    (
        "Solve this.",
        (
            "<think>If f(x) = (3x-2)/(x-2), what is the value of f(-2)+f(-1)+f(0)? Express your answer as a fraction. "
            "I have seen it.</think>14/3"
        ),
    ),
    ("Compute 17 + 25!", "42"),
    (
        "I was told to compute 17 + 25 by my teacher, who wants each step of long addition written out.",
        "Seven and five make twelve; write two, carry one. One and two and one make four: 42.",
    ),
    ("A butcher weighs 48 sausages before noon. How heavy is each of them?", "He has not told."),
]


@pytest.fixture
def searched(tmp_path: Path) -> Path:
    write(tmp_path / "items.jsonl", [{"prompt": item} for item in ITEMS])
    (tmp_path / "bench.yaml").write_text(PACK, "utf-8")
    turns = [
        [{"role": "user", "content": asked}, {"role": "assistant", "content": told}]
        for asked, told in CHATS
    ]
    write(tmp_path / "chats.jsonl", [{"messages": chat} for chat in turns])
    return tmp_path


def asked(built: curate.Built) -> set[str]:
    return set(built.rows["prompt"].list.first().struct.field("content"))


def test_short_items_are_found_where_they_are_most_of_a_text(searched: Path) -> None:
    built = made(searched, SEARCHED.format(take=2, allow=""))
    assert asked(built) == {CHATS[3][0], CHATS[4][0]}
    told = rejects(built)["measure"].sort().to_list()
    assert [line.partition("“")[0] for line in told] == [
        "prompt: 1.00 of bench/test#0: ",
        "prompt: 1.00 of bench/test#2: ",
        "thinking: 1.00 of bench/test#1: ",
    ]
    (certificate,) = built.manifest.certificates
    assert (certificate.searched, certificate.dropped) == (5, 3)


def test_allowed_items_stay_in_a_mix_and_its_certificate_says_which(searched: Path) -> None:
    allow = ", allow: [bench/test#0, bench/test#2]"
    built = made(searched, SEARCHED.format(take=4, allow=allow))
    assert asked(built) == {asked for asked, _ in CHATS} - {"Solve this."}
    (certificate,) = built.manifest.certificates
    strict = made(searched, SEARCHED.format(take=2, allow=""), out="strict")
    assert (certificate.searched, certificate.dropped) == (5, 1)
    assert certificate.digest != strict.manifest.certificates[0].digest
    card = (built.folder / "README.md").read_text("utf-8")
    assert "bench/test#0" in card + (built.folder / "manifest.json").read_text("utf-8")
    assert pl.read_parquet(built.folder / "rejects.parquet").height == 1
