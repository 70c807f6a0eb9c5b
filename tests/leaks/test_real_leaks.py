"""What is known of leaks among real files."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curate.leaks.demand import Demand
from curate.leaks.index import build
from curate.leaks.items import ITEMS
from curate.leaks.search import Hit, find

pytestmark = pytest.mark.real
DEFAULT = Demand("coverage", "plain", 8, 0.5)


@cache
def records(file: Path) -> list[Any]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = data.decode("utf-8")
    return json.loads(text) if text.startswith("[") else [json.loads(x) for x in text.splitlines()]


def questions(file: Path, field: str) -> list[str]:
    return [record[field] for record in records(file)]


def hits(texts: list[str], tests: list[str], demand: Demand = DEFAULT) -> list[Hit | None]:
    names = [str(n) for n in range(len(tests))]
    items = pl.DataFrame({"test": names, "text": tests}, schema=ITEMS)
    return find(pl.Series(texts), build(items, demand))


def test_every_answer_to_gsm8k_is_found(shared: Path) -> None:
    tests = questions(shared / "data/eval/gsm8k_test.jsonl.gz", "question")
    prompts = questions(
        shared / "data/reasoning/gsm8k_example_model_solutions.jsonl.gz", "question"
    )
    for file in sorted((shared / "data/reasoning/zeroeval/gsm").iterdir()):
        prompts += [record["chat_history"][0] for record in records(file)]
    assert len(prompts) > 11_000
    assert None not in hits(prompts, tests)


def test_math_problems_that_stand_word_for_word_are_found(shared: Path) -> None:
    tests = questions(shared / "data/eval/math500_test.jsonl", "problem")
    prompts: set[str] = set()
    for file in (shared / "data/reasoning/zeroeval/math-l5").iterdir():
        prompts |= {record["problem"] for record in records(file)}
    same = {str(number) for number, problem in enumerate(tests) if problem in prompts}
    found = {hit.test for hit in hits(sorted(prompts), tests) if hit}
    assert len(same) == 74
    assert same <= found
    assert len(found - same) == 3  # changed in a number, or in half of their words
    backward = hits(tests, sorted(prompts), Demand("any", "spaces", 8, 0.5))
    assert sum(hit is not None for hit in backward) == 99


def test_known_pairs_of_prompts_are_found(shared: Path) -> None:
    pairs = records(shared / "data/eval/gsm8k_contaminated_prompts.jsonl")
    assert len(pairs) == 12
    for pair in pairs:
        assert hits([pair["train_prompt"]], [pair["eval_prompt"]]) != [None]


@pytest.mark.parametrize(("ngram", "train", "test"), [(8, 70, 60), (10, 10, 8), (13, 4, 3)])
def test_any_shared_n_gram_of_gsm8k(shared: Path, ngram: int, train: int, test: int) -> None:
    ours = questions(shared / "data/reasoning/gsm8k_train.jsonl.gz", "question")
    theirs = questions(shared / "data/eval/gsm8k_test.jsonl.gz", "question")
    demand = Demand("any", "spaces", ngram, 0.5)
    found = [
        sum(hit is not None for hit in hits(*pair, demand))
        for pair in ((ours, theirs), (theirs, ours))
    ]
    assert found == [train, test]
