"""The template under check, with what it is rendered by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from curate.chat_template.canonical import Block
from curate.chat_template.checks.case import Case
from curate.chat_template.engine import Engine
from curate.chat_template.inputs import REASONING
from curate.chat_template.parsing import Form, recognise
from curate.chat_template.renderer import ChatTemplate, Rendering
from curate.errors import TemplateError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

STAND_INS = ("<|bos|>", "<|eos|>")
"""BOS and EOS where nobody says what they are: the trainer's tokenizer will."""

NOW = "2026-01-02"
"""The date of every rendering, so that a verdict does not depend on the day."""


@dataclass(frozen=True)
class Subject:
    """A template, and all that its promises are held against.

    `max_length` is in tokens; `against` is the template the model is served with. `compares` has
    transformers render too, where it is installed.
    """

    template: ChatTemplate
    tokenizer: Path | None = None
    against: ChatTemplate | None = None
    max_length: int | None = None
    compares: bool = False

    @classmethod
    def of(
        cls,
        template: ChatTemplate,
        tokens: tuple[str | None, str | None] = STAND_INS,
        *,
        tokenizer: Path | None = None,
        against: ChatTemplate | None = None,
        max_length: int | None = None,
        compares: bool = False,
    ) -> Subject:
        """The template on a fixed day; `tokens` are BOS and EOS where it has none of its own."""
        return cls(
            _dated(template, NOW, tokens),
            tokenizer,
            against and _dated(against, NOW, tokens),
            max_length,
            compares,
        )

    def render(
        self, case: Case, end: int | None = None, *, prompt: bool = False, **variables: Any
    ) -> Rendering:
        """Render the first turns of a case; raises TemplateError where the template refuses them."""
        given: dict[str, Any] = {**case.arguments(), **variables, "add_generation_prompt": prompt}
        return self.template.render(case.messages(end), **given)

    def refuses(self, case: Case) -> TemplateError | None:
        """Why the template does not render a case; None where it does."""
        try:
            self.render(case)
        except TemplateError as error:
            return error
        return None

    def on(self, day: str) -> ChatTemplate:
        """The template on another day."""
        return _dated(self.template, day, (None, None))

    @cached_property
    def block(self) -> Block:
        """What the template writes around thinking, where it has the variables of ours."""
        return Block.of(self.template.variables)

    @cached_property
    def form(self) -> Form | None:
        """How to read its texts back; None where nobody knows."""
        return recognise(self.template)

    @cached_property
    def tree(self) -> nodes.Template:
        """The template, parsed."""
        return Engine(str).parse(self.template.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and every constant text the template is written with."""
        keys = {node.attr for node in self.tree.find_all(nodes.Getattr)}
        names = {node.name for node in self.tree.find_all(nodes.Name)}
        texts = {
            node.value for node in self.tree.find_all(nodes.Const) if isinstance(node.value, str)
        }
        printed = {node.data for node in self.tree.find_all(nodes.TemplateData)}
        return frozenset(keys | names | texts | printed)

    @property
    def reads_reasoning(self) -> bool:
        """Whether it looks for reasoning in a field of its own."""
        return not self.words.isdisjoint(REASONING)

    @property
    def reads_tool_calls(self) -> bool:
        """Whether it looks for tool calls."""
        return "tool_calls" in self.words

    @cached_property
    def marks_training(self) -> bool:
        """Whether any part of it is a generation block."""
        return any(
            node.name == "opening" for node in self.tree.find_all(nodes.EnvironmentAttribute)
        )

    @cached_property
    def engine(self) -> Tokenizer:
        """The tokenizer."""
        from curate.tokens.engine import opened

        assert self.tokenizer is not None  # noqa: S101
        return opened(self.tokenizer)

    @cached_property
    def encode(self) -> Callable[[str], Encoding]:
        """Cuts a text into tokens, without those put around every text.

        The last few texts are remembered: several checks ask about the two sides of a pair and their prompt.
        """
        return lru_cache(maxsize=4)(partial(self.engine.encode, add_special_tokens=False))


def _dated(template: ChatTemplate, day: str, tokens: tuple[str | None, str | None]) -> ChatTemplate:
    bos, eos = tokens
    return ChatTemplate(
        template.text,
        bos if template.bos_token is None else template.bos_token,
        eos if template.eos_token is None else template.eos_token,
        now=day,
        name=template.name,
        variables=template.variables,
    )
