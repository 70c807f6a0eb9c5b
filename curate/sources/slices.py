"""A slice: a part of a source that one worker can read alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from curate.errors import Place

Record = dict[str, Any] | list[Any] | str
"""What a source holds before a shape has looked at it: a JSON object as a rule; header-less tables
give objects whose keys are the column numbers `"0"`, `"1"`, …"""


class Found(NamedTuple):
    """One record, and its position in the slice's file, counted from 1."""

    position: int
    record: Record


class Slice(Protocol):
    """A part of a source. Slices are small values that can be sent to a worker.

    Reading the slices of a source one after the other gives its records in storage order. How a
    source is cut never depends on the number of workers.
    """

    @property
    def label(self) -> str:
        """What progress and errors call it: a path as the user wrote it, a split."""
        ...

    @property
    def weight(self) -> int:
        """How much of the source it is, in bytes as stored (rows for embedded sources)."""
        ...

    @property
    def rows(self) -> int | None:
        """How many records it holds; None where only reading tells."""
        ...

    @property
    def stamp(self) -> str:
        """What changes when the slice's content does; finished work is kept under it."""
        ...

    def records(self, limit: int | None = None) -> Iterator[Found]:
        """Read the records, in storage order, holding a bounded part of them at a time.

        At most `limit` of them; who says so beforehand may spare fetching the rest.
        Lone surrogates are left in; the shapes' door replaces them. Raises SourceError with the
        place where reading stopped.
        """
        ...

    def place(self, position: int) -> Place:
        """Where the record at this position stands."""
        ...
