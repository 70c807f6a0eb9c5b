"""Added tokens, which a tokenizer finds in a text before it does anything else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from curate.tokens.cuts import UncutError, steps


@dataclass(frozen=True)
class Added:
    """The added tokens of a tokenizer, by how they are found."""

    plain: tuple[str, ...] = ()
    """Those that are tokens wherever they stand, longest first; each may take white space behind it along."""
    awkward: tuple[str, ...] = ()
    """Those of which more must be known than where they stand."""
    is_folded: bool = False
    """Whether an awkward one may be written in capitals."""
    rewritten: str = ""
    """An expression for what may become, or stop being, an added token when the text is rewritten."""

    def keep_whole(self, texts: pl.Series) -> pl.Series:
        """Which texts must be encoded whole."""
        kept = pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True)
        if self.awkward:
            words = list(self.awkward)
            kept |= texts.str.contains_any(words, ascii_case_insensitive=self.is_folded)
        if self.rewritten:
            kept |= texts.str.contains(self.rewritten)
        return kept


def added_tokens(told: Mapping[str, Any]) -> Added:
    """The added tokens a `tokenizer.json` describes. Raises UncutError where they cannot be told in a text.

    Those marked as normalized are looked for in the text as rewritten, in what others leave.
    """
    tokens = [token for token in told.get("added_tokens") or () if token["content"]]
    kinds = {str(step["type"]) for step in steps(told.get("normalizer"), "normalizers")}
    contents = [str(token["content"]) for token in tokens]
    opens_blank = any(content[0].isspace() for content in contents)
    simple = {
        str(token["content"])
        for token in tokens
        if not (token.get("lstrip") or token.get("single_word"))
        and not (token.get("rstrip") and opens_blank)
    }
    late = {str(token["content"]) for token in tokens if token.get("normalized")}
    early = set(contents) - late
    awkward = set(contents) - simple
    awkward |= {content for content in late if _touches_any(content, early)}
    if not late or not kinds:
        return _made(contents, awkward)
    if kinds <= {"NFC"} and all(map(str.isascii, late)):
        # What NFC makes `;`, a grave accent and `K`; and signs with something to be composed with.
        return _made(contents, awkward, rewritten="[\u037e\u1fef\u212a]|[!-~]\\p{M}")
    if any(part.isspace() or part == "▁" for content in late for part in content):
        raise UncutError("it looks for added tokens with spaces in the text as rewritten")
    if kinds <= {"Prepend", "Replace"}:
        return _made(contents, awkward | late)
    return _made(contents, awkward | late, is_folded=True, rewritten=r"[^\t\n\r -~]")


def _made(
    contents: Collection[str],
    awkward: Collection[str],
    *,
    is_folded: bool = False,
    rewritten: str = "",
) -> Added:
    plain = sorted(set(contents) - set(awkward), key=lambda word: (-len(word), word))
    return Added(tuple(plain), tuple(sorted(awkward)), is_folded, rewritten)


def _touches_any(content: str, others: Collection[str]) -> bool:
    """Whether it may share characters of a text with one of the others."""
    return any(
        content in other
        or other in content
        or any(content.endswith(other[:size]) for size in range(1, len(other)))
        or any(other.endswith(content[:size]) for size in range(1, len(content)))
        for other in others
    )
