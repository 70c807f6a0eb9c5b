"""Look for test items, and measure it beside MinHash signatures and what a user would pick instead.

    pip install decontaminate        # Python 3.12 or newer; left out where it does not run
    POLARS_MAX_THREADS=1 python benchmarks/decontaminate/run.py [--data FOLDER] [--rows N]

The traces are sentences of real solutions in a random order, 18 kB a row, as no public traces of that length are
at hand; in one of a hundred a test item is planted. They come in parts of 4,000 rows, and all that is compared
is run on each part in turn, in one process on one core. What is looked for is every item in the `eval` folder.
Compilation and the index of items are done before anything is measured, and their time printed apart.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from curate.leaks.demand import Demand
from curate.leaks.index import Index, build
from curate.leaks.ratio import wholes
from curate.leaks.search import Hit, find, find_alike
from curate.near.normal_form import stretches
from curate.near.signatures import compiled_signatures
from curate.packs import read_pack
from curate.recipe.reading import load_pack
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "near_duplicates"))

from corpus import shuffled, traces  # noqa: E402  (stands beside this folder, not on the path)

T = TypeVar("T")

PART = 4000
PACK = HERE.parent / "real/packs/eval.yaml"
RULES = {
    "coverage, 8-grams (default)": Demand("coverage", "plain", 8, 0.5),
    "any 8-gram": Demand("any", "spaces", 8, 0.5),
    "any 13-gram": Demand("any", "spaces", 13, 0.5),
}
FUZZY = Demand("ratio", "plain", 8, 0.95)
PLANTED = 100
"""One row of so many holds a test item of at least `LONG` words."""
LONG = 16
FEW = 300
"""Rows the other package is given: rates are what is compared."""


def planted(texts: pl.Series, items: pl.DataFrame) -> tuple[pl.Series, dict[int, str]]:
    """The texts, some with an item in their middle, and which item that is."""
    long = items.filter(pl.col("text").str.count_matches(r"\S+") >= LONG)
    rows, told = texts.to_list(), dict[int, str]()
    for turn, at in enumerate(range(0, len(rows), PLANTED)):
        told[at], item = long.row(turn * 37 % long.height)
        middle = rows[at].index(" ", len(rows[at]) // 2)
        rows[at] = f"{rows[at][:middle]} {item} {rows[at][middle:]}"
    return pl.Series(rows), told


def signatures(texts: pl.Series) -> None:
    """MinHash signatures as `near_duplicates` makes them, a stretch at a time."""
    for some in stretches(texts):
        compiled_signatures(texts[some], 5, 128)


def found_of(hits: list[Hit | None], told: dict[int, str]) -> str:
    """How many of the planted items were found, and how many rows besides."""
    right = sum(hits[at] is not None for at in told)
    return f"{right:,} of {len(told):,} planted, {sum(map(bool, hits)) - right:,} other rows"


def decon(texts: list[str], items: pl.DataFrame, folder: Path) -> tuple[float, float, int]:
    """Processor seconds of the other package for its index alone, for all, and the rows it reports."""
    rival: Any = import_module("decon")
    evals, training = folder / "evals", folder / "training"
    evals.mkdir()
    training.mkdir()
    with (evals / "items.jsonl").open("w") as out:
        for number, (test, text) in enumerate(items.iter_rows()):
            item = {"eval_key": test.split("#")[0].replace("/", "_"), "eval_instance_index": number}
            item |= {"split": "test", "question": text, "doc_id": number}
            out.write(json.dumps(item) + "\n")
    took: list[float] = []
    reported = set[int]()
    for rows in (texts[:1], texts):
        with (training / "rows.jsonl").open("w") as out:
            out.writelines(json.dumps({"text": text}) + "\n" for text in rows)
        report = folder / f"report-{len(rows)}"
        begun = time.process_time()
        rival.detect(rival.Config(str(training), str(evals), str(report), worker_threads=1))
        took.append(time.process_time() - begun)
        lines = [line for file in report.rglob("*.jsonl") for line in file.read_text().splitlines()]
        reported = {json.loads(line)["training_line"] for line in lines}
    return took[0], took[1], len(reported)


def cpu(run: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds, and what came of it."""
    begun = time.process_time()
    made = run()
    return time.process_time() - begun, made


def main() -> None:
    """Print a line for everything that is compared."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, default=78_000)
    asked = parser.parse_args()
    names = ("curate-traces", "numba", "numpy", "polars", "datasketch", "decontaminate")
    print(", ".join(f"{name} {_version(name)}" for name in names))
    hub, given = Hub(Cache.at(None)), {"data": str(asked.data.resolve())}
    took, (_, items) = cpu(lambda: read_pack(load_pack(str(PACK), given), hub, {}))
    print(f"{items.height:,} test items, read in {took:.2f} s")
    indexes: dict[str, Index] = {}
    for name, demand in RULES.items():
        took, indexes[name] = cpu(partial(build, items, demand))
        print(f"  index for {name}: {took:.2f} s, {indexes[name].table.grams.size:,} n-grams")
    took, alike = cpu(lambda: wholes(items, FUZZY))
    small = pl.Series(["a b c", items["text"][0]])
    for index in indexes.values():
        find(small, index)
    find_alike(small, alike)
    signatures(small)

    first = planted(traces(asked.data, FEW), items)
    spent = dict.fromkeys(("signatures", *RULES, "ratio 0.95"), 0.0)
    told: dict[str, list[str]] = {}
    size = rows = 0
    for part, begin in enumerate(range(0, asked.rows, PART)):
        texts, at = planted(traces(asked.data, min(PART, asked.rows - begin), seed=part), items)
        size, rows = size + int(texts.str.len_bytes().sum()), rows + len(texts)
        runs: dict[str, Callable[[], Any]] = {
            "signatures": partial(signatures, texts),
            **{name: partial(find, texts, index) for name, index in indexes.items()},
            "ratio 0.95": partial(find_alike, texts, alike),
        }
        for name, run in runs.items():
            took, made = cpu(run)
            spent[name] += took
            if name != "signatures":
                told.setdefault(name, []).append(found_of(made, at))
    print(f"\n{rows:,} traces, {size / 1e6:,.0f} MB")
    for name, took in spent.items():
        ratio = took / spent["signatures"]
        found = f"; of the first part {told[name][0]}" if name in told else ""
        print(
            f"  {name:28} {took:7.2f} s  {size / 1e6 / took:7.0f} MB/cpu-s  "
            f"{ratio:5.2f} of the signatures{found}"
        )
    short = shuffled(asked.data, PART, size=300)
    took, _ = cpu(lambda: find_alike(short, alike))
    print(
        f"  ratio 0.95, {PART:,} rows of 300 B as long as items: {1e6 * took / PART:.0f} µs a row"
    )
    _show_rival(*first, items, spent["coverage, 8-grams (default)"] / size)


def _show_rival(texts: pl.Series, told: dict[int, str], items: pl.DataFrame, ours: float) -> None:
    some = texts.to_list()
    with tempfile.TemporaryDirectory() as folder:
        try:
            indexing, took, reported = decon(some, items, Path(folder))
        except ImportError:
            print("  decontaminate does not run here (it wants Python 3.12 or newer)")
            return
    size = sum(len(text.encode()) for text in some)
    rate = (took - indexing) / size
    print(
        f"  decontaminate, {FEW} rows: {1e-6 / rate:.1f} MB/cpu-s, its index of items ({indexing:.1f} s) apart; "
        f"{reported} rows reported, {len(told)} planted; ours takes {rate / ours:.0f} times less"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


if __name__ == "__main__":
    main()
