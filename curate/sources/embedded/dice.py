"""Choices that are a function of a seed and a position."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

Face = TypeVar("Face")

_BLOCK = struct.Struct("<32H")


class Dice:
    """A stream of choices, cheap enough to start anew for every record.

    The stream is BLAKE2b in counter mode, read 16 bits at a time. Seeding `random.Random` alone takes
    a third of the time that a whole record takes here.
    """

    __slots__ = ("_throw",)

    def __init__(self, seed: int, purpose: bytes, index: int) -> None:
        self._throw = _stream(b"%d %b %d" % (seed, purpose, index)).__next__

    def fork(self) -> tuple[int, bytes, int]:
        """What to make dice of that can be thrown again and again from the same start."""
        return self._throw() << 16 | self._throw(), b"fork", self._throw() << 16 | self._throw()

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1; `limit` is at most 65,536."""
        return self._throw() * limit >> 16

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + (self._throw() * (high - low + 1) >> 16)

    def pick(self, faces: Sequence[Face]) -> Face:
        """One of the faces."""
        return faces[self._throw() * len(faces) >> 16]

    def each(self, choices: Sequence[Sequence[Face]]) -> tuple[Face, ...]:
        """One face of each of the choices."""
        throw = self._throw
        return tuple([faces[throw() * len(faces) >> 16] for faces in choices])

    def several(self, faces: Sequence[Face], number: int) -> list[Face]:
        """So many different faces, in any order."""
        throw, left = self._throw, list(faces)
        return [left.pop(throw() * size >> 16) for size in range(len(left), len(left) - number, -1)]


def _stream(key: bytes) -> Iterator[int]:
    for block in count():
        yield from _BLOCK.unpack(hashlib.blake2b(b"%b %d" % (key, block)).digest())
