"""Agreement with an author's own answer: GPTeacher's Toolformer rows, thinned out at "similarity 0.7"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from corpus import records
from truth import shingle_sets

from curate.near.bands import banding
from curate.near.buckets import Buckets
from curate.near.neighbours import groups
from curate.near.shingle_sets import ShingleSets
from curate.near.sketches import sketch

LEVEL = 0.7
PERMUTATIONS = 256

WAYS: dict[str, tuple[Callable[[Mapping[str, Any]], str], int]] = {
    "whole prompt, 5-grams": (lambda record: record["instruction"], 5),
    "whole row, 5-grams": (lambda record: f"{record['instruction']}\n\n{record['response']}", 5),
    "question alone, words": (lambda record: record["instruction"].split("\n")[-1], 1),
    "question alone, 2-grams": (lambda record: record["instruction"].split("\n")[-1], 2),
}
"""What may be compared. The last line of an instruction is the question; what stands before it describes tools."""


def show_agreement(data: Path) -> None:
    """For each way of comparing, which rows both drop, and why the others differ."""
    folder = data / "instruct/gpteacher"
    rows = list(records(folder / "toolformer-dedupe-only-dataset.json.gz"))
    kept = {
        _key(record) for record in records(folder / "toolformer-similarity-0.7-dataset.json.gz")
    }
    theirs = np.array([_key(record) not in kept for record in rows])
    print(
        f"\nGPTeacher, {len(rows):,} rows, of which the author's own thinning at 0.7 drops {theirs.sum():,}"
    )
    for name, (part, ngram) in WAYS.items():
        ours = _dropped(pl.Series([part(record) for record in rows]), ngram)
        print(
            f"  {name:24} drops {ours.sum():5,}  both {(ours & theirs).sum():5,}  "
            f"only we {(ours & ~theirs).sum():5,}  only the author {(theirs & ~ours).sum():5,}  "
            f"same answer for {(ours == theirs).mean():.1%}"
        )
    _show_reasons(rows, theirs)


def _show_reasons(rows: list[dict[str, Any]], theirs: np.ndarray) -> None:
    """What sets the rows apart that only one of the two drops, comparing whole prompts."""
    ours = _dropped(pl.Series([record["instruction"] for record in rows]), 5)
    question = shingle_sets(
        pl.Series([record["instruction"].split("\n")[-1] for record in rows]), 1
    )
    told = shingle_sets(pl.Series([record["instruction"].rpartition("\n")[0] for record in rows]))
    whole = shingle_sets(pl.Series([record["instruction"] for record in rows]))
    most = np.array([len(a & b) >= LEVEL * len(b) for a, b in zip(told, whole, strict=True)])
    print(
        f"  of those only we drop, comparing whole prompts, {(most & ours & ~theirs).sum():,} have a "
        f"description of tools that is {LEVEL:.0%} of their 5-grams, whatever the question: "
        "the author cannot have compared it"
    )
    nearest = {
        "only we": _nearest(question, np.flatnonzero(ours & ~theirs), np.flatnonzero(~ours)),
        "only the author": _nearest(
            question, np.flatnonzero(theirs & ~ours), np.flatnonzero(~theirs)
        ),
    }
    for who, values in nearest.items():
        cut = np.searchsorted(np.sort(values), [0.3, 0.5, 0.7])
        counts = np.diff([0, *cut, values.size]).tolist()
        print(f"  {who}, by how many words the question shares with the nearest kept one:")
        for span, count in zip(
            ("under 0.3", "0.3 to 0.5", "0.5 to 0.7", "0.7 and more"), counts, strict=True
        ):
            print(f"    {span:14} {count:5,}")


def _nearest(sets: list[set[str]], rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The highest Jaccard similarity of each row's words to those of any other."""
    holders: dict[str, list[int]] = {}
    for other in others.tolist():
        for word in sets[other]:
            holders.setdefault(word, []).append(other)
    sizes = np.array([len(members) for members in sets])
    best = np.zeros(rows.size)
    for at, row in enumerate(rows.tolist()):
        lists = [holders[word] for word in sets[row] if word in holders]
        if not lists:
            continue
        common = np.bincount(np.concatenate(lists), minlength=len(sets))
        common[row] = 0
        best[at] = (common / (sizes + sizes[row] - common)).max()
    return best


def _dropped(texts: pl.Series, ngram: int) -> np.ndarray:
    cut = banding(LEVEL, PERMUTATIONS)
    assert cut is not None
    names = ["whole", *(f"band{band}" for band in range(cut.bands))]
    sketches = sketch(
        texts, names=names, cut=cut, ngram=ngram, permutations=PERMUTATIONS, engine="compiled"
    ).struct.unnest()
    buckets = Buckets(len(texts))
    buckets.add([sketches[name].to_numpy(writable=True) for name in names[1:]])
    with ShingleSets.of(len(texts), ngram) as sets:
        sets.add(np.arange(len(texts)), texts, np.zeros(len(texts), np.uint64))
        found = groups(sets, [LEVEL], buckets.bound())[LEVEL]
    return found.first != np.arange(len(texts))


def _key(record: Mapping[str, Any]) -> tuple[str, ...]:
    return record["instruction"], record["input"], record["response"]
