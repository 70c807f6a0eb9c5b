"""Groups of texts that are alike, against comparing every text with every other."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.near import kernels, neighbours, rare_shingles, shingle_sets, words
from curate.near.neighbours import Groups, groups
from curate.near.shingle_sets import ShingleSets

WORDS = st.lists(st.integers(0, 12).map(str), max_size=25).map(" ".join)


@contextmanager
def sets_of(
    texts: Sequence[str], ngram: int, apart: Sequence[int] | None = None
) -> Generator[ShingleSets]:
    with ShingleSets.of(len(texts), ngram) as sets:
        for first in range(0, len(texts), 3):
            some = texts[first : first + 3]
            numbers = np.arange(first, first + len(some))
            salt = np.array((apart or [0] * len(texts))[first : first + 3], np.uint64)
            sets.add(numbers, pl.Series(some, dtype=pl.String), salt)
        yield sets


def joined(
    texts: Sequence[str], ngram: int, threshold: float, apart: Sequence[int] | None = None
) -> Groups:
    with sets_of(texts, ngram, apart) as sets:
        return groups(sets, [threshold], np.zeros(len(texts), np.uint32))[threshold]


def jaccard(one: str, other: str, ngram: int) -> float:
    a, b = set(words.shingles(one, ngram)), set(words.shingles(other, ngram))
    return len(a & b) / len(a | b) if a | b else 0.0


def brute_force(texts: Sequence[str], threshold: float, ngram: int) -> list[int]:
    first = list(range(len(texts)))
    for a, b in combinations(range(len(texts)), 2):
        if jaccard(texts[a], texts[b], ngram) >= threshold:
            low, high = sorted((first[a], first[b]))
            first = [low if group == high else group for group in first]
    return first


def check_similarity(
    texts: Sequence[str], pairs: list[tuple[int, int]], ngram: int, threshold: float
) -> None:
    left, right = np.array(pairs).T
    expected = [jaccard(texts[a], texts[b], ngram) for a, b in pairs]
    with sets_of(texts, ngram) as sets:
        assert sets.jaccard(left, right).tolist() == expected
        enough = [value if value >= threshold else 0.0 for value in expected]
        told = sets.jaccard(left, right, threshold)
        assert np.where(told >= threshold, told, 0.0).tolist() == enough


@pytest.fixture(scope="class", params=["few", "roomy", "cramped"])
def room(request: pytest.FixtureRequest) -> Iterator[None]:
    """All pairs compared; found by their rare shingles; with blocks so small that there are many."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "few":
            patch.setattr(neighbours, "FEW", 0)
        if request.param == "cramped":
            patch.setattr(shingle_sets, "BLOCK", 20)
            patch.setattr(rare_shingles, "TOKENS", 15)
            patch.setattr(neighbours, "PAIRS", 3)
        yield


@pytest.mark.usefixtures("room")
class TestGroups:
    @given(st.lists(WORDS, max_size=14), st.sampled_from((0.3, 0.5, 0.55, 0.8, 1.0)))
    def test_every_pair_is_found(self, texts: list[str], threshold: float) -> None:
        found = joined(texts, 2, threshold)
        assert found.first.tolist() == brute_force(texts, threshold, 2)
        assert found.passed_over == 0

    @given(st.lists(WORDS, max_size=14), st.lists(st.integers(0, 2), min_size=14, max_size=14))
    def test_every_level_is_found_at_once(self, texts: list[str], numbers: list[int]) -> None:
        levels = (0.8, 0.3, 0.55, 1.0)
        bound = np.array(numbers[: len(texts)], np.uint32)
        with sets_of(texts, 2, [number + 1 for number in numbers]) as sets:
            found = groups(sets, levels, bound)
        assert list(found) == sorted(levels)
        for level, told in found.items():
            for number in {*bound.tolist()}:
                mine = np.flatnonzero(bound == number)
                expected = brute_force([texts[at] for at in mine], level, 2)
                assert told.first[mine].tolist() == mine[expected].tolist()

    @given(st.lists(WORDS, min_size=2, max_size=8), st.floats(0, 1), st.data())
    def test_similarity_is_exact(
        self, texts: list[str], threshold: float, data: st.DataObject
    ) -> None:
        number = st.integers(0, len(texts) - 1)
        pairs = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=20))
        check_similarity(texts, pairs, 2, threshold)


@given(
    st.integers(0, 2**32), st.lists(st.integers(0, 300), min_size=2, max_size=5), st.floats(0, 1)
)
def test_similarity_of_long_texts_is_exact(seed: int, sizes: list[int], threshold: float) -> None:
    rng = np.random.default_rng(seed)
    texts = [" ".join(map(str, rng.permutation(320)[:size].tolist())) for size in sizes]
    check_similarity(texts, list(combinations(range(len(texts)), 2)), 1, threshold)


def test_sets_too_large_for_marks_are_compared_all_the_same() -> None:
    words = [str(number) for number in range(2 * kernels.FULL)]
    sizes = [kernels.FULL - 60, kernels.FULL, kernels.FULL + 1, kernels.FULL + 70]
    texts = [" ".join(words[:size]) for size in sizes] + [" ".join(words[kernels.FULL :])]
    left, right = np.array(list(combinations(range(len(texts)), 2))).T
    with sets_of(texts, 1) as sets:
        told = sets.jaccard(left, right, 0.9)
    expected = [jaccard(texts[a], texts[b], 1) for a, b in combinations(range(len(texts)), 2)]
    assert told.tolist() == [value if value >= 0.9 else 0.0 for value in expected]


def test_marks_tell_most_pairs_that_are_far_from_alike() -> None:
    rng = np.random.default_rng(0)
    common = [f"w{word}" for word in range(100)]
    texts = [" ".join([*common, *map(str, rng.integers(0, 10**9, 60))]) for _ in range(50)]
    left, right = np.array([*combinations(range(50), 2)]).T
    with sets_of(texts, 1) as sets:
        assert sets.jaccard(left, right, 0.8).max() == 0
        assert not kernels.plausible(sets.marks, sets.size, left, right, 0.8).any()
        assert kernels.plausible(sets.marks, sets.size, left, right, 0.3).all()


def test_texts_kept_apart_share_nothing() -> None:
    found = joined(["a b c d"] * 4, 2, 0.5, apart=[1, 2, 1, 2])
    assert found.first.tolist() == [0, 1, 0, 1]


def test_a_family_from_one_template_is_not_compared_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    template = " ".join(f"w{word}" for word in range(60))
    texts = [f"{template} {' '.join(map(str, rng.integers(0, 10**9, 30)))}" for _ in range(400)]
    compared = 0
    jaccard_of = ShingleSets.jaccard

    def counting(
        self: ShingleSets, left: kernels.I64, right: kernels.I64, threshold: float = 0.0
    ) -> kernels.F64:
        nonlocal compared
        compared += left.size
        return jaccard_of(self, left, right, threshold)

    monkeypatch.setattr(ShingleSets, "jaccard", counting)
    found = joined(texts, 5, 0.8)
    assert found.first.tolist() == list(range(400))
    assert compared < 400


def test_what_a_crowd_hides_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CROWD", 2)
    texts = [f"same {number} {number}x" for number in range(9)]
    found = joined(texts, 1, 0.2)
    assert found.passed_over == 0, "all are alike the first"
    texts = [f"same {number} {number % 5} {number}x {number}y" for number in range(9)]
    found = joined(texts, 1, 0.25)
    assert found.passed_over > 0
