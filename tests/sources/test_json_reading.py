"""JSON read piece by piece against the standard library's reader of the whole."""

from __future__ import annotations

import gzip
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from curate.sources import json_lines
from curate.sources.fault import Fault
from curate.sources.files import find_slices
from curate.sources.json_text import LARGE, JsonText
from curate.sources.lines import lines
from curate.sources.nested import Nested, top_values
from curate.sources.record_path import RecordPath

TEXT = st.text(max_size=12) | st.sampled_from(
    ["\ud83d", "a\u0085b\u2028c", "\ufeff", '"\\', "é\U0001f600", "x" * 40]
)
NUMBERS = st.integers() | st.integers(min_value=10**30) | st.floats(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(TEXT, VALUES, max_size=4)
SPACE = st.text(" \t\n\r", max_size=3)
WINDOWS = st.integers(1, 60)


def written(value: Any, draw: st.DrawFn) -> str:
    """A value as JSON with white space wherever it may stand."""

    def gap() -> str:
        return draw(SPACE)

    match value:
        case list():
            inner = ",".join(gap() + written(item, draw) + gap() for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            return f"[{inner or gap()}]"
        case dict():
            inner = ",".join(
                f"{gap()}{json.dumps(key)}{gap()}:{gap()}{written(item, draw)}{gap()}"
                for key, item in value.items()  # pyright: ignore[reportUnknownVariableType]
            )
            return "{" + (inner or gap()) + "}"
        case _:
            text = json.dumps(value, ensure_ascii=draw(st.booleans()))
            try:
                text.encode()
            except UnicodeEncodeError:  # a lone surrogate can only be written as an escape
                text = json.dumps(value)
            return text


@st.composite
def documents(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> tuple[Any, bytes]:
    value = draw(values)
    return value, (draw(SPACE) + written(value, draw) + draw(SPACE)).encode()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    stream = io.BytesIO(data)
    return iter(lambda: stream.read(size), b"")


def decoded(data: bytes, size: int, window: int) -> list[Any]:
    text = JsonText(pieces(data, size), window)
    return [text.value() for _ in top_values(text)]


@given(documents(st.lists(VALUES, max_size=6)), st.integers(1, 9), WINDOWS)
def test_a_list_gives_its_elements(document: tuple[Any, bytes], size: int, window: int) -> None:
    values, data = document
    assert decoded(data, size, window) == values


@given(documents(RECORDS), st.integers(1, 9), WINDOWS)
def test_one_object_is_one_value(document: tuple[Any, bytes], size: int, window: int) -> None:
    value, data = document
    assert decoded(data, size, window) == [value]


@given(st.lists(documents(RECORDS), max_size=5), st.integers(1, 9), WINDOWS)
def test_values_one_after_the_other(
    several: list[tuple[Any, bytes]], size: int, window: int
) -> None:
    data = b"".join(data for _, data in several)
    assert decoded(data, size, window) == [value for value, _ in several]


@given(documents(VALUES), st.integers(1, 9), WINDOWS)
def test_skipping_ends_where_reading_does(
    document: tuple[Any, bytes], size: int, window: int
) -> None:
    text = JsonText(pieces(b"[" + document[1] + b',"next"]', size), window)
    found: list[Any] = []
    for _ in text.items():
        if not found:
            found.append(text.skip())
        else:
            found.append(text.value())
    assert found == [None, "next"]


@given(documents(VALUES), WINDOWS)
def test_what_fits_the_window_is_decoded_whole(document: tuple[Any, bytes], window: int) -> None:
    value, data = document
    length = len(data.decode().strip(" \t\n\r"))
    whole = JsonText([data], window).whole()
    assert (
        (whole == value)
        if whole is not LARGE
        else (length > window or not isinstance(value, (list, dict)))
    )


@given(st.binary(max_size=60), st.integers(1, 7))
def test_lines_are_split_at_line_feeds_alone(data: bytes, size: int) -> None:
    found = list(lines(pieces(data, size)))
    assert found == (data.removesuffix(b"\n").split(b"\n") if data else [])


@pytest.mark.parametrize(
    "bad", ["[1 2]", '[{"a" 1}]', "[1,]", "[tru]", '["a\nb"]', "[01]", "[1]]", "]"]
)
@pytest.mark.parametrize("window", [1, 3, 1 << 20])
def test_a_fault_is_found_where_the_library_finds_it(bad: str, window: int) -> None:
    data = (" \n" + bad).encode()
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(data)
    with pytest.raises(Fault) as found:
        decoded(data, 1, window)
    assert found.value.line == expected.value.lineno
    if bad != "[1,]":  # Python 3.13 points at the comma, earlier ones behind it
        assert found.value.column == expected.value.colno


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_all_rows_before_a_fault_are_given(size: int) -> None:
    good = b"".join(b' {"n": %d},\n' % n for n in range(100))
    for tail in (b'{"n": "caf\xe9"}]', b"oops]", b'{"n": 1'):
        text = JsonText(pieces(b"[" + good + tail, size), 64)
        found: list[Any] = []
        with pytest.raises(Fault) as fault:
            found.extend(text.value() for _ in top_values(text))
        assert found == [{"n": n} for n in range(100)]
        assert fault.value.line == 101


# Files, whatever their form.

FORMS = ("array", "lines", "windows lines", "no last line end")


@given(
    st.lists(RECORDS, min_size=1, max_size=5),
    st.sampled_from(FORMS),
    st.sampled_from(("", ".gz", ".zst", ".gz twice", ".zst twice")),
    st.sampled_from(("a.json", "a.jsonl", "a")),
    st.booleans(),
)
def test_every_form_of_a_file_gives_the_same_records(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, Any]],
    form: str,
    packing: str,
    name: str,
    has_mark: bool,
) -> None:
    rows = [json.dumps(record) for record in records]
    body = {
        "array": json.dumps(records, indent=1),
        "lines": "\n".join(rows) + "\n",
        "windows lines": "\r\n\r\n".join(rows) + "\r\n",
        "no last line end": "\n".join(rows),
    }[form].encode()
    body = b"\xef\xbb\xbf" * has_mark + body
    folder = tmp_path_factory.mktemp("form")
    (folder / name).write_bytes(packed(body, packing))
    found = find_slices([name], folder, rows=None, carry={}, header=True)
    assert [one.record for piece in found for one in piece.records()] == records


def packed(body: bytes, packing: str) -> bytes:
    """Compressed as one member or as two, whatever the name says."""
    half = len(body) // 2 if packing.endswith("twice") else len(body)
    if packing.startswith(".gz"):
        return gzip.compress(body[:half]) + (
            gzip.compress(body[half:]) if "twice" in packing else b""
        )
    if packing.startswith(".zst"):
        compress = zstandard.ZstdCompressor().compress
        return compress(body[:half]) + (compress(body[half:]) if "twice" in packing else b"")
    return body


def test_what_only_the_standard_library_accepts_is_read() -> None:
    line = rb'{"a": "\ud83d", "b": NaN, "c": -Infinity, "d": 123456789012345678901234567890}'
    for values in (list(json_lines.records([line], RecordPath())), decoded(line, 3, 5)):
        (value,) = values
        assert value["a"] == "\ud83d"
        assert math.isnan(value["b"])
        assert value["c"] == -math.inf
        assert value["d"] == 123456789012345678901234567890


# Nested records.

NAMES = st.sampled_from(["a", "b", "name", "a.b", "x y"])


@st.composite
def nests(draw: st.DrawFn) -> tuple[str, dict[str, str], list[Any], list[Any]]:
    """A record path, what is carried, top values, and the records a walk over them gives."""
    levels = draw(st.lists(st.sampled_from(["[]", "{}", "name"]), min_size=1, max_size=3))
    names = [draw(NAMES) for _ in levels]
    path, carry = "", dict[str, str]()
    for depth, (level, name) in enumerate(zip(levels, names, strict=True)):
        dot = "." if path else ""
        if draw(st.booleans()):
            carry[f"outer{depth}"] = f"{path}{dot}meta.id"
        quoted = f'"{name}"' if "." in name else name
        path += f"{dot}{quoted}" + (level if level != "name" else "")
        if level == "{}" and draw(st.booleans()):
            carry[f"key{depth}"] = f"{path}.@key"
    records: list[Any] = []

    def grow(depth: int, outer: dict[str, Any]) -> Any:
        if depth == len(levels):
            value = draw(st.dictionaries(st.sampled_from("pqr"), VALUES, max_size=3))
            records.append({**value, **outer})
            return value
        number = draw(NUMBERS)
        if f"outer{depth}" in carry:
            outer = {**outer, f"outer{depth}": number}
        inner: Any
        if levels[depth] == "[]":
            inner = [grow(depth + 1, outer) for _ in range(draw(st.integers(0, 3)))]
        elif levels[depth] == "{}":
            inner = {}
            for key in draw(st.lists(TEXT, max_size=3, unique=True)):
                keyed = {f"key{depth}": key} if f"key{depth}" in carry else {}
                inner[key] = grow(depth + 1, {**outer, **keyed})
        else:
            inner = grow(depth + 1, outer)
        fields = [("meta", {"id": number}), (names[depth], inner), ("junk", draw(VALUES))]
        return dict(draw(st.permutations(fields)))

    tops = [grow(0, {}) for _ in range(draw(st.integers(0, 3)))]
    return path, carry, tops, records


@given(nests(), st.integers(1, 40), WINDOWS, st.booleans())
def test_stepping_into_documents_equals_walking_them(
    nest: tuple[str, dict[str, str], list[Any], list[Any]], size: int, window: int, in_lines: bool
) -> None:
    rows, carry, tops, records = nest
    path = RecordPath.parse(rows, carry)
    assert [record for top in tops for record in path.records(top)] == records
    text = "\n".join(map(json.dumps, tops)) if in_lines else json.dumps(tops)

    def opened() -> JsonText:
        return JsonText(pieces(text.encode(), size), window)

    assert list(Nested(path, opened).records()) == records


def test_late_outer_fields_are_read_ahead_once(tmp_path: Path) -> None:
    opened = 0
    text = json.dumps([{"r": [{"n": n}] * 30, "id": n} for n in range(50)]).encode()

    def document() -> JsonText:
        nonlocal opened
        opened += 1
        return JsonText([text], 16)

    path = RecordPath.parse("r[]", {"id": "id"})
    found = list(Nested(path, document).records())
    assert found == [{"n": n, "id": n} for n in range(50) for _ in range(30)]
    assert opened == 2
