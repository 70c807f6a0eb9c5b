"""How many near-duplicates are found, and what it costs to look at others."""

from __future__ import annotations

import time
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from corpus import completions, instructions, records
from engines import CUT, NAMES, PERMUTATIONS, THRESHOLD, bound, compared, sketched
from truth import similarities

from curate.near.bands import Banding
from curate.near.shingle_sets import ShingleSets
from curate.near.sketches import sketch

PAIRS = 10_000
WORDS = 200
"""Words in either of two planted texts, or both."""
WIDTH = 40
THEIRS = Banding(9, 13)
"""datasketch's own choice for a threshold of 0.8 and 128 permutations."""
REAL = 5000


def show_recall(data: Path) -> None:
    """Planted pairs of exact similarity: which share a band, beside theory; what wide bands cost."""
    print(
        f"\nrecall of {CUT.bands} bands of {CUT.rows}, {PAIRS:,} planted pairs a line (· is theory)"
    )
    print(
        f"  similarity  found    theory   {'':{WIDTH}} datasketch's {THEIRS.bands} of {THEIRS.rows}"
    )
    rng = np.random.default_rng(7)
    for similarity in np.arange(0.5, 0.951, 0.05):
        found = _found(rng, float(similarity))
        theory = CUT.recall(float(similarity))
        bar = list("█" * round(found * WIDTH) + " " * (WIDTH - round(found * WIDTH)))
        bar[min(WIDTH - 1, round(theory * WIDTH))] = "·"
        print(
            f"  {similarity:10.2f}  {found:.4f}   {theory:.4f}   {''.join(bar)} "
            f"{THEIRS.recall(float(similarity)):.4f}"
        )
    _show_cost(instructions(data, 40_000))


def _found(rng: np.random.Generator, similarity: float) -> float:
    """The share of planted pairs, of words of which so many are in both, that share a band."""
    common = round(similarity * WORDS)
    own = (WORDS - common) // 2
    numbers = rng.integers(0, 1 << 40, (PAIRS, common + 2 * own))
    sides = [
        pl.Series([" ".join(map(str, row)) for row in numbers[:, columns]])
        for columns in (
            np.r_[0 : common + own],
            np.r_[0:common, common + own : common + 2 * own],
        )
    ]
    one, other = (
        sketch(
            side, names=NAMES, cut=CUT, ngram=1, permutations=PERMUTATIONS, engine="compiled"
        ).struct.unnest()
        for side in sides
    )
    same = np.array([(one[name] == other[name]).to_numpy() for name in NAMES[1:]])
    return float(same.any(axis=0).mean())


def _show_cost(texts: pl.Series) -> None:
    """How many candidates real rows give, and what comparing them takes."""
    sketches = sketched(texts)
    first, together = bound(sketches)
    alone = first == np.arange(len(texts))
    candidates = alone & (np.bincount(together[alone], minlength=len(texts))[together] > 1)
    compared_pairs: list[tuple[int, int]] = []
    jaccard = ShingleSets.jaccard

    def counted(
        self: ShingleSets, left: np.ndarray, right: np.ndarray, threshold: float = 0.0
    ) -> np.ndarray:
        found = jaccard(self, left, right, threshold)
        compared_pairs.append((left.size, int((found >= THRESHOLD).sum())))
        return found

    ShingleSets.jaccard = counted  # pyright: ignore[reportAttributeAccessIssue]
    begun = time.process_time()
    dropped = compared(texts, first, together)
    took = time.process_time() - begun
    ShingleSets.jaccard = jaccard
    pairs, alike = (sum(column) for column in zip(*compared_pairs, strict=True))
    begun = time.process_time()
    sketched(texts)
    print(
        f"  of {len(texts):,} real rows (T0 for the most part) {candidates.sum():,} share a band; "
        f"{dropped.sum():,} are near-duplicates\n"
        f"  {pairs:,} pairs compared, {pairs - alike:,} of them in vain: "
        f"{took:.2f} s of processor time; the signatures took {time.process_time() - begun:.2f} s"
    )


def show_real(data: Path) -> None:
    """5,000 real rows, half T0 and half Reasoning Gym, against comparing all pairs."""
    prompts = [record["prompt"] for record in records(data / "instruct/t0_train_50k.jsonl.gz")]
    answers = completions(
        data / "reasoning/rg_zero_shot/easy.meta-llama_llama-3.3-70b-instruct.jsonl.gz"
    )
    texts = pl.Series(prompts[: REAL // 2] + answers[: REAL - REAL // 2])
    pairs = similarities(texts, THRESHOLD)
    sketches = sketched(texts)
    first, together = bound(sketches)
    bands = sketches.select(NAMES[1:]).to_numpy()
    apart = sum(not (bands[one] == bands[other]).any() for one, other, _ in pairs)
    groups = _groups(texts, first, together)
    parted = sum(groups[one] != groups[other] for one, other, _ in pairs)
    truth = _joined(len(texts), pairs)
    made_up = sum(
        truth[one] != truth[other]
        for number in np.unique(groups)
        for one, other in combinations(np.flatnonzero(groups == number).tolist(), 2)
    )
    print(
        f"\n{len(texts):,} real rows: {len(pairs):,} pairs at least {THRESHOLD} alike by comparing all of them\n"
        f"  {apart} of these share no band, {parted} are in two groups in the end (missed); "
        f"{made_up} pairs are in one group without reason"
    )


def _groups(texts: pl.Series, first: np.ndarray, together: np.ndarray) -> np.ndarray:
    from engines import grouped

    return grouped(texts, first, together)


def _joined(count: int, pairs: list[tuple[int, int, float]]) -> np.ndarray:
    group = np.arange(count)
    for one, other, _ in pairs:
        low, high = sorted((group[one], group[other]))
        group[group == high] = low
    return group
