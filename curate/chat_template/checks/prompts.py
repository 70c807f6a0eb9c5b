"""Checks of the texts a conversation passes through before it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.chat_template.checks.finding import Flaw, first_difference
from curate.chat_template.checks.rows import Rendered
from curate.errors import TemplateError


def prefixes(row: Rendered) -> Iterator[Flaw]:
    """C05: what was rendered of earlier turns stays as it was."""
    text = row.rendering.text
    roles = [turn.role for turn in row.case.turns]
    is_trained = row.subject.marks_training and roles.count("assistant") > 1
    for end in range(1, len(roles)):
        if roles[end - 1] not in {"user", "assistant"}:
            continue
        try:
            earlier = row.subject.render(row.case, end).text
        except TemplateError:
            continue  # told by C24
        if not text.startswith(earlier):
            what = f"the text up to the {roles[end - 1]}'s turn changes when more turns follow"
            at = first_difference(text, earlier)
            yield Flaw(what, end - 1, at, "error" if is_trained else "warning")
            return


def generation_prompts(row: Rendered) -> Iterator[Flaw]:
    """C06: a prompt is where the training text of its answer begins."""
    subject, turns = row.subject, row.case.turns
    last = len(turns) - 1
    for index, turn in enumerate(turns):
        if turn.role != "assistant" or not index or not (subject.marks_training or index == last):
            continue
        try:
            whole = row.rendering if index == last else subject.render(row.case, index + 1)
            prompt = subject.render(row.case, index, prompt=True).text
            loud, silent = (
                subject.render(row.case, index, prompt=True, enable_thinking=thinks).text
                for thinks in (True, False)
            )
        except TemplateError:
            continue  # told by C24
        text = whole.text
        if not text.startswith(prompt):
            at = first_difference(text, prompt)
            yield Flaw(
                f"the generation prompt is no prefix of the text{_why(text, prompt, loud)}",
                index,
                at,
            )
            return
        # An empty block that is not trained is what a prompt without thinking brings along.
        edges = {len(one) for one in (prompt, silent) if text.startswith(one)}
        mine = [span for span in whole.spans if span[0] >= len(prompt)]
        if not mine:
            continue  # where a span begins before the prompt ends, C12 tells
        if mine[0][0] not in edges:
            what = "between prompt and trained text stands text that is neither"
            yield Flaw(what, index, len(prompt))
        elif text[mine[-1][1] :].strip():
            yield Flaw("text stands behind the trained part of a turn", index, mine[-1][1])


def _why(text: str, prompt: str, loud: str) -> str:
    """What sets a prompt apart from the text, where that is known."""
    if text.startswith(loud):
        return ": the row's enable_thinking gives the prompt an empty block, the text has none"
    is_space = "".join(text.split()).startswith("".join(prompt.split()))
    return ": its white space is another" if is_space else ""


def served_alike(row: Rendered) -> Iterator[Flaw]:
    """C23: the template the model is served with asks as the one it is trained with."""
    other = row.subject.against
    if other is None:
        return
    end = next((n for n, turn in enumerate(row.case.turns) if turn.role == "assistant"), None)
    if not end:
        return
    given: dict[str, Any] = {**row.case.arguments(), "add_generation_prompt": True}
    try:
        ours = row.subject.template.render(row.case.messages(end), **given).text
    except TemplateError:
        return
    try:
        theirs = other.render(row.case.messages(end), **given).text
    except TemplateError:
        yield Flaw("the serving template refuses what this one renders", end - 1)
        return
    if ours != theirs:
        at = first_difference(ours, theirs)
        yield Flaw("the serving template writes another prompt", end - 1, at)
