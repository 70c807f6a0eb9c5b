"""Sources that are files: found by paths and globs, cut into slices, read record by record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

from curate.errors import Place, Problem, SourceError
from curate.fingerprint import digest
from curate.shapes.path import a
from curate.sources import compression, json_lines, parquet, patterns, tables
from curate.sources.contents import HEAD, Format, format_of
from curate.sources.fault import Fault
from curate.sources.json_text import JsonText
from curate.sources.nested import Nested, top_values
from curate.sources.record_path import RecordPath
from curate.sources.slices import Found, Record

PART = 64 << 20
"""Bytes of one slice, where files can be cut: JSON Lines between lines, parquet between row groups."""

_RECORDS: dict[type, str] = {dict: "objects", list: "lists", str: "texts"}


def find_slices(
    files: Sequence[str], base: Path, *, rows: str | None, carry: Mapping[str, str], header: bool
) -> tuple[FileSlice, ...]:
    """Cut what paths and globs under the folder `base` stand for into slices, in storage order.

    `rows` and `carry` are paths as `curate.sources.record_path` reads them; `header` is for tables of text. Reads
    how every file starts. Raises SourceError with all problems found: patterns that stand for nothing, folders, files
    that are not data, paths that are none.
    """
    problems: list[Problem] = []
    found = patterns.find(files, base, problems)
    return cut(found, problems, rows=rows, carry=carry, header=header)


def cut(
    found: Iterable[tuple[str, Path]],
    problems: list[Problem],
    *,
    rows: str | None,
    carry: Mapping[str, str],
    header: bool,
) -> tuple[FileSlice, ...]:
    """Cut files, each with the name to call it, into slices.

    Raises SourceError as `find_slices` does, with `problems` among what was found.
    """
    try:
        path = RecordPath.parse(rows, carry)
    except SourceError as error:
        problems += error.problems
        path = RecordPath()
    slices: list[FileSlice] = []
    for label, file in found:
        try:
            slices += _parts(file, label, path, header=header)
        except Fault as fault:
            problems.append(fault.problem(file, row=None))
        except OSError as error:
            problems.append(_unreadable(file, error))
    if problems:
        raise SourceError(*problems)
    return tuple(slices)


@dataclass(frozen=True)
class FileSlice:
    """A file or a part of it."""

    path: Path
    label: str
    weight: int
    version: tuple[int, int]
    """The file's size in bytes and the time it was changed, in nanoseconds."""
    format: Format
    record_path: RecordPath
    header: bool
    part: tuple[int, int] | None = None
    """Where it starts and ends: bytes of JSON Lines, row groups of parquet. None is the whole file."""
    rows: int | None = None

    @property
    def stamp(self) -> str:
        """A digest over the file's path, size and time, the part of it and the way it is read."""
        how = (self.format, self.record_path, self.header)
        return digest(*map(repr, (str(self.path), self.version, self.part, *how))).hex()

    def records(self, limit: int | None = None) -> Iterator[Found]:
        """Read the records in storage order; see `Slice.records`.

        A slice that starts inside a file counts positions from its own start, as it cannot know better
        without reading the whole; `place` does.
        """
        position = 0
        first: type | None = None
        try:
            for value in islice(self._values(), limit):
                first = first or type(value)
                if type(value) is not first or first not in _RECORDS:
                    raise _unlike(value, first)
                position += 1
                yield Found(position, cast("Record", value))
        except Fault as fault:
            lines, rows = _before(self)
            problem = fault.problem(self.path, row=rows + position + 1, lines_before=lines)
            raise SourceError(problem) from fault
        except OSError as error:
            raise SourceError(_unreadable(self.path, error)) from error

    def place(self, position: int) -> Place:
        """The file and the row in it, counted from the file's first record."""
        return Place(self.path, row=_before(self)[1] + position)

    def _values(self) -> Iterator[Any]:
        match self.format:
            case "json":
                return self._json()
            case "json lines":
                pieces = compression.read(self.path, *(self.part or (0, None)))
                return json_lines.records(pieces, self.record_path)
            case "parquet":
                values = parquet.records(self.path, *(self.part or (0, 0)))
            case table:
                values = tables.records(compression.read(self.path), table, header=self.header)
        if not self.record_path.steps:
            return values
        return chain.from_iterable(map(self.record_path.records, values))

    def _json(self) -> Iterator[Any]:
        if self.record_path.steps:
            return Nested(self.record_path, self._text).records()
        text = self._text()
        return (text.value() for _ in top_values(text))

    def _text(self) -> JsonText:
        return JsonText(compression.read(self.path))


def _parts(file: Path, label: str, path: RecordPath, *, header: bool) -> list[FileSlice]:
    stat = file.stat()
    version = (stat.st_size, stat.st_mtime_ns)
    found = format_of(file.name, _head(file))
    whole = FileSlice(file, label, stat.st_size, version, found, path, header)
    if found == "parquet":
        # With a path a row of the file may hold any number of records.
        return [
            replace(whole, part=part, weight=weight, rows=None if path.steps else rows)
            for part, weight, rows in _row_groups(file)
        ]
    if found == "json lines" and stat.st_size > PART and not compression.is_compressed(file):
        parts = json_lines.cuts(file, stat.st_size, PART)
        return [replace(whole, part=part, weight=part[1] - part[0]) for part in parts]
    return [whole]


def _head(file: Path) -> bytes:
    head = b""
    try:
        for piece in compression.read(file):
            head += piece
            if len(head) >= HEAD:
                break
    except Fault:
        if not head:
            raise
    return head


def _row_groups(file: Path) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Neighbouring row groups that amount to at least `PART` bytes, their bytes and rows."""
    start = weight = rows = end = 0
    for end, (height, size) in enumerate(parquet.row_groups(file), 1):
        weight, rows = weight + size, rows + height
        if weight >= PART:
            yield (start, end), weight, rows
            start, weight, rows = end, 0, 0
    if start < end:
        yield (start, end), weight, rows


@lru_cache
def _before(piece: FileSlice) -> tuple[int, int]:
    """Lines and records of the file before a slice; costs a pass over them, so it is for errors."""
    start = piece.part[0] if piece.part else 0
    if not start:
        return 0, 0
    earlier = replace(piece, part=(0, start))
    lines = rows = 0
    if piece.format == "json lines":
        lines, rows = json_lines.count(compression.read(piece.path, 0, start))
    elif not piece.record_path.steps:
        rows = sum(height for height, _ in parquet.row_groups(piece.path)[:start])
    if piece.record_path.steps:
        rows = sum(1 for _ in earlier.records())
    return lines, rows


def _unlike(value: Any, first: type) -> Fault:
    if type(value) in _RECORDS and first in _RECORDS:
        return Fault(
            f"this row is {a(value)}, but the rows before it are {_RECORDS[first]}",
            help="A source holds records of one kind; list the files of each kind as a source of its own.",
        )
    return Fault(
        f"this row is {a(value)}; a record is an object, a list or text",
        help="If the records stand elsewhere, name their path: `rows: results[]`.",
    )


def _unreadable(file: Path, error: OSError) -> Problem:
    reason = (error.strerror or str(error)).lower()
    return Problem(f"the file cannot be read: {reason}", Place(file))
