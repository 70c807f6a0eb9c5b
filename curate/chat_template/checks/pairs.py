"""Checks of preference rows: two conversations that begin alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from curate.chat_template.checks.case import PairCase
from curate.chat_template.checks.finding import Flaw
from curate.chat_template.checks.subject import Subject
from curate.chat_template.renderer import Rendering
from curate.errors import TemplateError


@dataclass(frozen=True)
class RenderedPair:
    """A preference row, and what the template made of both sides."""

    subject: Subject
    case: PairCase
    chosen: Rendering
    rejected: Rendering


def one_prompt(pair: RenderedPair) -> Iterator[Flaw]:
    """C21: both sides go on from one prompt, in text and in tokens, and differ."""
    if pair.chosen.text == pair.rejected.text:
        yield Flaw("both sides render the same")
        return
    if not pair.case.prompt.turns:
        yield Flaw("the prompt has no turn")
        return
    try:
        prompt = pair.subject.render(pair.case.prompt, prompt=True).text
    except TemplateError:
        return
    for side, text in (("chosen", pair.chosen.text), ("rejected", pair.rejected.text)):
        if not text.startswith(prompt):
            yield Flaw(f"the {side} side does not begin with the prompt", None, len(prompt))
        elif pair.subject.tokenizer is not None:
            short, long = (pair.subject.encode(one).ids for one in (prompt, text))
            if long[: len(short)] != short:
                what = f"tokens of the prompt change when the {side} side follows"
                yield Flaw(what, None, len(prompt))


def same_thinking(pair: RenderedPair) -> Iterator[Flaw]:
    """C22: both sides think, or neither does."""
    thinks = [
        bool((side.turns[-1].reasoning or "").strip())
        for side in (pair.case.chosen, pair.case.rejected)
    ]
    if thinks[0] != thinks[1]:
        yield Flaw("one side thinks and the other does not: the first token tells them apart")
