"""How time and memory of the step grow, from its facts on disk to the rows that go.

    python benchmarks/near_duplicates/growth.py sketches|prompt|no-prompt ROWS FOLDER

does one measurement in this process, which the benchmark starts for each.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from curate.partitions import computed
from curate.rows import Part
from curate.step import Facts, Texts
from curate.steps.near_duplicates import NearDuplicates

SIZES = (100_000, 1_000_000, 4_000_000)
PART = 50_000
"""Rows in a file of facts."""
PLANTED = 20
"""One row in so many is the near-duplicate of the one before it."""
MEMORY = 1.5e9
SYSTEM = " ".join(f"rule{word}" for word in range(60))
"""A system prompt of 60 words that a million rows begin with."""


def _mixed(value: np.ndarray) -> np.ndarray:
    """Numbers in no order, by the finalizer of MurmurHash3."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> np.uint64(33)) * np.uint64(factor)
    return value ^ value >> np.uint64(33)


class Made(Texts):
    """Texts made of row numbers: 40 words of their own, a twin's with one exchanged."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix

    def texts(self, rows: np.ndarray) -> pl.Series:
        """The texts of rows; a row divisible by `PLANTED` is nearly the one before it."""
        twin = (rows % PLANTED == 0) & (rows > 0)
        base = np.where(twin, rows - 1, rows).astype(np.uint64)
        columns: dict[str, np.ndarray] = {}
        for word in range(40):
            value = _mixed(base * np.uint64(40) + np.uint64(word)) >> np.uint64(44)
            columns[str(word)] = np.where(twin, 7, value) if word == 39 else value
        words = pl.concat_str(pl.all().cast(pl.String), separator=" ")
        return pl.DataFrame(columns).select(pl.lit(self.prefix) + words).to_series().alias("text")

    def read(self, part: Part, rows: pl.Series) -> Iterator[pl.DataFrame]:
        """As a build gives them, a partition at a time."""
        del part
        wanted = rows.unique().sort().cast(pl.UInt32)
        for some in wanted.to_frame("row").iter_slices(PART // 4):
            yield some.with_columns(self.texts(some["row"].to_numpy()))


def write_facts(step: NearDuplicates, rows: int, folder: Path, texts: Made, *, real: bool) -> Facts:
    """Facts of so many rows: sketched, or of random bands, twins sharing all of them."""
    files: list[Path] = []
    names = [step.fact("whole"), *step._bands()]
    rng = np.random.default_rng(1)
    before = np.zeros(len(names), np.uint64)
    for first in range(0, rows, PART):
        numbers = np.arange(first, min(first + PART, rows))
        frame = pl.DataFrame(
            {
                "id": pl.Series(numbers).cast(pl.String).str.zfill(32),
                "source": pl.repeat(0, numbers.size, dtype=pl.UInt16, eager=True),
                "rank": rng.permutation(numbers.size).astype(np.uint64),
                "earlier": pl.repeat(value=False, n=numbers.size, eager=True),
            }
        )
        if real:
            made = texts.texts(numbers).alias("text.prompt")
            hashes = computed(made.to_frame(), step.facts())
        else:
            drawn = rng.integers(0, 2**63, (numbers.size, len(names)), dtype=np.int64).astype(
                np.uint64
            )
            twins = np.flatnonzero((numbers % PLANTED == 0) & (numbers > 0))
            drawn[twins, 1:] = np.where(twins[:, None] > 0, drawn[twins - 1], before)[:, 1:]
            before = drawn[-1]
            hashes = pl.DataFrame(dict(zip(names, drawn.T, strict=True)))
        files.append(folder / f"{len(files):05d}.facts")
        pl.concat([frame, hashes], how="horizontal").write_parquet(files[-1])
    alive = pl.repeat(value=True, n=rows, dtype=pl.Boolean, eager=True)
    return Facts(tuple(files), tuple(range(0, rows, PART)), alive, texts, ("rows",))


def measure(what: str, rows: int, folder: Path) -> dict[str, float]:
    """Processor seconds, and the most memory beyond what the process began with."""
    step = NearDuplicates(of="prompt")
    texts = Made(f"{SYSTEM} " if what == "prompt" else "")
    begun = time.process_time()
    if not any(folder.iterdir()):
        write_facts(step, rows, folder, texts, real=what != "sketches")
        return {"sketched": time.process_time() - begun}
    (folder / "warm").mkdir()
    step.drop(write_facts(step, 100, folder / "warm", texts, real=what != "sketches"))
    files = tuple(sorted(folder.glob("*.facts")))
    alive = pl.repeat(value=True, n=rows, dtype=pl.Boolean, eager=True)
    facts = Facts(files, tuple(range(0, rows, PART)), alive, texts, ("rows",))
    before = _peak()
    begun = time.process_time()
    dropped = step.drop(facts)
    took = time.process_time() - begun
    return {"cpu": took, "memory": _peak() - before, "dropped": dropped.height}


def _peak() -> float:
    """The most memory this process had, in bytes; what `getrusage` tells is its parent's where that had more."""
    (told,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return float(told) * 1024


def _run(what: str, rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        told: dict[str, float] = {}
        for _ in range(2):  # facts are written by a process of their own
            words = [sys.executable, __file__, what, str(rows), folder]
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
            told |= json.loads(done.stdout.splitlines()[-1])
        return told


def show_growth() -> None:
    """Bands, clusters and verification of more and more sketches, one in 20 rows a near-duplicate."""
    print("\ngrowth, from facts on disk to the rows that go")
    for rows in SIZES:
        told = _run("sketches", rows)
        print(
            f"  {rows:>10,} sketches  {told['cpu']:7.2f} cpu-s  {1e6 * told['cpu'] / rows:5.2f} µs a row  "
            f"{told['memory'] / 1e6:7.0f} MB  {told['memory'] / rows:5.0f} B a row  dropped {told['dropped']:,}",
            flush=True,
        )
        if rows == 1_000_000:
            met = "met" if told["memory"] < MEMORY else "NOT met"
            print(f"  {'':10}  memory for a million asked under {MEMORY / 1e9} GB: {met}")


def show_prompt(rows: int = 1_000_000) -> None:
    """Rows of 40 words of their own, with and without 60 words of system prompt before them."""
    print("\na million rows with one identical system prompt of 60 words, 40 words of their own")
    for what in ("no-prompt", "prompt"):
        told = _run(what, rows)
        print(
            f"  {what:10} sketches {told['sketched']:6.1f} cpu-s (making the texts included)  the step "
            f"{told['cpu']:6.1f} cpu-s  {told['memory'] / 1e6:6.0f} MB  dropped {told['dropped']:,}",
            flush=True,
        )


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
