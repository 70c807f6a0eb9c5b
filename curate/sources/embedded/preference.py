"""A miniature of a preference mix: a careful answer beside a careless one."""

from __future__ import annotations

from typing import Any

from curate.fingerprint import digest
from curate.sources.embedded.chat import constrained, turns
from curate.sources.embedded.dice import Dice
from curate.sources.embedded.problems import PROBLEMS, SLIPS
from curate.sources.embedded.reasoning import thought_out

_HASTE = (
    "This looks easy. My guess: {answer}.",
    "No need to write anything down. Surely: {answer}.",
    "I have seen something like it before, and I remember the answer: {answer}.",
    "Roughly estimated: {answer}. I will not check it.",
)
_PLANS = (
    "There are {count} rules to keep:\n{rules}\n\nI will pick what fits, and then count the points.",
    "Let me list what is asked, so that nothing is lost.\n{rules}\n\nThat makes {count}. Now the text.",
    "The form matters as much as the advice here.\n{rules}\n\nI check these {count} at the end again.",
)
_NEGLECT = (
    "They want some advice. I will write down what comes to mind.",
    "A few sentences will do; the details of the form are not that important.",
    "I know this topic, so I can answer right away.",
)


def record(dice: Dice) -> dict[str, Any]:
    """One record in the columns of the reference's preference data."""
    prompt, chosen, rejected, category, dataset = (
        _instructed(dice) if dice.below(4) == 0 else _calculated(dice)
    )
    return {
        "prompt": prompt,
        "chosen": turns(prompt, chosen),
        "rejected": turns(prompt, rejected),
        "category": category,
        "prompt_id": digest(prompt).hex(),
        "dataset": dataset,
        "score_chosen": dice.between(70, 100) / 10,
        "score_rejected": dice.between(10, 55) / 10,
    }


def _calculated(dice: Dice) -> tuple[str, str, str, str, str]:
    problem, facts = dice.pick(PROBLEMS), dice.fork()
    right = problem(Dice(*facts), dice, 0)
    wrong = problem(Dice(*facts), dice, dice.pick(SLIPS))
    if dice.below(3) == 0:
        wrong = wrong._replace(thinking=dice.pick(_HASTE).format(answer=wrong.answer))
    return (
        right.question,
        thought_out(right),
        thought_out(wrong),
        "reasoning",
        f"{problem.__name__}_pairs",
    )


def _instructed(dice: Dice) -> tuple[str, str, str, str, str]:
    task = constrained(dice)
    plan = dice.pick(_PLANS).format(
        count=len(task.rules), rules="\n".join(f"- {rule}" for rule in task.rules)
    )
    return (
        task.prompt,
        f"<think>\n{plan}\n</think>\n\n{task.kept}",
        f"<think>\n{dice.pick(_NEGLECT)}\n</think>\n\n{task.broken}",
        "instruction_following",
        "personas_pairs",
    )
