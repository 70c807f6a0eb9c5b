"""Near-duplicates among real prompts, against comparing every pair."""

from __future__ import annotations

import gzip
import json
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from facts import facts_of

from curate.near import words
from curate.near.normal_form import normal_form
from curate.rows import Message, Row, frame
from curate.steps.near_duplicates import NearDuplicates

ROWS = 1200


@pytest.mark.real
def test_no_pair_is_missed_and_none_is_made_up(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "data/instruct/t0_train_50k.jsonl.gz", "rt", newline="\n") as lines:
        prompts = [json.loads(line)["prompt"] for line, _ in zip(lines, range(ROWS), strict=False)]
    rows = frame("t0", [Row((Message("user", prompt),)) for prompt in prompts])
    step = NearDuplicates(of="prompt")
    facts = facts_of(step, rows, tmp_path, cuts=(400, 900))
    dropped = set(step.drop(facts)["row"].to_list())

    sets = [set(words.shingles(text, 5)) for text in normal_form(pl.Series(prompts))]
    group = list(range(ROWS))
    for one, other in combinations(range(ROWS), 2):
        a, b = sets[one], sets[other]
        if min(len(a), len(b)) < 0.8 * max(len(a), len(b)):
            continue
        common = len(a & b)
        if common and common / (len(a) + len(b) - common) >= 0.8:
            low, high = sorted((group[one], group[other]))
            group = [low if number == high else number for number in group]
    assert len(dropped) > 300
    assert len(dropped) == ROWS - len(set(group))
    for name in set(group):
        members = {row for row in range(ROWS) if group[row] == name}
        assert len(members - dropped) == 1
