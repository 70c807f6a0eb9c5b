"""Rendered text read back as messages.

A layout that keeps its promises can be undone: what `parse` makes of a rendering are the messages that
went in. Where it makes others of it, a text has forged a turn, or something was lost. `read` undoes
what the templates that ship write; strangers' transcripts, with their many spellings, are for
`curate.shapes.dialogue`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curate.chat_template.canonical import USUAL, Block, canonical
from curate.chat_template.renderer import ChatTemplate
from curate.errors import Problem, TemplateError

_WORDS = {"System": "system", "Human": "user", "Assistant": "assistant"}
_ROLES = {role: role for role in ("system", "user", "assistant", "tool")}


@dataclass(frozen=True)
class Form:
    """How a layout writes turns.

    `header` begins a turn; its group is a word of `roles`. `closing` ends the turns of `closed` roles, `{eos}` in it being
    the token. `preamble` ends a system turn without a header, where there is such. `lead` is what the header of the
    first turn does without.
    """

    name: str
    header: re.Pattern[str]
    roles: Mapping[str, str]
    closing: str
    closed: frozenset[str]
    preamble: str | None = None
    lead: str = ""


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            "human_assistant",
            re.compile(r"\n\n(System|Human|Assistant):(?: |)"),
            _WORDS,
            "{eos}",
            frozenset({"assistant"}),
            lead="\n\n",
        ),
        Form(
            "chatml_think",
            re.compile(r"<\|im_start\|>(\w+)\n"),
            _ROLES,
            "<|im_end|>\n",
            frozenset(_ROLES),
        ),
        Form(
            "trlm",
            re.compile(r"(?: {6}| {4}| {2})<\|im_start\|>(\w+)\n"),
            _ROLES,
            "<|im_end|>\n\n",
            frozenset(_ROLES),
        ),
        Form("hh", re.compile(r"\n\n(Human|Assistant):(?: |)"), _WORDS, "", frozenset(), ""),
        Form("guanaco", re.compile(r"### (Human|Assistant):(?: |)"), _WORDS, "", frozenset(), "\n"),
    )
}
"""Every layout that can be read back, by the name of its template; `trlm` is what the three published ones write."""


def parse(
    text: str, form: Form, *, bos: str = "", eos: str = "", block: Block = USUAL
) -> list[dict[str, Any]]:
    """The messages of a rendering, in the form of `canonical`; an open last turn is a prompt.

    Raises TemplateError where the text is not one the layout writes.
    """
    text = form.lead + text.removeprefix(bos)
    headers = list(form.header.finditer(text))
    before = text[: headers[0].start()] if headers else text
    messages: list[dict[str, Any]] = []
    if before:
        if form.preamble is None or not before.endswith(form.preamble):
            raise _broken(form, "before the first turn", before)
        system = before.removesuffix(form.preamble) if form.preamble else before
        messages.append({"role": "system", "content": system})
    closing = form.closing.replace("{eos}", eos)
    edges = [*(header.start() for header in headers), len(text)]
    for header, end in zip(headers, edges[1:], strict=True):
        word = header[1]
        role, content = form.roles.get(word), text[header.end() : end]
        if role is None:
            raise _broken(form, f"in a turn of '{word}', which is no role", content)
        if role in form.closed:
            is_open = end == len(text) and role == "assistant" and closing not in content
            if not content.endswith(closing) and not is_open:
                raise _broken(form, f"where the {role} turn should end", content[-40:])
            content = content.removesuffix(closing)
        messages.append(_message(role, content, block))
    return messages


def read(text: str, template: ChatTemplate, form: Form) -> list[dict[str, Any]]:
    """The messages of what a template rendered. Raises TemplateError where the text does not parse."""
    return parse(
        text,
        form,
        bos=template.bos_token or "",
        eos=template.eos_token or "",
        block=Block.of(template.variables),
    )


def recognise(template: ChatTemplate) -> Form | None:
    """The layout a template writes, found by trying to undo it; None where it is none of ours."""
    probes = _PROBES if "tool_calls" in template.text else _PROBES[:1]
    for form in FORMS.values():
        if all(_undoes(template, form, probe) for probe in probes):
            return form
    return None


def _undoes(template: ChatTemplate, form: Form, messages: list[dict[str, Any]]) -> bool:
    try:
        return read(template.render(messages).text, template, form) == canonical(messages)
    except TemplateError:
        return False


_CALL_OF = {"function": {"name": "f", "arguments": {"x": 1}}}
_PROBES: tuple[list[dict[str, Any]], ...] = (
    [
        {"role": "system", "content": "One."},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "<think>\nThree.\n</think>\n\nFour."},
        {"role": "user", "content": "Five?"},
        {"role": "assistant", "content": "Six."},
    ],
    [
        {"role": "system", "content": "None."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "Two.", "tool_calls": [_CALL_OF]},
        {"role": "tool", "content": "Three."},
        {"role": "assistant", "content": "Four."},
    ],
)


_CALLS = re.compile(r"(?:\A|\n)<tool_call>\n.*\n</tool_call>\Z", re.DOTALL)
_CALL = re.compile(r"<tool_call>\n(.*?)\n</tool_call>(?:\n(?=<tool_call>)|\Z)", re.DOTALL)
_RESPONSE = re.compile(r"<tool_response>\n(.*)\n</tool_response>", re.DOTALL)


def _message(role: str, content: str, block: Block) -> dict[str, Any]:
    if role == "tool" and (response := _RESPONSE.fullmatch(content)):
        content = response[1]
    if role != "assistant":
        return {"role": role, "content": content}
    reasoning = ""
    if content.startswith(block.opening + "\n"):
        start = len(block.opening) + 1
        thought, closing, rest = content[start:].partition(f"\n{block.closing}{block.tail}")
        if closing:
            reasoning, content = thought, rest
    calls = _CALLS.search(content)
    message: dict[str, Any] = {"role": role}
    message["content"] = (content[: calls.start()] if calls else content).lstrip("\n")
    if reasoning:
        message["reasoning_content"] = reasoning
    if calls:
        try:
            told = [json.loads(call) for call in _CALL.findall(calls[0].lstrip("\n"))]
        except json.JSONDecodeError as error:
            raise TemplateError(f"a tool call in the text is not JSON: {error}") from error
        message["tool_calls"] = [{"function": call} for call in told]
    return message


def _broken(form: Form, where: str, found: str) -> TemplateError:
    return TemplateError(
        Problem(f"not a text that {form.name} writes: {where} stands {found[:40]!r}")
    )
