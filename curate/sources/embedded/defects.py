"""Faults of public data, planted where they can be counted.

Every `BLOCK` records hold each fault of their miniature once, at places that the position alone
decides, so that counting them needs no record. Two faults repeat an earlier record; the others spoil
the record that would have stood there.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

from curate.sources.embedded.chat import turns
from curate.sources.embedded.dice import Dice
from curate.sources.embedded.languages import exchange

Record = dict[str, Any]
Spoil = Callable[[Record, Dice], None]
"""Changes a record that was made for nobody else."""

BLOCK = 256
EXACT_DUPLICATE = "exact_duplicate"
NEAR_DUPLICATE = "near_duplicate"

_STRIDE = 167
"""Odd, so that each place of a block is met exactly once."""

LEAKED: tuple[tuple[str, str], ...] = (
    (
        "A baker fills 14 trays with 24 rolls each. She sells 198 rolls before noon and packs the rest in bags of 6. How many bags does she fill?",
        "14 × 24 = 336 rolls, 336 - 198 = 138 are left, and 138 ÷ 6 = 23. She fills 23 bags.",
    ),
    (
        "Three pipes fill a tank in 6, 8 and 24 hours, each on its own. How many hours do they need together?",
        "Per hour they fill 1/6 + 1/8 + 1/24 = 8/24, so they need 3 hours.",
    ),
    (
        "A train of 240 metres passes a bridge of 360 metres in 30 seconds. What is its speed in kilometres per hour?",
        "It covers 600 metres in 30 seconds, that is 20 metres per second, or 72 kilometres per hour.",
    ),
    (
        "Nina reads 18 pages on the first day and 4 more on each following day. After how many days has she read 270 pages?",
        "The sum 18 + 22 + 26 + … reaches 270 after 9 days, since 9 × 18 + 4 × 36 = 306 and 8 × 18 + 4 × 28 = 256 is too few.",
    ),
)
"""Questions as of a benchmark, with their answers; no other record holds them."""


def defect(like: str, seed: int, index: int) -> str | None:
    """The fault of the record at this index, or None; the first record has none."""
    place = (index * _STRIDE + index // BLOCK * 59 + seed * 13) % BLOCK
    names = _NAMES[like]
    return names[place] if index and place < len(names) else None


def original(like: str, seed: int, index: int) -> int:
    """Which earlier record, itself without fault, a duplicate at this index repeats."""
    earlier = index - 1 - Dice(seed, b"original", index).below(min(index, 4 * BLOCK))
    while defect(like, seed, earlier):
        earlier -= 1
    return earlier


# Texts -------------------------------------------------------------------------------------------

_SENTENCE = re.compile(r"\S[^.!?\n]*[.!?](?=\s|$)")
_THOUGHT = re.compile(r"<think>\n(.*)\n</think>\n\n", re.DOTALL)


def _answer(text: str) -> str:
    return _THOUGHT.sub("", text)


def _unclosed(text: str) -> str:
    """As at the end of a token limit: no closing marker, no answer."""
    end = text.index("</think>")
    return text[: end * 2 // 3]


def _unopened(text: str) -> str:
    return text.removeprefix("<think>\n")


def _looping(text: str) -> str:
    """The last sentence said so often that the limit ends it; inside thinking, where there is any."""
    body, closing, rest = text.rpartition("\n</think>")
    body, rest = (body, closing + rest) if closing else (text, "")
    last = _SENTENCE.findall(body)[-1:] or ["And so on."]
    return body + f" {last[0]}" * 60 + rest


def _emptied(text: str) -> str:
    return text.removesuffix(_answer(text))


def _sprawling(text: str) -> str:
    """Far longer than any budget, without a repeated line."""
    start = zlib.crc32(text.encode())
    return f"{text}\n\n" + "\n".join(
        f"In row {number} the value {number * number % 9973} stands beside {number % 7919}, and page "
        f"{number % 613} has more to say about {number * 31 % 1009} and what follows from it."
        for number in range(start, start + 200)
    )


def _broken_emoji(text: str) -> str:
    """Half of a surrogate pair, as left by programs that cut UTF-16 in the middle."""
    return f"{text} \ud83d"


def _carriage_returns(text: str) -> str:
    return text.replace("\n", "\r\n") + "\r\n"


# Conversations -----------------------------------------------------------------------------------


def _in_last_turn(change: Callable[[str], str]) -> Spoil:
    def spoil(record: Record, _dice: Dice) -> None:
        last = record["messages"][-1]
        last["content"] = change(last["content"])

    return spoil


def _in_first_turn(change: Callable[[str], str]) -> Spoil:
    def spoil(record: Record, _dice: Dice) -> None:
        first = record["messages"][0]
        first["content"] = change(first["content"])

    return spoil


def _translated(record: Record, dice: Dice) -> None:
    foreign = exchange(dice)
    thought = "<think>" in record["messages"][-1]["content"]
    before = f"<think>\n{foreign.thinking}\n</think>\n\n" if thought else ""
    record["messages"] = turns(foreign.question, before + foreign.answer)


def _role_order(record: Record, _dice: Dice) -> None:
    record["messages"].reverse()


def _leaked(record: Record, dice: Dice) -> None:
    question, answer = dice.pick(LEAKED)
    thought = "<think>" in record["messages"][-1]["content"]
    before = "<think>\nOne step after the other.\n</think>\n\n" if thought else ""
    record["messages"] = turns(question, before + answer) + record["messages"]


def _thinking_aloud(record: Record, _dice: Dice) -> None:
    last = record["messages"][-1]
    last["content"] = (
        f"<think>\nThe user wants help. I should be brief.\n</think>\n\n{last['content']}"
    )


_CONVERSATIONS: dict[str, Spoil | None] = {
    EXACT_DUPLICATE: None,
    NEAR_DUPLICATE: None,
    "other_language": _translated,
    "empty_answer": _in_last_turn(_emptied),
    "repetition": _in_last_turn(_looping),
    "role_order": _role_order,
    "over_long": _in_last_turn(_sprawling),
    "lone_surrogate": _in_last_turn(_broken_emoji),
    "crlf": _in_first_turn(_carriage_returns),
    "benchmark_leak": _leaked,
}

# Pairs -------------------------------------------------------------------------------------------


def _in_side(side: str, change: Callable[[str], str]) -> Spoil:
    def spoil(record: Record, _dice: Dice) -> None:
        last = record[side][-1]
        last["content"] = change(last["content"])

    return spoil


def _translated_pair(record: Record, dice: Dice) -> None:
    foreign = exchange(dice)
    record["prompt"] = foreign.question
    for side, number in (("chosen", 3), ("rejected", 1)):
        sentences = foreign.answer.split(". ")
        answer = ". ".join(sentences[:number]).removesuffix(".")
        text = f"<think>\n{foreign.thinking}\n</think>\n\n{answer}."
        record[side] = turns(foreign.question, text)


def _identical(record: Record, _dice: Dice) -> None:
    record["rejected"] = [dict(turn) for turn in record["chosen"]]


def _swapped(record: Record, _dice: Dice) -> None:
    record["chosen"], record["rejected"] = record["rejected"], record["chosen"]


def _inverted(record: Record, _dice: Dice) -> None:
    record["score_chosen"], record["score_rejected"] = (
        record["score_rejected"],
        record["score_chosen"],
    )


# Samples -----------------------------------------------------------------------------------------


def _in_completion(change: Callable[[str], str]) -> Spoil:
    def spoil(record: Record, _dice: Dice) -> None:
        completion = record["completions"][0]
        text = _as_thinking(completion["full_model_response"])
        completion["full_model_response"] = change(text)

    return spoil


def _as_thinking(text: str) -> str:
    """Working that stands before an answer, made thinking."""
    if "<think>" in text:
        return text
    return "<think>\n" + text.replace("\n\n<answer>", "\n</think>\n\n<answer>")


def _misgraded(record: Record, _dice: Dice) -> None:
    for completion in record["completions"]:
        completion["score"] = 1.0 - completion["score"]
    record["best_score"] = max(completion["score"] for completion in record["completions"])
    record["mean_score"] = 1.0 - record["mean_score"]


DEFECTS: dict[str, dict[str, Spoil | None]] = {
    "chat": {**_CONVERSATIONS, "stray_thinking": _thinking_aloud},
    "reasoning": {
        **_CONVERSATIONS,
        "unclosed_thinking": _in_last_turn(_unclosed),
        "no_opening": _in_last_turn(_unopened),
    },
    "preference": {
        EXACT_DUPLICATE: None,
        NEAR_DUPLICATE: None,
        "other_language": _translated_pair,
        "empty_answer": _in_side("chosen", _emptied),
        "repetition": _in_side("chosen", _looping),
        "unclosed_thinking": _in_side("rejected", _unclosed),
        "over_long": _in_side("rejected", _sprawling),
        "identical_pair": _identical,
        "swapped_pair": _swapped,
        "inverted_scores": _inverted,
        "lone_surrogate": _in_side("chosen", _broken_emoji),
        "crlf": _in_side("rejected", _carriage_returns),
    },
    "samples": {
        EXACT_DUPLICATE: None,
        "empty_answer": _in_completion(_emptied),
        "repetition": _in_completion(_looping),
        "unclosed_thinking": _in_completion(_unclosed),
        "no_opening": _in_completion(_unopened),
        "over_long": _in_completion(_sprawling),
        "inverted_scores": _misgraded,
        "lone_surrogate": _in_completion(_broken_emoji),
        "crlf": _in_completion(_carriage_returns),
    },
}
"""The faults of each miniature, and how each spoils a record; None for those that repeat another."""

_NAMES = {like: tuple(faults) for like, faults in DEFECTS.items()}

# Near-duplicates ---------------------------------------------------------------------------------

_GREETINGS = ("Hello!", "Hi!", "Please:", "Quick question:", "Hey,")
_ENDINGS = ("Enjoy!", "Bye!", "Cheers!", "Ask again anytime.", "Done.")


def resemble(record: Record, dice: Dice) -> None:
    """Change a few words of a record.

    Only texts of 24 words or more are touched, at their two ends, by at most three words: of the
    five-word shingles of such a text at least 20 stay and at most three come in, so that the
    Jaccard similarity of prompts, of answers and of whole conversations is 0.86 or more.
    """
    greeting, ending = dice.pick(_GREETINGS), dice.pick(_ENDINGS)
    if "messages" in record:
        _resemble(record["messages"], greeting, ending)
        return
    for side in ("chosen", "rejected"):
        _resemble(record[side], greeting, ending)
    record["prompt"] = record["chosen"][0]["content"]


_TOUCHED = 24


def _resemble(messages: list[dict[str, str]], greeting: str, ending: str) -> None:
    last = messages[-1]
    for message in messages:
        if message["role"] == "user" and len(message["content"].split()) >= _TOUCHED:
            message["content"] = f"{greeting} {message['content']}"
    thought = _THOUGHT.match(last["content"])
    if thought and len(thought[1].split()) >= _TOUCHED:
        last["content"] = last["content"].replace("<think>\n", "<think>\nHm. ", 1)
    if len(_answer(last["content"]).split()) >= _TOUCHED:
        last["content"] = f"{last['content']} {ending}"
