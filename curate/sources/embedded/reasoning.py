"""A miniature of a reasoning mix: problems thought through before they are answered."""

from __future__ import annotations

from typing import Any

from curate.sources.embedded.chat import turns
from curate.sources.embedded.dice import Dice
from curate.sources.embedded.problems import PROBLEMS, Solved

_AGAIN = (
    "Thanks! Here is another one. {question}",
    "And now this, please. {question}",
    "I see. Then what about the following? {question}",
    "Good. One more: {question}",
)


def thought_out(solved: Solved) -> str:
    """Thinking and reply as one assistant text."""
    return f"<think>\n{solved.thinking}\n</think>\n\n{solved.reply}"


def record(dice: Dice) -> dict[str, Any]:
    """One record in the columns of the reference's conversations with thinking."""
    problem = dice.pick(PROBLEMS)
    first = problem(dice, dice, 0)
    said = [first.question, thought_out(first)]
    source = f"{problem.__name__}_think"
    if dice.below(6) == 0:
        second = dice.pick(PROBLEMS)(dice, dice, 0)
        said += [dice.pick(_AGAIN).format(question=second.question), thought_out(second)]
        source = "multi_turn_think"
    return {
        "messages": turns(*said),
        "chat_template_kwargs": {
            "custom_instructions": "",
            "enable_thinking": True,
            "python_tools": [],
            "xml_tools": [],
        },
        "source": source,
    }
