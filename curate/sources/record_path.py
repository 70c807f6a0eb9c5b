"""The way from the top of a document to the records nested in it.

A path is names with dots between them; `[]` goes to each element of a list, `{}` to each value of an
object: `categories[].datasets[].results[]`, `raw_generations{}`, `{}`. A name with marks of the
language in it stands in double quotes. A path starts at each top value of a file, which is a line of
JSON Lines, an element of the one list that fills a file, or the one object that does.

Outer fields are carried down to every record under names of our own. Their paths start at the top as
well and follow the way to the records as far as both agree: `categories[].datasets[].name`. Behind a
`{}`, `@key` stands for the name of the value: `raw_generations{}.@key`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from curate.errors import Problem, SourceError
from curate.shapes.path import a
from curate.sources.fault import Fault
from curate.spelling import did_you_mean

ITEMS, VALUES, KEY = "[]", "{}", "@key"

_STEP = re.compile(r'(\[\]|\{\})|(\.?)(?:"([^"]+)"|([^.\[\]{}"]+))')
_EXAMPLE = "A path looks like `results[]`, `categories[].datasets[].results[]` or `samples{}`."


@dataclass(frozen=True)
class Name:
    """A step to the field of an object."""

    name: str

    def __str__(self) -> str:
        return self.name if re.fullmatch(r'[^.\[\]{}"]+', self.name) else f'"{self.name}"'


Step = Name | str
"""A name, `ITEMS` or `VALUES`."""


@dataclass(frozen=True)
class Carried:
    """An outer field: a name for it, the length of the way it shares with the records, the rest."""

    name: str
    shared: int
    fields: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether it is the name of a value of `{}`, not a field."""
        return self.fields == (KEY,)

    def __str__(self) -> str:
        return ".".join(str(Name(field)) for field in self.fields)


@dataclass(frozen=True)
class RecordPath:
    """Where the records of a document stand, and what is carried down to them."""

    steps: tuple[Step, ...] = ()
    carried: tuple[Carried, ...] = ()

    @classmethod
    def parse(cls, rows: str | None, carry: Mapping[str, str]) -> RecordPath:
        """Read the values of `rows` and `carry`; raises SourceError with all that is wrong in them."""
        problems: list[Problem] = []
        steps = () if rows is None else _steps("rows", rows, problems)
        carried: list[Carried] = []
        if carry and rows is None:
            problems.append(
                Problem(
                    "`carry` gives outer fields to nested records, but there is no `rows`",
                    help=f"Say where the records stand. {_EXAMPLE}",
                )
            )
        elif not problems:
            for name, path in carry.items():
                fields = _steps(f"carry.{name}", path, problems)
                if fields:
                    carried += _carried(name, path, fields, steps, problems)
        if problems:
            raise SourceError(*problems)
        return cls(steps, tuple(carried))

    def __str__(self) -> str:
        return written(self.steps)

    def records(self, value: Any) -> Iterator[Any]:
        """The records in one top value.

        Raises Fault where the way does not exist or a carried field is missing.
        """
        return self.below(value, 0, {})

    def below(self, value: Any, depth: int, outer: Mapping[str, Any]) -> Iterator[Any]:
        """The records in a value that stands `depth` steps down, given what was carried so far."""
        if self.carried:
            outer = {**outer, **self.gathered(value, depth)}
        if depth == len(self.steps):
            yield self.finished(value, outer)
            return
        match self.steps[depth]:
            case Name(name):
                inner = self.field(value, name, depth)
                yield from self.below(inner, depth + 1, outer)
            case "[]":
                for item in self.list_at(value, depth):
                    yield from self.below(item, depth + 1, outer)
            case _:
                for key, inner in self.object_at(value, depth).items():
                    yield from self.below(inner, depth + 1, {**outer, **self.keyed(key, depth + 1)})

    def fields_at(self, depth: int) -> tuple[Carried, ...]:
        """What is carried from the fields of the object that stands `depth` steps down."""
        return tuple(one for one in self.carried if one.shared == depth and not one.is_key)

    def gathered(self, value: Any, depth: int) -> dict[str, Any]:
        """What is carried from an object `depth` steps down, by our names."""
        found: dict[str, Any] = {}
        for one in self.fields_at(depth):
            inner = value
            for length, field in enumerate(one.fields):
                at = (*self.steps[:depth], *map(Name, one.fields[:length]))
                inner = _field(inner, field, at, f"carry: {one.name}")
            found[one.name] = inner
        return found

    def keyed(self, key: str, depth: int) -> dict[str, str]:
        """What is carried of a value's own name in the object above it, by our names."""
        return {one.name: key for one in self.carried if one.shared == depth and one.is_key}

    def finished(self, value: Any, outer: Mapping[str, Any]) -> Any:
        """A record with what is carried to it; what is not an object becomes the field `value` of one.

        Raises Fault where the record has a field of the same name.
        """
        if not outer:
            return value
        record = cast("dict[str, Any]", value) if isinstance(value, dict) else {"value": value}
        for name in outer:
            if name in record:
                raise Fault(
                    f"the record has a field `{name}` already, so `carry: {name}` cannot add it",
                    help="Carry the outer field under another name.",
                )
        return {**record, **outer}

    def field(self, value: Any, name: str, depth: int) -> Any:
        """The field on the way to the records of an object `depth` steps down."""
        return _field(value, name, self.steps[:depth], f"rows: {self}")

    def list_at(self, value: Any, depth: int) -> list[Any]:
        """A value `depth` steps down, which must be a list."""
        if isinstance(value, list):
            return cast("list[Any]", value)
        remedy = (
            f"Use `{written((*self.steps[:depth], VALUES, *self.steps[depth + 1 :]))}` for each value of an object."
            if isinstance(value, dict) and depth
            else None
        )
        if not depth:
            rest = written(self.steps[1:])
            remedy = (
                "Each element of the list that fills a file, and each line, is opened already"
                + (f": write `rows: {rest}`." if rest else ": leave `rows` out.")
            )
        raise self._unlike(value, depth, "a list", remedy)

    def object_at(self, value: Any, depth: int) -> dict[str, Any]:
        """A value `depth` steps down, which must be an object."""
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        raise self._unlike(value, depth, "an object", None)

    def _unlike(self, value: Any, depth: int, wanted: str, remedy: str | None) -> Fault:
        where = _where(self.steps[:depth])
        return Fault(
            f"`rows: {self}` expects {wanted} {where}, but there is {a(value)}", help=remedy
        )


def written(steps: Sequence[Step]) -> str:
    """A path as a recipe writes it."""
    text = ""
    for step in steps:
        text += f".{step}" if text and isinstance(step, Name) else str(step)
    return text


def missing(name: str, known: Sequence[str], at: Sequence[Step], asked_by: str) -> Fault:
    """Say that an object has no such field, which ones it has, and which was meant."""
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return Fault(
        f"`{asked_by}`: there is no field `{name}` {_where(at)}",
        hint=did_you_mean(name, known),
        help=f"It has {listed}." if known else "It has no fields.",
    )


def _field(value: Any, name: str, at: Sequence[Step], asked_by: str) -> Any:
    if not isinstance(value, dict):
        remedy = (
            f"Use `{written(at)}[]` for each element of a list."
            if isinstance(value, list)
            else None
        )
        raise Fault(
            f"`{asked_by}` expects an object {_where(at)}, but there is {a(value)}", help=remedy
        )
    fields = cast("dict[str, Any]", value)
    if name not in fields:
        raise missing(name, tuple(fields), at, asked_by)
    return fields[name]


def _where(steps: Sequence[Step]) -> str:
    return f"at `{written(steps)}`" if steps else "at the top"


def _steps(key: str, text: str, problems: list[Problem]) -> tuple[Step, ...]:
    steps: list[Step] = []
    end = 0
    for match in _STEP.finditer(text):
        mark, dot, quoted, plain = match.groups()
        if match.start() != end or (not mark and bool(dot) == (end == 0)):
            break
        end = match.end()
        steps.append(mark or Name(quoted or plain))
    if end == len(text) and steps:
        return tuple(steps)
    problems.append(Problem(f"`{key}: {text}` is not a path", help=_EXAMPLE))
    return ()


def _carried(
    name: str, text: str, fields: tuple[Step, ...], steps: tuple[Step, ...], problems: list[Problem]
) -> list[Carried]:
    shared = 0
    while shared < min(len(fields), len(steps)) and fields[shared] == steps[shared]:
        shared += 1
    names = [step.name for step in fields[shared:] if isinstance(step, Name)]
    is_key = names == [KEY] and shared > 0 and steps[shared - 1] == VALUES
    remedy = None
    if len(names) < len(fields) - shared or (KEY in names and not is_key):
        remedy = "It may go through the lists and objects of `rows` only, and end in names."
    elif not names:
        remedy = "It stands on the way to the records itself; name a field beside that way."
    elif shared == len(steps) and not is_key:
        remedy = "It stands inside the records; `keep:` and `columns:` reach it there."
    elif not is_key and not isinstance(steps[shared], Name):
        remedy = f"Go on as `rows` does: `{written(steps[: shared + 1])}.{names[0]}`."
    if remedy is None:
        return [Carried(name, shared, tuple(names))]
    problems.append(
        Problem(
            f"`carry.{name}: {text}` is no outer field of `rows: {written(steps)}`", help=remedy
        )
    )
    return []
