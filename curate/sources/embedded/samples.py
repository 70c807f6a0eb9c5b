"""A miniature of graded samples: one question, several answers, a score for each."""

from __future__ import annotations

from typing import Any

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.problems import PROBLEMS, SLIPS, Solved
from curate.sources.embedded.reasoning import thought_out


def record(dice: Dice) -> dict[str, Any]:
    """One record in the columns of Reasoning Gym's evaluation files."""
    problem, facts = dice.pick(PROBLEMS), dice.fork()
    write = dice.pick((_thought, _thought, _shown))
    truth = problem(Dice(*facts), dice, 0)
    completions: list[dict[str, Any]] = []
    for _ in range(dice.between(3, 6)):
        slip = dice.pick(SLIPS) if dice.below(5) < 2 else 0
        solved = problem(Dice(*facts), dice, slip)
        completions.append(
            {
                "model_answer": solved.answer,
                "full_model_response": write(solved),
                "score": 0.0 if slip else 1.0,
            }
        )
    scores = [completion["score"] for completion in completions]
    return {
        "question": truth.question,
        "expected_answer": truth.answer,
        "best_score": max(scores),
        "mean_score": sum(scores) / len(scores),
        "completions": completions,
    }


def _thought(solved: Solved) -> str:
    """As a reasoning model writes."""
    return f"{thought_out(solved)}\n\n<answer>{solved.answer}</answer>"


def _shown(solved: Solved) -> str:
    """As a model writes that was told to show its working."""
    return f"{solved.thinking}\n\n<answer>{solved.answer}</answer>"
