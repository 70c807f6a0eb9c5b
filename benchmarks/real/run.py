"""Build the three real mixes beside a plain copy of as many rows.

The copy is what the reference project's data script does with the same rows: stream them, gather them in
chunks of parquet, concatenate, shuffle with seed 42, save. It curates nothing.

    python benchmarks/real/run.py --data FOLDER -o PARENT [--workers N]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import curate
from curate.census import COUNTING
from curate.funnel import Timing

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from meter import Meter  # noqa: E402  (stands beside this folder, not on the path)

CHUNK = 10_000


def copy_plainly(files: list[str], rows: int, out: Path) -> None:
    """The reference's way: no curation at all."""
    from datasets import Dataset, concatenate_datasets, load_dataset

    stream = iter(load_dataset("parquet", data_files=files, split="train", streaming=True))
    with tempfile.TemporaryDirectory() as folder:
        chunks: list[str] = []
        left = rows
        while left and (chunk := list(islice(stream, min(CHUNK, left)))):
            left -= len(chunk)
            chunks.append(f"{folder}/{len(chunks)}.parquet")
            Dataset.from_list(chunk).to_parquet(chunks[-1])
        parts = [Dataset.from_parquet(chunk, cache_dir=folder) for chunk in chunks]
        concatenate_datasets(parts).shuffle(seed=42).save_to_disk(str(out))


def measure_copy(folder: Path, rows: int) -> dict[str, float]:
    """Run the copy in a process of its own, as the builds' workers have theirs."""
    files = [str(file) for file in sorted((folder / "data").glob("*.parquet"))]
    with tempfile.TemporaryDirectory() as out:
        words = [sys.executable, __file__, "--copy", json.dumps(files), str(rows), f"{out}/copy"]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def keep_bytecode(folder: Path) -> None:
    """Begin again with compiled modules kept, where Python was told not to.

    Else every worker compiles all it imports, a second of processor time charged to the step that comes first.
    """
    if sys.flags.dont_write_bytecode:
        kept = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder.resolve())}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        os.execve(sys.executable, [sys.executable, *sys.argv], kept)


def main() -> None:
    """Print what each build dropped and took, and the ratio to the copy."""
    if sys.argv[1:2] == ["--copy"]:
        with Meter() as meter:
            copy_plainly(json.loads(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        print(json.dumps({"wall": meter.wall, "cpu": meter.cpu, "peak": meter.peak}))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="the folder of real source files")
    parser.add_argument("-o", "--out", default="build/real")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    words = parser.parse_args()
    keep_bytecode(Path(words.out) / "bytecode")
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("polars", "pyarrow", "datasets", "numba")
    )
    print(f"curate {curate.__version__}, {versions}, {words.workers} workers\n")
    earlier: list[Path] = []
    for recipe in curate.load_folder(HERE, {"data": str(Path(words.data).resolve())}):
        shutil.rmtree(Path(words.out) / recipe.name, ignore_errors=True)
        with Meter() as meter:
            built = curate.build(recipe, words.out, workers=words.workers, earlier=earlier)
        earlier.append(built.folder)
        print(f"{recipe.name}: {built.manifest.rows:,} rows")
        total = built.funnel.total
        for stop in built.funnel.stops:
            count = total.stops.get(stop.position)
            took = built.timings.parts.get(stop.key, Timing())
            if count is not None:
                where = f"{stop.source} ▸ " if stop.source else ""
                rate = (
                    f"{took.bytes / 1e6 / took.cpu:8.1f} MB/cpu-s"
                    if took.cpu and took.bytes
                    else ""
                )
                print(
                    f"  {where + stop.name:44} in {count.rows_in:>8,}  dropped {count.dropped:>8,}"
                    f"  cpu {took.cpu:7.2f} s  wall {took.wall:7.2f} s {rate}"
                )
        named = {stop.key for stop in built.funnel.stops}
        for part, took in sorted(built.timings.parts.items()):
            if part not in named:
                print(f"  {part:44} {'':29}  cpu {took.cpu:7.2f} s  wall {took.wall:7.2f} s")
        counted = {stop.key for stop in built.funnel.stops if stop.name in {"language", "fits"}}
        counted.add(COUNTING)
        apart = sum(took.cpu for part, took in built.timings.parts.items() if part in counted)
        copied = measure_copy(built.folder, built.manifest.rows)
        print(
            f"  build      wall {meter.wall:7.1f} s  cpu {meter.cpu:7.1f} s  "
            f"of it language and token counts {apart:.1f} s  peak {meter.peak / 2**30:.2f} GB\n"
            f"  plain copy wall {copied['wall']:7.1f} s  cpu {copied['cpu']:7.1f} s  "
            f"peak {copied['peak'] / 2**30:.2f} GB\n"
            f"  whole build over the copy: {meter.wall / copied['wall']:.2f} times on the clock, "
            f"without language and token counts {(meter.cpu - apart) / copied['cpu']:.2f} times the "
            "cpu time\n"
        )


if __name__ == "__main__":
    main()
