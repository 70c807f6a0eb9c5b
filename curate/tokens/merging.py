"""Words met for the first time, counted by merging their byte pairs in a compiled loop.

A clause of Chinese is one word to most tokenizers, and hardly comes twice, so keeping what was counted
helps little. Merging is what there is to do about it: of all pairs of neighbours the one that was learnt first
becomes one token, the leftmost of equals, until no pair is left that was learnt (Sennrich, Haddow and Birch 2016).
"""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.pieces import UNSPACED
from curate.tokens.cuts import steps
from curate.tokens.engine import described, opened

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

_BLOCKS = "".join(f"{chr(block.start)}-{chr(block.stop - 1)}" for block in UNSPACED)
KINDS = {
    f" ?[A-Za-z{_BLOCKS}]{{1,42}}": ("word", "HTTPServer", "iOSApp", "中x文X字", "aのB", "Ab龥"),
    f" ?[{_BLOCKS}]{{1,42}}": (),
}
"""Words that may be merged here, and examples of them beside `WORDS`: a tokenizer must take all of these whole,
with a space in front, too. Longer ones take more time than the square of their length is worth."""
_MARKED = re.compile(r"[\x00-\x7f]{1,128}")
WORDS = ("一", "中文字符没有空格", "ひらがなとカタカナの混ざり", "龥ァヺぁゖ")


class Merges:
    """The byte pairs of one tokenizer, in the order in which they were learnt."""

    def __init__(
        self,
        words: re.Pattern[str],
        letters: Mapping[int, str],
        vocab: Mapping[str, int],
        pairs: Iterable[Sequence[str]],
        *,
        whole_first: bool = False,
    ) -> None:
        """`words` are those it takes whole; `letters` the tokens that their bytes are before any is merged.

        With `whole_first` a word that is a token is that one, whatever was learnt. Raises KeyError where `vocab`
        lacks a token.
        """
        self.words = words
        self._whole: Mapping[str, int] = vocab if whole_first else {}
        self._letters = np.zeros(256, np.int32)
        for byte, letter in letters.items():
            self._letters[byte] = vocab[letter]
        told = [(vocab[one], vocab[other], vocab[one + other]) for one, other in pairs]
        left, right, joined = np.array(told, np.int64).reshape(-1, 3).T
        self._joined = joined.astype(np.int32)
        self._keys = np.full(1 << (4 * len(told)).bit_length(), _FREE, np.uint64)
        self._ranks = np.zeros(self._keys.size, np.int32)
        _learn(left.astype(np.uint64) << _32 | right.astype(np.uint64), self._keys, self._ranks)

    def count(self, words: Sequence[str]) -> I64:
        """The tokens of every word."""
        written = [word.encode() for word in words]
        bounds = np.cumsum([0, *map(len, written)], dtype=np.int64)
        counts = np.zeros(len(words), np.int64)
        data = np.frombuffer(b"".join(written), np.uint8)
        _count(data, bounds, self._letters, self._keys, self._ranks, self._joined, counts)
        if self._whole:
            spelt = (word.decode("latin-1").translate(_SPELLING) for word in written)
            counts[[word in self._whole for word in spelt]] = 1
        return counts


@cache
def merges(tokenizer: Path, *, is_marked: bool = False) -> Merges | None:
    """The merges of a tokenizer, where some words come to them whole.

    They come byte by byte; or, where texts get to the model as they are but for U+2581 for spaces (`is_marked`),
    letter by letter, written with spaces.
    """
    model = described(tokenizer)["model"]
    odd = ("dropout", "continuing_subword_prefix", "end_of_word_suffix")
    if model["type"] != "BPE" or any(model.get(name) for name in odd):
        return None
    vocab = cast("dict[str, int]", model["vocab"])
    words, letters = _words(tokenizer), {byte: _SPELLING[byte] for byte in _BYTES}
    if is_marked:
        words, letters = _MARKED, _marked_letters(vocab)
    if words is None:
        return None
    pairs = cast("list[str | list[str]]", model["merges"])
    split = (pair.split(" ") if isinstance(pair, str) else pair for pair in pairs)
    try:
        whole_first = bool(model.get("ignore_merges"))
        return Merges(words, letters, vocab, split, whole_first=whole_first)
    except KeyError:
        return None


def _words(tokenizer: Path) -> re.Pattern[str] | None:
    """The words that a tokenizer takes whole and hands on byte by byte, if it is one that does."""
    told = described(tokenizer)
    before = steps(told.get("pre_tokenizer"), "pretokenizers")
    normalizers = steps(told.get("normalizer"), "normalizers")
    if (
        not any(step["type"] == "ByteLevel" for step in before)
        or any(step.get("add_prefix_space") for step in before)
        or any(step["type"] != "NFC" for step in normalizers)
    ):
        return None
    kinds = (
        re.compile(words)
        for words, examples in KINDS.items()
        if all(_is_taken_whole(word, tokenizer) for word in (*WORDS, *examples))
    )
    return next(kinds, None)


def _marked_letters(vocab: Mapping[str, int]) -> dict[int, str]:
    """What SentencePiece makes of ASCII: U+2581 of a space, its code of what is no token."""
    letters = {byte: chr(byte) for byte in range(128)}
    known = {byte: one if one in vocab else f"<0x{byte:02X}>" for byte, one in letters.items()}
    return known | {0x20: "▁"}


def _is_taken_whole(word: str, tokenizer: Path) -> bool:
    before = cast("Any", opened(tokenizer)).pre_tokenizer
    return all(len(before.pre_tokenize_str(space + word)) == 1 for space in ("", " "))


def _byte_letters() -> list[str]:
    """The letter that `ByteLevel` writes for each byte: itself where it is printed, else one from U+0100 on."""
    printed = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printed else next(others)) for byte in range(256)]


_BYTES = [0x20, *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *b"abcdefghijklmnopqrstuvwxyz", *range(0x80, 0xC0), *range(0xE3, 0xEA)]  # fmt: skip
"""Those of the words in UTF-8."""
_SPELLING = dict(enumerate(_byte_letters()))
_FREE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_NEVER = np.iinfo(np.int32).max
_32 = np.uint64(32)
_33 = np.uint64(33)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@compiled
def _place(key: np.uint64, keys: U64) -> int:
    """Where a key stands in a table of open addresses, or would."""
    mask = np.uint64(keys.size - 1)
    place = np.int64((key * _MIX >> _33) & mask)
    while keys[place] != key and keys[place] != _FREE:
        place = np.int64(np.uint64(place + 1) & mask)
    return place


@compiled
def _learn(pairs: U64, keys: U64, ranks: I32) -> None:
    for rank in range(pairs.size):
        place = _place(pairs[rank], keys)
        keys[place], ranks[place] = pairs[rank], rank


@compiled
def _rank(left: int, right: int, keys: U64, ranks: I32) -> int:
    """When a pair was learnt."""
    key = np.uint64(left) << _32 | np.uint64(right)
    place = _place(key, keys)
    return ranks[place] if keys[place] == key else _NEVER


@compiled
def _count(
    data: NDArray[np.uint8],
    bounds: I64,
    letters: I32,
    keys: U64,
    ranks: I32,
    joined: I32,
    counts: I64,
) -> None:
    longest = 1
    for word in range(counts.size):
        longest = max(longest, bounds[word + 1] - bounds[word])
    ids, learnt = np.empty(longest, np.int32), np.empty(longest, np.int32)
    for word in range(counts.size):
        begin, size = bounds[word], bounds[word + 1] - bounds[word]
        for at in range(size):
            ids[at] = letters[data[begin + at]]
        for at in range(size - 1):
            learnt[at] = _rank(ids[at], ids[at + 1], keys, ranks)
        while size > 1:
            first = 0
            for at in range(1, size - 1):
                if learnt[at] < learnt[first]:
                    first = at
            if learnt[first] == _NEVER:
                break
            ids[first] = joined[learnt[first]]
            size -= 1
            for at in range(first + 1, size):
                ids[at] = ids[at + 1]
                learnt[at - 1] = learnt[at]
            if first < size - 1:
                learnt[first] = _rank(ids[first], ids[first + 1], keys, ranks)
            if first:
                learnt[first - 1] = _rank(ids[first - 1], ids[first], keys, ranks)
        counts[word] = size
