"""Every file of the data folder, read by the table beside this test."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from curate.rows import frame
from curate.shapes.door import Door
from curate.shapes.extras import extra_types
from curate.shapes.recognition import choose_shape
from curate.sources.files import find_slices

pytestmark = pytest.mark.real

TABLE: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("files.yaml").read_text(encoding="utf-8")
)
SOURCE = {"files", "rows", "carry", "header", "shape", "columns", "keep", "on_bad_row"}
KEYS = SOURCE | {"auto", "records", "each", "made", "why"}
OUTSIDE = ("langid/", "templates/", "tokenizers/")


@cache
def manifest(data: Path) -> Mapping[str, dict[str, str]]:
    """The lines of MANIFEST.csv the table speaks of, by file."""
    with (data / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        return {
            line["file"]: line
            for line in csv.DictReader(lines)
            if not line["file"].startswith(OUTSIDE)
        }


def matched(data: Path, entry: Mapping[str, Any]) -> list[str]:
    return [
        str(path.relative_to(data)) for glob in entry["files"] for path in sorted(data.glob(glob))
    ]


def test_every_file_stands_in_the_table_once(shared: Path) -> None:
    data = shared / "data"
    found = [file for entry in TABLE for file in matched(data, entry)]
    assert sorted(found) == sorted(manifest(data))
    assert len(found) == 324


def test_entries_say_nothing_unknown_and_explain_other_numbers() -> None:
    for entry in TABLE:
        assert entry.keys() <= KEYS
        assert "why" in entry or not {"records", "made"} & entry.keys()


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry["files"][0])
def test_the_files_give_the_rows_the_manifest_counts(shared: Path, entry: dict[str, Any]) -> None:
    data = shared / "data"
    columns: dict[str, str] = entry.get("columns", {})
    keep: dict[str, str] = entry.get("keep", {})
    made = 0
    for file in matched(data, entry):
        slices = find_slices(
            (file,),
            data,
            rows=entry.get("rows"),
            carry=entry.get("carry", {}),
            header=entry.get("header", True),
        )
        first = [found.record for found in islice(slices[0].records(), 100)]
        shape = choose_shape(entry["shape"], first, columns)
        if entry.get("auto"):
            assert choose_shape("auto", first, {}) == shape
        door = Door(shape, keep=keep, on_bad_row=entry.get("on_bad_row", "stop"))
        records = rows = 0
        for part in slices:
            admitted = door.admit(part.records(), part.place)
            records += admitted.records
            rows += len(admitted.rows)
            some = admitted.rows[:1000]
            assert frame(file, some, extra_types(keep, shape.extras)).height == len(some)
        assert records == _records(entry, file, int(manifest(data)[file]["rows"])), file
        if "made" not in entry:
            samples = manifest(data)[file]["samples"]
            each = entry.get("each", 1)
            assert rows == (int(samples) if samples else records * each), file
        made += rows
    if "made" in entry:
        assert made == entry["made"]


def _records(entry: Mapping[str, Any], file: str, in_manifest: int) -> int:
    stated = entry.get("records", in_manifest)
    if isinstance(stated, int):
        return stated
    return stated.get(Path(file).name.partition(".")[0], stated["otherwise"])
