"""Checks of what a template writes around the parts of a conversation.

They look at one rendering, taken apart, and hold for every row of its shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from curate import thinking
from curate.chat_template.checks.finding import Flaw
from curate.chat_template.checks.skeleton import Gap, View

_MARKERS = re.compile(
    "|".join(
        f"(?P<o{n}>{re.escape(opening)})|(?P<c{n}>{re.escape(closing)})"
        for n, (opening, closing) in enumerate(thinking.SPELLINGS)
    )
)
_CONTROL = re.compile(r"<[|｜][^<>\s]{1,60}[|｜]>|</?s>")
"""What tokens that end turns look like."""


def blocks(view: View) -> Iterator[Flaw]:
    """C07: one whole thinking block a turn at most, and that one the assistant's."""
    # Who writes thinking between other signs has no blocks to count.
    has_blocks = any(_MARKERS.search(gap.text) for gap in view.gaps)
    message, count, opened = -1, 0, None
    for gap in view.gaps:
        part = gap.behind or gap.before
        if gap.behind is not None and gap.behind.message != message:
            message, count = gap.behind.message, 0
        # Before the first part may stand a system text that speaks of the markers.
        for marker in _MARKERS.finditer(gap.text) if gap.before or part is None else ():
            at = gap.start + marker.start()
            if (marker.lastgroup or "").startswith("o"):
                if opened is not None:
                    yield Flaw("a thinking block opens inside another", message, at)
                opened, count = at, count + 1
                if count == 2:
                    yield Flaw("a turn has two thinking blocks", message, at)
                if gap.behind is not None and not _between(view, gap) & {"assistant"}:
                    yield Flaw(
                        "a turn that is not the assistant's has a thinking block", message, at
                    )
            elif opened is None:
                yield Flaw("a thinking block is closed that was never opened", message, at)
            else:
                opened = None
        if gap.behind is None or not has_blocks or gap.before is None:
            continue
        if gap.behind.kind == "reasoning" and opened is None:
            yield Flaw("reasoning stands outside of a block", message, gap.behind.start)
        if gap.behind.kind == "content" and opened is not None:
            yield Flaw("an answer stands inside a thinking block", message, gap.behind.start)
            opened = None
    if opened is not None:
        yield Flaw("a thinking block is never closed", message, opened)


def _between(view: View, gap: Gap) -> set[str]:
    """The roles of the turns that begin in a gap."""
    first = gap.before.message + 1 if gap.before else 0
    last = gap.behind.message if gap.behind else len(view.case.turns) - 1
    return {turn.role for turn in view.case.turns[first : last + 1]}


def survival(view: View) -> Iterator[Flaw]:
    """C08: every part is in the text, once, in order."""
    for message, kind in view.lost:
        turn = view.case.turns[message]
        if kind == "content":
            yield Flaw(f"{_of(turn.role)} text is not in the rendering", message)
        elif message in view.trained or message == len(view.case.turns) - 1:
            yield Flaw("reasoning that should be trained is not in the rendering", message)
        else:
            yield Flaw(
                "reasoning of an earlier turn is not in the rendering", message, None, "warning"
            )
    for part in view.doubled:
        yield Flaw(f"{_of(view.role(part))} {part.kind} is printed twice", part.message, part.start)
    for part, after in pairwise(view.parts):
        if (after.message, after.kind == "content") < (part.message, part.kind == "content"):
            yield Flaw("parts are not in the order of the conversation", after.message, after.start)
    for index, turn in enumerate(view.case.turns):
        for call in turn.more.get("tool_calls") or ():
            name = call.get("function", call).get("name")
            if isinstance(name, str) and name not in view.text:
                yield Flaw("a tool call is not in the rendering", index)


def white_space(view: View) -> Iterator[Flaw]:
    """C09: no white space leaks around the marks of turns, and it is the same at every turn."""
    if re.match(r"[ \t]", view.text):
        yield Flaw("the text begins with spaces", None, 0)
    ends: dict[tuple[str, str, bool], str] = {}
    for gap in view.gaps:
        if gap.behind is None or view.case.tools is not None:
            continue
        header = re.search(r"\n([ \t]+)\S[^\n]*\n*[ \t]*\Z", gap.text)
        if header:
            at = gap.start + header.start(1)
            yield Flaw("spaces stand before the mark of a turn", gap.behind.message, at)
        if blank := re.search(r"\|>[ \t]*(\n[ \t]*\n)\s*<\|", gap.text):
            at = gap.start + blank.start(1)
            yield Flaw("a blank line stands between two turns' marks", gap.behind.message, at)
        # What stands between block and answer may be the data's own.
        if gap.before is not None and gap.before.message == gap.behind.message:
            continue
        key = (view.role(gap.behind), gap.behind.kind, bool(_MARKERS.search(gap.text)))
        end = gap.text[len(gap.text.rstrip()) :]
        if _own_space(view, gap) == "" and ends.setdefault(key, end) != end:
            what = f"white space before {_of(key[0])} {key[1]} differs from turn to turn"
            yield Flaw(what, gap.behind.message, gap.start)


def _own_space(view: View, gap: Gap) -> str:
    """The white space a part of the data itself begins with."""
    if gap.behind is None:
        return ""
    turn = view.case.turns[gap.behind.message]
    text = (turn.reasoning if gap.behind.kind == "reasoning" else turn.content) or ""
    return text[: len(text) - len(text.lstrip())]


def beginning(view: View) -> Iterator[Flaw]:
    """C10: BOS stands once, at the beginning, where at all."""
    bos = view.subject.template.bos_token
    if not bos:
        return
    if view.text.startswith(bos + bos):
        yield Flaw("BOS stands twice at the beginning", None, len(bos))
    users = [
        gap for gap in view.gaps if gap.before and gap.behind and view.role(gap.behind) == "user"
    ]
    # Some layouts begin turns with the token that begins texts.
    is_mark = any(bos in word for word in view.subject.words)
    is_mark |= bool(users) and all(bos in gap.text for gap in users)
    inside = [gap for gap in view.gaps if gap.before and bos in gap.text]
    if bos == view.subject.template.eos_token:
        # One token begins texts and ends answers, as SmolLM2's does: behind an answer it is the end.
        inside = [gap for gap in inside if gap.before and view.role(gap.before) != "assistant"]
    if inside and not is_mark:
        at = inside[0].start + inside[0].text.index(bos)
        yield Flaw("BOS stands inside the text", None, at)


def stops(view: View) -> Iterator[Flaw]:
    """C11: every trained turn ends in a token to stop at, and learns it."""
    for index in sorted(view.trained):
        last = [part for part in view.parts if part.message == index]
        if not last:
            continue
        end = last[-1].end
        if view.subject.marks_training:
            end = next((stop for start, stop in view.spans if start <= end <= stop), end)
            learned = view.text[last[-1].end : end]
        else:
            behind = [part.start for part in view.parts if part.start >= end]
            learned = view.text[end : min(behind, default=len(view.text))]
        if not learned.strip():
            yield Flaw("a trained turn ends without a token to stop at", index, last[-1].end)


def spans(view: View) -> Iterator[Flaw]:
    """C12: what is trained is what the assistant says, and its end."""
    for start, end in view.spans:
        inside = [part for part in view.parts if start <= part.start < end]
        index = inside[0].message if inside else None
        if start == end:
            yield Flaw("a generation block is empty", index, start)
            continue
        for part in inside:
            if view.role(part) != "assistant":
                yield Flaw(f"{_of(view.role(part))} turn is trained", part.message, part.start)
        if not inside:
            continue
        before = view.text[start : inside[0].start]
        if re.search(r"\w", _MARKERS.sub("", before)):
            yield Flaw("the mark of the turn is trained", index, start)
        reasoning = view.case.turns[inside[0].message].reasoning
        if reasoning is None and _MARKERS.search(before):
            yield Flaw("an empty thinking block is trained", index, start)
        if view.text[inside[-1].end : end].strip() and view.text[end - 1].isspace():
            yield Flaw("white space behind the end of a turn is trained", index, end, "warning")
        mine = [part for part in view.parts if part.message == index]
        for part in mine:
            if not start <= part.start < end:
                yield Flaw("a part of a trained turn is not trained", index, part.start)


def closings(view: View) -> Iterator[Flaw]:
    """C04 for every layout: where turns end with one and the same token, all of them do."""
    enders: Counter[str] = Counter()
    between = [
        gap
        for gap in view.gaps
        if gap.before and gap.behind and gap.before.message != gap.behind.message
    ]
    for gap in between:
        control = _CONTROL.search(gap.text)
        if control and gap.before and view.role(gap.before) in {"user", "assistant"}:
            enders[f"{control[0]} {view.role(gap.before)}"] += 1
    tokens = {told.split()[0] for told in enders}
    if len(tokens) != 1 or len(enders) < 2:
        return
    (token,) = tokens
    for gap in between:
        if gap.before and _CONTROL.search(gap.text) and token not in gap.text:
            role = view.role(gap.before)
            yield Flaw(f"{_of(role)} turn is not closed", gap.before.message, gap.start)


def _of(role: str) -> str:
    return f"the {role}'s"
