"""Broken data files and what is said about them, word for word."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from curate.describe import describe_all
from curate.errors import SourceError
from curate.sources.files import find_slices

GOLDEN = Path(__file__).parent / "broken"
ROWS = [{"prompt": f"What is {n} plus one?", "answer": str(n + 1)} for n in range(400)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@dataclass(frozen=True)
class Broken:
    """Files by name, and how a recipe asks for them."""

    files: Mapping[str, bytes]
    ask: tuple[str, ...] = ()
    rows: str | None = None
    carry: Mapping[str, str] = field(default_factory=dict[str, str])
    header: bool = True


def one(name: str, content: bytes | str, **how: Any) -> Broken:
    """A single file, asked for by its name."""
    data = content.encode() if isinstance(content, str) else content
    return Broken({name: data}, (name,), **how)


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), out, compression="none")
    return out.getvalue().to_pybytes()


def bent(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def late(line: bytes) -> bytes:
    """JSON Lines that go wrong in line 301."""
    every = LINES.splitlines(keepends=True)
    return b"".join([*every[:300], line + b"\n", *every[300:]])


NESTED = json.dumps({"model": "m", "tasks": [{"name": "t", "results": ROWS[:2]}]})

CASES: dict[str, Broken] = {
    # Files that are not there, or not files.
    "missing_file": Broken({"train.jsonl": LINES}, ("trian.jsonl",)),
    "missing_folder": Broken({"reasoning/a.jsonl": LINES}, ("resoning/a.jsonl",)),
    "glob_without_match": Broken({"train.json": b"[]", "test.json": b"[]"}, ("*.jsonl",)),
    "folder": Broken({"shards/a.jsonl.gz": LINES, "shards/b.jsonl.gz": LINES}, ("shards",)),
    "all_at_once": Broken(
        {"good.jsonl": LINES, "empty.jsonl": b"", "shards/a.json": b"[]"},
        ("good.jsonl", "empty.jsonl", "shards", "nowhere/*.json", "god.jsonl"),
    ),
    # Files that are something else.
    "empty": one("rows.jsonl", b""),
    "only_space": one("rows.json", b"\xef\xbb\xbf \n\n"),
    "zero_bytes": one("rows.jsonl", bytes(4096)),
    "web_page": one("rows.json", "<!DOCTYPE html>\n<html><body>Sign in</body></html>"),
    "lfs_pointer": one("train.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "zip": one("rows.jsonl", b"PK\x03\x04" + bytes(60)),
    "not_parquet": one("rows.parquet", LINES),
    "unknown": one("notes.txt", "Some notes.\n"),
    # Damaged files.
    "truncated_gzip": one("rows.jsonl.gz", gzip.compress(LINES, mtime=0)[:-900]),
    "truncated_zstd": one("rows.jsonl.zst", zstandard.ZstdCompressor().compress(LINES)[:-20]),
    "truncated_gzip_array": one(
        "rows.json.gz", gzip.compress(json.dumps(ROWS, indent=1).encode(), mtime=0)[:-900]
    ),
    "damaged_gzip": one("rows.jsonl.gz", bent(gzip.compress(LINES, mtime=0), -8, b"\0\0\0\0")),
    "garbage_behind_gzip": one("rows.jsonl.gz", gzip.compress(LINES, mtime=0) + b"garbage"),
    "truncated_parquet": one("rows.parquet", parquet(ROWS)[:-100]),
    "damaged_parquet": one("rows.parquet", bent(parquet(ROWS), 4, b"\xff" * 600)),
    "truncated_json": one("rows.json", json.dumps(ROWS, indent=1)[:5000]),
    "truncated_json_lines": one("rows.jsonl", LINES[:5000]),
    # Wrong encodings.
    "utf_16": one("rows.jsonl", LINES.decode().encode("utf-16")),
    "latin_1": one("rows.jsonl", late('{"prompt": "Où est le café ?"}'.encode("latin-1"))),
    "latin_1_array": one("rows.json", '[\n{"q": "a"},\n{"q": "café"}\n]'.encode("latin-1")),
    "latin_1_csv": one("rows.csv", "q,a\nun,deux\ncafé,thé\n".encode("latin-1")),
    "cut_inside_character": one("rows.jsonl", '{"q": "café"}\n{"q": "caf'.encode() + b"\xc3"),
    # Bad lines and values.
    "one_bad_line": one("rows.jsonl", late(b'{"prompt": "What is 7 plus one?", answer: "8"}')),
    "bad_first_line": one("rows.jsonl", b"{'prompt': 'a'}\n" + LINES),
    "zero_bytes_in_a_line": one("rows.jsonl", late(b'{"prompt": "a"' + bytes(30))),
    "two_values_in_a_line": one("rows.jsonl", late(b'{"prompt": "a"}{"prompt": "b"}')),
    "very_long_bad_line": one("rows.jsonl", late(b'{"a": "' + b"x" * 50_000 + b'" "b": 1, ' + b'"c": 2}' * 9)),
    "list_with_a_comma_missing": one("rows.json", '[\n {"q": "a"}\n {"q": "b"}\n]'),
    "text_behind_the_list": one("rows.json", '[\n{"q": "a"}\n]\n{"q": "b"}\n'),
    "too_deep": one("rows.jsonl", late(b"[" * 200_000)),
    "mixed_kinds": one("rows.json", '[{"q": "a"}, {"q": "b"}, ["c"]]'),
    "numbers": one("rows.json", "[1, 2, 3]"),
    # Tables.
    "csv_row_with_more_fields": one("rows.csv", 'q,a\n"one, two",3\nfour, five,6\n'),
    "csv_row_with_fewer_fields": one("rows.csv", "a,b,c\nd,e\n", header=False),
    "csv_column_named_twice": one("rows.csv", "prompt,answer,prompt\na,b,c\n"),
    "csv_quote_never_closed": one("rows.csv", 'q,a\nx,y\n"a quote that\nnever ends,b\n' + "c,d\n" * 20),
    "csv_text_behind_quotes": one("rows.csv", 'q,a\nx,y\n"said" he,b\n'),
    "csv_zero_byte": one("rows.csv", "q,a\nx,y\nz,\0\n"),
    "tsv_with_commas": one("rows.tsv", "q\ta\nx\ty\nx,y\n"),
    # Paths.
    "rows_mistyped": one("rows.json", NESTED, rows="tasks[].result[]"),
    "rows_without_marks": one("rows.json", NESTED, rows="tasks.results"),
    "rows_opens_the_top_list": one("rows.json", f"[{NESTED}]", rows="[].tasks[]"),
    "rows_of_an_object": one("rows.json", '{"samples": {"a": ["x"]}}', rows="samples[]"),
    "rows_missing_in_one_line": one(
        "rows.jsonl", '{"id": 1, "results": ["a", "b"]}\n{"id": 2}\n', rows="results[]"
    ),
    "rows_no_path": one("rows.json", NESTED, rows="tasks[0].results[]", carry={"x": "a..b"}),
    "carry_without_rows": one("rows.json", NESTED, carry={"task": "name"}),
    "carry_missing": one("rows.json", NESTED, rows="tasks[].results[]", carry={"t": "tasks[].nmae"}),
    "carry_off_the_way": one(
        "rows.json", NESTED, rows="tasks[].results[]", carry={"a": "others[].name", "b": "tasks.name"}
    ),
    "carry_clash": one("rows.json", NESTED, rows="tasks[].results[]", carry={"answer": "model"}),
}  # fmt: skip


def test_every_text_belongs_to_a_case() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_broken_files_are_explained(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[str, Path], None],
) -> None:
    broken = CASES[name]
    for file, content in broken.files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as error:
        read_all(broken, tmp_path)
    text = describe_all(error.value).replace(str(tmp_path), "/data")
    golden(text + "\n", GOLDEN / f"{name}.txt")


def read_all(broken: Broken, folder: Path) -> None:
    for piece in find_slices(
        broken.ask, folder, rows=broken.rows, carry=broken.carry, header=broken.header
    ):
        for _ in piece.records():
            pass
