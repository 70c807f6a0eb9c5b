"""The `pair` shape: two answers to one prompt, one of them better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from curate.errors import Problem, ShapeError
from curate.rows import Kind, Message, Row, assistant
from curate.shapes.dialogue import is_dialogue, parse
from curate.shapes.instruction import QUESTION, asked
from curate.shapes.messages import CONVERSATION
from curate.shapes.path import Path
from curate.shapes.prompt_completion import text_at
from curate.shapes.shape import PROSE, TEXT, TURNS, Part, Shape, missing
from curate.shapes.turns import PLAIN

Turns = tuple[Message, ...]

_SIDE = TEXT | TURNS | {"turn"}
_VOTES = {"0": 0, "tie": 0, "1": 1, "a": 1, "model_a": 1, "2": 2, "b": 2, "model_b": 2}


class Pair(Shape):
    r"""A prompt with a better and a worse answer: a preference row.

    prompt: a text, a list of turns, or a transcript; where there is none, it is what the two sides
        have in common, and where they are bare texts, the prompt is empty.
    input: put behind a prompt that is a text, after a blank line.
    chosen, rejected: each a text, one turn, a list of turns (the continuation, or the whole
        conversation) or a whole `\n\nHuman: …` transcript.
    first, second, better: instead of chosen and rejected, two answers and which of them is better,
        1 or 2 (also a or b); several voters, as in `better: judge1, judge2, judge3`, decide by majority,
        and a record without a majority for one of the two gives no row.
    """

    name = "pair"
    kind: ClassVar[Kind] = "preference"
    parts: ClassVar[tuple[Part, ...]] = (
        Part(
            "chosen",
            (
                ("chosen", "chosen_messages", "chosen_response", "preferred"),
                ("sentence_good",),
                ("answer_matching_behavior",),
            ),
            _SIDE,
        ),
        Part(
            "rejected",
            (
                ("rejected", "rejected_messages", "rejected_response", "dispreferred"),
                ("sentence_bad",),
                ("answer_not_matching_behavior",),
            ),
            _SIDE,
        ),
        Part("first", (("output_1", "response1", "response_a", "response_1"),), _SIDE),
        Part("second", (("output_2", "response2", "response_b", "response_2"),), _SIDE),
        Part("better", (("label", "preference", "winner"),), PROSE),
        Part(
            "prompt",
            (("prompt",), ("instruction", *QUESTION), CONVERSATION, ("input",)),
            TEXT | TURNS,
        ),
        Part("input", (("input", "context"),), PROSE),
    )
    needs = (("chosen", "rejected"), ("first", "second", "better"))
    before = frozenset(
        {"messages", "sharegpt", "transcript", "instruction", "prompt_completion", "samples"}
    )

    def rows(self, record: Any) -> Sequence[Row]:
        """One preference row, or none where the voters disagree."""
        if self.has("chosen"):
            sides = "chosen", "rejected"
        else:
            better = self._better(record)
            if better is None:
                return ()
            sides = ("first", "second") if better == 1 else ("second", "first")
        good, bad = (self._side(side, record) for side in sides)
        if isinstance(good, str) and isinstance(bad, str):
            prompt = self._prompt(record)
            if prompt is None and is_dialogue(good) and is_dialogue(bad):
                return (_implicit(parse(good), parse(bad)),)
            return (Row(prompt or (), (assistant(good),), (assistant(bad),)),)
        chosen, rejected = _as_turns(good), _as_turns(bad)
        if not chosen or not rejected:
            raise ShapeError(f"`{self.places[sides[0 if not chosen else 1]]}` has no turns")
        if chosen[0].role == rejected[0].role == "assistant":
            return (Row(self._prompt(record) or (), chosen, rejected),)
        return (_implicit(chosen, rejected),)

    def _side(self, part: str, record: Any) -> Turns | str:
        place = self.places.get(part)
        value = place.value(record) if place else None
        if place is None or value is None:
            raise missing(self, part)
        return PLAIN.read(value, place.text) if _is_turns(value) else text_at(place, record)

    def _prompt(self, record: Any) -> Turns | None:
        """The turns before the two sides; None where the record has no prompt."""
        value = self.value("prompt", record)
        if value is None:
            return None
        if _is_turns(value):
            return PLAIN.read(value, self.places["prompt"].text)
        if isinstance(value, str) and is_dialogue(value):
            turns = parse(value)
            return turns[:-1] if turns[-1] == _UNSAID else turns
        return (Message("user", asked(self, "prompt", record)),)

    def _better(self, record: Any) -> int | None:
        """Which side most voters prefer; None where none has more than half of the votes."""
        place: Path = self.places["better"]
        value = place.value(record)
        voters = cast("list[Any]", value) if isinstance(value, list) else [value]
        votes = [_VOTES.get(str(voter).lower(), -1) for voter in voters]
        if -1 in votes:
            raise ShapeError(
                Problem(
                    f"`{place}` is {voters[votes.index(-1)]!r}, neither 1 nor 2",
                    help="Write 1 where the first answer is better, 2 for the second, 0 for a tie.",
                )
            )
        winner, count = Counter(votes).most_common(1)[0]
        return winner if winner and count * 2 > len(votes) else None


_UNSAID = Message("assistant", "")


def _is_turns(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _as_turns(side: Turns | str) -> Turns:
    return (assistant(side),) if isinstance(side, str) else side


def _implicit(chosen: Turns, rejected: Turns) -> Row:
    """A row whose prompt is what both sides begin with, up to the last turn of the shorter one.

    Raises ShapeError where the two sides part before an answer.
    """
    limit = min(len(chosen), len(rejected)) - 1
    shared = next((at for at in range(limit) if chosen[at] != rejected[at]), limit)
    good, bad = chosen[shared:], rejected[shared:]
    if good[0].role == bad[0].role == "assistant" and (
        shared == 0 or chosen[shared - 1].role != "assistant"
    ):
        return Row(chosen[:shared], good, bad)
    raise ShapeError(
        Problem(
            f"chosen and rejected part at turn {shared + 1}, "
            f"which is from {good[0].role} and {bad[0].role}: they have no prompt in common",
            help="Leave such records out with `on_bad_row: reject`.",
        )
    )
