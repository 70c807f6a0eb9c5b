"""The texts that are counted: every record of the real data, as its strings."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

_RESULTS = ("rg_think", "rg_zero_shot", "zeroeval")


def traces(data: Path) -> pl.Series:
    """What models wrote: Reasoning Gym's samples, with `<think>` and without, and ZeroEval's outputs."""
    found: list[str] = []
    for folder in _RESULTS:
        for file in sorted((data / "reasoning" / folder).rglob("*.json*")):
            for record in records(file):
                found += _written(record)
    return pl.Series(found, dtype=pl.String)


def instructions(data: Path) -> pl.Series:
    """Instruction rows, each as one text."""
    files = sorted(file for file in (data / "instruct").rglob("*.json*"))
    rows = (strings(record) for file in files for record in records(file))
    return pl.Series(["\n\n".join(row) for row in rows], dtype=pl.String)


def everything(data: Path) -> Iterator[tuple[Path, list[list[str]]]]:
    """The rows of every file, each as its strings; records that nest are rows of their own."""
    for file in sorted(data.rglob("*")):
        if file.is_file() and not {"tokenizers", "templates"} & set(file.parts):
            yield file, [row for row in map(strings, records(file)) if row]


def records(file: Path) -> Iterator[Any]:
    """The records of a file: JSON, JSON Lines, CSV, TSV, parquet, or one text."""
    kind = next((s for s in reversed(file.suffixes) if s != ".gz"), "")
    if kind == ".parquet":
        yield from pl.read_parquet(file).to_dicts()
        return
    content = file.read_bytes()
    if file.suffix == ".gz":
        content = gzip.decompress(content)
    text = content.decode("utf-8", "replace")
    if kind in {".json", ".jsonl"}:
        yield from _innermost(_parsed(text))
    elif kind in {".csv", ".tsv"}:
        yield from csv.reader(io.StringIO(text), delimiter="\t" if kind == ".tsv" else ",")
    else:
        yield text


def strings(record: Any) -> list[str]:
    """All strings in a record, in their order."""
    match record:
        case str():
            return [record]
        case dict() | list() | tuple():
            inside = record.values() if isinstance(record, dict) else record
            return [text for each in inside for text in strings(each)]
        case _:
            return []


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # splitlines() would cut at U+0085
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _innermost(told: Any) -> Iterator[Any]:
    """Records out of what holds them: lists, and the tables of Reasoning Gym."""
    match told:
        case list():
            for each in told:
                yield from _innermost(each) if isinstance(each, list | dict) else [each]
        case {"categories": list(parts)} | {"datasets": list(parts)} | {"results": list(parts)}:
            yield from _innermost(parts)
        case _:
            yield told


def _written(record: dict[str, Any]) -> list[str]:
    if "completions" in record:
        told = [sample["full_model_response"] for sample in record["completions"]]
    else:
        told = record["output"]
    return [text for text in (told if isinstance(told, list) else [told]) if isinstance(text, str)]
