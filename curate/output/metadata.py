"""The YAML header of a card, as the Hub's dataset cards have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from polars.datatypes import DataTypeClass

from curate.output.licences import Conclusion
from curate.output.manifest import SourceStamp, Split, TokenAccount
from curate.recipe.model import Layout, Recipe
from curate.steps.language import PROMPT, Language
from curate.steps.thinking import Thinking

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
"""The Hub's bins, each with the number of rows it ends before."""

_DTYPES: Mapping[pl.DataType | DataTypeClass, str] = {
    pl.String(): "string",
    pl.Boolean(): "bool",
    pl.Float64(): "float64",
    pl.Int64(): "int64",
    pl.UInt64(): "uint64",
    pl.Int32(): "int32",
    pl.Int8(): "int8",
    pl.UInt32(): "uint32",
    pl.Null(): "null",
}


@dataclass(frozen=True)
class SplitFacts:
    """One split of a layout: sizes in bytes, before and after compression."""

    rows: int
    size: int
    stored: int


@dataclass(frozen=True)
class LayoutFacts:
    """One layout of a finished folder."""

    layout: Layout
    folder: str
    schema: pl.Schema
    splits: dict[Split, SplitFacts]
    accounts: dict[Split, TokenAccount]
    """What became of the mix's rows, where the layout's are others."""

    @property
    def rows(self) -> int:
        """The rows of all splits."""
        return sum(split.rows for split in self.splits.values())


def metadata(
    recipe: Recipe,
    layouts: Sequence[LayoutFacts],
    licence: Conclusion,
    sources: Sequence[SourceStamp],
) -> dict[str, Any]:
    """The header; `sources` are those that gave rows."""
    said = dict(licence.metadata)
    if languages := _languages(recipe, sources):
        said["language"] = languages
    said["pretty_name"] = recipe.name
    if repositories := sorted({source.hub for source in sources if source.hub}):
        said["source_datasets"] = repositories
    return said | {
        "task_categories": ["text-generation"],
        "size_categories": [size_category(layouts[0].rows)],
        "tags": _tags(recipe),
        "configs": [_config(layout, is_first=layout is layouts[0]) for layout in layouts],
        "dataset_info": [_info(layout, is_first=layout is layouts[0]) for layout in layouts],
    }


def size_category(rows: int) -> str:
    """The Hub's bin for so many rows."""
    return next((name for end, name in _SIZES if rows < end), "n>100M")


def features(schema: pl.Schema) -> list[dict[str, Any]]:
    """The columns as `datasets` writes them into a card."""
    return [{"name": name, **_feature(dtype)} for name, dtype in schema.items()]


def _feature(dtype: pl.DataType | DataTypeClass) -> dict[str, Any]:
    if isinstance(dtype, pl.Struct):
        return {"struct": [{"name": f.name, **_feature(f.dtype)} for f in dtype.fields]}
    if isinstance(dtype, pl.List):
        inner = _feature(dtype.inner)
        return {"list": inner.get("struct") or inner.get("dtype") or inner}
    return {"dtype": _DTYPES[dtype]}


def _languages(recipe: Recipe, sources: Sequence[SourceStamp]) -> list[str]:
    """As ISO 639-1 codes what the recipe's language steps name; else what the sources say they are in.

    What sources say is all that is known, too, where a prompt's own language may pass.
    """
    allowed = {code for step in recipe.steps if isinstance(step, Language) for code in step.allowed}
    if allowed and PROMPT not in allowed:
        return sorted({code.partition("-")[0] for code in allowed})
    return sorted({code for source in sources for code in source.languages})


def _tags(recipe: Recipe) -> list[str]:
    thinks = any(isinstance(step, Thinking) and step.mode == "require" for step in recipe.steps)
    return [
        "reasoning",
        *(["chain-of-thought"] if thinks else []),
        "dpo" if recipe.kind == "preference" else "sft",
        "curate",
    ]


def _config(layout: LayoutFacts, *, is_first: bool) -> dict[str, Any]:
    return {
        "config_name": "default" if is_first else layout.layout,
        "data_files": [
            {"split": split, "path": f"{layout.folder}/{split}-*"} for split in layout.splits
        ],
    }


def _info(layout: LayoutFacts, *, is_first: bool) -> dict[str, Any]:
    return {
        "config_name": "default" if is_first else layout.layout,
        "features": features(layout.schema),
        "splits": [
            {"name": name, "num_bytes": split.size, "num_examples": split.rows}
            for name, split in layout.splits.items()
        ],
        "download_size": sum(split.stored for split in layout.splits.values()),
        "dataset_size": sum(split.size for split in layout.splits.values()),
    }
