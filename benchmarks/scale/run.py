"""Build the same mix from ten times as many rows, and compare what the two take.

    python benchmarks/scale/run.py -o PARENT [--rows N N …] [--workers N]

Peak memory must grow less than 1.3 times from 200,000 to 2,000,000 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import curate

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from meter import Meter  # noqa: E402  (stands beside this folder, not on the path)

GROWTH = 1.3
"""The times by which peak memory may grow."""


def measure(rows: int, out: Path, workers: int) -> dict[str, float]:
    """Build from this many rows in this process."""
    recipe = curate.load(HERE / "recipe.yaml", {"half": str(rows // 2), "tenth": str(rows // 10)})
    shutil.rmtree(out / recipe.name, ignore_errors=True)
    with Meter() as meter:
        built = curate.build(recipe, out, workers=workers)
    for part, took in sorted(built.timings.parts.items(), key=lambda part: -part[1].cpu):
        print(f"  {part:28} cpu {took.cpu:8.1f} s  wall {took.wall:8.1f} s", file=sys.stderr)
    made = built.manifest.rows
    return {"rows": made, "wall": meter.wall, "cpu": meter.cpu, "peak": meter.peak}


def main() -> None:
    """Print a line for each size; fail where memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out", type=Path, default=Path("build/scale"))
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000, 2_000_000])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument(
        "--one", action="store_true", help="measure the first size, in this process"
    )
    words = parser.parse_args()
    if words.one:
        print(json.dumps(measure(words.rows[0], words.out, words.workers)))
        return
    peaks: list[float] = []
    for rows in words.rows:
        command = [sys.executable, __file__, "--one", "--rows", str(rows), "-o", str(words.out)]
        command += ["--workers", str(words.workers)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        took = json.loads(done.stdout.splitlines()[-1])
        peaks.append(took["peak"])
        print(
            f"{rows:>10,} rows in  {took['rows']:>8,} out  wall {took['wall']:8.1f} s  "
            f"cpu {took['cpu']:8.1f} s  {1e6 * took['cpu'] / rows:6.0f} µs a row  "
            f"peak {took['peak'] / 2**20:7.0f} MiB",
            flush=True,
        )
    growth = peaks[-1] / peaks[0]
    print(f"peak memory grew {growth:.2f} times; {GROWTH} are allowed")
    if growth >= GROWTH:
        sys.exit(1)


if __name__ == "__main__":
    main()
