"""Find near-duplicates, and measure it beside what a user would pick instead.

    pip install rensa==0.5.0 xxhash
    POLARS_MAX_THREADS=1 python benchmarks/near_duplicates/run.py [--data FOLDER] [--only PART …]

Parts: `speed` (processor time, all in turns in one process, a line a row of the table that was asked for),
`cores` (time on the clock with one core and with two; wants a quiet machine), `growth` (bands and clusters of more
and more sketches, in processes of their own), `recall` (planted pairs beside theory), `real` (beside brute force on
real rows), `agreement` (beside an author's own reference answer), `prompt` (a million rows that begin with one
identical system prompt). Compilation is done before anything is measured, and its time printed apart.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # one core unless said otherwise

import numpy as np
import polars as pl
from agreement import show_agreement
from corpus import instructions, shuffled, traces
from engines import RIVALS, THRESHOLD, bound, compared, polars_words, sketched, unverified, verified
from growth import show_growth, show_prompt
from quality import show_real, show_recall
from truth import duplicates

ROUNDS = 5
KINDS = {
    "traces": (traces, 4000),
    "instruction": (shuffled, 40_000),
    "instruction, T0": (instructions, 40_000),
}
"""Where rows come from, and how many."""
FEW = {
    "datasketch bulk, xxh32": 5.0,
    "datasketch as in its README": 1.0,
    "rensa": 10.0,
}
"""Megabytes for the slow ones, and the most for comparing recalls: rates are what is compared."""
ASKED = {
    "datasketch bulk, xxh32": (18.0, 16.0),
    "datasketch as in its README": (240.0, 160.0),
    "rensa": (6.0, 4.5),
    "polars": (1.25, 1.8),
}
"""What the project asks of itself, of traces and of instructions: times as fast; of polars, times its time."""
VERIFYING = 0.15


def show_versions() -> None:
    """Print what is compared."""
    told: list[str] = []
    for name in ("curate-traces", "numba", "numpy", "polars", "datasketch", "rensa", "xxhash"):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} missing")
    print(", ".join(told))


def show_speed(data: Path, rounds: int) -> None:
    """Processor time of everything, in turns."""
    for kind, (read, rows) in KINDS.items():
        texts = read(data, rows)
        size = int(texts.str.len_bytes().sum())
        asked = {name: values[kind != "traces"] for name, values in ASKED.items()}
        counts = {name: int(len(texts) * 1e6 * few / size) for name, few in FEW.items()}
        few = {name: texts[:count].to_list() for name, count in counts.items()}
        sizes = {name: sum(len(text.encode()) for text in some) for name, some in few.items()}
        print(
            f"\n{kind}: {len(texts):,} rows, {size / 1e6:.1f} MB, {size / len(texts):,.0f} B a row"
        )
        sketches = sketched(texts)
        together = bound(sketches)
        ours: dict[str, Callable[[], object]] = {
            "not verified": lambda texts=texts: unverified(texts),
            "  of it signatures": lambda texts=texts: sketched(texts),
            "  of it bands and clusters": lambda sketches=sketches: bound(sketches),
            "verifying": lambda texts=texts, together=together: compared(texts, *together),
            "verified": lambda texts=texts: verified(texts),
            "polars": lambda texts=texts: polars_words(texts),
        }
        took: dict[str, list[float]] = {name: [] for name in (*ours, *RIVALS)}
        for _ in range(rounds):
            for name, run in ours.items():
                took[name].append(_cpu(run))
            for name, run in RIVALS.items():
                took[name].append(_cpu(partial(run, few[name])))
        for name in ours:
            rate = size / 1e6 / median(took[name])
            print(f"  {name:30} {median(took[name]):7.3f} s  {rate:8.1f} MB/cpu-s")
        for name in RIVALS:
            rate = sizes[name] / 1e6 / median(took[name])
            print(
                f"  {name:30} {median(took[name]):7.3f} s  {rate:8.1f} MB/cpu-s  ({len(few[name]):,} rows)"
            )
        for told in ("not verified", "verified"):
            for name in RIVALS:
                ratios = [
                    (size / mine) / (sizes[name] / theirs)
                    for mine, theirs in zip(took[told], took[name], strict=True)
                ]
                _row(f"{told} against {name}", ratios, at_least=asked[name])
        ratios = [a / b for a, b in zip(took["not verified"], took["polars"], strict=True)]
        _row("not verified over polars' words", ratios, at_most=asked["polars"])
        shares = [a / b for a, b in zip(took["verifying"], took["not verified"], strict=True)]
        _row("verifying on top", shares, at_most=VERIFYING)
        _show_quality(texts[: max(counts.values())])


def _show_quality(texts: pl.Series) -> None:
    """Recall and precision of each on the same rows, against comparing all pairs."""
    truth = duplicates(texts, THRESHOLD)
    print(
        f"  of {len(texts):,} rows {truth.sum():,} have an earlier one at least {THRESHOLD} alike"
    )
    told = {"not verified": unverified(texts), "verified": verified(texts)}
    rows = texts.to_list()
    told |= {name: run(rows) for name, run in RIVALS.items() if "README" not in name}
    for name, found in told.items():
        right = (found & truth).sum()
        print(
            f"    {name:28} recall {right / max(1, truth.sum()):.4f}  "
            f"precision {right / max(1, found.sum()):.4f}"
        )


def show_cores(data: Path, rounds: int) -> None:
    """Time on the clock with one core and with two, and what it would be were both free all the while.

    The latter is processor time along the longest path: the slower half's signatures, then bands and clusters,
    of which what other threads do is shared between two.
    """
    for kind, (read, rows) in KINDS.items():
        texts = read(data, rows)
        halves = [texts[: len(texts) // 2], texts[len(texts) // 2 :]]
        walls: dict[int, list[float]] = {1: [], 2: []}
        paths: dict[int, list[float]] = {1: [], 2: []}
        with ThreadPoolExecutor(2) as pool:
            for _ in range(2 * rounds):
                for cores, parts in ((1, [texts]), (2, halves)):
                    begun = time.perf_counter()
                    done = list(pool.map(_timed, parts))
                    alone, whole = time.thread_time(), time.process_time()
                    bound(pl.concat([sketches for sketches, _ in done]))
                    alone, whole = time.thread_time() - alone, time.process_time() - whole
                    alone += (whole - alone) / cores
                    walls[cores].append(time.perf_counter() - begun)
                    paths[cores].append(max(took for _, took in done) + alone)
        print(f"\n{kind}: two cores over one, the least disturbed round of each")
        for what, took in (
            ("on the clock", walls),
            ("processor time along the longest path", paths),
        ):
            one, two = min(took[1]), min(took[2])
            _row(f"{what}, {one:.3f} s and {two:.3f} s", [one / two], at_least=1.8)


def _timed(texts: pl.Series) -> tuple[pl.DataFrame, float]:
    begun = time.thread_time()
    return sketched(texts), time.thread_time() - begun


def _cpu(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _row(
    what: str, ratios: list[float], *, at_least: float | None = None, at_most: float | None = None
) -> None:
    ratio = median(ratios)
    asked = f"at least {at_least:g}" if at_least is not None else f"under {at_most:g}"
    met = ratio >= at_least if at_least is not None else ratio < (at_most or 0)
    print(
        f"  {what:46} {ratio:8.2f} times ({min(ratios):.2f} to {max(ratios):.2f}), "
        f"asked {asked}: {'met' if met else 'NOT met'}"
    )


PARTS = ("speed", "cores", "growth", "recall", "real", "agreement", "prompt")


def main() -> None:
    """Print the parts asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    words = parser.parse_args()
    show_versions()
    begun = time.process_time()
    verified(pl.Series(["a b c d e f g", "a b c d e f h", "a b c d e f g h"] * 4))
    polars_words(pl.Series(["a b"]))
    print(f"compiled, or read what was compiled, in {time.process_time() - begun:.1f} s")
    if "speed" in words.only:
        show_speed(words.data, words.rounds)
    if "cores" in words.only:
        show_cores(words.data, words.rounds)
    if "growth" in words.only:
        show_growth()
    if "recall" in words.only:
        show_recall(words.data)
    if "real" in words.only:
        show_real(words.data)
    if "agreement" in words.only:
        show_agreement(words.data)
    if "prompt" in words.only:
        show_prompt()


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
