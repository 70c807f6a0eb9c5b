"""Records nested in documents too large to be held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from curate.sources.fault import Fault
from curate.sources.json_text import LARGE, JsonText
from curate.sources.record_path import VALUES, Name, RecordPath, missing


class Nested:
    """The records of a document, found by stepping into the parts that are too large to be decoded.

    A part of at most a window is decoded whole. An outer field may stand behind the records it is
    carried to; the first time one does, the file is read a second time, to gather the outer fields of
    all objects that were stepped into.
    """

    def __init__(self, path: RecordPath, open_text: Callable[[], JsonText]) -> None:
        self._path = path
        self._open = open_text
        self._stepped_into: list[dict[str, Any]] = []
        self._ahead: list[dict[str, Any]] | None = None
        self._is_ahead = False
        self._stopped_by: Fault | None = None

    def records(self) -> Iterator[Any]:
        """Every record of the file; raises Fault as `RecordPath.records` and `JsonText` do."""
        document = self._open()
        for _ in top_values(document):
            yield from self._below(document, 0, {})

    def _below(self, document: JsonText, depth: int, outer: Mapping[str, Any]) -> Iterator[Any]:
        value = document.whole()
        opening = document.peek() if value is LARGE else ""
        step = self._path.steps[depth] if depth < len(self._path.steps) else None
        if isinstance(step, Name) and opening == "{":
            yield from self._field(document, step.name, depth, outer)
        elif step == VALUES and opening == "{":
            for key in document.members():
                keyed = self._path.keyed(key, depth + 1)
                yield from self._below(document, depth + 1, {**outer, **keyed})
        elif step is not None and step != VALUES and opening == "[":
            for _ in document.items():
                yield from self._below(document, depth + 1, outer)
        else:
            value = document.value() if value is LARGE else value
            yield from self._path.below(value, depth, outer)

    def _field(
        self, document: JsonText, name: str, depth: int, outer: Mapping[str, Any]
    ) -> Iterator[Any]:
        """Step into an object whose field `name` leads to the records."""
        wanted = {one.fields[0] for one in self._path.fields_at(depth)}
        number, found = len(self._stepped_into), dict[str, Any]()
        self._stepped_into.append(found)
        for key in document.members():
            if key == name:
                found[key] = None
                if not self._is_ahead:
                    fields = self._complete(number, found, wanted)
                    outer = {**outer, **self._path.gathered(fields, depth)}
                yield from self._below(document, depth + 1, outer)
            elif key in wanted:
                found[key] = document.value()
            else:
                found[key] = document.skip()
        if name not in found:
            raise missing(name, tuple(found), self._path.steps[:depth], f"rows: {self._path}")

    def _complete(self, number: int, found: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
        """What an object stepped into holds of what is wanted of it, read ahead where need be."""
        if wanted <= found.keys():
            return found
        if self._ahead is None:
            self._ahead = self._read_ahead()
        found = self._ahead[number]
        if self._stopped_by is not None and not wanted <= found.keys():
            raise self._stopped_by
        return found

    def _read_ahead(self) -> list[dict[str, Any]]:
        ahead = Nested(self._path, self._open)
        ahead._is_ahead = True
        try:
            for _ in ahead.records():
                pass
        except Fault as fault:  # most often met again later, in its row
            self._stopped_by = fault
        return ahead._stepped_into


def top_values(document: JsonText) -> Iterator[None]:
    """Step to each top value: the elements of one list, or values one after the other.

    Each must be read before the next is asked for.
    """
    if document.peek() != "[":
        while document.peek():
            yield
        return
    yield from document.items()
    if document.peek():
        raise document.fault("not valid JSON: something follows the end of the list")
