"""Where another tool's data sets stand, as a source says it."""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curate.recipe.model import REPOSITORY

ENDINGS = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv")
"""Of files that can be read; `.gz` and `.zst` may follow."""
_DATA = re.compile(rf"({'|'.join(re.escape(end) for end in ENDINGS)})(\.gz|\.zst)?$")


def is_data(name: str) -> bool:
    """Whether a file of this name holds data."""
    return _DATA.search(name) is not None


def place(
    path: str, file: Path, config: str | None, split: str | None, files: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """A name for a data set, and the fields that say where it stands.

    `path` is a repository of the Hub, a file or a folder, relative to the folder of the configuration
    `file`; `files` are patterns within it.
    """
    is_local = path.startswith((".", "/", "~")) or is_data(path) or (file.parent / path).exists()
    if not is_local and re.fullmatch(REPOSITORY, path):
        name = "-".join(part for part in (path.rpartition("/")[2], config, split) if part)
        fields: dict[str, Any] = {"hub": path}
        if files:
            return name, fields | {"files": list(files)}
        fields |= {"config": config} if config else {}
        return name, fields | ({"split": split} if split else {})
    if is_data(path):
        return Path(path).name.partition(".")[0], {"files": [path]}
    patterns = (
        list(files) or [f"*{end}" for end in found_endings(file.parent / path)] or ["*.jsonl"]
    )
    return Path(path).name, {"root": path, "files": patterns}


def without_slice(split: str | None) -> tuple[str | None, tuple[str, ...]]:
    """A split without what `datasets` lets stand behind it, as in `train[:20%]`, and what that was."""
    name, bracket, rest = (split or "").partition("[")
    lost = f"the slice {bracket}{rest} of {name}: say with `take` how many rows are wanted"
    return name or None, (lost,) if bracket else ()


def found_endings(folder: Path) -> list[str]:
    """The endings of the data files in a folder, the first of `ENDINGS` that are there."""
    if not folder.is_dir():
        return []
    found = (_DATA.search(entry.name) for entry in folder.iterdir())
    return sorted({match[0] for match in found if match is not None})


def moved(fields: dict[str, Any], home: Path, target: Path) -> dict[str, Any]:
    """Fields whose paths are relative to the folder `home`, for a recipe in the folder `target`."""
    if "files" not in fields or "hub" in fields:
        return fields
    root = home / Path(str(fields.get("root", "."))).expanduser()
    rest = {name: value for name, value in fields.items() if name not in ("root", "files")}
    files = [str(file) for file in fields["files"]]
    if len(files) == 1 and "*" not in files[0]:
        return {"files": [_seen(root / Path(files[0]).expanduser(), target)]} | rest
    return {"root": _seen(root, target), "files": files} | rest


def _seen(path: Path, target: Path) -> str:
    return Path(os.path.relpath(path, target)).as_posix()
