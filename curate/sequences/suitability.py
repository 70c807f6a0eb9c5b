"""Whether a chat template can give what a layout of token ids asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate import shipped, thinking
from curate.chat_template.conversation import open_template
from curate.chat_template.origin import tokens_beside
from curate.chat_template.renderer import ChatTemplate
from curate.errors import Problem, TemplateError
from curate.recipe.model import TinyLlama, Tokens, TokenUse
from curate.step import TemplateUse

_THOUGHT = "One and one."
_TURNS: tuple[Mapping[str, Any], ...] = (
    {"role": "user", "content": "1+1?"},
    {"role": "assistant", "content": "2", "reasoning_content": _THOUGHT},
)
_STAND_INS = {"bos_token": "<|bos|>", "eos_token": "<|eos|>"}


def objections(used: TokenUse, use: TemplateUse, tokenizer: Path | None) -> Iterator[Problem]:
    """What keeps a layout from being made with a template, found by rendering one conversation.

    A template that cannot be opened, or refuses the conversation, is not objected to here: building says so.
    """
    beside = dict(
        zip(_STAND_INS, tokens_beside(tokenizer) if tokenizer else (None, None), strict=True)
    )
    try:
        template = open_template(use)
        match used:
            case Tokens():
                yield from _of_tokens(used, use, template, beside)
            case TinyLlama():
                yield from _of_tinyllama(used, use, template, beside)
    except TemplateError:
        return


def _of_tokens(
    options: Tokens, use: TemplateUse, template: ChatTemplate, beside: Mapping[str, str | None]
) -> Iterator[Problem]:
    text, spans = _with_stand_ins(template).render(_TURNS)
    name = _name(use)
    lacking = [token for token, stand_in in _STAND_INS.items() if stand_in in text]
    if lacking:
        said = "".join(f", {token}: {beside[token] or 'TOKEN'!r}" for token in lacking)
        yield Problem(
            f"template {name} prints {' and '.join(lacking)}, and nothing says what that is",
            help=f"write  template: {{use: {name}{said}}}  ('' prints nothing)",
        )
    if options.mask != "all" and not any(end > start for start, end in spans):
        yield Problem(
            f"mask {options.mask} trains what template {name} marks, and it has no generation block",
            help="take  mask: all  or a template that has, such as chatml_think",
        )
    if _THOUGHT not in text and options.truncation == "think_aware":
        yield Problem(
            f"truncation think_aware shortens thinking, and template {name} prints none",
            help="take another truncation",
        )
    closing = str(use.variables.get("think_close", thinking.CLOSE))
    if _THOUGHT in text and options.mask == "answer" and closing not in text:
        yield Problem(
            f"mask answer trains what stands behind {closing}, which template {name} does not print",
            help="take  mask: assistant  or a template that does",
        )


def _of_tinyllama(
    options: TinyLlama, use: TemplateUse, template: ChatTemplate, beside: Mapping[str, str | None]
) -> Iterator[Problem]:
    name = _name(use)
    text = template.render(_TURNS).text
    for field, given, place, stands in (
        ("bos_token", options.bos_token, "before", text.startswith),
        ("eos_token", options.eos_token, "behind", text.endswith),
    ):
        token = given or beside[field]
        if token is None:
            yield Problem(
                f"layout {options.name} puts {field} {place} every row, and nothing says what that is",
                help=f"write  {options.name}: {{{field}: TOKEN}}",
            )
        elif stands(token):
            yield Problem(
                f"template {name} prints {token} {place} every row, and layout {options.name} does so too",
                help="take a template that does not, such as guanaco",
            )
    if options.input == "prompt":
        prompt = template.render(_TURNS[:-1], add_generation_prompt=True).text
        if not text.startswith(prompt):
            yield Problem(
                f"input prompt is what template {name} begins a row with, and it begins rows with something else",
                help="take a template whose generation prompt begins the whole text, such as guanaco",
            )


def _with_stand_ins(template: ChatTemplate) -> ChatTemplate:
    """The template, with tokens told apart from all text where it has none."""
    bos, eos = _STAND_INS.values()
    return ChatTemplate(
        template.text,
        bos if template.bos_token is None else template.bos_token,
        eos if template.eos_token is None else template.eos_token,
        name=template.name,
        variables=template.variables,
    )


def _name(use: TemplateUse) -> str:
    names = {path: name for name, path in shipped.templates().items()}
    return names.get(use.path, use.path.name)
