"""What it costs to publish a mix again that has hardly changed, measured in the Xet store."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from builds import made, write
from double import Client, Double
from releases import publish

ROWS = 78_000
NEW = 3
WORDS = 500
"""Words of an answer at most: 2 kB, half as long as reasoning traces are."""


def traces(rows: int) -> Iterator[dict[str, Any]]:
    """Rows of words as frequent as those of a language, so that they compress as texts do."""
    chance = random.Random(1)
    letters = "etaoinshrdlcumwfgyp"
    words = ["".join(chance.choices(letters, k=chance.randrange(2, 9))) for _ in range(4_000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    text = chance.choices(words, weights, k=2_000_000)
    for number in range(rows):
        start, length = chance.randrange(len(text) - WORDS), chance.randrange(WORDS // 5, WORDS)
        said = " ".join(text[start : start + length])
        yield {
            "messages": [
                {"role": "user", "content": f"{number} {said[:200]}"},
                {"role": "assistant", "content": f"<think>{said[200:]}</think>{number}"},
            ]
        }


@pytest.mark.slow
def test_three_rows_more_store_less_than_a_tenth_again(
    hub: Double, clients: Mapping[str, Client], repo: str, tmp_path: Path
) -> None:
    rows = list(traces(ROWS + NEW))
    stored = [hub.xet.stored]
    for count in (ROWS, ROWS + NEW):
        write(tmp_path / str(count) / "traces.jsonl", rows[:count])
        recipe = "sources: {traces: {files: [traces.jsonl], take: all}}"
        folder = made(tmp_path / str(count), recipe).folder
        (told,) = clients["xet"].call(publish, str(folder), "--to", repo).published
        assert told["mixes"][0]["rows"] == count
        stored.append(hub.xet.stored)
    first, again = stored[1] - stored[0], stored[2] - stored[1]
    assert first > 30_000_000
    assert again < first / 10, f"{again / first:.1%} of {first:,} bytes"
