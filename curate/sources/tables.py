"""Tables of text: comma-separated, as in RFC 4180, or tab-separated."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal

from curate.sources.fault import Fault
from curate.sources.lines import LARGEST, lines, text


def records(
    pieces: Iterable[bytes], kind: Literal["csv", "tsv"], *, header: bool
) -> Iterator[dict[str, str]]:
    """The rows of a table, as texts by the names of its first line, or by column numbers from "0".

    Raises Fault for a row with another number of fields than the first and for names given twice.
    Empty lines are passed over.
    """
    rows = _comma_separated(pieces) if kind == "csv" else _tab_separated(pieces)
    first = next(rows, None)
    if first is None:
        return
    line, fields = first
    if header:
        names = _names(fields, line)
    else:
        names = [str(number) for number in range(len(fields))]
        rows = chain([first], rows)
    for line, row in rows:
        if len(row) != len(names):
            what = "names" if header else "fields in the first row"
            raise Fault(
                f"this row has {_count(len(row))}, but there are {len(names)} {what}",
                line=line,
                help="A field that holds the separator, quotes or a line end must stand in quotes.",
            )
        yield dict(zip(names, row, strict=True))


def _names(fields: list[str], line: int) -> list[str]:
    for number, name in enumerate(fields):
        if name in fields[:number]:
            first = fields.index(name) + 1
            raise Fault(
                f"two columns are named `{name}`: columns {first} and {number + 1}",
                line=line,
                help="Rename one of them, or write `header: false` if the first line is a row.",
                has_row=False,
            )
    return fields


def _count(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"


def _checked(pieces: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines(pieces), 1):
        written = text(line, number)
        if "\0" in written:
            column = written.index("\0") + 1
            raise Fault(
                "there is a zero byte in this row", line=number, column=column, text=written
            )
        yield written + "\n"


def _comma_separated(pieces: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of the line it starts on."""
    csv.field_size_limit(LARGEST)  # the library's own limit is 128 KiB, for the whole process
    reader = csv.reader(_checked(pieces), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _not_csv(error, line, reader.line_num) from error


def _not_csv(error: csv.Error, start: int, end: int) -> Fault:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return Fault(
            "a quoted field is opened in this row and never closed",
            line=start,
            help="Close the quotes; a quote inside a quoted field is written twice.",
        )
    if "new-line" in str(error):
        return Fault("a lone carriage return stands outside quotes", line=end)
    return Fault(
        "something other than a comma follows a quoted field",
        line=end,
        help="A quote inside a quoted field is written twice.",
    )


def _tab_separated(pieces: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of the line it starts on.

    Files of this kind are written with quotes around fields (pandas) and without (the IANA's
    definition). A line is read in the second way where the first makes no sense of it.
    """
    csv.field_size_limit(LARGEST)
    source = _checked(pieces)
    line = 1
    for written in source:
        fields = written.removesuffix("\n").removesuffix("\r").split("\t")
        taken = 1
        if any(field.startswith('"') for field in fields):
            reader = csv.reader(chain([written], source), delimiter="\t", strict=True)
            try:
                fields = next(reader)
            except csv.Error as error:
                if reader.line_num > 1:
                    raise _not_csv(error, line, line + reader.line_num - 1) from error
            taken = reader.line_num
        if fields != [""]:
            yield line, fields
        line += taken
