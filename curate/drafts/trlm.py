"""The data configuration of trlm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from curate.drafts.draft import Draft, DraftSource, named, slug
from curate.drafts.foreign import Foreign, read, said_of


class Entry(Foreign):
    """One data set, of which the first rows are taken; all where `entries` says nothing."""

    name: str
    split: str
    subset: str | None = None
    entries: int | None = Field(default=None, ge=0)
    drop_columns: tuple[str, ...] | None = None
    rename_columns: dict[str, str] | None = None


class Config(Foreign):
    """A mix."""

    name: str
    datasets: tuple[Entry, ...] = Field(min_length=1)
    description: str | None = None


def draft(said: dict[str, Any], file: Path) -> Draft:
    """The same rows in the same order, column for column. Raises RecipeError where it is no such file."""
    config = read(Config, said, file)
    renamed = {name for entry in config.datasets for name in entry.rename_columns or {}}
    words = f"{config.name} {config.description or ''}".lower()
    kind = "preference" if "preference" in words or {"chosen", "rejected"} & renamed else None
    fields: dict[str, Any] = {
        "name": slug(config.name.rpartition("/")[2]),
        **({"kind": kind} if kind else {}),
        **({"description": config.description} if config.description else {}),
        "seed": 42,
        "shuffle": "datasets",
        "layouts": ["upstream"],
        **({"publish": {"to": config.name}} if "/" in config.name else {}),
    }
    about = (
        f"Drafted from {file.name}, a data configuration of trlm: the same first rows, columns and order. To "
        "choose rows rather than take the first, leave out `shape`, `record`, `order`, `shuffle` and `layouts`, "
        "and add steps."
    )
    lost = said_of(config.strangers, "fields without a counterpart")
    return Draft(about, fields, named(map(_source, config.datasets)), lost=lost)


def _source(entry: Entry) -> tuple[str, DraftSource]:
    split = entry.split.strip()
    record: dict[str, Any] = {
        "drop": list(entry.drop_columns or ()),
        "rename": entry.rename_columns or {},
        "add": {
            "_source_dataset": entry.name,
            "_source_subset": entry.subset,
            "_source_split": split,
        },
    }
    fields: dict[str, Any] = {
        "hub": entry.name,
        **({"config": entry.subset} if entry.subset else {}),
        "split": split,
        "shape": "as_is",
        "record": {name: value for name, value in record.items() if value},
        "take": entry.entries or "all",
        "order": "first",
        **({"candidates": "1x"} if entry.entries else {}),
    }
    lost = said_of(entry.strangers, "fields without a counterpart")
    name = entry.name.rpartition("/")[2] if split == "train" else split
    return name, DraftSource(fields, lost=lost)
