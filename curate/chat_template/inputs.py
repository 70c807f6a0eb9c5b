"""What a template gets to see: plain JSON values, in the form `transformers` gives them.

Templates may come from anywhere, and an object's methods may do anything; so all values are rebuilt
from plain types first. The rules are those of `apply_chat_template` in transformers 5.23.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

REASONING = ("reasoning_content", "thinking", "reasoning")
"""Names a message's reasoning is passed under; the first is the one templates read."""


def plain(value: Any) -> Any:
    """The value out of plain types alone; what JSON does not know becomes its type's name, `<like this>`."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if value is None or kind is str or kind is int or kind is float or kind is bool:
        return value
    if kind is dict:
        return {
            key if type(key) is str else plain(key): item if type(item) is str else plain(item)
            for key, item in value.items()
        }
    if kind is list:
        return [plain(item) for item in value]
    return _rebuilt(value)


def _rebuilt(value: Any) -> Any:
    """The rare types: subclasses, tuples, numpy scalars, dataclasses and pydantic models."""
    # A subclass's own conversion could do anything; the base's gives the bare value.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {plain(key): plain(item) for key, item in items}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in cast("tuple[Any, ...]", value))
    # No value can be of numpy before numpy is imported, and importing it takes longer than a render.
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return plain(value.item())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return plain(dump())
    return f"<{type(value).__name__}>"


def messages(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The turns as templates read them: keys without a value left out, reasoning under every name.

    Raises ValueError where there is no turn, and TypeError where a turn is not a mapping.
    """
    prepared: list[dict[str, Any]] = []
    for turn in given:
        if not hasattr(turn, "items"):
            raise TypeError(f"a message should be a mapping, but one is {plain(turn)!r}")
        message = {
            key if type(key) is str else plain(key): value if type(value) is str else plain(value)
            for key, value in turn.items()
            if value is not None
        }
        for name in REASONING:
            reasoning = message.get(name)
            if reasoning is not None:
                # `thinking` comes first, as in transformers: templates that print keys show the order.
                message = {"thinking": reasoning, **message, REASONING[0]: reasoning}
                break
        prepared.append(message)
    if not prepared:
        raise ValueError("there is no message to render")
    return prepared


def tools(given: Sequence[Any] | None) -> list[Any] | None:
    """The tools' JSON schemas; raises TypeError for anything else, functions included."""
    for tool in given or ():
        if not isinstance(tool, dict):
            raise TypeError(f"a tool should be a JSON schema, but one is {plain(tool)!r}")
    return None if given is None else [plain(tool) for tool in given]


def documents(given: Sequence[Any] | None) -> Any:
    """The documents; raises TypeError where one is not a dict."""
    for document in given or ():
        if not isinstance(document, dict):
            raise TypeError(f"a document should be a dict, but one is {plain(document)!r}")
    return plain(given)
