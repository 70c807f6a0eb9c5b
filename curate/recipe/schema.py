"""The JSON Schema of a recipe file, for editors.

It says what `curate.recipe.reading` accepts, in the dialect of draft 2020-12: numbers may hold `_`, one
value may stand for a list of one, and `$name` may stand for any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from pydantic import BaseModel

from curate.recipe.model import FIELDED, Layout, Recipe
from curate.recipe.steplists import USE
from curate.step import Step

Schema = dict[str, Any]

_VARIABLE = r"\$[A-Za-z_$]"
_LOOSE: dict[str, tuple[list[str], str]] = {
    "integer": (["integer", "string"], rf"^([-+]?[0-9]+(_[0-9]+)*$|{_VARIABLE})"),
    "number": (["number", "string"], rf"^([-+]?[0-9_]*\.?[0-9]+([eE][-+]?[0-9]+)?$|{_VARIABLE})"),
    "boolean": (["boolean", "string"], rf"^((yes|no|on|off|true|false)$|{_VARIABLE})"),
}
_ANY_SCALAR = ["string", "number", "boolean"]


def schema() -> Schema:
    """What a recipe file may say; no field is required, since it may come from what is extended."""
    from curate.steps import step_types  # the steps stand above recipes

    definitions: Schema = {}
    recipe = _of(Recipe, definitions)
    definitions["TemplateUse"] = _template()
    recipe["properties"]["layouts"] |= _layouts(definitions)
    definitions["Step"] = _step(step_types(), definitions)
    steps: Schema = {"type": "array", "items": {"$ref": "#/$defs/Step"}}
    beside: Schema = {
        "extends": {
            "type": "string",
            "description": "A recipe whose keys this one replaces: a file beside it, or a shipped name.",
        },
        "vars": {
            "type": "object",
            "additionalProperties": {"type": [*_ANY_SCALAR, "null"]},
            "description": "Values that $name stands for; --set gives others.",
        },
        "groups": {
            "type": "object",
            "additionalProperties": steps,
            "description": "Lists of steps that  - use: name  splices.",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "curate recipe",
        "description": recipe["description"],
        "type": "object",
        "properties": beside | recipe["properties"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _of(model: type[BaseModel], definitions: Schema) -> Schema:
    """The schema of one model; those it refers to are added to `definitions`."""
    made = model.model_json_schema()
    for name, inner in made.pop("$defs", {}).items():
        definitions[name] = _loosen(inner)
    hidden = {name for name, field in model.model_fields.items() if field.exclude}
    kept = {name: field for name, field in made["properties"].items() if name not in hidden}
    return _loosen(made | {"properties": kept})


def _template() -> Schema:
    text: Schema = {"type": ["string", "null"]}
    fields: Schema = {"use": {"type": "string"}, "bos_token": text, "eos_token": text}
    return {"anyOf": [{"type": "string"}, {"type": "object", "properties": fields}]}


def _layouts(definitions: Schema) -> Schema:
    """Layouts by their bare names, or their names with fields; one alone is a list of one."""
    variable: Schema = {"type": "string", "pattern": f"^{_VARIABLE}"}
    names: Schema = {"enum": list(get_args(Layout))}
    fields: Schema = {}
    for name, model in FIELDED.items():
        made = definitions.pop(model.__name__)
        fields[name] = {
            "description": made.pop("description"),
            "anyOf": [made, {"type": "null"}],
        }
    one: Schema = {"type": "object", "minProperties": 1, "maxProperties": 1}
    named = one | {"properties": fields, "additionalProperties": False}
    definitions["Layout"] = {"anyOf": [names, variable, named]}
    item: Schema = {"$ref": "#/$defs/Layout"}
    return {"anyOf": [{"type": "array", "items": item}, names, variable]}


def _step(types: Mapping[str, type[Step]], definitions: Schema) -> Schema:
    """A step by its bare name, or its name with fields; or a group of steps."""
    fields: Schema = {USE: {"type": "string", "description": "A group of steps."}}
    bare: list[str] = []
    for name, type_ in types.items():
        made = _of(type_, definitions)
        forms: list[Schema] = [made]
        if not made.get("required"):
            bare.append(name)
            forms.append({"type": "null"})
        if type_.shorthand is not None:
            forms.append(made["properties"][type_.shorthand])
        fields[name] = {"description": made.pop("description", ""), "anyOf": forms}
    one: Schema = {"type": "object", "minProperties": 1, "maxProperties": 1}
    named = one | {"properties": fields, "additionalProperties": False}
    variable: Schema = {"type": "string", "pattern": f"^{_VARIABLE}"}
    return {"anyOf": [{"enum": sorted(bare)}, variable, named]}


def _loosen(schema: Schema) -> Schema:
    """A schema that also accepts the ways in which a recipe may write a value."""
    loose: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            named = cast("dict[str, Schema]", value)
            loose[key] = {name: _loosen(inner) for name, inner in named.items()}
        elif key in ("anyOf", "oneOf", "prefixItems"):
            loose[key] = [_loosen(inner) for inner in cast("list[Schema]", value)]
        elif key in ("items", "additionalProperties", "propertyNames") and isinstance(value, dict):
            loose[key] = _loosen(cast("Schema", value))
        else:
            loose[key] = value
    declared = schema.get("type")
    variable: Schema = {"type": "string", "pattern": f"^{_VARIABLE}"}
    about = {key: loose.pop(key) for key in ("title", "description") if key in loose}
    if "enum" in schema or "const" in schema:
        return about | {"anyOf": [loose, variable]}
    if declared == "string":
        own = f"{schema['pattern']}|" if "pattern" in schema else ""
        return (
            about
            | loose
            | {"type": _ANY_SCALAR}
            | ({"pattern": f"{own}^{_VARIABLE}"} if own else {})
        )
    if declared in _LOOSE:
        accepted, pattern = _LOOSE[cast("str", declared)]
        return about | loose | {"type": accepted, "pattern": pattern}
    if declared == "array" and schema.get("items") != {"$ref": "#/$defs/Step"}:
        return about | {"anyOf": [loose, *([loose["items"]] if "items" in loose else [])]}
    return about | loose
