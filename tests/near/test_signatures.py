"""Signatures are datasketch's; bands find what they promise."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given
from hypothesis import strategies as st
from test_words import TEXTS

from curate.near import bands, buckets, words
from curate.near.kernels import BLOCK
from curate.near.signatures import band_hashes, compiled_signatures, reference_signatures


@given(st.lists(TEXTS, max_size=4), st.sampled_from((1, 2, 5)), st.sampled_from((16, 128)))
def test_both_engines_give_the_same_values(texts: list[str], ngram: int, permutations: int) -> None:
    series = pl.Series(texts, dtype=pl.String)
    ours = compiled_signatures(series, ngram, permutations)
    theirs = reference_signatures(series, ngram, permutations)
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_long_texts_are_read_in_blocks(count: int) -> None:
    text = pl.Series([" ".join(f"w{word}" for word in range(count + 4))])
    ours, whole = compiled_signatures(text, 5, 32)
    theirs, reference = reference_signatures(text, 5, 32)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(whole, reference)


def upper_half(shingle: bytes) -> int:
    return words.shingle_hash(shingle) >> 32


def test_signatures_open_in_datasketch() -> None:
    text = "so it goes and so it went, as it always had gone before that day"
    values = compiled_signatures(pl.Series([text]), 5, 128)[0][0]
    opened = LeanMinHash(seed=1, hashvalues=values, scheme="affine32")
    spelled: Any = MinHash(128, seed=1, hashfunc=upper_half)
    spelled.update_batch([s.encode() for s in words.shingles(text, 5)])
    assert opened.jaccard(LeanMinHash(spelled)) == 1.0
    index: Any = MinHashLSH(threshold=0.8, num_perm=128)
    index.insert("ours", opened)
    assert index.query(spelled) == ["ours"]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0])
def test_bands_reach_their_recall(threshold: float) -> None:
    cut = bands.banding(threshold, 128)
    assert cut is not None
    assert cut.bands * cut.rows <= 128
    assert cut.recall(threshold) >= bands.RECALL
    longer = bands.Banding(128 // (cut.rows + 1), cut.rows + 1)
    assert cut.rows == 128 or longer.recall(threshold) < bands.RECALL


def test_too_few_permutations_have_no_bands() -> None:
    assert bands.banding(0.3, 16) is None


def test_recall_is_met_by_planted_pairs() -> None:
    """2,000 pairs at exactly 0.8: 80 shingles in both, 10 more in each."""
    rng = np.random.default_rng(5)
    pairs = 2000
    common = rng.integers(0, 10**9, (pairs, 80))
    own = rng.integers(10**9, 2 * 10**9, (pairs, 20))
    left = ["\n".join(map(str, (*c, *o[:10]))) for c, o in zip(common, own, strict=True)]
    right = ["\n".join(map(str, (*c, *o[10:]))) for c, o in zip(common, own, strict=True)]
    cut = bands.banding(0.8, 128)
    assert cut is not None
    one, other = (
        band_hashes(compiled_signatures(pl.Series(side), 1, 128)[0], cut) for side in (left, right)
    )
    assert (one == other).any(axis=0).mean() >= 0.998


@given(st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), max_size=4), st.integers(1, 3))
def test_texts_that_share_a_band_are_bound(bands_: list[list[int]], hot: int) -> None:
    expected = list(range(6))
    for band in bands_:
        for one, other in itertools.combinations(range(6), 2):
            if band[one] == band[other]:
                low, high = sorted((expected[one], expected[other]))
                expected = [low if number == high else number for number in expected]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buckets, "HOT", hot)
        found = buckets.Buckets(6)
        found.add([np.array([value << 40 for value in band], np.uint64) for band in bands_])
    assert found.bound().tolist() == expected
    sizes = [count for band in bands_ for count in Counter(band).values()]
    assert found.hot == sum(size > hot for size in sizes)
