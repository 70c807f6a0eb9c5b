"""Where in a record a value stands.

`question`, `info.think_content`, `output[0]`, `results[].outputs[]`: names after dots, a position or
nothing (each element) in brackets, `{}` for each value of an object, double quotes around a name with
such marks in it. A record's own key always wins over such a reading: `a.b` finds the key `a.b` where
there is one. Several paths with commas between stand for their values one after the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from curate.errors import Problem, ShapeError

_STEP = re.compile(r'\.?(?:"([^"]+)"|([^.\[\]{}"]+))|\[(-?\d*)\]|(\{\})')
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')


class _Each(Enum):
    """A step to several values at once."""

    ELEMENT = "[]"
    VALUE = "{}"


_Step = str | int | _Each


def a(value: Any) -> str:
    """Name the kind of a JSON value, for messages: `a list`, `null`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case Sequence():
            return "a list"
        case _:
            return f"a {type(cast('object', value)).__name__}"


def as_text(value: Any) -> str | None:
    """A value as text: text as it is, null as null, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _steps(text: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    end = 0
    for match in _STEP.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        quoted, name, position, each_value = match.groups()
        if quoted or name:
            steps.append(quoted or name)
        elif each_value:
            steps.append(_Each.VALUE)
        else:
            steps.append(int(position) if position else _Each.ELEMENT)
    if end != len(text) or not steps:
        raise ShapeError(
            Problem(
                f"`{text}` is not a path",
                help="A path looks like `question`, `info.answer`, `output[0]` or `results[].outputs[]`; "
                'a name with such marks in it stands in double quotes, `"a[b]".c`.',
            )
        )
    return tuple(steps)


@dataclass(frozen=True)
class Path:
    """One or several places in a record, as a recipe writes them.

    Raises ShapeError where the text is not a path.
    """

    text: str
    _routes: tuple[tuple[str, tuple[_Step, ...]], ...] = field(
        init=False, repr=False, compare=False
    )
    _is_name: bool = field(init=False, repr=False, compare=False)
    is_several: bool = field(init=False, repr=False, compare=False)
    """Whether the path can give more than one value; then `value` gives a list."""

    def __post_init__(self) -> None:
        routes = tuple((part, _steps(part)) for part in _parts(self.text))
        several = len(routes) > 1 or any(
            isinstance(step, _Each) for _, steps in routes for step in steps
        )
        object.__setattr__(self, "_routes", routes)
        object.__setattr__(self, "_is_name", routes == ((self.text, (self.text,)),))
        object.__setattr__(self, "is_several", several)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[Path], tuple[str]]:
        return Path, (self.text,)

    def value(self, record: Any) -> Any:
        """The value in this record, null where there is none; a list if the path is several."""
        if isinstance(record, dict):
            columns = cast("dict[str, Any]", record)
            if self._is_name or self.text in columns:
                return columns.get(self.text)
        if self.is_several:
            return [value for key, steps in self._routes for value in _walk(record, key, steps)]
        return next(_walk(record, *self._routes[0]), None)

    def text_in(self, record: Any) -> str | None:
        """The text in this record, null where there is none.

        Several texts are joined by a blank line; a number or a boolean is written as JSON. Raises
        ShapeError for a list or an object.
        """
        value = self.value(record)
        if value is None or isinstance(value, str):
            return value
        if self.is_several and isinstance(value, list):
            values = cast("list[Any]", value)
            return "\n\n".join(self._scalar(each) for each in values if each is not None)
        return self._scalar(value)

    def list_in(self, record: Any) -> Sequence[Any] | None:
        """The list in this record, null where there is none; raises ShapeError for anything else."""
        value = self.value(record)
        if value is None or isinstance(value, list):
            return cast("list[Any] | None", value)
        raise ShapeError(f"`{self}` is {a(value)}, not a list")

    def _scalar(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)):
            return json.dumps(value)
        raise ShapeError(Problem(f"`{self}` is {a(value)}, not text", help=_hint(self.text, value)))

    @property
    def heads(self) -> tuple[str, ...]:
        """The record's own columns it starts from."""
        return tuple(head for _, (head, *_) in self._routes if isinstance(head, str))


def _hint(text: str, value: Any) -> str | None:
    if isinstance(value, list):
        return f"To take one element write `{text}[0]`; to join them all, `{text}[]`."
    if isinstance(value, dict):
        names = ", ".join(f"`{text}.{name}`" for name in list(cast("dict[str, Any]", value))[:5])
        return f"To take a part of it write one of {names}."
    return None


def _parts(text: str) -> Iterable[str]:
    return [part.strip() for part in _COMMA.split(text)]


def _walk(record: Any, key: str, steps: tuple[_Step, ...]) -> Iterator[Any]:
    if isinstance(record, dict) and key in record:
        yield cast("dict[str, Any]", record)[key]
        return
    yield from _follow(record, steps)


def _follow(value: Any, steps: tuple[_Step, ...]) -> Iterator[Any]:
    for depth, step in enumerate(steps):
        if isinstance(step, str):
            value = cast("dict[str, Any]", value).get(step) if isinstance(value, dict) else None
        elif isinstance(step, int):
            elements = cast("list[Any]", value if isinstance(value, list) else [])
            value = elements[step] if -len(elements) <= step < len(elements) else None
        else:
            wanted = dict if step is _Each.VALUE else list
            if isinstance(value, wanted):
                whole = cast("Any", value)
                for each in whole.values() if step is _Each.VALUE else whole:
                    yield from _follow(each, steps[depth + 1 :])
            return
    yield value
