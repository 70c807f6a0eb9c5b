"""How files are found, cut and read."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import gzip
import json
import os
import pickle
import random
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from curate.errors import SourceError
from curate.sources import files, lines
from curate.sources.files import FileSlice, find_slices
from curate.sources.slices import Slice


def found(
    folder: Path,
    *patterns: str,
    rows: str | None = None,
    carry: Mapping[str, str] | None = None,
    header: bool = True,
) -> tuple[FileSlice, ...]:
    return find_slices(patterns, folder, rows=rows, carry=carry or {}, header=header)


def records(*slices: Slice) -> list[Any]:
    return [one.record for piece in slices for one in piece.records()]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def write_lines(folder: Path, name: str, values: list[Any]) -> Path:
    return write(folder, name, "".join(json.dumps(value) + "\n" for value in values))


# Finding.


@pytest.mark.parametrize(
    ("patterns", "labels"),
    [
        (["b.json", "a.json"], ["b.json", "a.json"]),
        (["*.json"], ["a.json", "b.json"]),
        (["b.json", "*.json"], ["b.json", "a.json"]),
        (["**/*.json"], ["a.json", "b.json", "sub/c.json", "sub/deep/d.json"]),
        (["sub/**"], ["sub/[x].json", "sub/c.json", "sub/deep/d.json"]),
        (
            ["sub/**/*.json", "./b.json"],
            ["sub/[x].json", "sub/c.json", "sub/deep/d.json", "./b.json"],
        ),
        (["sub/../a.json", "a.json"], ["sub/../a.json"]),
        (["sub/[x].json"], ["sub/[x].json"]),
        (["[ab].json"], ["a.json", "b.json"]),
        ([".hidden.json"], [".hidden.json"]),
    ],
)
def test_files_come_in_the_order_asked_for(
    tmp_path: Path, patterns: list[str], labels: list[str]
) -> None:
    names = ["a.json", "b.json", "sub/c.json", "sub/deep/d.json", ".hidden.json", ".git/e.json"]
    for name in [*names, *(["sub/[x].json"] if any("[x]" in label for label in labels) else [])]:
        write(tmp_path, name, "[]")
    assert [piece.label for piece in found(tmp_path, *patterns)] == labels
    absolute = found(tmp_path / "sub", *(f"{tmp_path}/{pattern}" for pattern in patterns))
    assert [piece.label for piece in absolute] == [f"{tmp_path}/{label}" for label in labels]


def test_a_linked_file_comes_once(tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", "[]")
    (tmp_path / "b.json").symlink_to(file)
    assert len(found(tmp_path, "*.json")) == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        found(tmp_path / "nowhere", "*.json")


# Cutting.

ROWS = [{"n": n, "text": "a\u2028b\u0085c" * (n % 7)} for n in range(300)]


@pytest.mark.parametrize("part", [1, 37, 400, 5000])
@pytest.mark.parametrize("tail", ["\n", "", "\n\n \n"])
def test_json_lines_are_cut_between_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, tail: str
) -> None:
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS) + tail
    file = write(tmp_path, "rows.jsonl", body)
    monkeypatch.setattr(files, "PART", part)
    slices = found(tmp_path, "rows.jsonl")
    assert records(*slices) == ROWS
    assert len(slices) > 2
    assert sum(piece.weight for piece in slices) == file.stat().st_size
    assert len({piece.stamp for piece in slices}) == len(slices)


@pytest.mark.parametrize("rows", [None, "n[]"])
def test_rows_and_lines_are_counted_from_the_start_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str | None
) -> None:
    good = [f'{{"n": ["{n}", "{n}"]}}\n' + "\n" * (n % 3 == 0) for n in range(100)]
    write(tmp_path, "rows.jsonl", "".join(good) + "oops\n")
    monkeypatch.setattr(files, "PART", 100)
    *slices, last = found(tmp_path, "rows.jsonl", rows=rows)
    assert len(slices) > 10
    rows_in_all = 200 if rows else 100
    places = [piece.place(one.position).row for piece in slices for one in piece.records()]
    assert places == list(range(1, len(places) + 1))
    with pytest.raises(SourceError) as error:
        records(last)
    place = error.value.problems[0].place
    assert place is not None
    assert (place.line, place.row, place.text) == (135, rows_in_all + 1, "oops")


def test_parquet_is_cut_between_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"n": n, "turns": [{"role": "user", "content": "x" * n}]} for n in range(1000)]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=100)
    (whole,) = found(tmp_path, "rows.parquet")
    assert records(whole) == rows
    monkeypatch.setattr(files, "PART", whole.weight // 4)
    slices = found(tmp_path, "rows.parquet")
    assert 2 < len(slices) < 10
    assert records(*slices) == rows
    assert sum(piece.weight for piece in slices) == whole.weight
    assert slices[1].place(1).row == 1 + len(records(slices[0]))


def test_compressed_files_and_lists_are_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.jsonl", gzip.compress(b'{"n": 1}\n' * 50))
    write(tmp_path, "b.jsonl", json.dumps(ROWS, indent=1))
    monkeypatch.setattr(files, "PART", 20)
    assert len(found(tmp_path, "*.jsonl")) == 2


def test_slices_can_be_sent_to_workers(tmp_path: Path) -> None:
    write_lines(tmp_path, "rows.jsonl", [{"r": [1, 2], "id": "a"}])
    (piece,) = found(tmp_path, "rows.jsonl", rows="r[]", carry={"id": "id"})
    sent = pickle.loads(pickle.dumps(piece))
    assert sent == piece
    assert sent.stamp == piece.stamp
    assert len(pickle.dumps(piece)) < 2000
    assert records(sent) == [{"value": 1, "id": "a"}, {"value": 2, "id": "a"}]


def test_the_stamp_changes_with_the_file_and_with_how_it_is_read(tmp_path: Path) -> None:
    file = write_lines(tmp_path, "rows.jsonl", [{"r": [{"a": 1}]}])
    stamps = [
        found(tmp_path, "rows.jsonl")[0].stamp,
        found(tmp_path, "rows.jsonl")[0].stamp,
        found(tmp_path, "rows.jsonl", rows="r[]")[0].stamp,
        found(tmp_path, "rows.jsonl", rows="r[]", carry={"x": "y"})[0].stamp,
        found(tmp_path, "rows.jsonl", header=False)[0].stamp,
    ]
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 4
    os.utime(file, ns=(0, 7))
    assert found(tmp_path, "rows.jsonl")[0].stamp not in stamps


# Reading.


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('{\n "a": 1\n}\n', [{"a": 1}]),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', [{"a": 1}, {"a": 2}]),
        ('[["a"], ["b"]]', [["a"], ["b"]]),
        ('["a"]\n["b"]\n', [["a"], ["b"]]),
        ('["a", "b"]', ["a", "b"]),
        ('"a"\n"b"\n', ["a", "b"]),
        ("[]", []),
        ('\ufeff\r\n{"a": "\u2028"}\r\n', [{"a": "\u2028"}]),
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.ndjson"])
def test_json_is_told_by_its_content(
    tmp_path: Path, name: str, content: str, expected: list[Any]
) -> None:
    write(tmp_path, name, content)
    assert records(*found(tmp_path, name)) == expected


@pytest.mark.parametrize(
    ("name", "content", "header", "expected"),
    [
        ("x.csv", 'q,a\n"a, b","c\nd"\n', True, [{"q": "a, b", "a": "c\nd"}]),
        ("x.csv", 'a,""\n"b ""c""",\r\n', False, [{"0": "a", "1": ""}, {"0": 'b "c"', "1": ""}]),
        ("x.csv", '\ufeffq,a\r\n\r\nx,"y\r\nz"', True, [{"q": "x", "a": "y\r\nz"}]),
        ("x.csv", "q\u2028,a\nx\x85y,z", True, [{"q\u2028": "x\x85y", "a": "z"}]),
        ("x.csv", "q,a\n", True, []),
        ("x.csv", f'q\n"{"x" * 300_000}"\n', True, [{"q": "x" * 300_000}]),
        ("x.tsv", "q\ta\nx, y\tz\n", True, [{"q": "x, y", "a": "z"}]),
        ("x.tsv", 'q\ta\n"x\ty"\t"a\nb"\nc\td\n', True, [{"q": "x\ty", "a": "a\nb"}, {"q": "c", "a": "d"}]),
        ("x.tsv", '5\'9" tall\t"Big" is\tx\r\n', False, [{"0": "5'9\" tall", "1": '"Big" is', "2": "x"}]),
        ("x.tsv", "a\t\n\tb\n\nc\td", False, [{"0": "a", "1": ""}, {"0": "", "1": "b"}, {"0": "c", "1": "d"}]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("packing", ["", ".gz", ".zstd"])
def test_tables_of_text(
    tmp_path: Path, name: str, content: str, header: bool, expected: list[Any], packing: str
) -> None:
    data = content.encode()
    if packing:
        data = gzip.compress(data) if packing == ".gz" else zstandard.compress(data)
    write(tmp_path, name + packing, data)
    assert records(*found(tmp_path, name + packing, header=header)) == expected


NEST: dict[str, Any] = {
    "model": "m",
    "info": {"date": "today"},
    "tasks": [
        {"name": "t", "results": [{"q": 1}, {"q": 2}]},
        {"name": "u", "results": [{"q": 3}]},
    ],
    "samples": {"s1": ["x", "y"], "s2": ["z"]},
}


@pytest.mark.parametrize(
    ("rows", "carry", "expected"),
    [
        ("tasks[].results[]", {}, [{"q": 1}, {"q": 2}, {"q": 3}]),
        (
            "tasks[].results[]",
            {"task": "tasks[].name", "by": "model", "on": "info.date"},
            [{"q": n, "task": task, "by": "m", "on": "today"} for n, task in ((1, "t"), (2, "t"), (3, "u"))],
        ),
        ("tasks[]", {"by": "model"}, [{**task, "by": "m"} for task in NEST["tasks"]]),
        ("samples{}", {}, [["x", "y"], ["z"]]),
        ("samples{}[]", {"id": "samples{}.@key"}, [{"value": v, "id": k} for v, k in (("x", "s1"), ("y", "s1"), ("z", "s2"))]),
        ("info", {}, [{"date": "today"}]),
        ('"info"."date"', {}, ["today"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["one object", "pretty", "list", "lines"])
def test_nested_records(
    tmp_path: Path, rows: str, carry: dict[str, str], expected: list[Any], layout: str
) -> None:
    content = {
        "one object": json.dumps(NEST),
        "pretty": json.dumps(NEST, indent=2),
        "list": json.dumps([NEST, NEST], indent=2),
        "lines": f"{json.dumps(NEST)}\n{json.dumps(NEST)}\n",
    }[layout]
    write(tmp_path, "x.json", content)
    times = 2 if layout in ("list", "lines") else 1
    assert records(*found(tmp_path, "x.json", rows=rows, carry=carry)) == expected * times


def test_nested_records_of_parquet(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"id": "a", "r": [{"n": 1}, {"n": 2}]}])
    pq.write_table(table, tmp_path / "x.parquet")
    (piece,) = found(tmp_path, "x.parquet", rows="r[]", carry={"id": "id"})
    assert records(piece) == [{"n": 1, "id": "a"}, {"n": 2, "id": "a"}]


def test_a_path_of_names_only_is_one_record(tmp_path: Path) -> None:
    write(tmp_path, "x.json", '{"a": {"b": {"c": 1}}}')
    assert records(*found(tmp_path, "x.json", rows="a.b")) == [{"c": 1}]


# Memory.


def peak(piece: FileSlice) -> int:
    """Bytes of Python objects at the worst moment of reading."""
    tracemalloc.start()
    for _ in piece.records():
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def big(folder: Path, form: str, megabytes: int) -> FileSlice:
    """A file of about that size in one of the forms, written without being held."""
    start, end, mark = {
        "lines": ("", "\n", "\n"),
        "list": ("[\n", "\n]", ",\n"),
        "one line": ("[", "]", ", "),
        "nested": ('{"meta": 1, "tasks": [{"results": [', ']}], "model": "m"}', ","),
        "skipped": ('{"junk": [[', ']], "tasks": [{"results": [{"q": 1}]}], "model": "m"}', ","),
    }[form]
    noise = random.Random(0)
    file = folder / f"{form}.gz"
    with gzip.open(file, "wt", compresslevel=1) as out:
        for number in range(megabytes * 250):
            record = {"prompt": "p" * 2000, "answer": noise.randbytes(1000).hex()}
            out.write((mark if number else start) + json.dumps(record))
        out.write(end)
    if form in ("nested", "skipped"):
        return found(folder, file.name, rows="tasks[].results[]", carry={"by": "model"})[0]
    return found(folder, file.name)[0]


FORMS = ("lines", "list", "one line", "nested", "skipped")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_read_without_being_held(tmp_path: Path, form: str) -> None:
    assert peak(big(tmp_path, form, 16)) < 8 << 20


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, form: str) -> None:
    assert peak(big(tmp_path, form, 100)) < 8 << 20


def test_a_record_too_large_to_be_held_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LARGEST", 1 << 20)
    monkeypatch.setattr("curate.sources.json_text.LARGEST", 1 << 20)
    write(tmp_path, "a.json", '{"a": "' + "x" * (5 << 20) + '"}')
    write(tmp_path, "b.json", '{"b": 1}\n{"a": "' + "x" * (5 << 20) + '"}')
    for piece in found(tmp_path, "*.json"):
        with pytest.raises(SourceError, match="larger than"):
            records(piece)


# Real files.


@pytest.mark.real
@pytest.mark.parametrize(
    ("pattern", "rows", "carry", "count", "names"),
    [
        ("reasoning/rg_think/intra_*.json.gz", "categories[].datasets[].results[]", {"task": "categories[].datasets[].name"}, 400, {"task", "question"}),
        ("reasoning/rg_zero_shot/hard.openai_o3-mini.jsonl.gz", "results[]", {"task": "name"}, 5000, {"task", "completions"}),
        ("reasoning/cruxeval_samples/*_codellama-7b_temp0.2_*_generations.json.gz", "{}", {"id": "{}.@key"}, 1600, {"id", "value"}),
        ("instruct/gorilla_torchhub_train.json", None, {}, 837, {"code"}),
        ("reasoning/logic_rl_kk/*_train.parquet", None, {}, 1800, {"quiz"}),
        ("eval/bbh/*", "examples[]", {}, 5074, {"input", "target"}),
    ],
)  # fmt: skip
def test_real_files(
    shared: Path, pattern: str, rows: str | None, carry: dict[str, str], count: int, names: set[str]
) -> None:
    read = records(*found(shared / "data", pattern, rows=rows, carry=carry))
    assert len(read) == count
    assert all(names <= record.keys() for record in read)


@pytest.mark.real
def test_real_tables_without_header(shared: Path) -> None:
    law = records(*found(shared / "data", "eval/mmlu/professional_law_test.csv", header=False))
    assert len(law) == 1534
    assert {record["5"] for record in law} == set("ABCD")
    strategy = records(*found(shared / "data", "reasoning/flan_cot/*.tsv", header=False))
    assert len(strategy) == 2061
    assert {record["1"] for record in strategy} == {"yes", "no"}
