"""The door: where records come in as rows.

A shape says which turns a record holds; what is the same for every shape happens here. System turns
and template arguments are added, extra columns read, lone surrogates replaced, and a record that
cannot be read is named with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast

from curate.errors import Place, ShapeError
from curate.rows import Message, Row, assistant
from curate.shapes.extras import read_extra
from curate.shapes.path import Path, as_text
from curate.shapes.shape import SHARED, Shape
from curate.thinking import CLOSE

_SURROGATES = re.compile("[\ud800-\udfff]")


class Misshapen(NamedTuple):
    """A record that gave no row: its position in its file, and why."""

    position: int
    why: str


@dataclass
class Admitted:
    """What came through the door."""

    rows: list[Row] = field(default_factory=list[Row])
    misshapen: list[Misshapen] = field(default_factory=list[Misshapen])
    records: int = 0
    """How many records were read; one may give several rows, or none."""
    surrogates: int = 0
    """How many lone surrogates became U+FFFD."""


@dataclass(frozen=True)
class Door:
    """How the records of one source become rows."""

    shape: Shape
    keep: Mapping[str, str] = field(default_factory=dict[str, str])
    """Extra columns: our name to the path in a record."""
    system: str | None = None
    """A system turn for rows that have none."""
    implied_opening: bool = False
    """Whether a lone `</think>` ends thinking that began with the text."""
    on_bad_row: Literal["stop", "reject"] = "stop"

    @property
    def columns(self) -> frozenset[str] | None:
        """The columns that rows are made of; None where they are made of all."""
        if self.shape.is_whole:
            return None
        places = [*self.shape.places.values(), *(Path(place) for place in self.keep.values())]
        return frozenset(name for place in places for name in (place.text, *place.heads))

    @cached_property
    def _kept(self) -> Sequence[tuple[str, Path]]:
        return tuple((name, Path(place)) for name, place in self.keep.items())

    @cached_property
    def _beside(self) -> frozenset[str]:
        """The columns one of which a record must have to hold anything beside its turns."""
        places = (self.shape.places[part.name] for part in SHARED if self.shape.has(part.name))
        return frozenset(name for place in places for name in (place.text, *place.heads))

    @cached_property
    def _adds_nothing(self) -> bool:
        return not (self.keep or self.system or self.implied_opening)

    def admit(
        self, found: Iterable[tuple[int, Any]], place: Callable[[int], Place] | None = None
    ) -> Admitted:
        """Turn records into rows, in order.

        `found` gives records with their positions, `place` says where a position is. Raises ShapeError
        at the first record without the right shape, unless such records are to be rejected.
        """
        admitted = Admitted()
        for position, record in found:
            admitted.records += 1
            try:
                made = [self._whole(row, record) for row in self.shape.rows(record)]
            except ShapeError as error:
                if self.on_bad_row == "stop":
                    raise _placed(error, position, place) from error
                admitted.misshapen.append(Misshapen(position, str(error)))
                continue
            for row in made:
                if lone := _lone_surrogates(row):
                    admitted.surrogates += lone
                    row = _without_surrogates(row)
                admitted.rows.append(row)
        return admitted

    def _whole(self, row: Row, record: Any) -> Row:
        """The row with what every shape's rows may have beside their turns."""
        tools = arguments = origin = system = None
        if isinstance(record, dict) and self._beside.isdisjoint(cast("Any", record)):
            if self._adds_nothing:
                return row
        else:
            tools = self.shape.value("tools", record)
            arguments = self.shape.value("chat_template_kwargs", record)
            origin = self.shape.value("origin", record)
            system = self.shape.value("system", record) or _custom_instructions(arguments)
        messages = row.messages
        system = system or self.system
        if isinstance(system, str) and system and not _has_system(messages):
            messages = (Message("system", system), *messages)
        chosen, rejected = row.chosen, row.rejected
        if self.implied_opening:
            messages = _opened(messages)
            chosen, rejected = chosen and _opened(chosen), rejected and _opened(rejected)
        extra = {**row.extra, **self._extra(record)} if self._kept else row.extra
        return Row(
            messages,
            chosen,
            rejected,
            as_text(tools) if tools else None,
            as_text(arguments) if arguments else None,
            origin if isinstance(origin, str) else None,
            row.prompt_key,
            extra,
        )

    def _extra(self, record: Any) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        for name, path in self._kept:
            value = path.value(record)
            if value is not None:
                extra[name] = read_extra(name, value, path)
        return extra


def _placed(error: ShapeError, position: int, place: Callable[[int], Place] | None) -> ShapeError:
    where = place(position) if place else None
    return ShapeError(
        *(
            replace(
                problem,
                place=where,
                help=problem.help
                or "Leave such records out with `on_bad_row: reject`, or name the right columns.",
            )
            for problem in error.problems
        )
    )


# System turns and thinking -------------------------------------------------------------------------


def _has_system(messages: Sequence[Message]) -> bool:
    return any(turn.role == "system" for turn in messages)


def _custom_instructions(arguments: Any) -> Any:
    """The system text that template arguments hold, where they are smoltalk2's."""
    if isinstance(arguments, str):
        if "custom_instructions" not in arguments:
            return None
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError) as error:
            raise ShapeError(f"`chat_template_kwargs` is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        return None
    return cast("dict[str, Any]", arguments).get("custom_instructions")


def _opened(turns: tuple[Message, ...]) -> tuple[Message, ...]:
    """The turns, with a lone closing marker read as the end of thinking from the start."""
    if not any(turn.content and CLOSE in turn.content for turn in turns):
        return turns
    return tuple(
        assistant(
            turn.content,
            implied_opening=True,
            tool_calls=turn.tool_calls,
            tool_call_id=turn.tool_call_id,
            name=turn.name,
        )
        if turn.role == "assistant" and turn.thinking is None and turn.content
        else turn
        for turn in turns
    )


# Lone surrogates -----------------------------------------------------------------------------------


def _strings(row: Row) -> Iterable[str | None]:
    for turns in (row.messages, row.chosen, row.rejected):
        for turn in turns or ():
            yield turn.content
            yield turn.thinking
            if (
                turn.tool_calls is not None
                or turn.tool_call_id is not None
                or turn.name is not None
            ):
                yield turn.tool_calls
                yield turn.tool_call_id
                yield turn.name
    yield row.tools
    yield row.chat_template_kwargs
    yield row.origin
    for value in row.extra.values():
        if isinstance(value, str):
            yield value


def _lone_surrogates(row: Row) -> int:
    """How many lone surrogates the row's texts hold; encoding is the fastest way to find the first."""
    for text in _strings(row):
        if text is not None and not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                return sum(len(_SURROGATES.findall(each)) for each in _strings(row) if each)
    return 0


def _mended(text: str | None) -> str | None:
    return None if text is None else _SURROGATES.sub("\ufffd", text)


def _without_surrogates(row: Row) -> Row:
    def turns(of: tuple[Message, ...] | None) -> tuple[Message, ...] | None:
        return of and tuple(
            Message(
                turn.role,
                _mended(turn.content),
                _mended(turn.thinking),
                turn.markers,
                _mended(turn.tool_calls),
                _mended(turn.tool_call_id),
                _mended(turn.name),
            )
            for turn in of
        )

    return Row(
        turns(row.messages) or (),
        turns(row.chosen),
        turns(row.rejected),
        _mended(row.tools),
        _mended(row.chat_template_kwargs),
        _mended(row.origin),
        row.prompt_key,
        {
            name: _mended(value) if isinstance(value, str) else value
            for name, value in row.extra.items()
        },
    )
