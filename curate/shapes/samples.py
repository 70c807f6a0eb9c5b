"""The `samples` shape: several answers to one prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import polars as pl

from curate.errors import Problem, ShapeError
from curate.rows import Message, Row, assistant, prompt_key
from curate.shapes.extras import TYPES, read_extra
from curate.shapes.instruction import QUESTION, asked
from curate.shapes.path import Path, a, as_text
from curate.shapes.shape import PROSE, TEXT, TURNS, Part, Shape, missing
from curate.shapes.turns import PLAIN

_TEXTS = ("full_model_response", "text", "response", "output", "completion", "solution", "content")
_PARALLEL = frozenset({"list", "texts"})

_INSIDE = {
    "score": ("score", "reward"),
    "correct": ("correct", "is_correct"),
    "step_scores": ("step_scores",),
    "answer": ("model_answer", "answer"),
}
"""What a sample that is an object says of itself, and the fields public data says it in."""


class Samples(Shape):
    """Several answers to one prompt, with what is known of each: one row a sample.

    prompt: what was asked, a text or a list of turns.
    input: put behind a prompt that is a text, after a blank line.
    outputs: the samples: a list of texts or of objects; several columns may be named with commas
        between them.
    text: where in such an object the text stands.
    score: how good a sample is, a number; true or false fills `correct` as well.
    correct: whether it is right, true or false.
    step_scores: the scores of its steps, a list of numbers; a list found as `score` counts as this.
    answer: what it answers, where that has been taken out of it.
    gold: what it should answer; one for all samples of the prompt.

    Score, correct, step_scores and answer are looked for in the sample's object first, then in the
    record, as a list as long as the outputs or one value for all. They travel as columns of these
    names, with `gold`.
    """

    name = "samples"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("prompt", (("prompt",), ("instruction", *QUESTION), ("input",)), TEXT | TURNS),
        Part("input", (("input", "context"),), PROSE),
        Part(
            "outputs",
            (
                ("completions", "samples", "outputs", "output", "generations", "responses"),
                ("response",),
                ("code",),
            ),
            frozenset({"texts", "objects"}),
        ),
        Part("text", is_inner=True),
        Part("score", (("score",), ("scores",), ("rewards",)), _PARALLEL, is_inner=True),
        Part("correct", (("correct", "is_correct", "correctness"),), _PARALLEL, is_inner=True),
        Part("step_scores", (("step_scores",),), _PARALLEL, is_inner=True),
        Part("answer", (("pred", "preds", "model_answers"),), _PARALLEL, is_inner=True),
        Part("gold", (("gold", "expected_answer", "gt", "ground_truth"), ("answer",)), PROSE),
    )
    needs = (("prompt", "outputs"),)
    before = frozenset({"instruction", "prompt_completion"})
    extras: ClassVar[Mapping[str, pl.DataType]] = {
        **{name: TYPES[name] for name in ("score", "correct", "step_scores")},
        "answer": pl.String(),
        "gold": pl.String(),
    }

    def rows(self, record: Any) -> Sequence[Row]:
        """The prompt with each of its samples, in their order."""
        place = self.places.get("outputs")
        outputs = place.list_in(record) if place else None
        if place is None or outputs is None:
            raise missing(self, "outputs")
        prompt = self._prompt(record)
        key = prompt_key(prompt)
        gold = as_text(self.value("gold", record))
        beside = self._beside(record, len(outputs))
        rows: list[Row] = []
        for position, output in enumerate(outputs):
            text = self._text(output, place, position)
            extra = self._extra(output, beside, position)
            if gold is not None:
                extra["gold"] = gold
            answer = Message("assistant", None) if text is None else assistant(text)
            rows.append(Row((*prompt, answer), prompt_key=key, extra=extra))
        return rows

    def _prompt(self, record: Any) -> tuple[Message, ...]:
        value = self.value("prompt", record)
        if isinstance(value, list) and not self.places["prompt"].is_several:
            return PLAIN.read(cast("list[Any]", value), self.places["prompt"].text)
        return (Message("user", asked(self, "prompt", record)),)

    def _beside(self, record: Any, count: int) -> Mapping[str, Sequence[Any]]:
        """What the record holds of its samples beside them, one value a sample."""
        found: dict[str, Sequence[Any]] = {}
        for part in _INSIDE:
            value = self.value(part, record)
            if value is None:
                continue
            values = cast("list[Any]", value) if isinstance(value, list) else [value] * count
            if len(values) != count:
                raise ShapeError(
                    f"`{self.places[part]}` has {len(values)} values for {count} samples"
                )
            found[part] = values
        return found

    def _text(self, output: Any, place: Path, position: int) -> str | None:
        if output is None or isinstance(output, str):
            return output
        if not isinstance(output, dict):
            raise ShapeError(f"`{place}[{position}]` is {a(output)}, neither text nor an object")
        sample = cast("dict[str, Any]", output)
        if inside := self.places.get("text"):
            return inside.text_in(sample)
        for name in _TEXTS:
            if name in sample:
                return as_text(sample[name])
        raise ShapeError(
            Problem(
                f"`{place}[{position}]` has no text: it has {', '.join(sample)}",
                help="Name it, as in `columns: {text: answer_text}`.",
            )
        )

    def _extra(
        self, output: Any, beside: Mapping[str, Sequence[Any]], position: int
    ) -> dict[str, Any]:
        known = {part: values[position] for part, values in beside.items()}
        if isinstance(output, dict):
            sample = cast("dict[str, Any]", output)
            for part, names in _INSIDE.items():
                value = self.places[part].value(sample) if part in self.places else None
                for name in names:
                    if value is not None:
                        break
                    value = sample.get(name)
                if value is not None:
                    known[part] = value
        score = known.get("score")
        if isinstance(score, list):
            known["step_scores"] = known.get("step_scores") or score
            del known["score"]
        elif isinstance(score, bool):
            known.setdefault("correct", score)
        return {
            part: read_extra(part, value, part)
            for part, value in known.items()
            if value is not None
        }
