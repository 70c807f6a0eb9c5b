"""Checks of what rows say: whether a template can carry it unharmed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from curate.chat_template.canonical import canonical
from curate.chat_template.checks.case import Case, Turn
from curate.chat_template.checks.finding import Flaw
from curate.chat_template.checks.probes import BARE_TURNS, TURNS
from curate.chat_template.checks.skeleton import Skeleton, View, parts, skeleton
from curate.chat_template.checks.subject import Subject
from curate.chat_template.parsing import parse
from curate.chat_template.renderer import Rendering
from curate.errors import TemplateError


@dataclass(frozen=True)
class Rendered:
    """A row, and what the template made of it."""

    subject: Subject
    case: Case
    rendering: Rendering
    skeleton: Skeleton | None = None
    """What the template writes for rows of its shape; None where it refuses that."""


def verbatim(row: Rendered) -> Iterator[Flaw]:
    """C08: every part of the row is in the text as it is, and nothing else than for rows like it."""
    if row.skeleton is None:
        return
    mine = parts(row.case.turns)
    if row.skeleton.fits(row.rendering, mine):
        return
    text, at = row.rendering.text, 0
    for number in row.skeleton.order:
        found = text.find(mine[number], at)
        if found < 0:
            message, kind = row.skeleton.signs[number]
            role = row.case.turns[message].role
            # Results of tools are often wrapped in JSON.
            severity = "warning" if role == "tool" else None
            yield Flaw(f"the {role}'s {kind} is not in the text as it is", message, at, severity)
            return
        at = found + len(mine[number])
    yield Flaw("what the template writes depends on what texts say", None, None, "warning")


def round_trip(row: Rendered) -> Iterator[Flaw]:
    """C04: the text reads back as the messages."""
    subject, case = row.subject, row.case
    if subject.form is None:
        return
    try:
        found = parse(
            row.rendering.text,
            subject.form,
            bos=subject.template.bos_token or "",
            eos=subject.template.eos_token or "",
            block=subject.block,
        )
    except TemplateError:
        yield Flaw("the text cannot be read back: a turn does not end where it should")
        return
    expected = canonical(case.messages(), subject.block)
    if found and found[0]["role"] == "system" and expected[0]["role"] != "system":
        found = found[1:]
    if found == expected:
        return
    if len(found) != len(expected):
        yield Flaw("the text reads back as another number of turns")
        return
    at = next(n for n, pair in enumerate(zip(found, expected, strict=True)) if pair[0] != pair[1])
    yield Flaw(f"the {expected[at]['role']}'s turn reads back as another", at)


def injection(row: Rendered) -> Iterator[Flaw]:
    """C14: no text holds what marks turns, ends them or surrounds thinking."""
    marks = turn_marks(row.subject)
    block = row.subject.block
    for index, turn in enumerate(row.case.turns):
        for text in (turn.reasoning, turn.content):
            if not text:
                continue
            for mark in marks:
                if mark in text:
                    yield _at(row, index, f"{_whose(turn)} text holds what marks turns", text, mark)
                    break
            for marker in (block.opening, block.closing):
                if marker not in text:
                    continue
                if turn.role == "assistant":
                    what = "answer" if text is turn.content else "reasoning"
                    yield _at(
                        row, index, f"the assistant's {what} holds a thinking marker", text, marker
                    )
                else:
                    flaw = _at(
                        row, index, f"{_whose(turn)} text holds a thinking marker", text, marker
                    )
                    is_token = marker in tokens_of(row.subject)
                    yield flaw if is_token else flaw._replace(severity="warning")
                break


def _whose(turn: Turn) -> str:
    return f"the {turn.role}'s"


def _at(row: Rendered, index: int, what: str, text: str, mark: str) -> Flaw:
    whole = row.rendering.text.find(text.strip())
    return Flaw(what, index, whole + text.strip().find(mark) if whole >= 0 else None)


_CONTROL = re.compile(r"<[|｜][^<>\n]{1,60}[|｜]>|</?s>|\[/?[A-Z_]{3,20}\]|<(?:start|end)_of_turn>")
"""What templates write tokens of their own like."""


@lru_cache(maxsize=8)
def turn_marks(subject: Subject) -> tuple[str, ...]:
    """What data must not hold: the tokens and words around turns, and the tokenizer's own tokens."""
    marks = set(tokens_of(subject))
    for probe in (TURNS, BARE_TURNS):
        try:
            gaps = skeleton(subject, probe).view.gaps
        except TemplateError:
            continue
        for gap in gaps[1:]:
            marks.update(_CONTROL.findall(gap.text))
            tail = _CONTROL.split(gap.text)[-1].rstrip()
            # Behind a token a word is part of the token's line: `<|im_start|>user`.
            is_own_line = tail.startswith("\n") or tail == gap.text.rstrip()
            if gap.behind is not None and is_own_line and re.search(r"\w", tail):
                marks.add(tail)
    template = subject.template
    marks |= {token for token in (template.bos_token, template.eos_token) if token}
    return tuple(sorted(marks))


@lru_cache(maxsize=8)
def tokens_of(subject: Subject) -> frozenset[str]:
    """The special tokens of the tokenizer, if there is one."""
    if subject.tokenizer is None:
        return frozenset()
    added = subject.engine.get_added_tokens_decoder().values()
    return frozenset(token.content for token in added if token.special)


def odd_turns(view: View) -> Iterator[Flaw]:
    """C15: roles are known and in order, and turns say something."""
    turns = view.case.turns
    roles = [turn.role for turn in turns]
    first = next((role for role in roles if role != "system"), None)
    for index, turn in enumerate(turns):
        before = roles[index - 1] if index else None
        if turn.role not in {"system", "user", "assistant", "tool"}:
            yield Flaw("a role is none of system, user, assistant, tool", index)
        if turn.role == before and turn.role in {"user", "assistant"}:
            yield Flaw(f"two {turn.role} turns follow each other", index)
        if turn.role == "system" and index:
            is_second = "system" in roles[:index]
            what = (
                "there are two system turns" if is_second else "a system turn stands in the middle"
            )
            yield Flaw(what, index, None, "error" if is_second else "warning")
        if turn.role == "tool" and before not in {"assistant", "tool"}:
            yield Flaw("a tool answers that nobody called", index)
        if (
            not (turn.content or "").strip()
            and not turn.reasoning
            and not turn.more.get("tool_calls")
        ):
            is_trained = index in view.trained or index == len(turns) - 1
            yield Flaw("a turn is empty", index, None, "error" if is_trained else "warning")
    if first == "assistant":
        yield Flaw("the assistant speaks first", roles.index("assistant"), None, "warning")
    if roles[-1] != "assistant" and not view.case.is_prompt:
        yield Flaw("the conversation does not end in an answer", len(turns) - 1)
