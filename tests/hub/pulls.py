"""Data sets for the double, and builds from them: what client processes are given to run."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from curate.describe import describe_all
from curate.errors import CurateError
from curate.locking import lock
from curate.pipeline import build
from curate.plan import Plan, plan
from curate.recipe.reading import load
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub


def chats(start: int, count: int, words: int = 8, about: str = "") -> list[dict[str, Any]]:
    """Conversations as smoltalk2 has them, beside a column nobody reads.

    Tests that spoil what the double holds give an `about` of their own: equal contents are stored once.
    """
    return [
        {
            "messages": [
                {"role": "user", "content": f"question {n} {about} " + _words(f"q{n}", words)},
                {"role": "assistant", "content": f"answer {n} " + _words(f"a{n}", words)},
            ],
            "source": f"made-{n % 3}",
            "unread": hashlib.sha256(str(n).encode()).hexdigest() * words,
        }
        for n in range(start, start + count)
    ]


def _words(name: str, count: int) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return " ".join(digest[at : at + 6] for at in range(0, 6 * min(count, 10), 6))


def parquet(records: Sequence[dict[str, Any]], group: int, compression: str = "zstd") -> bytes:
    """Records as a parquet file with row groups of so many rows."""
    file = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(list(records)),
        file,
        row_group_size=group,
        compression=compression,
        use_dictionary=False,
    )
    return file.getvalue()


def arrow(records: Sequence[dict[str, Any]]) -> bytes:
    """Records as a stream of Arrow, as `datasets` keeps them."""
    table, file = pa.Table.from_pylist(list(records)), io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return file.getvalue()


def split(
    files: int,
    rows: int,
    group: int,
    *,
    words: int = 8,
    about: str = "",
    compression: str = "zstd",
) -> dict[str, bytes]:
    """The files of a split, each with so many rows; row `n` of all asks question `n`."""
    return {
        f"data/train-{at:05d}-of-{files:05d}.parquet": parquet(
            chats(at * rows, rows, words, about), group, compression
        )
        for at in range(files)
    }


def built(folder: Path, text: str, cache: Path, workers: int = 1, **said: Any) -> dict[str, str]:
    """Build a recipe that is written to `folder`; the digests of what came out, or the errors."""
    file = folder / "mix.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    try:
        mix = build(load(file), folder / "out", workers=workers, cache=cache, **said)
    except CurateError as error:
        return {"error": type(error).__name__, "told": describe_all(error) + "\n"} | {
            f"{at}": f"{problem.what} | {problem.help or ''}"
            for at, problem in enumerate(error.problems)
        }
    return {
        path.relative_to(mix.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(mix.folder.rglob("*"))
        if path.is_file()
    }


def set_environment(name: str, value: str) -> None:
    """Set a variable in the client's process."""
    os.environ[name] = value


def built_at_once(folder: Path, text: str, cache: Path, count: int) -> list[dict[str, str]]:
    """The same build several times at once, in processes of their own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context) as pool:
        runs = [pool.submit(built, folder / str(number), text, cache) for number in range(count)]
        return [run.result() for run in runs]


def rows(folder: Path) -> pl.DataFrame:
    """The rows of the mix that was built in a folder."""
    return pl.read_parquet(folder / "out" / "mix" / "data" / "train-*.parquet")


def locked(folder: Path, text: str, cache: Path, *upgrade: str) -> dict[str, Any]:
    """Lock a recipe that is written to `folder`; the lock, and the sources that moved."""
    file = folder / "mix.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    try:
        locking = lock(load(file), Hub(Cache.at(cache)), upgrade)
    except CurateError as error:
        return {"error": str(error)}
    return {"lock": locking.lock.as_text(), "moved": [move.source for move in locking.moves]}


def shard(number: int, rows: int, group: int) -> bytes:
    """A file of many short conversations, made fast."""
    names = [hashlib.sha256(f"{number} {row}".encode()).hexdigest() for row in range(rows)]
    contents = [text for name in names for text in (f"What is {name}?", f"It is {name[::-1]}.")]
    turn = pa.StructArray.from_arrays(
        [pa.array(["user", "assistant"] * rows), pa.array(contents)], ["role", "content"]
    )
    messages = pa.ListArray.from_arrays(pa.array(range(0, 2 * rows + 1, 2), pa.int32()), turn)
    table = pa.table({"messages": messages, "source": pa.array(["made"] * rows)})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=group, compression="zstd")
    return file.getvalue()


def planned(folder: Path, text: str, cache: Path) -> Plan:
    """Plan a build of a recipe that is written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mix.yaml").write_text(text)
    return plan(load(folder / "mix.yaml"), workers=2, cache=cache)
