"""Where a text may be cut so that its parts, tokenized apart, give the tokens of the whole.

A tokenizer first cuts a text by a rule that never looks back, and no token reaches over such a cut. The
rules public tokenizers have are few. For each, the tables here name pairs of neighbouring bytes between
which it always cuts, whatever stands around them; cutting less often than the rule does no harm, so bytes
beyond ASCII are mostly left alone. What is not known here is not cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.bool_]
"""256 x 256: whether to cut between a byte and the next."""


class Cuts(NamedTuple):
    """How texts of one tokenizer may be cut."""

    between: Table
    drops_space: bool
    """Whether a part behind a cut loses its first space: the tokenizer puts one before every text."""


def cuts(described: Mapping[str, Any]) -> Cuts | None:
    """Where texts may be cut for the tokenizer a `tokenizer.json` describes; None where it is not known."""
    model = cast("Mapping[str, Any]", described["model"])
    before = _steps(described.get("pre_tokenizer"), "pretokenizers")
    normalizers = _steps(described.get("normalizer"), "normalizers")
    rewriting = {str(step["type"]) for step in normalizers}
    if model.get("dropout"):
        return None
    if (rule := _byte_level(before)) is not None:
        return Cuts(rule, drops_space=False) if rewriting <= {"NFC"} else None
    match [step["type"] for step in before]:
        case []:
            # SentencePiece's pieces as byte pairs: spaces are written as U+2581, one more in front.
            if model["type"] == "BPE" and _marks_spaces(normalizers) and _words_stay_apart(model):
                return Cuts(_WORDS, drops_space=True)
        case ["Metaspace"] | ["WhitespaceSplit", "Metaspace"]:
            if before[-1].get("split", True) and rewriting <= _GENTLE:
                return Cuts(_WORDS, drops_space=False)
        case ["BertPreTokenizer"]:
            if rewriting <= {"BertNormalizer"}:
                return Cuts(_WORDS, drops_space=False)
        case _:
            pass
    return None


_GENTLE = {"Precompiled", "Replace", "NFC", "NFKC", "Lowercase", "Nmt"}
"""Normalizers that change no character for another's sake across a space."""


def _steps(step: Mapping[str, Any] | None, inside: str) -> list[Mapping[str, Any]]:
    if step is None:
        return []
    return (
        [part for each in step[inside] for part in _steps(each, inside)]
        if inside in step
        else [step]
    )


def _marks_spaces(normalizers: list[Mapping[str, Any]]) -> bool:
    return normalizers == [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]


def _words_stay_apart(model: Mapping[str, Any]) -> bool:
    """Whether no token reaches from one word into the next: then no merge of pairs ever does."""
    return not any("▁" in token.lstrip("▁") for token in model["vocab"])


# Bytes ----------------------------------------------------------------------------------------------

_SPACE, _BREAK, _LETTER, _DIGIT, _OTHER, _APOSTROPHE, _BEYOND, _PERHAPS_SPACE = range(8)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.full(256, _OTHER, np.uint8)
    for byte in range(128):
        letter = chr(byte)
        if letter.isalpha():
            kinds[byte] = _LETTER
        elif letter.isdigit():
            kinds[byte] = _DIGIT
    kinds[list(b" \t\v\f")] = _SPACE
    kinds[list(b"\n\r")] = _BREAK
    kinds[ord("'")] = _APOSTROPHE
    kinds[0x80:] = _BEYOND
    # Last bytes of U+0085, U+00A0, U+1680, U+2000 to 200A, 2028, 2029, 202F, 205F and 3000.
    kinds[[*range(0x80, 0x8B), 0x85, 0xA0, 0xA8, 0xA9, 0xAF, 0x9F]] = _PERHAPS_SPACE
    return kinds


_KINDS = _kinds()


def _table(*pairs: tuple[set[int], set[int]]) -> Table:
    table = np.zeros((256, 256), np.bool_)
    for left, right in pairs:
        table |= np.isin(_KINDS, list(left))[:, None] & np.isin(_KINDS, list(right))
    return table


def _only_space(table: Table) -> Table:
    """The cuts before a plain space alone."""
    kept = np.zeros_like(table)
    kept[:, ord(" ")] = table[:, ord(" ")]
    return kept


_VISIBLE = {_LETTER, _DIGIT, _OTHER, _APOSTROPHE, _BEYOND}
_WORDS = _only_space(_table((_VISIBLE, {_SPACE})))

# A run of letters, of digits or of signs is a token's bounds; an apostrophe may begin `'s` or end a run.
_RUNS = (({_LETTER}, {_DIGIT, _OTHER}), ({_DIGIT}, {_LETTER, _OTHER}), ({_OTHER}, {_DIGIT}))
_GPT2 = _table((_VISIBLE, {_SPACE, _BREAK}), *_RUNS, ({_OTHER}, {_LETTER}))
# Here a sign may belong to the letters behind it, and line breaks to the signs before them.
_CL100K = _table((_VISIBLE, {_SPACE}), ({_LETTER, _DIGIT}, {_BREAK}), *_RUNS)
_DIGITS = _table(({_DIGIT}, {_DIGIT}))

PATTERNS: dict[str, Table] = {
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+": _CL100K,
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+": _CL100K
    | _DIGITS,
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": _GPT2,
}
"""The expressions of Llama 3, of Qwen 2 and of GPT-2."""


def _byte_level(steps: list[Mapping[str, Any]]) -> Table | None:
    """The table of a pre-tokenizer that ends in bytes."""
    if not steps or steps[-1]["type"] != "ByteLevel" or steps[-1].get("add_prefix_space"):
        return None
    table = _GPT2 if steps[-1].get("use_regex", True) else None
    for step in steps[:-1]:
        match step:
            case {"type": "Digits", "individual_digits": True} if table is not None:
                table = table | _DIGITS
            case {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated"}:
                if table is not None or step.get("invert") or pattern not in PATTERNS:
                    return None
                table = PATTERNS[pattern]
            case _:
                return None
    return table
