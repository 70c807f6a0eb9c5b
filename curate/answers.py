"""What a text finally answers, compared with what it should have."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

_CONCLUSION = re.compile(
    r"(?<![^\s*#])\**"
    r"(?:(?:(?:So|Therefore|Thus|Hence),?\s+the\s+|The\s+)(?:[Ff]inal\s+)?answer"
    r"|Final\s+[Aa]nswer|Answer)"
    r"(?:\s+is\b:?|\**\s*:)\**\s*"
)
_ANNOUNCED = re.compile(r"nswer(?:\s+is\b|\**\s*:)")
"""What all of these end in."""

_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_HASHES = re.compile(r"^####[ \t]*(.+)$", re.MULTILINE)

_WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{(-?\d+)\}|(\d))\s*(?:\{(\d+)\}|(\d))")
_NOISE = re.compile(r"\\[,!;:% $]|\^\{?\\circ\}?|\\left|\\right|[$€£%°]")
_NUMBER = re.compile(
    r"(-?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(?:[eE]([+-]?\d{1,2}))?(?:\s*/\s*(\d+))?"
)
_UNITS = re.compile(r"(?<=[\d%])(?:\s+[^\W\d_]{2,}\.?)+$")
_NAMED = re.compile(r"^[A-Za-z]\s*=\s*")
_ANY_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?")
_CHOICE = re.compile(r"\(?([A-Z])\)?(?![^\W_])")
_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)
_BLANKS = re.compile(r"\s{2,}|[^\S ]")
_BESIDE_SIGNS = re.compile(r" (?:(?=[^\w\s])|(?<=[^\w\s] ))")
_FORMULA = re.compile(r"[\\^{}=<>\[\]]")
_WORDS = {"yes", "no", "true", "false"}


def same(text: str, gold: str) -> bool | None:
    """Whether a text's final answer is the expected one; None where that cannot be told.

    Compared are, in this order, quoted texts, normal forms, numbers (commas, currency, per cent,
    units and fractions understood), letters of choices, yes and no. Formulas that differ in writing
    may still be equal, and so may texts that differ in white space: those cannot be told.
    """
    stated, explicit = _stated(text)
    answer, (expected, number) = normal(stated), _expected(gold)
    if not answer or not expected:
        return None
    if _QUOTED.fullmatch(gold):
        told = _unquoted(stated) == _unquoted(gold)
        if not told and "".join(_unquoted(stated).split()) == "".join(_unquoted(gold).split()):
            return None
    elif answer == expected:
        told = True
    elif number is not None:
        found = _number(stated)
        if found is None and not explicit:
            found = _last_number(stated)
        return None if found is None else found == number
    elif choice := _CHOICE.fullmatch(expected):
        given = _CHOICE.match(answer)
        return None if given is None else given[1] == choice[1]
    elif expected.lower() in _WORDS:
        first = re.split(r"\W", answer, maxsplit=1)[0].lower()
        return first == expected.lower() if first in _WORDS else None
    else:
        told = False
    return told or (None if "\\" in gold or expected in answer else False)


def conclusion(text: str) -> re.Match[str] | None:
    """The last words that announce an answer: `So, the final answer is`, `The answer:`, `**Answer:**`."""
    if _ANNOUNCED.search(text) is None:  # as in most texts, and the pattern is slow to say so
        return None
    announced = list(_CONCLUSION.finditer(text))
    return announced[-1] if announced else None


def _stated(text: str) -> tuple[str, bool]:
    """The final answer as written, and whether a marker sets it off from all else."""
    boxed = _boxed(text)
    if boxed is not None:
        return boxed, True
    for marker in (_TAGGED, _HASHES):
        if found := marker.findall(text):
            return found[-1], True
    announced = conclusion(text)
    return (text if announced is None else text[announced.end() :]), False


@lru_cache(maxsize=4096)
def _expected(gold: str) -> tuple[str, Fraction | None]:
    """The normal form of a right answer and the number it is; all samples of a prompt have the same."""
    return normal(gold), _number(gold)


def _boxed(text: str) -> str | None:
    r"""What the last `\boxed{…}` holds, its braces matched."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed")
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin + 1 : position]
    return None


def _unquoted(text: str) -> str:
    plain = text.strip()
    return plain[1:-1] if _QUOTED.fullmatch(plain) else plain


def normal(text: str) -> str:
    """One spelling: compatible characters, one kind of quotes, no white space beside signs.

    Between quotes white space stays.
    """
    plain = unicodedata.normalize("NFKC", text).replace('"', "'").strip(" \t\n.$`*")
    pieces = re.split(r"('[^']*')", plain)
    # Patterns without a group, replaced by a constant, stay out of Python: a third of the time.
    pieces[::2] = [_BESIDE_SIGNS.sub("", _BLANKS.sub(" ", piece)) for piece in pieces[::2]]
    return "".join(pieces).strip()


def _last_number(text: str) -> Fraction | None:
    """The last number of a sentence; None for formulas and lists, whose last is one of many."""
    if _FORMULA.search(text) or not re.search(r"[^\W\d_]{2}", text):
        return None
    numbers = _ANY_NUMBER.findall(text)
    return _number(numbers[-1]) if numbers else None


def _number(text: str) -> Fraction | None:
    """The number a text is, units and signs around it aside."""
    plain = unicodedata.normalize("NFKC", text.replace("−", "-")).strip()
    if len(plain) > 200:
        return None
    plain = _NAMED.sub("", _WRAPPED.sub(r" \1", plain.strip("$`*'\" ")))
    plain = _FRACTION.sub(lambda m: f"{m[1] or m[2]}/{m[3] or m[4]}", plain)
    plain = _UNITS.sub("", _NOISE.sub("", plain).rstrip(". ").strip())
    found = _NUMBER.fullmatch(plain)
    if found is None or not (found[2] or found[3]):
        return None
    whole, part, power, under = found[2] or "0", found[3] or "", found[4], found[5]
    if under is not None and int(under) == 0:
        return None
    value = Fraction(whole.replace(",", "") + part) * Fraction(10) ** int(power or 0)
    value = value / int(under or 1)
    return -value if found[1] else value
