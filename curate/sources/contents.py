"""What a file is, told from how it starts."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import PurePath
from typing import Literal

from curate.sources.compression import SUFFIXES
from curate.sources.fault import FETCH_AGAIN, Fault

Format = Literal["json", "json lines", "csv", "tsv", "parquet"]

HEAD = 1 << 20
"""Bytes that are looked at."""
PARQUET = b"PAR1"

_ENDINGS: dict[str, Format] = {
    ".json": "json",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}

_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (rb"version https://git-lfs", "a Git LFS pointer, not the data", "Fetch the data: git lfs pull"),
    (rb"(?i)\s*<(!doctype html|html)", "a web page", "The download gave a page, perhaps one asking to log in; fetch the file again."),
    (rb"\s*<\?xml", "XML", "Convert it to JSON Lines."),
    (rb"PK\x03\x04", "a zip archive", "Unpack it, or recompress the file with gzip or zstd."),
    (rb"BZh[1-9]1AY", "a bzip2 file", "Recompress it with gzip or zstd."),
    (rb"\xfd7zXZ", "an xz file", "Recompress it with gzip or zstd."),
    (rb"ARROW1|\xff\xff\xff\xff", "an Arrow file", "Convert it to parquet."),
    (rb"(?s).{257}ustar", "a tar archive", "Unpack it."),
    (rb"\xff\xfe|\xfe\xff|[{\[\"]\x00|\x00[{\[\"]", "UTF-16 text", "Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW"),
    (rb"\x00", "a file of zero bytes", FETCH_AGAIN),
)  # fmt: skip
"""How files start that people take for data, what they are, and what to do about it."""


def format_of(name: str, head: bytes) -> Format:
    """Tell the format: by content where that settles it, by the file's ending where not.

    `head` is the file's first `HEAD` plain bytes. Raises Fault for an empty file, for one that is
    none of the formats, and for one that is not what its ending says.
    """
    if head.startswith(PARQUET):
        return "parquet"
    expected = _ENDINGS.get(_ending(name))
    for start, what, remedy in _FOREIGN:
        if re.match(start, head):
            raise Fault(f"this is {what}", help=remedy, has_row=False)
    body = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not body:
        raise Fault("the file is empty", help=FETCH_AGAIN, has_row=False)
    if expected in ("csv", "tsv"):
        return expected
    if expected == "parquet":
        raise Fault(
            "this is not parquet, whatever its name says",
            help="Give it the ending of what it is, or fetch the file again.",
            has_row=False,
        )
    if expected is None and body[:1] not in b"{[":
        raise Fault(
            "neither the name nor the content tells what this file is",
            help=f"Give it one of these endings: {', '.join(_ENDINGS)}.",
            has_row=False,
        )
    return "json lines" if _is_json_lines(body, named_so=expected == "json lines") else "json"


def _ending(name: str) -> str:
    path = PurePath(name.lower())
    return path.with_suffix("").suffix if path.suffix in SUFFIXES else path.suffix


def _is_json_lines(body: bytes, *, named_so: bool) -> bool:
    """Whether each line is a value: the first one is, or the second of a file named so.

    A list on the first line is the whole file unless another line follows.
    """
    first, _, rest = body.partition(b"\n")
    if _is_value(first):
        return not first.startswith(b"[") or bool(rest.strip())
    second = rest.lstrip().partition(b"\n")[0]
    return named_so and first.strip() not in (b"[", b"{") and _is_value(second)


def _is_value(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
