"""Values read by their declared type.

The type of a field decides how a scalar is read, so `keep: [en, no]` stays Norwegian and `33_500` is a
whole number where one is wanted and a text where a text is. Types and bounds are pydantic's; this
module gives it plain values and brings its complaints back to the lines they are about.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from curate.errors import Place, Problem
from curate.recipe.model import NAME, Fault, Source
from curate.recipe.nodes import LONGEST_SHOWN, Items, Node, Scalar, Table, kind
from curate.recipe.variables import fill
from curate.spelling import did_you_mean, nearest

Built = TypeVar("Built", bound=BaseModel)
Special = Callable[[Node], Any]

NOUNS: dict[type[object], str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
    Source: "a source",
}


BROKEN = object()
"""Stands where a value could not be read. Pydantic refuses it, so nothing is judged by its absence."""


class Unreadable(Exception):  # noqa: N818 - not an error a user meets: its problem is noted already
    """A value that could not be read, after its problem was noted."""


class Reader:
    """Reads nodes by declared type and notes every problem it meets.

    `special` names declared types and the functions that read them instead; such a function notes
    its own problems and raises Unreadable. `beside` names what may stand among a model's fields without
    being one.
    """

    def __init__(
        self,
        variables: Mapping[str, Scalar],
        problems: list[Problem],
        beside: Mapping[type[BaseModel], Sequence[str]],
    ) -> None:
        self.problems = problems
        self.special: list[tuple[Any, Special]] = []
        self._variables = variables
        self._beside = beside

    def fail(self, what: str, place: Place, **more: str | None) -> Unreadable:
        """Note a problem; what is returned can be raised."""
        self.problems.append(Problem(what, place, **more))
        return Unreadable()

    def scalar(self, node: Node, noun: str = "text") -> Scalar:
        """A single text or number, its variable filled in."""
        if not isinstance(node, Scalar):
            raise self.fail(f"expected {noun}, got {kind(node)}", node.place)
        filled = fill(node, self._variables)
        if isinstance(filled, Problem):
            self.problems.append(filled)
            raise Unreadable
        return filled

    def build(
        self, model: type[Built], node: Table, noun: str, place: Place, **implied: str
    ) -> Built:
        """A model from a table; `place` is where what is missing is reported.

        `implied` holds values for fields that are not written. Raises Unreadable where any field is
        wrong.
        """
        before = len(self.problems)
        values = implied | self._fields(model, node, noun, place, implied)
        try:
            built = model.model_validate(values)
        except ValidationError as error:
            self.problems += _problems(error, node, place)
        else:
            if len(self.problems) == before:
                return built
        raise Unreadable

    def value(self, node: Node, declared: Any, place: Place | None = None) -> Any:
        """A plain value that pydantic can read as the declared type."""
        for type_, read in self.special:
            if declared == type_:
                return read(node)
        origin, arguments = get_origin(declared), get_args(declared)
        if origin is Annotated:
            return self.value(node, arguments[0], place)
        if isinstance(node, Scalar):
            node = self.scalar(node)
        if declared is Any:
            return self._undeclared(node)
        if origin in (Union, types.UnionType):
            return self._union(node, arguments, place)
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            return self._model(declared, node, place)
        if _is_list(declared):
            return self._list(node, arguments)
        if _is_table(declared):
            if not isinstance(node, Table):
                raise self.fail(f"expected a table of names, got {kind(node)}", node.place)
            return {
                name: self._try(entry.value, arguments[1], entry.key.place)
                for name, entry in node.entries.items()
            }
        if not isinstance(node, Scalar) or (node.is_null and not node.text):
            raise self.fail(f"expected {_noun(declared)}, got {kind(node)}", node.place)
        return self._choice(node, arguments) if origin is Literal else node.text

    def _fields(
        self,
        model: type[BaseModel],
        node: Table,
        noun: str,
        place: Place,
        implied: Collection[str] = (),
    ) -> dict[str, Any]:
        fields = fields_of(model)
        known = {*fields, *self._beside.get(model, ())}
        guessed = set(implied)
        for name, entry in node.entries.items():
            if name not in fields:
                guessed.update(nearest(name, known))
                what = f"'{name}' is not a field of {noun}"
                hint = did_you_mean(name, known)
                named = None if hint else f"fields: {', '.join(sorted(known)) or 'none'}"
                self.problems.append(Problem(what, entry.key.place, hint, named))
        for name, field in fields.items():
            if field.is_required() and name not in node.entries and name not in guessed:
                self.problems.append(
                    Problem(f"{noun} has no '{name}'", place, help=field.description)
                )
        return {
            name: self._try(entry.value, fields[name].annotation, entry.key.place)
            if name in fields
            else BROKEN
            for name, entry in node.entries.items()
        }

    def _try(self, node: Node, declared: Any, place: Place | None = None) -> Any:
        try:
            return self.value(node, declared, place)
        except Unreadable:
            return BROKEN

    def _model(self, model: type[BaseModel], node: Node, place: Place | None) -> dict[str, Any]:
        noun = _noun(model)
        if not isinstance(node, Table):
            fields = ", ".join(fields_of(model))
            raise self.fail(
                f"expected a table, got {kind(node)}", node.place, help=f"its fields: {fields}"
            )
        return self._fields(model, node, noun, place or node.place)

    def _list(self, node: Node, declared: Sequence[Any]) -> list[Any]:
        if isinstance(node, Table) or (isinstance(node, Scalar) and node.is_null):
            raise self.fail(f"expected a list, got {kind(node)}", node.place)
        nodes = (node,) if isinstance(node, Scalar) else node.values
        alike = len(declared) == 1 or declared[1] is ...
        each = [declared[0]] * len(nodes) if alike else declared
        values: list[Any] = []
        for item, type_ in zip_longest(nodes, each):
            if item is not None:
                values.append(self._try(item, str if type_ is None else type_))
        return values

    def _choice(self, scalar: Scalar, choices: Sequence[Any]) -> Any:
        words = {str(choice): choice for choice in choices}
        if scalar.text in words:
            return words[scalar.text]
        what = f"expected one of {', '.join(words)}; got {kind(scalar)}"
        raise self.fail(what, scalar.place, hint=did_you_mean(scalar.text, words))

    def _union(self, node: Node, members: Sequence[Any], place: Place | None) -> Any:
        if isinstance(node, Scalar) and node.is_null and type(None) in members:
            return None
        rest = [member for member in members if member is not type(None)]
        if all(get_origin(member) is Literal for member in rest):
            return self.value(node, Literal[*rest])  # nested literals are one
        fitting = [member for member in rest if _fits(node, member)]
        if len(rest) > 1 and isinstance(node, Scalar) and type(undeclared(node)) in fitting:
            return undeclared(node)
        return self.value(node, (fitting or rest)[0], place)

    def _undeclared(self, node: Node) -> Any:
        """A value whose type nobody declared, by the rules of YAML 1.2."""
        match node:
            case Scalar():
                return undeclared(self.scalar(node))
            case Items():
                return [self._undeclared(value) for value in node.values]
            case Table():
                return {name: self._undeclared(entry.value) for name, entry in node.entries.items()}


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields a recipe may write, by the name it writes."""
    return {
        field.alias or name: field
        for name, field in model.model_fields.items()
        if not field.exclude
    }


_WHOLE = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_MOST_DIGITS = 300  # more is no number anybody means, and Python refuses to read 4,301
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def undeclared(scalar: Scalar) -> str | int | float | bool | None:
    """A scalar's value by the core schema of YAML 1.2, with `_` allowed between digits."""
    if not scalar.plain or len(scalar.text) > _MOST_DIGITS:
        return scalar.text
    if scalar.is_null:
        return None
    if scalar.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return scalar.text.lower() == "true"
    if _WHOLE.fullmatch(scalar.text):
        return int(scalar.text)
    return float(scalar.text) if _NUMBER.fullmatch(scalar.text) else scalar.text


def _fits(node: Node, declared: Any) -> bool:
    """Whether a member of a union is what a node looks like."""
    if get_origin(declared) is Annotated:
        return _fits(node, get_args(declared)[0])
    match node:
        case Items():
            return _is_list(declared)
        case Table():
            return _is_table(declared) or (
                isinstance(declared, type) and issubclass(declared, BaseModel)
            )
        case Scalar():
            if get_origin(declared) is Literal:
                return node.text in map(str, get_args(declared))
            value = undeclared(node)
            if isinstance(value, int) and not isinstance(value, bool):
                return declared in (int, float)
            return declared is type(value)


def _is_list(declared: Any) -> bool:
    return get_origin(declared) in (tuple, list, set, frozenset, Sequence)


def _is_table(declared: Any) -> bool:
    return get_origin(declared) in (dict, Mapping)


def _noun(declared: Any) -> str:
    if get_origin(declared) is Literal:
        return f"one of {', '.join(map(str, get_args(declared)))}"
    if not isinstance(declared, type):
        return "one value"
    model = cast("type[object]", declared)
    table = f"'{model.__name__.lower()}'" if issubclass(model, BaseModel) else "one value"
    return NOUNS.get(model, table)


# What pydantic found, in a recipe's words --------------------------------------------------------

_WORDS: dict[str, str] = {
    "int_parsing": "expected a whole number, got {got!r}",
    "int_parsing_size": "expected a whole number, got {got}",
    "int_from_float": "expected a whole number, got {got!r}",
    "float_parsing": "expected a number, got {got!r}",
    "bool_parsing": "expected yes or no, got {got!r}",
    "greater_than": "expected more than {gt}, got {got}",
    "greater_than_equal": "expected at least {ge}, got {got}",
    "less_than": "expected less than {lt}, got {got}",
    "less_than_equal": "expected at most {le}, got {got}",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "{got!r} does not have the form {pattern}",
    "finite_number": "expected a number, got {got}",
}


def _problems(error: ValidationError, node: Table, place: Place) -> Iterator[Problem]:
    shown: set[Place] = set()
    for found in error.errors(include_url=False):
        where = _where(found["loc"], node, place)
        if found["input"] is BROKEN or where in shown:
            continue  # noted before; the members of a union each complain
        if found["type"] == "too_short" and BROKEN in found["input"]:
            continue  # what could not be read was noted, and does not count as an item
        shown.add(where)
        context: dict[str, Any] = found.get("ctx", {})
        faults = cast("tuple[Fault, ...]", context.get("faults", ()))
        for fault in faults:
            at = _where((*found["loc"], *fault.at), node, place)
            yield Problem(fault.what, at, help=fault.help)
        if not faults and found["type"] != "missing":
            yield _problem(found, context, where)


def _problem(found: ErrorDetails, context: dict[str, Any], place: Place) -> Problem:
    got: Any = found["input"]
    if isinstance(got, str) and len(got) > LONGEST_SHOWN:
        got = got[:LONGEST_SHOWN] + "…"
    words = _WORDS.get(found["type"])
    if context.get("pattern") == NAME:
        words = (
            "{got!r} cannot be a name: letters, digits, '.', '_' and '-', a letter or digit first"
        )
    if words is not None:
        return Problem(words.format(got=got, **context), place)
    what = str(context["error"]) if "error" in context else found["msg"]
    return Problem(what.replace("Input should be", "expected"), place)


def _where(loc: Sequence[int | str], node: Node, place: Place) -> Place:
    """The place of the innermost part of `loc` that can be followed.

    A value that fills several lines is shown by its name. Pydantic mixes the members of unions into a
    location; what is no name and no position here is passed over.
    """
    for step in loc:
        if step == "[key]":
            return place
        if isinstance(node, Table) and step in node.entries:
            entry = node.entries[str(step)]
            node = entry.value
            place = node.place if isinstance(node, Scalar) and node.text else entry.key.place
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.values):
            node = node.values[step]
            place = node.place
    return place
