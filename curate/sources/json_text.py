"""A JSON text of any length, decoded piece by piece."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from json.decoder import JSONDecodeError
from typing import Any

from curate.sources.fault import FETCH_AGAIN, Fault
from curate.sources.lines import LARGEST, not_utf8, too_large

WINDOW = 1 << 16
"""Characters of a value that are decoded in one go where the value may also be stepped into."""
LARGE = object()
"""What `whole` gives for a value that is larger than the window."""

_SPACE = re.compile(r"[ \t\n\r]*")
_EDGE = 16
"""Characters before the end of what was read where a fault may only mean that more is to come; the
longest token that cannot tell is `-Infinity`."""

decoder = json.JSONDecoder()
"""The standard library's: lone surrogates, NaN and integers of any size are read as they stand."""


def message(error: ValueError) -> str:
    """A decoder's complaint in words of one style."""
    if not isinstance(error, JSONDecodeError):
        return "a number has too many digits"
    if error.doc[error.pos : error.pos + 1] == "\0":
        return "not valid JSON: there is a zero byte"
    words = error.msg.removesuffix(" at").removesuffix(" starting").removesuffix(" character")
    return f"not valid JSON: {words[0].lower()}{words[1:]}"


def too_deep(line: int) -> Fault:
    """Say that a value is nested deeper than Python can follow."""
    return Fault("the JSON is nested too deeply to be read", line=line)


class JsonText:
    """A cursor over a JSON text of which a sliding part is held.

    Every method starts at the next value or mark, skipping white space, and raises Fault with line and
    column where the text is not JSON or ends too early.
    """

    def __init__(self, pieces: Iterable[bytes], window: int = WINDOW) -> None:
        self._pieces = iter(pieces)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._window = window
        self._text = ""
        self._at = 0
        self._has_ended = False
        self._stopped_by: Fault | None = None
        self._line, self._column = 1, 1  # where `_text` starts

    def peek(self) -> str:
        """The character the next value or mark starts with; empty where the text ends."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # pyright: ignore[reportOptionalMemberAccess]
            if self._at < len(self._text):
                return self._text[self._at]
            if self._stopped_by is not None:
                raise self._stopped_by
            if self._has_ended:
                return ""
            self._fill(self._window)

    def value(self) -> Any:
        """Decode the next value, however large."""
        size = self._window
        while True:
            self.peek()
            self._fill(size)
            value, end = self._attempt()
            if value is not LARGE:
                self._at = end
                return value
            size *= 2  # decoding starts anew each time, so that all attempts cost twice the last
            if size > LARGEST:
                raise too_large(self._line)

    def whole(self) -> Any:
        """Decode the next value if it ends within the window; else give LARGE and stay before it."""
        self.peek()
        self._fill(self._window)
        value, end = self._attempt()
        if value is LARGE or end - self._at > self._window:
            return LARGE
        self._at = end
        return value

    def skip(self) -> None:
        """Pass over the next value, holding no more than a window of it."""
        if self.whole() is not LARGE:
            return
        match self.peek():
            case "[":
                for _ in self.items():
                    self.skip()
            case "{":
                for _ in self.members():
                    self.skip()
            case _:
                self.value()

    def items(self) -> Iterator[None]:
        """Step into a list; each element must be read before the next is asked for."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def members(self) -> Iterator[str]:
        """Step into an object, name by name; each value must be read before the next is asked for."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self.fault(
                    "not valid JSON: expecting property name enclosed in double quotes"
                )
            name = self.value()
            self._take(":")
            yield name
            if self._take(",}") == "}":
                return

    def fault(self, what: str, at: int | None = None) -> Fault:
        """Say what is wrong at a position of the held text, the next value by default.

        Where the text was cut short, that is what is wrong.
        """
        at = self._at if at is None else at
        if self._stopped_by is not None and at >= len(self._text) - _EDGE:
            return self._stopped_by
        line, start = self._line_of(at)
        end = self._text.find("\n", at)
        shown: dict[str, Any] = {
            "line": line,
            "column": at - start + (1 if start else self._column),
            "text": self._text[start : None if end < 0 else end].rstrip("\r"),
            "at": at - start,
        }
        if self._has_ended and at >= len(self._text):
            what = "the JSON ends too early: the file was cut off"
            return Fault(what, help=FETCH_AGAIN, is_cut=True, **shown)
        return Fault(what, **shown)

    def _line_of(self, at: int) -> tuple[int, int]:
        """The number of the line a position is in, and where that line starts in the held text."""
        return self._line + self._text.count("\n", 0, at), self._text.rfind("\n", 0, at) + 1

    def _take(self, marks: str) -> str:
        mark = self.peek()
        if not mark or mark not in marks:
            raise self.fault(f"not valid JSON: expecting {' or '.join(map(repr, marks))}")
        self._at += 1
        return mark

    def _attempt(self) -> tuple[Any, int]:
        """Decode at the cursor; LARGE where the text held so far is too short to tell."""
        try:
            value, end = decoder.raw_decode(self._text, self._at)
        except JSONDecodeError as error:
            unclosed = error.msg.startswith("Unterminated string")
            if not self._has_ended and (unclosed or error.pos >= len(self._text) - _EDGE):
                return LARGE, self._at
            at = len(self._text) if self._has_ended and unclosed else error.pos
            raise self.fault(message(error), at) from error
        except ValueError as error:
            raise self.fault(message(error)) from error
        except RecursionError as error:
            raise too_deep(self._line_of(self._at)[0]) from error
        if (
            not self._has_ended
            and end >= len(self._text) - _EDGE
            and isinstance(value, (int, float))
        ):
            return LARGE, self._at  # more digits may follow
        return value, end

    def _fill(self, size: int) -> None:
        """Hold at least `size` characters from the cursor on, unless the text ends before.

        Twice as many are read, so that a character is moved about once. What stops the text is kept
        until the cursor gets there, so that all rows before it are given.
        """
        held = len(self._text) - self._at
        if held >= size or self._has_ended:
            return
        self._forget()
        parts = [self._text]
        try:
            while held < 2 * size and not self._has_ended:
                piece = next(self._pieces, None)
                self._has_ended = piece is None
                parts.append(self._decode.decode(piece or b"", self._has_ended))
                held += len(parts[-1])
        except Fault as fault:
            self._has_ended, self._stopped_by = True, fault
        except UnicodeDecodeError as error:
            parts.append(error.object[: error.start].decode("utf-8-sig"))
            self._has_ended = True
            self._text = "".join(parts)
            line, start = self._line_of(len(self._text))
            rest = error.object[error.start :].partition(b"\n")[0]
            self._stopped_by = not_utf8(self._text[start:], rest, error.reason, line)
        self._text = "".join(parts)

    def _forget(self) -> None:
        """Let go of the text before the cursor."""
        line, start = self._line_of(self._at)
        self._column = self._at - start + (1 if start else self._column)
        self._line = line
        self._text, self._at = self._text[self._at :], 0
