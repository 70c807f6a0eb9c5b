"""The documentation of steps, drawn from the steps themselves."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal
from curate.recipe.values import NOUNS
from curate.step import Choice, Edit, Filter, Maker, Step

KINDS: dict[str, tuple[type[Step], str]] = {
    "edit": (Edit, "change rows one by one; none is dropped"),
    "filter": (Filter, "look at rows one by one, and drop some"),
    "choice": (Choice, "look at all rows together, and drop some"),
    "maker": (Maker, "look at all rows together, and make new ones of them"),
}
"""The kinds of step: their base, and what the steps of a kind do."""

_NOUNS = {
    "string": NOUNS[str],
    "integer": NOUNS[int],
    "number": NOUNS[float],
    "boolean": NOUNS[bool],
}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def kind_of(step: type[Step]) -> str:
    """Which of the kinds of step a step is."""
    return next(name for name, (base, _) in KINDS.items() if issubclass(step, base))


def facts(step: type[Step]) -> dict[str, Any]:
    """All about one step as data: `kind`, `description`, `shorthand`, and the JSON Schema of its `fields`."""
    described = step.model_json_schema()
    return {
        "kind": kind_of(step),
        "description": inspect.getdoc(step),
        "shorthand": step.shorthand,
        "fields": described.get("properties", {}),
        "required": described.get("required", []),
    }


def draw_steps(out: Terminal, types: Mapping[str, type[Step]]) -> None:
    """List steps by their kind, a sentence each."""
    width = max(map(len, types))
    for kind, (_, what) in KINDS.items():
        out.print(Text.assemble((f"{kind}s", "bold"), (f"  {what}", "dim")))
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=width + 2, no_wrap=True)
        for name, step in types.items():
            if kind_of(step) == kind:
                first = (inspect.getdoc(step) or "").partition("\n\n")[0]
                table.add_row(Text(f"  {name}", "cyan"), " ".join(first.split()))
        out.print(table)
        out.print()
    out.print(Text("all about one:  curate steps NAME", "dim"))


def draw_step(out: Terminal, step: type[Step]) -> None:
    """Tell all about one step: what it does, then field by field what it may be told."""
    out.print(Text.assemble((step.name, "bold"), (f"  {kind_of(step)}", "dim")))
    out.print()
    for paragraph in (inspect.getdoc(step) or "").split("\n\n"):
        out.paragraph(" ".join(paragraph.split()))
        out.print()
    described = facts(step)
    for name, field in described["fields"].items():
        out.print(Text.assemble("  ", (name, "cyan")))
        required = name in described["required"]
        default = "required" if required else f"default: {_written(field.get('default'))}"
        for line in (field.get("description", ""), f"{in_words(field)}; {default}"):
            out.paragraph(line, " " * 6)
    if not described["fields"]:
        out.print(Text(f"  it has no fields:  - {step.name}", "dim"))
    if step.shorthand is not None:
        meant = f"  - {step.name}: VALUE   means   - {step.name}: {{{step.shorthand}: VALUE}}"
        out.print(Text(f"\n{meant}", "dim"))


def _written(value: Any) -> str:
    """A default as a recipe would write it."""
    match value:
        case None | []:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, cast("list[Any]", value)))
        case _:
            return str(value)


def in_words(schema: Mapping[str, Any]) -> str:
    """What a JSON Schema accepts, as the error messages would say it."""
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "anyOf" in schema:
        members = [member for member in schema["anyOf"] if member != {"type": "null"}]
        if all("enum" in member for member in members):
            return in_words({"enum": [word for member in members for word in member["enum"]]})
        return " or ".join(map(in_words, members))
    if schema.get("type") == "array":
        return f"a list: each {in_words(schema.get('items', {}))}"
    bounds = [f"{word} {schema[key]:g}" for key, word in _BOUNDS.items() if key in schema]
    noun = _NOUNS.get(schema.get("type", ""), "any value")
    return f"{noun}, {' and '.join(bounds)}" if bounds else noun
