"""Small builds: sources written to files, and what became of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from curate.pipeline import Built, build
from curate.recipe.reading import load


def chats(count: int, *, start: int = 0, words: int = 12) -> list[dict[str, Any]]:
    """Conversations of two turns that have no words in common."""
    return [
        {
            "messages": [
                {"role": "user", "content": f"question{n} " + _words(n, "q", words)},
                {"role": "assistant", "content": f"answer{n} " + _words(n, "a", words)},
            ]
        }
        for n in range(start, start + count)
    ]


def _words(number: int, letter: str, count: int) -> str:
    return " ".join(f"{letter}{number}x{position}" for position in range(count))


def write(file: Path, records: Iterable[Any]) -> Path:
    """Write records as JSON Lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=True) + "\n" for record in records]
    file.write_text("".join(lines), encoding="utf-8")
    return file


def recipe(folder: Path, text: str, name: str = "mix") -> Path:
    """Write a recipe's file."""
    file = folder / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def made(
    folder: Path,
    text: str,
    variables: Mapping[str, str] = {},
    *,
    out: str = "out",
    workers: int = 1,
    earlier: Sequence[Path] = (),
) -> Built:
    """Build a recipe that is written to `folder`, into `folder/out`."""
    loaded = load(recipe(folder, text), variables)
    return build(loaded, folder / out, workers=workers, earlier=earlier)


def ids(built: Built, source: str | None = None) -> list[str]:
    """The ids of a mix, in order; of one source, if one is named."""
    rows = built.rows if source is None else built.rows.filter(pl.col("source") == source)
    return rows["id"].to_list()


def rejects(built: Built) -> pl.DataFrame:
    """The record of the rows that were dropped."""
    return pl.read_parquet(built.folder / "rejects.parquet")


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
