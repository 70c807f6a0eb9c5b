"""Thinking set apart from the answer it led to.

A reasoning model writes `<think>…</think>` and then its answer. Published traces spell the markers
in many ways; all those of `SPELLINGS` are understood. `split` loses nothing: `join(split(text))` is
`text`, for every string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPEN = "<think>"
CLOSE = "</think>"

SPELLINGS: tuple[tuple[str, str], ...] = (
    (OPEN, CLOSE),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<Thought>", "</Thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
)
"""Opening and closing markers seen in published data, the canonical pair first."""

ANSWERS: tuple[tuple[str, str], ...] = (
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<Output>", "</Output>"),
)
"""Markers around the answer that some of those spellings bring along."""

_CLOSES: dict[str, str] = {**dict(SPELLINGS)}
_LEAD = re.compile(r"\s*(" + "|".join(re.escape(opened) for opened, _ in SPELLINGS) + ")")
_ANSWER = re.compile(
    r"(\s*)(" + "|".join(re.escape(opened) for opened, _ in ANSWERS) + r")(.*)\Z", re.DOTALL
)
_ANSWER_CLOSES: dict[str, str] = {**dict(ANSWERS)}


@dataclass(frozen=True)
class Thought:
    """One assistant text, taken apart; the five parts in order are the text.

    `thinking` is None where there is no closed block at the start of the text; then all of the text
    is `content`.
    """

    content: str
    thinking: str | None = None
    opening: str = ""
    closing: str = ""
    ending: str = ""

    @property
    def is_canonical(self) -> bool:
        """Whether `<think>`, thinking, `</think>` and content alone give back the text."""
        return self.thinking is None or (self.opening, self.closing, self.ending) == (
            OPEN,
            CLOSE,
            "",
        )


def opens(text: str) -> bool:
    """Whether a text starts with an opening marker."""
    return _LEAD.match(text) is not None


def split(text: str, *, implied_opening: bool = False) -> Thought:
    """Take a leading thinking block off an assistant text.

    The first closing marker after the leading opening one ends the block, so an answer may mention
    the marker. White space before the block goes to `opening`; white space after it stays with
    the content. `implied_opening` also accepts a closing marker without an opening one, as written by
    models whose prompt already opens the block.
    """
    lead = _LEAD.match(text)
    if lead is None:
        if implied_opening and OPEN not in text and CLOSE in text:
            thinking, content = text.split(CLOSE, 1)
            return Thought(content, thinking, "", CLOSE)
        return Thought(text)
    closing = _CLOSES[lead[1]]
    end = text.find(closing, lead.end())
    if end < 0:
        return Thought(text)
    thinking, content = text[lead.end() : end], text[end + len(closing) :]
    wrapped = _ANSWER.match(content) if lead[1] != OPEN else None
    if wrapped is None:
        return Thought(content, thinking, lead[0], closing)
    answer_closing = _ANSWER_CLOSES[wrapped[2]]
    body, found, rest = wrapped[3].rpartition(answer_closing)
    if not found or rest.strip():
        return Thought(content, thinking, lead[0], closing)
    return Thought(body, thinking, lead[0], closing + wrapped[1] + wrapped[2], found + rest)


def join(thought: Thought) -> str:
    """Put an assistant text back together, as it was."""
    return (
        thought.opening
        + (thought.thinking or "")
        + thought.closing
        + thought.content
        + thought.ending
    )


def fold(thinking: str | None, content: str | None) -> str:
    """Write thinking and content as one text, in the canonical spelling."""
    if thinking is None:
        return content or ""
    return f"{OPEN}{thinking}{CLOSE}{content or ''}"
