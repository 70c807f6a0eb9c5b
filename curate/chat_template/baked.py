"""A template with a recipe's values written into it.

Whoever loads the finished template and renders without further values gets what training saw. Its serving
twin renders the same texts, for servers whose Jinja has no generation blocks.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, cast

from curate.chat_template import inputs
from curate.errors import TemplateError


def bake(text: str, variables: Mapping[str, Any]) -> str:
    """The template with one `set` line for each value before its first line.

    The lines print nothing: Jinja, as transformers sets it up, drops the line break after a tag.
    Raises TemplateError for a name or a value a template cannot hold.
    """
    return (
        "".join(
            f"{{% set {_name(name)} = {_literal(value)} %}}\n" for name, value in variables.items()
        )
        + text
    )


_TAG = re.compile(r"\{#.*?#\}|\{%([-+]?)\s*(?:end)?generation\s*([-+]?)%\}", re.DOTALL)
"""A comment, which may speak of the tag, or the tag."""


def serving(text: str, variables: Mapping[str, Any]) -> str:
    """The baked template as it goes with a model: no generation blocks, and a history without thinking is fine.

    Clients send back answers without their thinking, so a mix that requires it keeps what there is.
    """
    plain = _TAG.sub(_commented, text)
    is_strict = variables.get("think_mode") == "require"
    return bake(plain, {**variables, "think_mode": "keep"} if is_strict else variables)


def _commented(tag: re.Match[str]) -> str:
    """A comment in a tag's place: it eats the white space around it just as the tag did."""
    return tag[0] if tag[0].startswith("{#") else f"{{#{tag[1]} trained {tag[2]}#}}"


def _name(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise TemplateError(f"'{name}' cannot be the name of a template variable")
    return name


def _literal(value: Any) -> str:
    """The value as Jinja writes it: JSON, but for `none` and tuples."""
    value = inputs.plain(value)
    if value is None:
        return "none"
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, cast("list[Any]", value))) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_literal(item)}, " for item in cast("tuple[Any, ...]", value)) + ")"
    if isinstance(value, float) and not math.isfinite(value):
        raise TemplateError(f"a template cannot hold the number {value}")
    # Escaped by hand, characters beyond U+FFFF would come out as two halves.
    return json.dumps(value, ensure_ascii=False)
