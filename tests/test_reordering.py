"""Rows dealt out to buckets and gathered again."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import assembly, reordering
from curate.assembly import assemble, sorted_rejects
from curate.fingerprint import digest, ranks
from curate.funnel import REJECTS
from curate.reordering import scatter
from curate.shelf import Partition

HEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=6)
SIZES = st.sampled_from((1, 40, 500, 10**6))


@contextmanager
def shelf(heights: Sequence[int], bucket: int, held: int) -> Generator[list[Partition]]:
    """Partitions of such heights, whose rows are numbered throughout, and how much is held at a time."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reordering, "BUCKET_BYTES", bucket)
        patch.setattr(reordering, "HELD_BYTES", held)
        found: list[Partition] = []
        for first, after in pairwise(accumulate(heights, initial=0)):
            numbers = pl.Series("number", range(first, after), dtype=pl.Int64)
            ids = pl.Series("id", [digest(str(n)).hex() for n in numbers], dtype=pl.String)
            rows = pl.DataFrame([ids, numbers])
            part = Partition(
                Path(name) / f"{len(found)}", "one", rows.height, int(rows.estimated_size())
            )
            rows.write_ipc(part.rows, compression="lz4")
            found.append(part)
        yield found


@given(HEIGHTS, SIZES, SIZES, st.randoms(use_true_random=False), st.integers(0, 12))
def test_whatever_is_dealt_comes_back_in_the_new_order(
    heights: list[int], bucket: int, held: int, dice: Random, more: int
) -> None:
    total = sum(heights)
    shuffled: list[int] = list(range(total))
    dice.shuffle(shuffled)
    dealt = (shuffled * 2)[: total // 2 + more]
    with shelf(heights, bucket, held) as partitions:
        buckets = scatter(
            partitions,
            np.array(dealt, np.uint32),
            np.arange(len(dealt)),
            partitions[0].stem.with_name("mix"),
            "stamp",
        )
        frames = [bucket.gather() for bucket in buckets]
    assert [n for frame in frames for n in frame["number"]] == dealt
    assert [n for frame in frames for n in frame["position"]] == list(range(len(dealt)))
    assert all(frame.height % 2 == 0 for frame in frames[:-1])  # pairs stay together
    assert len({bucket.stamp for bucket in buckets}) == len(buckets)


@given(HEIGHTS, SIZES, st.integers(1, 3))
def test_a_mix_is_the_same_however_it_is_cut(heights: list[int], bucket: int, repeat: int) -> None:
    mixes: list[pl.DataFrame] = []
    for size, cut in ((10**6, [sum(heights)]), (bucket, heights)):
        with shelf(cut, size, size) as partitions:
            drawn = np.repeat(np.arange(sum(heights), dtype=np.uint32), repeat)
            order = np.array(ranks(1, [digest(str(n)).hex() for n in drawn]), np.uint64)
            mix = assemble(partitions, drawn, order, partitions[0].stem.with_name("mix"))
            frames = [
                pl.DataFrame(schema={"id": pl.String, "number": pl.Int64}),
                *(stretch.rows() for stretch in mix),
            ]
            mixes.append(pl.concat(frames))
    one, other = mixes
    assert one.equals(other)
    assert one["id"].is_unique().all()
    assert sorted(one["number"]) == sorted([*range(sum(heights))] * repeat)
    uses = one["id"].str.extract(r"#(\d+)").fill_null("1").cast(pl.Int64)
    told = one.select("number", use=uses).group_by("number").agg(pl.col("use").sort())
    assert told["use"].to_list() == [list(range(1, repeat + 1))] * sum(heights)


def test_rows_of_low_rank_do_not_stand_in_front() -> None:
    with shelf([1000], 10**6, 10**6) as partitions:
        low = np.sort(np.array(ranks(1, map(str, range(10_000))), np.uint64))[:500]
        high = np.array(ranks(2, map(str, range(500))), np.uint64)
        rows = np.arange(1000, dtype=np.uint32)
        mix = assemble(
            partitions, rows, np.concatenate([low, high]), partitions[0].stem.with_name("mix")
        )
        (frame,) = (stretch.rows() for stretch in mix)
    first = (frame["number"].head(500) < 500).sum()
    assert 200 < first < 300  # 250 are expected, of a standard deviation of 11


IDS = st.one_of(st.text(max_size=5), st.integers(0, 99).map(lambda n: digest(str(n)).hex()))


@given(st.lists(st.lists(IDS, max_size=8), max_size=4), st.sampled_from((1, 3, 100)))
def test_rejects_come_sorted_however_they_lie(files: list[list[str]], held: int) -> None:
    records = [
        pl.DataFrame({name: ids if name == "id" else ["x"] * len(ids) for name in REJECTS}, REJECTS)
        for ids in files
    ]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "REJECTS_HELD", held)
        paths = [Path(name) / f"{index}.dropped" for index in range(len(records))]
        for path, frame in zip(paths, records, strict=True):
            frame.write_parquet(path)
        found = [one for frame in sorted_rejects(paths) for one in frame["id"]]
    assert sorted(found) == sorted(one for ids in files for one in ids)
    if held == 100:
        assert found == sorted(found)
