"""Prove what the three real mixes promise, from their finished folders alone.

python benchmarks/real/proof.py PARENT
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polars as pl

from curate import ChatTemplate

BLOCK = re.compile(r"<think>\n(.*?)\n</think>\n\n(.+)\Z", re.DOTALL)


def is_whole(text: str, spans: list[tuple[int, int]]) -> bool:
    """Whether the rendered answer is one non-empty thinking block, then an answer."""
    (start, end), *others = spans
    found = BLOCK.search(text[start:end])
    return (
        not others
        and found is not None
        and bool(found[1].strip() and found[2].strip())
        and text.count("<think>") == text.count("</think>") == 1
    )


def main(parent: Path) -> None:
    """Print one line a promise."""
    mixes = {
        folder.name: pl.read_parquet(folder / "data/*.parquet")
        for folder in sorted(parent.glob("stage-*"))
    }
    for name, rows in mixes.items():
        print(f"{name}: {rows.height:,} rows, {rows['id'].n_unique():,} ids")
    first, second, third = mixes.values()
    template = ChatTemplate((parent / "stage-2-reasoning/chat_template.jinja").read_text("utf-8"))
    whole = 0
    for prompt, completion in second.select("prompt", "completion").iter_rows():
        whole += is_whole(*template.render([*prompt, *completion]))
    print(
        f"stage 2, one non-empty thinking block and an answer, rendered: {whole:,} of {second.height:,}"
    )
    prompts = [{str(turns) for turns in rows["prompt"].to_list()} for rows in (first, second)]
    print(f"prompts in both stage 1 and stage 2: {len(prompts[0] & prompts[1])}")
    graded = second.filter(
        pl.col("gold").is_not_null() & pl.col("source").is_in(["math_l5", "crux"])
    )
    told = graded["correct"].value_counts().sort("correct")
    shares = ", ".join(f"{value}: {count:,}" for value, count in told.iter_rows())
    unverified = graded.filter(pl.col("correct").ne_missing(True)).height
    print(
        f"stage 2, answers equal to gold ({shares}); unverified share of the mix {unverified / second.height:.1%}"
    )
    pairs = third.with_columns(
        chosen_thinks=pl.col("chosen")
        .list.last()
        .struct.field("content")
        .str.starts_with("<think>"),
        rejected_thinks=pl.col("rejected")
        .list.last()
        .struct.field("content")
        .str.starts_with("<think>"),
    )
    backward = pairs.filter(~pl.col("chosen_thinks") & pl.col("rejected_thinks")).height
    print(
        f"stage 3, chosen hides its working where rejected shows it: {backward} of {pairs.height:,}"
    )
    print(
        f"stage 3, both sides the same text: {third.filter(pl.col('chosen') == pl.col('rejected')).height}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
