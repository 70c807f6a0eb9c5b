"""Checks of a template alone: its source, and what it makes of a few conversations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from jinja2 import nodes

from curate.chat_template.checks.case import Case, Turn
from curate.chat_template.checks.finding import Flaw, first_difference
from curate.chat_template.checks.probes import APART, CASES, ODD, PLAIN, SYSTEM, TOOLS
from curate.chat_template.checks.skeleton import skeleton
from curate.chat_template.checks.subject import Subject
from curate.errors import TemplateError

_GIVEN = frozenset(
    {"messages", "tools", "documents", "add_generation_prompt", "enable_thinking"}
    | {f"{name}_token" for name in ("bos", "eos", "pad", "unk", "sep", "cls", "mask")}
    | {"raise_exception", "strftime_now", "namespace", "dict", "range", "cycler", "joiner"}
    | {"loop", "self", "caller", "varargs", "kwargs"}
)
"""What transformers and Jinja give every template."""


def variables(subject: Subject) -> Iterator[Flaw]:
    """C01: every value it reads is given, or it knows what to do without."""
    named = list(subject.tree.find_all(nodes.Name))
    read = {node.name for node in named if node.ctx == "load"}
    made = {node.name for node in named if node.ctx != "load"}
    made |= {macro.name for macro in subject.tree.find_all(nodes.Macro)}
    asked = {
        node.node.name
        for kind in (nodes.Test, nodes.Filter)
        for node in subject.tree.find_all(kind)
        if node.name in {"defined", "undefined", "none", "default", "d"}
        and isinstance(node.node, nodes.Name)
    }
    for name in sorted(read - made - _GIVEN - asked - subject.template.variables.keys()):
        yield Flaw(f"it reads '{name}', which nobody gives")


def dates(subject: Subject) -> Iterator[Flaw]:
    """C02: the same text on every day."""
    if "strftime_now" not in subject.words:
        return
    days = [subject.on(day) for day in ("2001-02-03", "2032-11-28")]
    for case in CASES:
        try:
            texts = [day.render(case.messages(), **case.arguments()).text for day in days]
        except TemplateError:
            continue
        if texts[0] != texts[1]:
            yield Flaw("it prints the day it is rendered on", None, first_difference(*texts))
            return


def has_transformers() -> bool:
    """Whether C03 can be judged."""
    return find_spec("transformers") is not None


def agreement(subject: Subject) -> Iterator[Flaw]:
    """C03: transformers renders the same texts."""
    if not (subject.compares and has_transformers()):
        return
    template = subject.template
    core = import_module("tokenizers").Tokenizer(import_module("tokenizers.models").BPE())
    special = {"bos_token": template.bos_token, "eos_token": template.eos_token}
    given = {name: token for name, token in special.items() if token}
    theirs = import_module("transformers").PreTrainedTokenizerFast(tokenizer_object=core, **given)
    for case in CASES:
        # A day of their own would differ from ours.
        if "strftime_now" in subject.words or (ours := _text(subject, case)) is None:
            continue
        told = theirs.apply_chat_template(
            case.messages(),
            chat_template=template.text,
            tokenize=False,
            **{**template.variables, **case.arguments()},
        )
        if told != ours:
            yield Flaw(f"transformers renders another text of a conversation: {case.name}")


def generation_blocks(subject: Subject) -> Iterator[Flaw]:
    """C13: what is trained is marked, where marking works."""
    if not subject.marks_training:
        what = "no generation block: nothing is trained where loss is on the assistant's turns only"
        yield Flaw(what, None, None, "warning")
    for kind in (nodes.AssignBlock, nodes.FilterBlock, nodes.CallBlock):
        for block in subject.tree.find_all(kind):
            if any(edge.name == "opening" for edge in block.find_all(nodes.EnvironmentAttribute)):
                yield Flaw(
                    "a generation block stands in captured output: transformers shifts its span"
                )


def default_system(subject: Subject) -> Iterator[Flaw]:
    """C16: a default system text is the same in prompts, and gives way to one that is given."""
    prompt = _text(subject, PLAIN, 1, prompt=True)
    full, given = _text(subject, PLAIN), _text(subject, SYSTEM)
    if prompt is None or full is None or given is None:
        return
    question = PLAIN.turns[0].content or ""
    before = full.partition(question)[0]
    if prompt.partition(question)[0] != before:
        yield Flaw("what stands before the first turn is another in prompts", None, 0)
    told = skeleton(subject, SYSTEM).view
    default = [line.strip() for line in before.splitlines() if len(line.strip()) > 30]
    if any(line in told.text for line in default):
        yield Flaw("its own system text stays where one is given", None, 0)


def refusals(subject: Subject) -> Iterator[Flaw]:
    """C24: which shapes of conversation it refuses, or passes over."""
    for case in (*CASES, *ODD):
        if case is TOOLS and not subject.reads_tool_calls:
            continue
        if error := subject.refuses(case):
            yield Flaw(f"it refuses a conversation: {case.name} ({error})")
    if not subject.reads_tool_calls and not subject.refuses(TOOLS):
        yield Flaw("it does not read tool calls: they vanish")
    if not subject.reads_reasoning and not subject.refuses(APART):
        yield Flaw("it does not read reasoning in a field: keep it in the content, as layouts do")


_NONE = Case(
    "missing values",
    (
        Turn("user", "Is it cold?"),
        Turn(
            "assistant",
            None,
            more={"tool_calls": [{"function": {"name": "f", "arguments": {"x": True, "y": None}}}]},
        ),
    ),
)


def python_values(subject: Subject) -> Iterator[Flaw]:
    """C25: no value is printed as Python writes it."""
    own = " ".join(subject.words)
    for case in (*CASES, *ODD, _NONE):
        text = _text(subject, case) or ""
        for found in re.finditer(r"\b(?:None|True|False)\b|\{'|\[\{?'", text):
            if found[0] not in own:
                yield Flaw("a value is printed as Python writes it", None, found.start())
                return


def _text(
    subject: Subject, case: Case, end: int | None = None, *, prompt: bool = False
) -> str | None:
    try:
        return subject.render(case, end, prompt=prompt).text
    except TemplateError:
        return None
