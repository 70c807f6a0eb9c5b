"""Recipes written as YAML.

One recipe has one text: fields in the order they are declared, only what differs from the default,
tables sorted by name except `sources`, whose order decides which copy of a repeated row survives.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from curate import shipped
from curate.recipe.variables import escape
from curate.step import Step, TemplateUse

if TYPE_CHECKING:
    from curate.recipe.model import Recipe


def write(recipe: Recipe) -> str:
    """Write a recipe so that reading it gives an equal one; its paths must be absolute."""
    return dump(plain(recipe))


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as tables, lists, texts and numbers."""
    said = recipe.model_dump(
        mode="json",
        exclude_defaults=True,
        exclude={"steps": True, "template": True, "sources": {"__all__": {"steps"}}},
    )
    said = escaped(said)
    said["layouts"] = [
        fields if isinstance(layout, str) else {layout.name: fields} if fields else layout.name
        for layout, fields in zip(recipe.layouts, said["layouts"], strict=True)
    ]
    for name, source in recipe.sources.items():
        fields = said["sources"][name]
        for table in ("carry", "columns", "keep"):
            if table in fields:
                fields[table] = dict(sorted(fields[table].items()))
        if source.steps:
            fields["steps"] = [_step(step) for step in source.steps]
    if recipe.steps:
        said["steps"] = [_step(step) for step in recipe.steps]
    template = _template(recipe.template)
    if template != shipped.DEFAULT_TEMPLATE:
        said["template"] = template
    order = list(type(recipe).model_fields)
    return dict(sorted(said.items(), key=lambda entry: order.index(entry[0])))


def dump(said: dict[str, Any]) -> str:
    """Tables, lists, texts and numbers as YAML, every text on one line."""
    return yaml.dump(said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf)


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, where a text with any character out of the ordinary is escaped."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True

    def text(self, text: str) -> yaml.Node:
        style = None if text.isprintable() else '"'
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.text)


def _step(step: Step) -> str | dict[str, Any]:
    fields = escaped(step.model_dump(mode="json", exclude_defaults=True))
    return {step.name: fields} if fields else step.name


def _template(use: TemplateUse) -> str | dict[str, Any]:
    """A template by its name where it ships, and beside it the values that it is given."""
    names = {path: name for name, path in shipped.templates().items()}
    name = names.get(use.path) or escape(str(use.path))
    tokens = {"bos_token": use.bos_token, "eos_token": use.eos_token}
    given = {key: value for key, value in tokens.items() if value is not None}
    given |= dict(sorted(use.variables.items()))
    return {"use": name} | escaped(given) if given else name


def escaped(value: Any) -> Any:
    """A value with every text written so that it stands for itself."""
    match value:
        case str():
            return escape(value)
        case dict():
            table = cast("dict[str, Any]", value)
            return {name: escaped(inner) for name, inner in table.items()}
        case list():
            return [escaped(inner) for inner in cast("list[Any]", value)]
        case Path():
            return escape(str(value))
        case _:
            return value
