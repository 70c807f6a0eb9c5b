"""Which two characters a regular expression never matches side by side.

Pre-tokenizers cut texts where matches begin and end. An expression whose matches never go from one
character on to the next cuts between the two wherever they meet, and what it finds on either side of
them does not depend on the other side. Which characters may follow each other within a match stands in
the expression: it is the ways between the positions of its letters and classes (Glushkov 1961).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000").union(
    map(chr, range(0x2000, 0x200B))
)
"""The characters of `\\s`."""

BEYOND, BEYOND_SPACE = "beyond ASCII", "beyond ASCII, perhaps white space"
"""They stand for characters that are not looked at one by one; the first is surely no white space."""

Symbol = tuple[str, ...]
"""The characters one of which a place in a text holds, or `BEYOND` or `BEYOND_SPACE` among them."""


class UnknownPatternError(Exception):
    """The expression holds something whose matches are not known here."""


class Class(NamedTuple):
    """Some characters: those of a list, or all others."""

    ranges: tuple[tuple[int, int], ...] = ()
    names: tuple[tuple[str, bool], ...] = ()
    """Beginnings of categories' names, or `s`, `d`, `w` as after a backslash; and whether all but these are meant."""
    inside: tuple[Class, ...] = ()
    negated: bool = False
    folded: bool = False
    """Whether case does not matter."""

    def has(self, character: str) -> bool:
        """Whether a character is one of them."""
        cases = f"{character}{character.lower()}{character.upper()}" if self.folded else character
        return self.negated != any(map(self._lists, cases))

    def _lists(self, character: str) -> bool:
        return (
            any(first <= ord(character) <= last for first, last in self.ranges)
            or any(_is(character, name) != others for name, others in self.names)
            or any(part.has(character) for part in self.inside)
        )

    def may_have(self, symbol: Symbol) -> bool:
        """Whether what a place holds may be one of them."""
        return any(
            self.has(one) if len(one) == 1 else self._reaches(spaces=one == BEYOND_SPACE)
            for one in symbol
        )

    def _reaches(self, *, spaces: bool) -> bool:
        """Whether some character beyond ASCII may be one of them."""
        return (
            self.negated
            or self.folded  # `k` has the Kelvin sign, `s` the long s
            or any(last > 127 for _, last in self.ranges)
            or any(spaces or others or name != "s" for name, others in self.names)
            or any(part._reaches(spaces=spaces) for part in self.inside)
        )


def _is(character: str, name: str) -> bool:
    category = unicodedata.category(character)
    match name:
        case "s":
            return character in SPACES
        case "d":
            return category == "Nd"
        case "w":
            return category[0] in "LMN" or category == "Pc"
        case _:
            return category.startswith(name)


@dataclass
class Pattern:
    """An expression as positions, and the ways between them.

    Raises UnknownPatternError where there is more to it than classes, groups, alternatives, numbers of
    times, and a look at the next character at the end of an alternative.
    """

    text: str
    classes: list[Class] = field(default_factory=list[Class], init=False)
    ways: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]], init=False)
    alone: set[int] = field(default_factory=set[int], init=False)
    """Positions whose character is a match when nothing follows."""
    watched: set[int] = field(default_factory=set[int], init=False)
    """Positions behind which it is looked at what follows."""

    def __post_init__(self) -> None:
        reader = _Reader(self)
        if reader.alternatives(folded=False).is_nullable or reader.rest:
            raise UnknownPatternError(self.text)

    def cuts(self, symbols: Sequence[Symbol]) -> NDArray[np.bool_]:
        """Between which symbols it always cuts, whatever stands around them; all with all."""
        may, must = self._may(symbols), self._must(symbols)
        ways = np.zeros((len(self.classes),) * 2, np.int64)
        ways[tuple(np.array(sorted(self.ways), np.int64).reshape(-1, 2).T)] = 1
        goes_on = np.greater(may.T @ ways @ may, 0)
        watched = np.greater(may[sorted(self.watched)].sum(axis=0), 0)
        # Where neither begins a match, both may lie between two matches, and that is one piece.
        return ~goes_on & ~watched[:, None] & (must[:, None] | must)

    def passes(self, symbols: Sequence[Symbol]) -> NDArray[np.bool_]:
        """The pairs of symbols about which it does nothing: parting them changes no match on either side.

        Neither is in any match; or both surely are, of an expression that takes runs of a class whole.
        """
        free = np.equal(self._may(symbols).sum(axis=0), 0)
        pairs = free[:, None] & free
        if len(self.classes) == 1 and self.ways == {(0, 0)} and not self.watched:
            must = self._must(symbols)
            pairs |= must[:, None] & must
        return pairs

    def _may(self, symbols: Sequence[Symbol]) -> NDArray[np.int64]:
        told = [[one.may_have(symbol) for symbol in symbols] for one in self.classes]
        return np.array(told, np.int64)

    def _must(self, symbols: Sequence[Symbol]) -> NDArray[np.bool_]:
        """Symbols that are always in a match."""
        alone = [self.classes[position] for position in self.alone]
        return np.array(
            [
                all(len(one) == 1 and any(c.has(one) for c in alone) for one in symbol)
                for symbol in symbols
            ]
        )


def _letter(character: str) -> Class:
    return Class(((ord(character), ord(character)),))


class _Part(NamedTuple):
    """What the matches of a part of an expression begin and end with."""

    is_nullable: bool
    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    watches: bool = False
    """Whether it ends in a look at what follows."""


_EMPTY = _Part(is_nullable=True)
_TIMES = re.compile(r"\{(\d+)(,?)(\d*)\}")
_MANY = 8
"""Numbers of times up to which a part is written out."""
_NAMED = {"r": "\r", "n": "\n", "t": "\t", "f": "\f", "v": "\v"}


class _Reader:
    """Reads an expression from left to right into a pattern."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern
        self.rest = pattern.text

    def _take(self, what: str) -> bool:
        taken = self.rest.startswith(what)
        self.rest = self.rest[len(what) * taken :]
        return taken

    def _next(self) -> str:
        if not self.rest:
            raise UnknownPatternError(self._pattern.text)
        character, self.rest = self.rest[0], self.rest[1:]
        return character

    def _number(self, form: str) -> int:
        found = re.match(form, self.rest)
        if found is None:
            raise UnknownPatternError(self._pattern.text)
        self.rest = self.rest[found.end() :]
        return int(found[1], 16)

    def alternatives(self, *, folded: bool, outermost: bool = True) -> _Part:
        parts = [self._sequence(folded=folded)]
        while self._take("|"):
            parts.append(self._sequence(folded=folded))
        if outermost:
            for part in parts:
                if not part.watches:
                    self._pattern.alone |= part.first & part.last
        elif any(part.watches for part in parts):
            raise UnknownPatternError(self._pattern.text)
        return _Part(
            any(part.is_nullable for part in parts),
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
        )

    def _sequence(self, *, folded: bool) -> _Part:
        whole = _EMPTY
        while self.rest and self.rest[0] not in "|)":
            if whole.watches:
                raise UnknownPatternError(self._pattern.text)
            if self._take("(?!") or self._take("(?="):
                self._class(folded=folded)
                if whole.is_nullable or not self._take(")"):
                    raise UnknownPatternError(self._pattern.text)
                self._pattern.watched |= whole.last
                whole = whole._replace(watches=True)
            else:
                whole = self._joined(whole, self._repeated(folded=folded))
        return whole

    def _joined(self, left: _Part, right: _Part) -> _Part:
        self._pattern.ways |= {(one, other) for one in left.last for other in right.first}
        return _Part(
            left.is_nullable and right.is_nullable,
            left.first | right.first if left.is_nullable else left.first,
            right.last | left.last if right.is_nullable else right.last,
        )

    def _repeated(self, *, folded: bool) -> _Part:
        before = self.rest
        part = self._one(folded=folded)
        if self._take("?"):
            least, most = 0, 1
        elif self._take("*"):
            least, most = 0, _MANY + 1
        elif self._take("+"):
            least, most = 1, _MANY + 1
        elif found := _TIMES.match(self.rest):
            self.rest = self.rest[found.end() :]
            least = int(found[1])
            most = int(found[3]) if found[3] else _MANY + 1 if found[2] else least
        else:
            return part
        if self.rest[:1] in {"+", "?", "*", "{"}:  # how much it takes first, or what it gives back
            raise UnknownPatternError(self._pattern.text)
        if most > _MANY:
            self._joined(part, part)
            return part._replace(is_nullable=part.is_nullable or not least)
        after, whole = self.rest, part
        for time in range(1, most):
            self.rest = before
            again = self._one(folded=folded)
            whole = self._joined(
                whole, again._replace(is_nullable=again.is_nullable or time >= least)
            )
        self.rest = after
        return whole._replace(is_nullable=whole.is_nullable or not least)

    def _one(self, *, folded: bool) -> _Part:
        for opening in ("(?:", "(?i:"):
            if self._take(opening):
                return self._group(folded=folded or "i" in opening)
        if self.rest.startswith("(") and not self.rest.startswith("(?"):
            self._next()
            return self._group(folded=folded)
        self._pattern.classes.append(self._class(folded=folded))
        here = frozenset({len(self._pattern.classes) - 1})
        return _Part(is_nullable=False, first=here, last=here)

    def _group(self, *, folded: bool) -> _Part:
        inside = self.alternatives(folded=folded, outermost=False)
        if not self._take(")"):
            raise UnknownPatternError(self._pattern.text)
        return inside

    def _class(self, *, folded: bool) -> Class:
        """One character: a letter, an escape or a class in brackets."""
        character = self._next()
        match character:
            case "\\":
                return self._escape()._replace(folded=folded)
            case "[":
                return self._brackets(folded=folded)
            case "." | "^" | "$" | "(" | ")" | "*" | "+" | "?" | "{" | "|":
                raise UnknownPatternError(self._pattern.text)
            case _:
                return _letter(character)._replace(folded=folded)

    def _escape(self) -> Class:
        name = self._next()
        if name in "pP":
            found = re.match(r"\{(\^?)([LMNPSZC][a-z]?)\}", self.rest)
            if found is None:
                raise UnknownPatternError(self._pattern.text)
            self.rest = self.rest[found.end() :]
            return Class(names=((found[2], (name == "P") != bool(found[1])),))
        if name.lower() in "sdw":
            return Class(names=((name.lower(), name.isupper()),))
        if name in "xu":
            code = self._number(r"\{?([0-9a-fA-F]+)\}?" if name == "x" else r"([0-9a-fA-F]{4})")
            return Class(((code, code),))
        if name.isalnum() and name not in _NAMED:
            raise UnknownPatternError(self._pattern.text)
        return _letter(_NAMED.get(name, name))

    def _brackets(self, *, folded: bool) -> Class:
        negated = self._take("^")
        parts: list[Class] = []
        while not self._take("]"):
            if self.rest.startswith(("&&", "[:")):
                raise UnknownPatternError(self._pattern.text)
            if self._take("["):
                parts.append(self._brackets(folded=folded))
                continue
            one = self._member()
            if self.rest[:1] == "-" and self.rest[1:2] not in {"]", ""} and one.ranges:
                self._next()
                end = self._member()
                if not end.ranges:
                    raise UnknownPatternError(self._pattern.text)
                one = Class(((one.ranges[0][0], end.ranges[0][0]),))
            parts.append(one._replace(folded=folded))
        if not parts:
            raise UnknownPatternError(self._pattern.text)
        return Class(inside=tuple(parts), negated=negated)

    def _member(self) -> Class:
        character = self._next()
        return self._escape() if character == "\\" else _letter(character)
