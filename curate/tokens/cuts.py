"""Where a text may be cut so that its parts, tokenized apart, give the tokens of the whole.

A tokenizer rewrites a text, cuts it by rules that never look back, and looks for tokens between the cuts.
`cuts` reads from its file where it always cuts, whatever stands around: between which byte of UTF-8 and
the next. Cutting less often than the tokenizer does no harm, so bytes beyond ASCII are mostly left alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from curate.pieces import SIGNS, UNSPACED
from curate.tokens.patterns import (
    BEYOND,
    BEYOND_SPACE,
    SPACES,
    Pattern,
    Symbol,
    UnknownPatternError,
)

Table = NDArray[np.bool_]
"""256 x 256: whether to cut between a byte and the next."""

GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""What `ByteLevel` cuts by unless told otherwise."""


class Cuts(NamedTuple):
    """How texts of one tokenizer may be cut."""

    between: Table
    drops_space: bool = False
    """Whether a part behind a cut loses its first space: the tokenizer puts one before every text."""
    marks: Literal["always", "once", "never"] | None = None
    """Whether a text gets to the model as it is but for U+2581 for spaces: with one more before it always, once (that
    is unless it has one; and only a word of ASCII does, with a space in front or not), or never. None where it does not."""
    unspaced: Table | None = None
    """131 x 3: whether to cut before a letter of Han, of kana, and before a sign that stands among those: after each
    byte of ASCII, and after each of the three (`pieces.UNSPACED`, `pieces.SIGNS`)."""


class UncutError(Exception):
    """It is not known where texts of a tokenizer may be cut; says why, as the end of a sentence."""


def cuts(described: Mapping[str, Any]) -> Cuts:
    """Where texts may be cut for the tokenizer a `tokenizer.json` describes. Raises UncutError."""
    model = cast("Mapping[str, Any]", described["model"])
    before = steps(described.get("pre_tokenizer"), "pretokenizers")
    normalizers = steps(described.get("normalizer"), "normalizers")
    if model.get("dropout"):
        raise UncutError("its model leaves out merges by chance")
    if _marks_spaces(normalizers):
        # What SentencePiece's byte pairs come as: spaces are written U+2581, and one may be put in front.
        if all(_splits_at_space(step) for step in before):
            prepends = _prepends(normalizers[0])
            return Cuts(_apart(model), prepends, "always" if prepends else "never")
        raise UncutError(f"nothing is known of its {_kinds(before)}")
    rewriting = {str(step["type"]) for step in normalizers}
    for step in normalizers:
        if not _stays_at_spaces(step):
            raise UncutError(f"its normalizer {step['type']} may join words")
    match before:
        case [{"type": "Metaspace", "split": False}]:
            table = _apart(model)
        case [{"type": "Metaspace"}]:
            table = _WORDS
        case [{"type": "WhitespaceSplit" | "Whitespace" | "BertPreTokenizer"}, *_]:
            # White space is gone before anything else happens, so it is all the same what else there is.
            return Cuts(
                _WORDS | _finer(before, rewriting), unspaced=_han_apart(before, normalizers)
            )
        case [{"type": "ByteLevel" | "Digits" | "Punctuation" | "Split"}, *_]:
            table = _patterned(before, rewriting)
        case _:
            raise UncutError(f"nothing is known of its {_kinds(before)}")
    is_kept = rewriting <= {"NFC"}
    return Cuts(
        table if is_kept else table & _PRINTED,
        marks=_marked(before[0], rewriting),
        unspaced=_unspaced(before, rewriting) if is_kept else None,
    )


def _marked(step: Mapping[str, Any], rewriting: set[str]) -> Literal["once"] | None:
    """How words get to the model behind a Metaspace; other pre-tokenizers cut them further."""
    is_plain = step["type"] == "Metaspace" and step.get("prepend_scheme", "always") == "always"
    as_is = {"NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Strip", "Replace"}
    return "once" if is_plain and step["replacement"] == "▁" and rewriting <= as_is else None


def steps(step: Mapping[str, Any] | None, inside: str) -> list[Mapping[str, Any]]:
    """The steps of a pre-tokenizer or normalizer, sequences taken apart."""
    if step is None:
        return []
    return (
        [part for each in step[inside] for part in steps(each, inside)]
        if step["type"] == "Sequence"
        else [step]
    )


def _kinds(before: Sequence[Mapping[str, Any]]) -> str:
    kinds = ", ".join(str(step["type"]) for step in before)
    return f"pre-tokenizer {kinds}" if kinds else "model without a pre-tokenizer"


# Normalizers -----------------------------------------------------------------------------------------

_LOCAL = {"NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Lowercase", "StripAccents", "BertNormalizer"}  # fmt: skip
"""Normalizers that look at characters, or at those that are composed: never over a space and a sign."""


def _stays_at_spaces(step: Mapping[str, Any]) -> bool:
    """Whether a step rewrites what stands before a space, and what begins with it, each for itself."""
    match step:
        case {"type": "Strip", "strip_left": False}:
            return True
        case {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " " | "▁"}:
            return True
        case {"type": kind}:
            return kind in _LOCAL
        case _:
            return False


def _prepends(step: Mapping[str, Any]) -> bool:
    return step == {"type": "Prepend", "prepend": "▁"}


def _marks_spaces(normalizers: Sequence[Mapping[str, Any]]) -> bool:
    marked = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    return [step for step in normalizers[:1] if not _prepends(step)] + list(normalizers[1:]) == [
        marked
    ]


# Bytes -----------------------------------------------------------------------------------------------

_PERHAPS_SPACE = sorted({ord(space.encode()[-1:]) for space in SPACES if not space.isascii()})
"""Last bytes of white space beyond ASCII."""
_BLANK = [ord(space) for space in SPACES if space.isascii()]


def _before_spaces(left: NDArray[np.bool_]) -> Table:
    table = np.zeros((256, 256), np.bool_)
    table[:, ord(" ")] = left
    return table


def _but(*bytes_: int) -> NDArray[np.bool_]:
    left = np.ones(256, np.bool_)
    left[list(bytes_)] = False
    return left


_WORDS = _before_spaces(_but(*_BLANK, *_PERHAPS_SPACE))
_IS_PRINTED = np.isin(np.arange(256), np.arange(0x21, 0x7F))
_PRINTED = _before_spaces(_IS_PRINTED)
"""No normalizer makes nothing, or a space, of these."""


# Models ----------------------------------------------------------------------------------------------


def _apart(model: Mapping[str, Any]) -> Table:
    """Cuts before words of a model that gets whole texts: where no token reaches from one into the next."""
    if model["type"] != "BPE" or model.get("ignore_merges"):
        raise UncutError("its model looks at whole texts")
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        raise UncutError("its model marks where texts begin or end")
    if "▁" not in model["vocab"]:
        raise UncutError("its model has no token for a space")
    for token in model["vocab"]:
        if "▁" in token.lstrip("▁"):
            raise UncutError(f"its token {token!r} reaches over two words")
    return _WORDS


# Pre-tokenizers --------------------------------------------------------------------------------------


def _splits_at_space(step: Mapping[str, Any]) -> bool:
    """Whether a pre-tokenizer only looks for spaces, of which none is left."""
    return step["type"] == "Split" and step["pattern"] == {"String": " "}


def _patterned(before: Sequence[Mapping[str, Any]], rewriting: set[str]) -> Table:
    """Cuts of pre-tokenizers that are expressions, one after the other.

    Where one cuts, what later ones do on either side does not depend on the other side. Earlier ones
    must not have done anything about the two characters: they pass.
    """
    found = _cut(before, _symbols(frozenset(rewriting)))
    # From symbols to bytes: what is beyond ASCII is told by its last byte, and nothing is cut before it.
    of = np.array([*range(128), *([128] * 128)])
    of[_PERHAPS_SPACE] = 129
    table = np.zeros((256, 256), np.bool_)
    table[:, :128] = found[of, :128]
    # An added token may take all white space behind it along.
    table[np.ix_([*_BLANK, *_PERHAPS_SPACE], _BLANK)] = False
    if _is_prefixed(before):
        table &= _before_spaces(np.ones(256, np.bool_))
    if not table.any():
        raise UncutError(f"nothing is known of its {_kinds(before)}")
    return table


def _cut(before: Sequence[Mapping[str, Any]], symbols: Sequence[Symbol]) -> Table:
    """Between which symbols pre-tokenizers cut; all with all."""
    found = np.zeros((len(symbols),) * 2, np.bool_)
    unseen = np.ones_like(found)
    for step in before:
        for pattern in _patterns(step):
            try:
                read = Pattern(pattern)
            except UnknownPatternError:
                raise UncutError(f"its expression {pattern} has parts that are not known") from None
            found |= unseen & read.cuts(symbols)
            unseen &= read.passes(symbols)
    return found


def _is_prefixed(before: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every part gets a space in front unless it has one."""
    return any(step["type"] == "ByteLevel" and step.get("add_prefix_space") for step in before)


def _unspaced(before: Sequence[Mapping[str, Any]], rewriting: set[str]) -> Table | None:
    """The cuts before letters and signs of scripts without spaces.

    Of the letters, those are asked about where expressions might make a difference: the ends of their blocks.
    """
    if _is_prefixed(before) or any(step["type"] == "Metaspace" for step in before):
        return None
    han, *kana = ((chr(block.start), chr(block.stop - 1)) for block in UNSPACED)
    symbols = [*_symbols(frozenset(rewriting))[:128], han, tuple(chain(*kana)), tuple(SIGNS)]
    return _cut(before, symbols)[:, 128:]


def _han_apart(
    before: Sequence[Mapping[str, Any]], normalizers: Sequence[Mapping[str, Any]]
) -> Table | None:
    """The same where BERT's normalizer puts spaces around every letter of Han, and white space is all that counts."""
    match before, normalizers:
        case [{"type": "BertPreTokenizer"}], [{"type": "BertNormalizer"} as step]:
            table = np.zeros((131, 3), np.bool_)
            table[:, 0] = table[128, :] = step.get("handle_chinese_chars", True)
            return table
        case _:
            return None


def _finer(before: Sequence[Mapping[str, Any]], rewriting: set[str]) -> Table:
    """Cuts between printed characters of ASCII, where normalizers leave them what they are."""
    if not rewriting <= {
        "NFC",
        "NFD",
        "NFKC",
        "NFKD",
        "Lowercase",
        "StripAccents",
        "BertNormalizer",
    }:
        return np.zeros_like(_WORDS)
    try:
        return _patterned(before, rewriting) & _IS_PRINTED[:, None] & _IS_PRINTED
    except UncutError:
        return np.zeros_like(_WORDS)


def _patterns(step: Mapping[str, Any]) -> list[str]:
    """The expressions whose matches a pre-tokenizer sets apart, one after the other."""
    match step:
        case {"type": "ByteLevel"}:
            return [GPT_2] if step.get("use_regex", True) else []
        case {"type": "Digits"}:
            return [r"\p{N}" if step.get("individual_digits") else r"\p{N}+"]
        case {"type": "WhitespaceSplit"}:
            return [r"\S+"]
        case {"type": "Whitespace"}:
            return [r"\w+|[^\w\s]+"]
        case {"type": "BertPreTokenizer"}:
            return [r"\S+", _PUNCTUATION]
        case {"type": "Punctuation", "behavior": "Isolated" | "Removed"}:
            return [_PUNCTUATION]
        case {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated" | "Removed"}:
            return [str(pattern)]
        case _:
            raise UncutError(f"nothing is known of its pre-tokenizer {step['type']}")


_PUNCTUATION = r"[!-/:-@\[-`{-~\p{P}]"


def _symbols(rewriting: frozenset[str]) -> list[Symbol]:
    """What a pre-tokenizer may find where the text has an ASCII character, or one beyond."""
    ascii_ = [{chr(code)} for code in range(128)]
    beyond, space = {BEYOND}, {BEYOND_SPACE}
    if "NFC" in rewriting:
        composed, singles = _composed()
        for character, more in composed.items():
            ascii_[ord(character)] |= more
        beyond |= singles
    if rewriting & {"Lowercase", "BertNormalizer"}:
        ascii_ = [one | {character.lower() for character in one} for one in ascii_]
    return [tuple(sorted(one)) for one in [*ascii_, beyond, space]]


@cache
def _composed() -> tuple[dict[str, set[str]], set[str]]:
    """What ASCII characters become with marks behind them; and those that others are rewritten to."""
    composed: dict[str, set[str]] = {}
    singles: set[str] = set()
    for character in map(chr, range(0x80, 0x2300)):
        whole = unicodedata.normalize("NFC", character)
        apart = unicodedata.normalize("NFD", character)
        if whole.isascii():
            singles.add(whole)
        elif apart[0].isascii():
            composed.setdefault(apart[0], set()).add(character)
    return composed, singles
