"""The rows that are compared: real texts, with near-duplicates planted among them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

PLANTED = 0.05
"""The part of the rows that are copies of an earlier row with some words exchanged."""
TRACE = 18_000
"""Bytes of a trace."""
ROW = 1000
"""Bytes of an instruction with its answer."""

_SENTENCE = re.compile(r"(?<=[.!?\n])\s+")


def instructions(data: Path, rows: int, seed: int = 0) -> pl.Series:
    """Real prompts with their answers, about 1 kB each, in a seeded order.

    Most are T0's, made from few templates over few passages: half of them are near-duplicates already.
    """
    files = ["t0_train_50k.jsonl.gz", "dolly_3k.json.gz", "gpteacher/codegen-instruct.json.gz"]
    texts = [
        "\n\n".join(value for value in record.values() if isinstance(value, str))
        for file in files
        for record in records(data / "instruct" / file)
    ]
    order = np.random.default_rng(seed).permutation(len(texts))
    if len(order) < rows:
        raise SystemExit(f"{data} has {len(order):,} instruction rows, not {rows:,}")
    return planted(pl.Series([texts[at] for at in order[:rows]]), seed)


def shuffled(data: Path, rows: int, seed: int = 0, size: int = ROW) -> pl.Series:
    """Sentences of real solutions in a random order, `size` bytes a row: no families but what is planted."""
    folder = data / "reasoning/rg_zero_shot"
    pool = sorted(
        {
            sentence
            for file in sorted(folder.glob("easy.*llama*"))
            for answer in completions(file)
            for sentence in _SENTENCE.split(answer)
            if 40 <= len(sentence) <= 400
        }
    )
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    for _ in range(rows):
        written, chosen = 0, list[str]()
        while written < size:
            chosen.append(pool[rng.integers(len(pool))])
            written += len(chosen[-1]) + 1
        texts.append(" ".join(chosen))
    return planted(pl.Series(texts), seed)


def traces(data: Path, rows: int, seed: int = 0) -> pl.Series:
    """The same of `TRACE` bytes: no public traces of that length are at hand."""
    return shuffled(data, rows, seed, TRACE)


def planted(texts: pl.Series, seed: int) -> pl.Series:
    """The texts, of which some are made anew from a random earlier one: up to one word in 25 is another."""
    rng = np.random.default_rng((seed, 1))
    rows = texts.to_list()
    for at in np.flatnonzero(rng.random(len(rows)) < PLANTED).tolist():
        words = re.split(r"(\s+)", rows[rng.integers(at + 1)])
        share = rng.random() * 0.04
        for word in np.flatnonzero(rng.random(len(words)) < share).tolist():
            if words[word].strip():
                words[word] = f"w{rng.integers(10**6)}"
        rows[at] = "".join(words)
    return pl.Series(rows)


def records(file: Path) -> Iterator[Any]:
    """The records of a compressed file."""
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        if ".jsonl" in file.name:
            yield from map(json.loads, lines)
        else:
            yield from json.load(lines)


def completions(file: Path) -> list[str]:
    """Every completion in a file, however deep it lies."""
    return list(_completions(list(records(file))))


def _completions(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "full_model_response" and isinstance(value, str):
                yield value
            else:
                yield from _completions(value)
    elif isinstance(found, list):
        for value in found:
            yield from _completions(value)
