"""Count tokens as `tokenizers` does and as curate does, in turns, and compare.

    python benchmarks/tokens/run.py --data FOLDER [--exact [N]]

Prints megabytes a processor second of both on the same texts, in one thread of one process, and the ratio:
real reasoning traces and instruction rows, by the real tokenizer and by others trained on the spot. Machine code is
compiled, or loaded, before; nothing else is warm. With `--exact` it counts every row of the data in
both ways, as it stands and rendered, with special tokens and without, and tells how many differ: every row by the real tokenizer and
every eighth by the others, or of these every Nth. All rows take a quarter of an hour.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import polars as pl
from tokenizers import Tokenizer

import curate
from curate import tokens

sys.path.insert(0, str(Path(__file__).parent))

from corpora import everything, instructions, traces
from families import trained

REAL = "SmolLM2"
TURN = 2_000_000
"""Bytes counted at a time by each."""
SHARE = 8
"""Of so many turns `tokenizers` takes one: it would take minutes for all."""
LEARNT = 2000
"""Texts of each kind that tokenizers are trained on."""
WANTED = {(REAL, "traces"): 12, (REAL, "instructions"): 8}
OTHERS = 5


def main() -> None:
    """Print the rates, then how many rows differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of real data")
    parser.add_argument("--exact", type=int, nargs="?", const=1, metavar="N")
    words = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in ("tokenizers", "polars", "numba"))
    print(f"curate {curate.__version__}, {versions}\n")
    written = instructions(words.data)
    # Chinese has no spaces, so that fewer pieces of it come twice.
    is_chinese = written.str.count_matches(r"\p{Han}") * 10 > written.str.len_chars()
    corpora = {
        "traces": traces(words.data),
        "instructions": written,
        "of it Chinese": written.filter(is_chinese),
    }
    learnt = pl.concat(texts.sample(LEARNT, seed=1) for texts in list(corpora.values())[:2])
    with tempfile.TemporaryDirectory() as folder:
        files = {REAL: words.data / "tokenizers/smollm2/tokenizer.json"}
        files |= trained(learnt.to_list(), Path(folder))
        compile_first(files[REAL])
        for name, file in files.items():
            for kind, texts in corpora.items():
                if name == REAL or kind != "of it Chinese":
                    compare(name, file, kind, texts)
        if words.exact:
            print()
            for name, file in files.items():
                check(name, file, words.data, words.exact if name == REAL else 8 * words.exact)


def compile_first(file: Path) -> None:
    """Have the machine code made or loaded, by a tokenizer of its own."""
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "tokenizer.json"
        other.write_bytes(file.read_bytes())
        begun = time.process_time()
        tokens.count(pl.Series(["some words, and 12 of them "] * 20_000), other)
        print(f"compiled or loaded in {time.process_time() - begun:.1f} s of processor time\n")


def compare(name: str, file: Path, kind: str, texts: pl.Series) -> None:
    """Count texts in turns, and print the rates and their ratio."""
    engine = Tokenizer.from_file(str(file))
    engine.no_truncation()
    engine.no_padding()
    took, size = [0.0, 0.0], [0, 0]
    differ = 0
    for turn, some in enumerate(turns(texts)):
        bytes_ = int(some.str.len_bytes().sum())
        begun = time.process_time()
        found = tokens.count(some, file)
        took[0] += time.process_time() - begun
        size[0] += bytes_
        if turn % SHARE == SHARE // 2:
            rows = some.to_list()
            begun = time.process_time()
            whole = [
                len(encoding)
                for at in range(0, len(rows), 1000)
                for encoding in engine.encode_batch_fast(
                    rows[at : at + 1000], add_special_tokens=False
                )
            ]
            took[1] += time.process_time() - begun
            size[1] += bytes_
            differ += sum(map(int.__ne__, found.to_list(), whole))
    ours, theirs = (part / 1e6 / seconds for part, seconds in zip(size, took, strict=True))
    least = WANTED.get((name, kind), OTHERS if kind != "of it Chinese" else None)
    wanted = "" if least is None else f" (at least {least})"
    print(
        f"{name:14} {kind:13} {size[0] / 1e6:6.0f} MB   curate {ours:6.1f} MB/s   encode_batch_fast {theirs:5.2f} MB/s"
        f"   {ours / theirs:5.1f} times{wanted}   {differ} rows differ",
        flush=True,
    )


def turns(texts: pl.Series) -> Iterator[pl.Series]:
    """Texts in their order, some at a time."""
    turn = texts.str.len_bytes().cum_sum() // TURN
    edges = [0, *(turn.diff().fill_null(0) > 0).arg_true(), len(texts)]
    for first, last in itertools.pairwise(edges):
        yield texts[first:last]


def check(name: str, file: Path, data: Path, every: int) -> None:
    """Count rows of all files in all ways, and print how many differ."""
    engine = Tokenizer.from_file(str(file))
    engine.no_truncation()
    engine.no_padding()
    template = curate.ChatTemplate(
        (data / "tokenizers/smollm2/chat_template.jinja").read_text("utf-8"),
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
    )
    checked, size = 0, 0
    differ: dict[str, int] = {}
    for _, rows in everything(data):
        chosen = rows[::every]
        raw = pl.Series(["\n\n".join(row) for row in chosen], dtype=pl.String)
        rendered = pl.Series([template.render(turned(row)).text for row in chosen], dtype=pl.String)
        checked += len(raw)
        for what, texts in (("raw", raw), ("rendered", rendered)):
            size += int(texts.str.len_bytes().sum())
            for specials in (False, True):
                found = tokens.count(texts, file, special_tokens=specials).to_list()
                key = f"{what}, specials {'on' if specials else 'off'}"
                differ.setdefault(key, 0)
                for at in range(0, len(texts), 200):
                    some = texts[at : at + 200].to_list()
                    whole = engine.encode_batch_fast(some, add_special_tokens=specials)
                    differ[key] += sum(map(int.__ne__, found[at : at + 200], map(len, whole)))
    told = "   ".join(f"{key}: {count}" for key, count in differ.items())
    print(
        f"{name:14} {checked:,} rows, {size / 1e6:,.0f} MB   rows that differ: {told}", flush=True
    )


def turned(row: list[str]) -> list[dict[str, str]]:
    """A row's strings as turns."""
    return [
        {"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(row)
    ]


if __name__ == "__main__":
    main()
