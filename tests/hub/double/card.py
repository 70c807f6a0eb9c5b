"""Dataset cards as the Hub reads them."""

from __future__ import annotations

import re
from typing import Any, cast

import yaml

_TEXTS = ("pretty_name",)
_LISTS = ("tags", "task_categories", "size_categories", "source_datasets", "configs")


def metadata(text: str) -> dict[str, Any] | None:
    """The YAML header of a card; None where there is none, or it cannot be read."""
    header = re.match(r"---\s*\n(.*?)\n?---\s*(\n|$)", text, re.DOTALL)
    try:
        read: Any = yaml.safe_load(header[1]) if header else None
    except yaml.YAMLError:
        return None
    return cast("dict[str, Any]", read) if isinstance(read, dict) else None


def mistakes(text: str) -> list[str]:
    """What the Hub finds wrong with a card's header."""
    if not text.startswith("---"):
        return []
    told = metadata(text)
    if told is None:
        return ["Invalid YAML header in README.md"]
    configs = cast("list[Any]", told.get("configs") or [])
    return [
        *(f'"{n}" must be a string' for n in _TEXTS if not isinstance(told.get(n, ""), str)),
        *(
            f'"license" must be a string or strings, not {one!r}'
            for one in _several(told.get("license", ()))
            if not isinstance(one, str)
        ),
        *(f'"{n}" must be an array' for n in _LISTS if not isinstance(told.get(n, []), list)),
        *(
            f'"configs[{index}].config_name" is required'
            for index, config in enumerate(configs)
            if "config_name" not in config
        ),
    ]


def _several(value: Any) -> list[Any]:
    """A value that may stand for a list of one; the Hub knows data sets under more licences than one."""
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else [value]
