"""What token rows cost, beside transformers and TRL: the same ids and labels, and as few packs.

python benchmarks/sequences/run.py ROWS --tokenizer ../shared/data/tokenizers/smollm2

ROWS is a data file or a finished folder of conversations. CPU time of one process, in turns, each on rows not seen
before: pieces of texts that were encoded once are remembered. Needs transformers and TRL.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from curate import shipped
from curate.chat_template.conversation import as_template_messages, open_template
from curate.judgement import read
from curate.recipe.model import Tokens
from curate.sequences.making import Making, Sequence
from curate.sequences.packing import first_fit_decreasing
from curate.step import TemplateUse

os.environ["TOKENIZERS_PARALLELISM"] = "false"
EOS = "<|im_end|>"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("rows", type=Path)
    options.add_argument("--tokenizer", type=Path, required=True)
    options.add_argument("--most", type=int, default=2_000, help="rows looked at in a turn")
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--max-length", type=int, default=4096)
    given = options.parse_args()
    names = ("curate-traces", "polars", "tokenizers", "transformers", "trl", "datasets")
    print(", ".join(f"{name} {_version(name)}" for name in names))
    use = TemplateUse(shipped.templates()["chatml_think"], "", EOS)
    making = Making(Tokens(), open_template(use), given.tokenizer, ("<think>", "</think>"))
    peer = as_transformers(given.tokenizer, use.path)
    every = first(given.rows, given.most * given.rounds)
    mine, theirs, lengths = 0.0, 0.0, []
    for place, rows in enumerate(every.iter_slices(given.most)):
        talks = [as_template_messages(turns) for turns in rows["messages"].to_list()]
        took, told = timed(partial(ours, making, rows))
        other, found = timed(partial(peer, talks))
        assert told == found, "other ids or masks"
        if place:  # what is made once is made in the first turn
            mine, theirs = mine + took, theirs + other
        lengths += [len(ids) for ids, _ in told]
    print(f"{every.height:,} rows, {sum(lengths):,} tokens: ids and masks equal in every one")
    print(
        f"after the first {given.most:,}: {mine:.2f} s, transformers {theirs:.2f} s, {theirs / mine:.1f} times"
    )
    fitting = np.array([one for one in lengths if one <= given.max_length], np.int64)
    packs, bfd = (
        len(first_fit_decreasing(fitting, given.max_length)),
        as_trl(fitting, given.max_length),
    )
    fewest = -(-int(fitting.sum()) // given.max_length)
    print(
        f"{len(fitting):,} of them in {packs:,} packs, TRL's bfd {bfd:,}; fewer than {fewest:,} hold no such many tokens"
    )


def first(path: Path, most: int) -> pl.DataFrame:
    _, frames = read(path)
    found: list[pl.DataFrame] = []
    for frame in frames:
        found.append(frame.select("id", "messages", "tools", "chat_template_kwargs"))
        if sum(one.height for one in found) >= most:
            break
    return pl.concat(found).head(most).with_columns(source=pl.lit("rows"))


def ours(making: Making, rows: pl.DataFrame) -> list[tuple[list[int], list[bool]]]:
    made = making.sequences(rows)
    return [
        (one.ids.tolist(), one.trained.tolist()) if isinstance(one, Sequence) else ([], [])
        for one in made
    ]


def as_transformers(tokenizer: Path, template: Path) -> Callable[[Any], Any]:
    from transformers import PreTrainedTokenizerFast  # pyright: ignore[reportMissingImports]

    file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    engine = PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token=EOS, pad_token=EOS)
    engine.chat_template = template.read_text(encoding="utf-8")

    def run(talks: list[Any]) -> list[tuple[list[int], list[bool]]]:
        told: list[tuple[list[int], list[bool]]] = []
        for start in range(0, len(talks), 256):
            found = engine.apply_chat_template(
                talks[start : start + 256], return_dict=True, return_assistant_tokens_mask=True
            )
            masks = ([bool(one) for one in mask] for mask in found["assistant_masks"])
            told += zip(found["input_ids"], masks, strict=True)
        return told

    return run


def as_trl(lengths: np.typing.NDArray[np.int64], room: int) -> int:
    from datasets import Dataset, disable_caching, disable_progress_bars
    from trl import pack_dataset  # pyright: ignore[reportMissingImports]

    disable_caching()
    disable_progress_bars()
    rows = Dataset.from_dict({"input_ids": [list(range(length)) for length in lengths.tolist()]})
    return len(pack_dataset(rows, room, "bfd"))


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    told = run()
    return time.process_time() - begun, told


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "here"


if __name__ == "__main__":
    main()
