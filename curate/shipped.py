"""The recipes and templates that come with curate.

A wheel carries them inside the package; a checkout has them beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

DEFAULT_TEMPLATE = "human_assistant"
"""The template of a recipe that names none."""

PACKS = "packs"
"""The folder of recipes whose rows are test items; they make no mix."""

_PACKAGE = Path(__file__).parent


def folder(kind: Literal["recipes", "templates"]) -> Path:
    """Where they lie on this machine."""
    packed = _PACKAGE / "_shipped" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind


def templates() -> dict[str, Path]:
    """Every chat template by its name, such as `human_assistant`; the card is none."""
    files = sorted(folder("templates").glob("*.jinja"), key=lambda file: file.stem)
    return {file.stem: file for file in files if "." not in file.stem}


def packs() -> dict[str, Path]:
    """Every pack of test items by its name, such as `gsm8k`."""
    return {file.stem: file for file in sorted((folder("recipes") / PACKS).glob("*.yaml"))}


def recipes() -> dict[str, Path]:
    """Every recipe and every folder of recipes by its name, such as `demo` or `demo/stage-1`.

    A file that starts with `_` is there for its neighbours alone.
    """
    root = folder("recipes")
    files = sorted(file for file in root.rglob("*.yaml") if not file.name.startswith("_"))
    files = [file for file in files if file.parent.name != PACKS]
    folders = sorted({file.parent for file in files} - {root})
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in [*folders, *files]}
