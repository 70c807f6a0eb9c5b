"""Publish finished mixes, load them from the Hub, and compare: `make demo` and `make hub-smoke`.

The Hub is the one the environment names: the double, or the real one. With `--rows` the mixes of some
recipes are built first, with so many rows a source.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import curate
from curate.output.reading import read_rows
from curate.recipe.model import Recipe
from curate.recipes import load_all


def shortened(recipe: Recipe, rows: int) -> Recipe:
    """The recipe with so many rows of each source, and none held out."""
    few = {"take": rows, "share": None, "tokens": None, "at_most": None, "repeat": 1}
    sources = {name: source.model_copy(update=few) for name, source in recipe.sources.items()}
    changes = {"sources": sources, "total": None, "held_out": None, "text": ""}
    return Recipe.model_validate(recipe.model_copy(update=changes).__dict__)


def round_trip(folder: Path, namespace: str, *, prefix: str) -> curate.Published:
    """Publish a mix to a private repository, load every layout of it, and compare all rows."""
    from datasets import load_dataset

    to = f"{namespace}/{prefix}{folder.name}"
    (published,) = curate.publish(folder, to=to, private=True)
    for parcel in published.parcels:
        for place, layout in enumerate(parcel.manifest.layouts):
            config = None if place == 0 else layout.layout
            loaded: Any = load_dataset(to, config, split="train", revision=published.commit)
            assert loaded.to_list() == read_rows(folder, layout.layout).collect().to_dicts()
    return published


def main() -> None:
    """Read the command line, and say what came of each mix."""
    import datasets
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    parser = argparse.ArgumentParser(description="Publish mixes, and load them again.")
    parser.add_argument("parent", type=Path, help="folder of finished mixes")
    parser.add_argument("--namespace", required=True, help="user or organisation to publish to")
    parser.add_argument("--prefix", default="", help="what the repositories' names begin with")
    parser.add_argument("--rows", type=int, help="build the recipes first, so many rows a source")
    parser.add_argument("--delete", action="store_true", help="delete repositories made by this")
    parser.add_argument("--recipes", nargs="+", default=[], help="what to build, see --rows")
    asked = parser.parse_args()
    disable_progress_bars()
    datasets.disable_progress_bars()
    built: list[Path] = []
    for recipe in load_all(asked.recipes, {}) if asked.rows else ():
        small = shortened(recipe, asked.rows)
        built.append(curate.build(small, asked.parent, earlier=built).folder)
    for folder in built or sorted(file.parent for file in asked.parent.glob("*/manifest.json")):
        published = round_trip(folder, asked.namespace, prefix=asked.prefix)
        rows = sum(parcel.manifest.rows for parcel in published.parcels)
        print(f"published {published.repository}: {rows:,} rows, loaded again and equal")  # noqa: T201
        if asked.delete and published.is_new:
            HfApi().delete_repo(published.repository, repo_type="dataset")


if __name__ == "__main__":
    main()
