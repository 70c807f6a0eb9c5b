"""A miniature of graded samples: one question, several answers, a score for each."""

from __future__ import annotations

from typing import Any

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.problems import PROBLEMS, SLIPS


def record(dice: Dice) -> dict[str, Any]:
    """One record in the columns of Reasoning Gym's evaluation files."""
    problem, facts = dice.pick(PROBLEMS), dice.fork()
    completions: list[dict[str, Any]] = []
    truth = problem(Dice(*facts), dice, 0)
    for _ in range(dice.between(3, 6)):
        slip = dice.pick(SLIPS) if dice.below(5) < 2 else 0
        solved = problem(Dice(*facts), dice, slip)
        completions.append(
            {
                "model_answer": solved.answer,
                "full_model_response": f"<think>\n{solved.thinking}\n</think>\n\n"
                f"{solved.reply}\n\n<answer>{solved.answer}</answer>",
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
