"""Loops, against definitions by brute force."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import groupby
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.loops import closing_loops, line_runs, repeated_shares
from curate.pieces import utf8
from curate.steps.repetition import Repetition, compressed_share, equal_lines
from tests.strategies import rows

WORDS = st.lists(st.integers(0, 2), max_size=24)


def longest_loop(words: list[int]) -> int:
    found = 0
    for period in range(1, len(words) // 3 + 1):
        rounds = 1
        while words[-period:] == (words[-(rounds + 1) * period :])[:period] and (
            (rounds + 1) * period <= len(words)
        ):
            rounds += 1
        if rounds >= 3:
            found = max(found, rounds * period)
    return found


def spelled(texts: list[list[int]]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    ends = np.cumsum([0, *map(len, texts)])
    return np.array([word for text in texts for word in text], np.uint64), ends


@given(st.lists(WORDS, min_size=1, max_size=3))
def test_closing_loop_is_the_longest(texts: list[list[int]]) -> None:
    wanted = [max(longest_loop(words), longest_loop(words[:-1])) for words in texts]
    assert closing_loops(*spelled(texts)).tolist() == wanted


@given(st.lists(WORDS, min_size=1, max_size=3), st.integers(1, 4))
def test_repeated_share_counts_what_came_before(texts: list[list[int]], size: int) -> None:
    wanted: list[float] = []
    for words in texts:
        windows = [words[at : at + size] for at in range(len(words) - size + 1)]
        repeats = sum(window in windows[:at] for at, window in enumerate(windows))
        wanted.append(repeats / max(len(windows), 1))
    assert repeated_shares(*spelled(texts), size).tolist() == wanted


LINES = st.lists(
    st.text(st.sampled_from("ab é\u2002\u3000\x1c\x85\xa0三\u200b😀"), max_size=3), max_size=8
)


@given(st.lists(LINES.map("\n".join), min_size=1, max_size=3))
def test_runs_of_lines_are_as_long_as_python_finds_them(texts: list[str]) -> None:
    wanted: list[int] = []
    for text in texts:
        lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
        wanted.append(max((len(list(run)) for _, run in groupby(lines)), default=0))
    assert line_runs(*utf8(pl.Series(texts))).tolist() == wanted


@given(st.lists(st.sampled_from(["a", " a ", "b", "0", ""]), max_size=12))
def test_equal_lines_are_the_longest_run(lines: list[str]) -> None:
    longest = 0
    for line, run in groupby(line.strip() for line in lines if line):
        length = len(list(run))
        longest = max(longest, 1, length // 2 if line == "0" else length)
    assert equal_lines("\n".join(lines)) == longest


@given(st.text(max_size=40), st.integers(2, 60))
def test_compressed_share_is_exact_below_the_bound(text: str, times: int) -> None:
    data = (text * times).encode()
    wanted = len(zlib.compress(data, 9)) / len(data) if len(data) >= 512 else 1.0
    found = compressed_share(data, 0.12)
    assert found == wanted if wanted < 0.12 else found >= 0.12


def test_lines_of_numbers_count_half() -> None:
    assert equal_lines("a\n\nb\n b \nb\nc") == 3
    assert equal_lines("0 1\n" * 8) == 4
    assert equal_lines("") == 0


@given(st.integers(1, 40), st.integers(0, 300), st.integers(0, 10**6))
def test_every_long_loop_is_found(period: int, start: int, seed: int) -> None:
    """Three rounds or more, at least 60 words, behind any text, perhaps with a word cut short behind it."""
    words = [f"w{number}" for number in np.random.default_rng(seed).integers(0, 10**6, 340)]
    rounds = max(3, -(-60 // period))
    text = " ".join([*words[:start], *words[300 : 300 + period] * rounds])
    frame = rows([{"user": "q", "assistant": text}, {"user": "q", "assistant": f"{text} w"}])
    kept = frame.with_columns(pl.col("messages").list.last().struct["content"].alias("text.answer"))
    kept = kept.with_columns(pl.lit(None, pl.String).alias("text.thinking"))
    step = Repetition(of=("thinking", "answer"))
    assert kept.select(step.measure()).to_series().is_not_null().all()


@pytest.mark.real
def test_rationales_are_no_loops(shared: Path) -> None:
    """At most 0.5 % of 7,473 may be called loops."""
    path = shared / "data/reasoning/gsm8k_train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        frame = rows([{"user": "q", "assistant": json.loads(line)["answer"]} for line in lines])
    texts = frame.select(pl.col("messages").list.last().struct["content"].alias("text.answer"))
    step = Repetition(of=("answer",))
    loops = texts.select(step.measure()).to_series().is_not_null().sum()
    assert loops <= 0.005 * texts.height
