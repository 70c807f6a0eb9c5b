"""Text that remembers which of its characters came out of a generation block.

A template may catch its own output, `{% set answer %}…{% endset %}`, change it, and print it later.
Where a block ends up is then no longer a matter of counting what was printed before. So caught text
that holds blocks is a `Marked`: a string in every respect, whose spans follow it through what
templates do with strings. What is not followed: formatting (`%`, `format`), splitting into a list,
and filters that build a new text of their own; they give plain text, without the spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsIndex, cast

from jinja2.exceptions import TemplateRuntimeError

Span = tuple[int, int]

LONGEST = 1 << 25
"""Characters a template may put out, or put together on the way: far more than any row holds."""


class TooLongError(TemplateRuntimeError):
    """A template made a text that no row can need."""

    def __init__(self) -> None:
        super().__init__(f"the template makes more than {LONGEST:,} characters")


class Edge(str):
    """An empty piece of output, known by identity: data can never be taken for it."""

    __slots__ = ()


OPENING = Edge()
CLOSING = Edge()


def gather(pieces: Iterable[str]) -> tuple[str, list[Span]]:
    """Put output together: its text, and the spans of its blocks in the order they begin.

    Raises TooLongError as soon as there is too much of it.
    """
    texts: list[str] = []
    spans: list[Span] = []
    opened: list[int] = []
    at = 0
    for piece in pieces:
        if type(piece) is not str:
            if piece is OPENING:
                opened.append(at)
            elif piece is CLOSING:
                spans.append((opened.pop(), at))
            elif isinstance(piece, Marked):
                spans += [(at + start, at + end) for start, end in piece._spans]  # pyright: ignore[reportPrivateUsage]
        texts.append(piece)
        at += len(piece)
        if at > LONGEST:
            raise TooLongError
    spans.sort()
    return "".join(texts), spans


def concat(pieces: Iterable[str]) -> str:
    """Put caught output together, marked where it holds blocks."""
    if isinstance(pieces, list) and len(pieces) == 1 and type(pieces[0]) is str:
        return pieces[0]
    text, spans = gather(pieces)
    return Marked(text, spans) if spans else text


def _shift(name: str) -> Any:
    """A method that works from left to right: what it makes of the text before an edge tells where the edge goes."""
    method: Callable[..., str] = getattr(str, name)

    def follow(self: Marked, *args: Any, **kwargs: Any) -> str:
        def place(edge: int) -> int:
            return min(len(method(self[:edge], *args, **kwargs)), len(text))

        text = method(self, *args, **kwargs)
        return Marked(text, [(place(start), place(end)) for start, end in self._spans])  # pyright: ignore[reportPrivateUsage]

    return follow


class Marked(str):
    """A string, and the spans in it; the spans' name keeps them out of templates' sight."""

    __slots__ = ("_spans",)
    _spans: Sequence[Span]

    # Jinja makes the result of `format` with the class of the text alone.
    def __new__(cls, text: str, spans: Sequence[Span] = ()) -> Marked:  # noqa: D102
        self = super().__new__(cls, text)
        self._spans = spans
        return self

    def __str__(self) -> str:
        return self

    def __add__(self, other: object) -> str:
        return concat((self, other)) if isinstance(other, str) else NotImplemented

    def __radd__(self, other: object) -> str:
        return concat((other, self)) if isinstance(other, str) else NotImplemented

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        text = str.__getitem__(self, key)
        if isinstance(key, slice):
            first, stop, step = key.indices(len(self))
            return self._cut(first, max(first, stop)) if step == 1 else text
        first = key.__index__() % len(self)
        return self._cut(first, first + 1)

    def _cut(self, first: int, stop: int) -> str:
        """The characters from `first` up to `stop`, with what lies there of the spans."""
        spans = [
            (max(start, first) - first, min(end, stop) - first)
            for start, end in self._spans
            if (start < stop and end > first) or first <= start == end <= stop
        ]
        return Marked(str.__getitem__(self, slice(first, stop)), spans)

    def lstrip(self, chars: str | None = None, /) -> str:  # noqa: D102
        return self._cut(len(self) - len(str.lstrip(self, chars)), len(self))

    def rstrip(self, chars: str | None = None, /) -> str:  # noqa: D102
        return self._cut(0, len(str.rstrip(self, chars)))

    def strip(self, chars: str | None = None, /) -> str:  # noqa: D102
        return cast("Marked", self.lstrip(chars)).rstrip(chars)

    def removeprefix(self, prefix: str, /) -> str:  # noqa: D102
        return self._cut(len(self) - len(str.removeprefix(self, prefix)), len(self))

    def removesuffix(self, suffix: str, /) -> str:  # noqa: D102
        return self._cut(0, len(str.removesuffix(self, suffix)))

    upper = _shift("upper")
    lower = _shift("lower")
    casefold = _shift("casefold")
    swapcase = _shift("swapcase")
    capitalize = _shift("capitalize")
    title = _shift("title")
    replace = _shift("replace")
