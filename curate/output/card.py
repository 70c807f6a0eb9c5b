"""The card of a finished folder: what a reader, the Hub and `datasets` want to know of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
import polars as pl
import yaml
from polars.datatypes import DataTypeClass

from curate import __version__, shipped
from curate.funnel import Funnel
from curate.output.example import Example
from curate.output.manifest import Split
from curate.recipe.model import Layout, Recipe
from curate.steps.language import Language

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
    pl.UInt32(): "uint32",
    pl.Null(): "null",
}

_EXAMPLE = 3_000
"""Characters of a text the card shows."""

_JSON = ("tools", "chat_template_kwargs", "tool_calls")

_MISSING = {
    "exact_duplicates": "Exact repeats were not looked for.",
    "near_duplicates": "Near-duplicates were not looked for.",
    "language": "The language of the texts was not checked.",
    "decontaminate": "Overlap with evaluation sets was not looked for.",
}
"""What to say where no step of this name ran."""


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

    @property
    def rows(self) -> int:
        """The rows of all splits."""
        return sum(split.rows for split in self.splits.values())


def make_card(
    recipe: Recipe,
    funnel: Funnel,
    layouts: Sequence[LayoutFacts],
    lengths: Mapping[str, Mapping[str, int]],
    advice: int,
    example: Example | None,
    root: str,
) -> str:
    """Write the card: YAML for the Hub, then Markdown. It tells nothing of when or where."""
    drawn = sum(source.drawn for source in funnel.sources.values())
    names = {stop.name for stop in funnel.stops}
    header = yaml.safe_dump(
        metadata(recipe, layouts), sort_keys=False, allow_unicode=True, width=2**20
    )
    return _template().render(
        header=header,
        name=recipe.name,
        description=recipe.description.strip(),
        rows=layouts[0].rows,
        seed=recipe.seed,
        version=__version__,
        root=root,
        advice=advice,
        layouts=[{"layout": layout.layout, "columns": list(layout.schema)} for layout in layouts],
        json_columns=[name for name in _JSON if _has(layouts[0].schema, name)],
        mixture=[
            {
                "name": name,
                "read": source.candidates,
                "left": source.left,
                "drawn": source.drawn,
                "share": source.drawn / drawn if drawn else 0.0,
            }
            for name, source in funnel.sources.items()
        ],
        steps=_steps(funnel),
        bad=funnel.total.bad,
        surrogates=funnel.total.surrogates,
        lengths={unit: spread for unit, spread in lengths.items() if spread},
        example=example
        and {
            "id": example.id,
            "source": example.source,
            "texts": example.marked(_EXAMPLE),
        },
        limits=[said for name, said in _MISSING.items() if name not in names],
    )


def metadata(recipe: Recipe, layouts: Sequence[LayoutFacts]) -> dict[str, Any]:
    """The card's YAML header, as the Hub's dataset card format has it."""
    languages = sorted(
        {
            code.partition("-")[0]
            for step in recipe.steps
            if isinstance(step, Language)
            for code in step.only
        }
    )
    said: dict[str, Any] = {"license": (recipe.license or "other").lower()}
    if languages:
        said["language"] = languages
    said |= {
        "pretty_name": recipe.name,
        "task_categories": ["text-generation"],
        "size_categories": [size_category(layouts[0].rows)],
        "tags": ["reasoning", "dpo" if recipe.kind == "preference" else "sft", "curate"],
        "configs": [_config(layout, is_first=layout is layouts[0]) for layout in layouts],
        "dataset_info": [_info(layout, is_first=layout is layouts[0]) for layout in layouts],
    }
    return said


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


def _steps(funnel: Funnel) -> list[dict[str, Any]]:
    total = funnel.total.stops
    return [
        {
            "name": f"{stop.name} {stop.label}".strip(),
            "source": stop.source or "all",
            "rows_in": count.rows_in,
            "dropped": count.dropped,
            "edited": count.edited,
            "made": count.made,
            "rows_out": count.rows_out,
        }
        for stop in funnel.stops
        if (count := total.get(stop.position)) is not None
    ]


def _has(schema: pl.Schema, name: str) -> bool:
    return any(name == column or f"'{name}'" in str(dtype) for column, dtype in schema.items())


def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 (Markdown; texts are fenced, cells escaped)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"code": _code, "cell": _cell, "fenced": _fenced}
    source = (shipped.folder("templates") / "card.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(source)


def _code(text: str) -> str:
    return f"`{text}`"


def _cell(text: str) -> str:
    """Text that stays within its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _fenced(text: str) -> str:
    """Text between fences longer than any run of backticks within it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
