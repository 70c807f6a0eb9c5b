"""The values of a YAML file, each of which knows where it stands.

Nothing is constructed and nothing is guessed: a scalar stays the text that was written, for the
declared type to read later. What a recipe has no use for (tags, merge keys, several documents) is
refused here; so is a file made to exhaust its reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml
from yaml.error import Mark, MarkedYAMLError

from curate.errors import Place, Problem, RecipeError

LONGEST = 64 * 1024
"""Bytes in a file. The longest recipe that ships has about 10,000."""
DEEPEST = 40
"""Tables and lists inside each other."""
MOST_VALUES = 20_000
"""Values once every alias is replaced by what it stands for."""
LONGEST_SHOWN = 60
"""Characters of a value that a message repeats."""

_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", "!", None)
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, eq=False)
class Scalar:
    """One text, as written; `plain` where it stood without quotes."""

    text: str
    plain: bool
    place: Place
    filled: bool = False
    """Whether it is what a variable stood for, or was looked at and stands for itself."""

    @property
    def is_null(self) -> bool:
        """Whether it says that there is no value."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, eq=False)
class Items:
    """A list."""

    values: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Entry:
    """One line of a table."""

    key: Scalar
    value: Node


@dataclass(frozen=True, eq=False)
class Table:
    """Names and what stands under them, in the order written."""

    entries: dict[str, Entry]
    place: Place

    def get(self, name: str) -> Node | None:
        """What stands under a name."""
        entry = self.entries.get(name)
        return None if entry is None else entry.value


Node = Scalar | Items | Table


def compose(file: Path) -> Table:
    """Read a file whose top level is a table.

    Raises RecipeError with every problem of the kinds this module looks for; where the file is not
    YAML at all, with the first.
    """
    text = _text(file)
    composer = _Composer(file, text)
    try:
        top = composer.document()
    except MarkedYAMLError as error:
        raise RecipeError(composer.syntax(error)) from error
    except yaml.reader.ReaderError as error:
        raise RecipeError(_forbidden_character(file, text, error.position)) from error
    if composer.problems:
        raise RecipeError(*composer.problems)
    if isinstance(top, Table):
        return top
    if top is None or (isinstance(top, Scalar) and top.is_null):
        raise RecipeError(Problem("this file is empty", Place(file)))
    raise RecipeError(
        Problem(
            f"a recipe is a table of fields, this is {kind(top)}",
            top.place,
            help="begin with a line such as  kind: conversation",
        )
    )


def kind(node: Node) -> str:
    """What a value looks like, for a sentence: the text in quotes, `a list`, `a table`."""
    match node:
        case Scalar() if node.is_null:
            return "nothing"
        case Scalar():
            cut = len(node.text) > LONGEST_SHOWN
            return repr(node.text[:LONGEST_SHOWN] + "…" * cut)
        case Items():
            return "a list"
        case Table():
            return "a table"


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RecipeError(Problem(f"this file cannot be read: {reason}", Place(file))) from error
    if len(data) > LONGEST:
        what = f"this file has {len(data):,} bytes; a recipe has at most {LONGEST:,}"
        raise RecipeError(Problem(what, Place(file)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        place = _place_at(file, data.decode("utf-8", "replace"), before)
        what = f"byte 0x{data[error.start]:02X} is not UTF-8 text"
        raise RecipeError(Problem(what, place, help="save the file as UTF-8")) from error


def _place_at(file: Path, text: str, before: str) -> Place:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Place(file, line, column, text=text.split("\n")[line - 1].rstrip("\r"))


def _forbidden_character(file: Path, text: str, position: int) -> Problem:
    what = f"character U+{ord(text[position]):04X} may not stand in YAML"
    return Problem(what, _place_at(file, text, text[:position]))


# How PyYAML's complaints read here: its words, ours, what to do. The first that fits is taken.
_SYNTAX: tuple[tuple[str, str, str | None], ...] = (
    ("found character '\\t'", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "mapping values are not allowed here",
        "a ':' inside a value, or a line indented too far",
        "put quotes around a text that holds ': ', or align the line with its neighbours",
    ),
    (
        "but found another document",
        "a second document begins here; a file holds one recipe",
        "put the other recipe into a file of its own",
    ),
    (
        "but found '<stream end>'",
        "the file ends before this is closed",
        "close what was opened here",
    ),
    (
        "but got '<stream end>'",
        "the file ends before this is closed",
        "close what was opened here",
    ),
    ("found unexpected end of stream", "these quotes are never closed", None),
    (
        "expected <block end>",
        "this line does not fit the indentation above it",
        "align it with its neighbours",
    ),
    ("expected ',' or", "a ',' or a closing bracket is missing before this", None),
    ("could not find expected ':'", "this line has no ':' after its name", None),
)


class _Composer:
    """Builds nodes from the events of one file."""

    def __init__(self, file: Path, text: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._lines = text.splitlines()
        self._events = cast(
            "Iterator[yaml.Event]",
            yaml.parse(text, Loader=yaml.SafeLoader),  # pyright: ignore[reportUnknownMemberType]
        )
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: set[str] = set()
        self._values = 0
        self._depth = 0

    def document(self) -> Node | None:
        """The one document of the file; None where there is none."""
        top: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and top is not None:
                raise MarkedYAMLError(None, None, "but found another document", event.start_mark)
            if isinstance(event, yaml.NodeEvent):
                top = self._node(event)
        return top

    def syntax(self, error: MarkedYAMLError) -> Problem:
        """What is wrong with a file that is not YAML."""
        said = error.problem or "this is not YAML"
        for theirs, ours, help_ in _SYNTAX:
            if theirs in said:
                unclosed = "never closed" in ours or "before this is closed" in ours
                mark = error.context_mark if unclosed else error.problem_mark
                return Problem(ours, self._at(mark or error.problem_mark), help=help_)
        return Problem(f"not YAML: {said}", self._at(error.problem_mark or error.context_mark))

    def _node(self, event: yaml.NodeEvent) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._values
        self._count(event, 1)
        tag: str | None = getattr(event, "tag", None)
        place = self._at(event.start_mark, event.end_mark)
        if tag not in _TAGS:
            what = f"'{_short(tag)}' is a tag; a recipe holds plain values only"
            self.problems.append(Problem(what, place, help="remove the tag"))
        self._open.add(str(event.anchor))
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(event.value, event.style is None, place)
        else:
            self._depth += 1
            if self._depth > DEEPEST:
                what = f"more than {DEEPEST} lists and tables inside each other"
                raise RecipeError(Problem(what, place))
            node = (
                Items(tuple(self._until(yaml.SequenceEndEvent)), place)
                if isinstance(event, yaml.SequenceStartEvent)
                else self._table(place)
            )
            self._depth -= 1
        self._open.discard(str(event.anchor))
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._values - before
        return node

    def _until(self, end: type[yaml.Event]) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, end):
                return
            if isinstance(event, yaml.NodeEvent):
                yield self._node(event)

    def _table(self, place: Place) -> Table:
        entries: dict[str, Entry] = {}
        nodes = self._until(yaml.MappingEndEvent)
        for key, value in zip(nodes, nodes, strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(Problem(f"{kind(key)} cannot be a name", key.place))
            elif key.text == "<<" and key.plain:
                self.problems.append(
                    Problem(
                        "the merge key '<<' is not read here",
                        key.place,
                        help="share fields between recipes with  extends:  and steps with  groups:",
                    )
                )
            elif key.text in entries:
                first = entries[key.text].key.place.line
                what = f"'{key.text}' stands here twice; the first is on line {first}"
                self.problems.append(Problem(what, key.place, help="keep one of them"))
            else:
                entries[key.text] = Entry(key, value)
        return Table(entries, place)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = str(event.anchor)
        if name not in self._anchors:
            inside = name in self._open
            what = (
                f"'*{name}' stands inside '&{name}' itself"
                if inside
                else f"no '&{name}' stands above"
            )
            place = self._at(event.start_mark, event.end_mark)
            raise RecipeError(*self.problems, Problem(what, place))
        node, weight = self._anchors[name]
        self._count(event, weight)
        return node

    def _count(self, event: yaml.Event, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            what = f"this file holds more than {MOST_VALUES:,} values, aliases counted in full"
            raise RecipeError(Problem(what, self._at(event.start_mark, event.end_mark)))

    def _at(self, start: Mark | None, end: Mark | None = None) -> Place:
        if start is None:
            return Place(self._file)
        text = self._lines[start.line] if start.line < len(self._lines) else ""
        stop = len(text.rstrip()) if end is None or end.line > start.line else end.column
        width = 1 if end is None else max(1, stop - start.column)
        return Place(self._file, start.line + 1, start.column + 1, width, text)


def _short(tag: str | None) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")[:LONGEST_SHOWN]
