"""A finished folder read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import polars as pl

from curate import thinking
from curate.errors import OutputError, Place, Problem
from curate.output.manifest import (
    SPLITS,
    Manifest,
    RowsDigester,
    Split,
    read_manifest,
    stamp_folder,
)
from curate.output.parquet import read_batches
from curate.recipe.model import Layout
from curate.rows import MESSAGE


def read_rows(folder: Path, layout: Layout | None = None, split: Split = "train") -> pl.LazyFrame:
    """The rows of a split in a layout's columns; in those of the first layout where none is named.

    Raises OutputError where the folder is not a finished mix, or does not have the layout or the split.
    """
    manifest = read_manifest(folder)
    if split not in manifest.splits:
        raise OutputError(Problem(f"{manifest.name} has no split {split}: nothing is held out"))
    layout = layout or manifest.layouts[0].layout
    return pl.scan_parquet(_files(folder, manifest, layout, [split]))


def read_ids(folder: Path, split: Split = "train") -> pl.LazyFrame:
    """The `id` of every row of the mix that the first layout tells; a pack tells of several."""
    ids = read_rows(folder, split=split).select("id")
    return ids if ids.collect_schema()["id"] == pl.String() else ids.explode("id")


def read_prompts(folder: Path) -> Iterator[pl.DataFrame]:
    """The prompts of a finished mix, held out or not: `id`, and `messages` in the row contract's type.

    They come from a layout that holds turns. Raises OutputError where none does.
    """
    manifest = read_manifest(folder)
    layouts = [told.layout for told in manifest.layouts]
    layout: Layout | None = next((layout for layout in _PROMPTS if layout in layouts), None)
    if layout is None:
        raise _unreadable(folder, manifest, "prompts")
    columns, prompts = _PROMPTS[layout]
    for file in _files(folder, manifest, layout):
        for rows in read_batches(file, ["id", *columns]):
            yield rows.select("id", _unfolded(prompts(rows)))


def read_turns(folder: Path) -> Iterator[pl.DataFrame]:
    """The rows of a finished mix, held out or not: `id`, `source`, and the turns in the row contract's columns.

    They come from a layout that holds them; there are none where no layout does.
    """
    manifest = read_manifest(folder)
    layout = _turns_of(manifest)
    if layout is None:
        return
    columns, turns = _TURNS[layout]
    for file in _files(folder, manifest, layout):
        for rows in read_batches(file, ["id", "source", *columns]):
            shown = rows.select("id", "source")
            for name in ("messages", "chosen", "rejected"):
                column = pl.lit(None, pl.List(MESSAGE)).alias(name)
                if name in turns:
                    column = _unfolded(rows.select(turns[name]).to_series()).alias(name)
                shown = shown.with_columns(column)
            yield shown


def need_turns(folder: Path) -> None:
    """Raise OutputError where no layout of a finished mix holds the turns of its rows."""
    manifest = read_manifest(folder)
    if _turns_of(manifest) is None:
        raise _unreadable(folder, manifest, "turns")


def _turns_of(manifest: Manifest) -> Layout | None:
    return next((told.layout for told in manifest.layouts if told.layout in _TURNS), None)


def _unreadable(folder: Path, manifest: Manifest, what: str) -> OutputError:
    return OutputError(
        Problem(
            f"the {what} of {manifest.name} cannot be read: no layout of it holds turns",
            Place(folder),
            help="Give its recipe a layout that does, such as sft-messages or dpo-explicit.",
        )
    )


def verify(folder: Path) -> Manifest:
    """Read every byte of a finished folder and compare it with the manifest, which is returned.

    Raises OutputError with every difference.
    """
    manifest = read_manifest(folder)
    told = {stamp.path: stamp for stamp in manifest.files}
    found = {stamp.path: stamp for stamp in stamp_folder(folder)}
    problems = [
        Problem(f"{path} {what}", Place(folder / path))
        for path in sorted(told.keys() | found.keys())
        if (what := _difference(path, told, found))
    ]
    if not problems and _digest(folder, manifest) != manifest.digest.rows:
        problems.append(Problem("the rows are not those of the manifest", Place(folder)))
    if problems:
        raise OutputError(*problems)
    return manifest


def _difference(path: str, told: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    if path not in found:
        return "is missing"
    if path not in told:
        return "is not in the manifest"
    return None if told[path] == found[path] else "is not the file of the manifest"


def _digest(folder: Path, manifest: Manifest) -> str:
    digester = RowsDigester()
    for file in _files(folder, manifest, manifest.layouts[0].layout):
        for rows in read_batches(file):
            digester.add((), rows)
    return digester.digest().rows


def _files(
    folder: Path, manifest: Manifest, layout: Layout, splits: Iterable[Split] = ()
) -> list[Path]:
    """The files of a layout, in order; of all its splits where none is named."""
    for told in manifest.layouts:
        if told.layout == layout:
            return [
                folder / stamp.path
                for split in splits or SPLITS
                for stamp in manifest.files
                if stamp.path.startswith(f"{told.folder}/{split}-")
            ]
    has = ", ".join(told.layout for told in manifest.layouts)
    raise OutputError(Problem(f"{manifest.name} has no layout {layout}; it has {has}"))


def _but_the_answer(rows: pl.DataFrame) -> pl.Series:
    turns = pl.col("messages")
    answered = turns.list.last().struct.field("role").eq_missing("assistant")
    return rows.select(turns.list.slice(0, turns.list.len() - answered.cast(pl.UInt32))).to_series()


def _shared(rows: pl.DataFrame) -> pl.Series:
    """The turns with which both conversations of a pair begin."""
    prompts = [
        [
            one
            for one, _ in takewhile(
                lambda pair: pair[0] == pair[1], zip(chosen, rejected, strict=False)
            )
        ]
        for chosen, rejected in zip(
            rows["chosen"].to_list(), rows["rejected"].to_list(), strict=True
        )
    ]
    return pl.Series(prompts, dtype=rows.schema["chosen"])


_PROMPTS: dict[Layout, tuple[list[str], Callable[[pl.DataFrame], pl.Series]]] = {
    "sft-prompt-completion": (["prompt"], lambda rows: rows["prompt"]),
    "sft-messages": (["messages"], _but_the_answer),
    "dpo-explicit": (["prompt"], lambda rows: rows["prompt"]),
    "dpo-implicit": (["chosen", "rejected"], _shared),
    "dpo-message": (["messages"], lambda rows: rows["messages"]),
}
"""For every layout that holds turns: the columns to read, and how they give the prompt."""

_FOLDED = f"(?s)^{re.escape(thinking.OPEN)}(.*?){re.escape(thinking.CLOSE)}(.*)$"


_TURNS: dict[Layout, tuple[list[str], dict[str, pl.Expr]]] = {
    "sft-prompt-completion": (
        ["prompt", "completion"],
        {"messages": pl.col("prompt").list.concat("completion")},
    ),
    "sft-messages": (["messages"], {"messages": pl.col("messages")}),
    "dpo-explicit": (
        ["prompt", "chosen", "rejected"],
        {"messages": pl.col("prompt"), "chosen": pl.col("chosen"), "rejected": pl.col("rejected")},
    ),
    "dpo-message": (
        ["messages", "chosen", "rejected"],
        {
            "messages": pl.col("messages"),
            "chosen": pl.concat_list("chosen"),
            "rejected": pl.concat_list("rejected"),
        },
    ),
}
"""For every layout that holds a row's turns in columns of their own: the columns to read, and the turns they give."""


def _unfolded(prompts: pl.Series) -> pl.Expr:
    """The turns of a layout as turns of the row contract, thinking set apart again."""
    turn = pl.element().struct
    content = turn.field("content")
    folded = (turn.field("role") == "assistant") & content.str.contains(_FOLDED)
    fields: dict[str, pl.Expr] = {
        "role": turn.field("role"),
        "content": pl.when(folded).then(content.str.extract(_FOLDED, 2)).otherwise(content),
        "thinking": pl.when(folded).then(content.str.extract(_FOLDED, 1)),
    }
    for name in _fields(prompts.dtype):
        fields.setdefault(name, turn.field(name))
    missing = pl.lit(None, pl.String)
    told = [fields.get(field.name, missing).alias(field.name) for field in MESSAGE.fields]
    return pl.lit(prompts).list.eval(pl.struct(told)).alias("messages")


def _fields(turns: pl.DataType) -> list[str]:
    inner = turns.inner if isinstance(turns, pl.List) else None
    return [field.name for field in inner.fields] if isinstance(inner, pl.Struct) else []
