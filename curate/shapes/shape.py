"""What a shape is: one foreign layout of records.

A shape names the *parts* it reads, such as `instruction` or `chosen`, with the columns in which public
data holds them. Bound to a source, it knows where in that source's records every part stands, so that
turning a record into rows is plain reading. A new shape is one module and one word in the table
`curate.shapes.SHAPES`, or an entry point of the group `curate.shapes`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import polars as pl

from curate.errors import ShapeError
from curate.rows import Kind, Row
from curate.shapes.dialogue import is_dialogue
from curate.shapes.path import Path

# What the values of a column look like, as far as recognising a layout needs it: a transcript is a text
# that starts with the marker of a turn; true and false count as numbers; messages are a list of objects
# with a role, sharegpt turns of objects with from and value; a turn is one such object; texts and objects
# are lists of these, other than turns.
TEXT = frozenset({"text", "transcript"})
PROSE = TEXT | {"number"}
TURNS = frozenset({"messages", "sharegpt turns"})
ANYTHING = PROSE | TURNS | {"turn", "texts", "objects", "object", "list"}


@dataclass(frozen=True)
class Part:
    """One thing a shape reads, under the name a recipe gives it in `columns`.

    `spellings` are the columns public data holds it in, in lower case: the first group with one of
    them present counts, and two of one group are an ambiguity. `looks` are the values it accepts. A
    word is not a column: the recipe gives it literally, as in `user: Customer`. An inner part may
    stand inside the values of another one.
    """

    name: str
    spellings: tuple[tuple[str, ...], ...] = ()
    looks: frozenset[str] = TEXT
    is_word: bool = False
    is_inner: bool = False


SHARED: tuple[Part, ...] = (
    Part("system", (("system", "system_prompt"),)),
    Part("tools", (("tools",),), ANYTHING),
    Part("chat_template_kwargs", (("chat_template_kwargs",),), frozenset({"object", "text"})),
    Part("origin", (("origin",), ("source",), ("dataset",), ("_source", "data_source"))),
)
"""What every shape's records may hold beside the shape's own parts.

`system` is a system turn for rows without one, `tools` and `chat_template_kwargs` go with the row as JSON
text, `origin` is where the record says it comes from.
"""


@dataclass(frozen=True)
class Shape(ABC):
    """One foreign layout, bound to the columns of a source.

    A subclass's docstring is its documentation: one sentence, then its parts.
    """

    places: Mapping[str, Path]
    """Where each part stands, by the part's name; parts the source does not have are left out."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the recipe gave literally, by the part's name."""

    name: ClassVar[str]
    """The word a recipe writes."""
    kind: ClassVar[Kind] = "conversation"
    parts: ClassVar[tuple[Part, ...]]
    needs: ClassVar[tuple[tuple[str, ...], ...]]
    """Sets of parts of which one must be there, complete."""
    before: ClassVar[frozenset[str]] = frozenset()
    """Shapes that also fit what this one fits, but say less about it."""
    is_recognised: ClassVar[bool] = True
    """Whether `shape: auto` may choose it."""
    extras: ClassVar[Mapping[str, pl.DataType]] = {}
    """Extra columns its rows bring along."""
    is_whole: ClassVar[bool] = False
    """Whether its rows hold all of a record; the others read what stands in their places, and no more."""

    @abstractmethod
    def rows(self, record: Any) -> Sequence[Row]:
        """The rows of one record, as a rule one.

        Raises ShapeError where the record does not have the shape.
        """

    def has(self, part: str) -> bool:
        """Whether the source has this part."""
        return part in self.places

    def value(self, part: str, record: Any) -> Any:
        """The part's value in a record; null where record or source lack it."""
        place = self.places.get(part)
        return None if place is None else place.value(record)

    def text(self, part: str, record: Any) -> str | None:
        """The part's text in a record; null where record or source lack it."""
        place = self.places.get(part)
        return None if place is None else place.text_in(record)

    def needed_text(self, part: str, record: Any) -> str:
        """The part's text in a record that must have one."""
        text = self.text(part, record)
        if text is None:
            raise missing(self, part)
        return text


def missing(shape: Shape, part: str) -> ShapeError:
    """What to say of a record without a part it needs."""
    place = shape.places.get(part)
    return ShapeError(f"`{place or part}` is missing or null" + ("" if place else " in the source"))


def look(value: Any) -> str | None:
    """What a value looks like; null looks like nothing."""
    match value:
        case None:
            return None
        case str():
            return "transcript" if is_dialogue(value) else "text"
        case bool() | int() | float():
            return "number"
        case dict():
            return "turn" if _turn(cast("Any", value)) else "object"
        case list():
            return _list_look(cast("list[Any]", value))
        case _:
            return "object"


def _turn(value: Mapping[str, Any]) -> str | None:
    if "role" in value and "content" in value:
        return "messages"
    if "from" in value and "value" in value:
        return "sharegpt turns"
    return None


def _list_look(values: Sequence[Any]) -> str | None:
    first = next((value for value in values if value is not None), None)
    match first:
        case None:
            return None
        case str():
            return "texts"
        case dict():
            return _turn(cast("dict[str, Any]", first)) or "objects"
        case _:
            return "list"
