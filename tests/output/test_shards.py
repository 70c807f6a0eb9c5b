"""Parquet files: the same bytes however rows arrive, read alike by polars and by datasets."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow and datasets tell no types)

from __future__ import annotations

import errno
import gc
import hashlib
import random
import resource
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.output import parquet
from curate.output.shards import Shards, row_sizes

TURNS = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


def _rows(count: int, seed: int = 0) -> pl.DataFrame:
    chance = random.Random(seed)
    return pl.DataFrame(
        {
            "id": [f"{chance.getrandbits(128):032x}" for _ in range(count)],
            "messages": [
                [{"role": "user", "content": chance.randbytes(chance.randrange(200)).hex()}]
                * chance.randrange(3)
                for _ in range(count)
            ],
            "spans": [[[0, 5]] if i % 2 else None for i in range(count)],
            "score": [None if i % 5 == 0 else i / 7 for i in range(count)],
        },
        schema_overrides={"messages": TURNS},
    )


def _write(
    folder: Path, rows: pl.DataFrame, cuts: list[int], row_group: int = 10_000, shard: int = 10**9
) -> dict[str, str]:
    """Write rows cut at the given places; the names of the files and their digests."""
    places = [0, *sorted(cuts), rows.height]
    with Shards(folder, rows.schema, stem="train", row_group=row_group, shard=shard) as shards:
        for start, end in pairwise(places):
            shards.write(rows[start:end])
        written = shards.close()
    assert written.rows == rows.height
    assert written.size == row_sizes(rows).sum()
    assert sorted(folder.iterdir()) == sorted(written.files)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in written.files}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=6), st.integers(0, 3))
def test_bytes_do_not_depend_on_frames(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], seed: int
) -> None:
    rows = _rows(300, seed)
    whole = _write(tmp_path_factory.mktemp("whole"), rows, [], shard=20_000)
    cut = _write(tmp_path_factory.mktemp("cut"), rows, cuts, shard=20_000)
    assert cut == whole


def test_row_groups_and_files_are_bounded(tmp_path: Path) -> None:
    rows = _rows(2_000)
    names = list(_write(tmp_path, rows, [], row_group=20_000, shard=60_000))
    assert len(names) > 3
    assert names == [f"train-{i:05d}-of-{len(names):05d}.parquet" for i in range(len(names))]
    largest = row_sizes(rows).max()
    assert isinstance(largest, int)
    for name in names:
        assert (tmp_path / name).stat().st_size < 60_000 + 5_000  # the footer comes on top
        found = pq.ParquetFile(tmp_path / name)
        start = 0
        for group in range(found.num_row_groups):
            height = found.metadata.row_group(group).num_rows
            part = pl.read_parquet(tmp_path / name)[start : start + height]
            assert row_sizes(part).sum() < 20_000 + largest
            start += height
    assert pl.read_parquet(tmp_path).equals(rows)


def test_file_is_what_the_hub_asks_for(tmp_path: Path) -> None:
    _write(tmp_path, _rows(50), [])
    found = pq.ParquetFile(tmp_path / "train-00000-of-00001.parquet")
    column = found.metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert column.has_offset_index
    assert {str(field.type) for field in found.schema_arrow} == {
        "string",
        "list<element: struct<role: string, content: string>>",
        "list<element: list<element: int64>>",
        "double",
    }


def test_no_rows_give_a_file_with_columns(tmp_path: Path) -> None:
    names = _write(tmp_path, _rows(0), [])
    assert list(names) == ["train-00000-of-00001.parquet"]
    assert pl.read_parquet(tmp_path).schema == _rows(0).schema


def test_a_row_larger_than_a_group_stands_alone(tmp_path: Path) -> None:
    rows = pl.DataFrame({"text": ["a" * 10, "b" * 500, "c" * 10]})
    _write(tmp_path, rows, [], row_group=100)
    found = pq.ParquetFile(tmp_path / "train-00000-of-00001.parquet")
    heights = [found.metadata.row_group(i).num_rows for i in range(found.num_row_groups)]
    assert heights == [2, 1]
    assert pl.read_parquet(tmp_path).equals(rows)


def test_sizes_by_hand() -> None:
    rows = pl.DataFrame(
        {
            "messages": [[{"role": "u", "content": "é"}, {"role": "u", "content": None}], [], None],
            "spans": [[[1, 2]], [], None],
            "score": [0.5, None, 1.0],
        },
        schema_overrides={"messages": TURNS, "spans": pl.List(pl.List(pl.Int64))},
    )
    assert row_sizes(rows).to_list() == [1 + 2 + 1 + 16 + 8, 0, 8]


def test_batches_come_back_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH", 64)
    rows = _rows(200)
    _write(tmp_path, rows, [])
    frames = list(parquet.read_batches(tmp_path / "train-00000-of-00001.parquet"))
    assert [frame.height for frame in frames] == [64, 64, 64, 8]
    assert pl.concat(frames).equals(rows)


def test_refused_write_is_an_os_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    rows = _rows(2_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as failed:
            _write(tmp_path, rows, [], row_group=50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed.value.errno == errno.EFBIG
    gc.collect()  # nothing tries to write again: that would be an unraisable warning


def test_datasets_reads_the_same_rows(tmp_path: Path) -> None:
    import datasets

    rows = _rows(40)
    _write(tmp_path / "data", rows, [7], row_group=2_000)
    found = datasets.load_dataset(
        "parquet",
        data_files=str(tmp_path / "data" / "*.parquet"),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert found.to_list() == rows.to_dicts()
