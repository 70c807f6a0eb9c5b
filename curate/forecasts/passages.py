"""What a trainer makes of a record before it counts tokens: texts, and what of them it trains."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from curate.chat_template import ChatTemplate
from curate.errors import Problem, SourceError, TemplateError
from curate.forecasts.landmarks import Landmarks, Reply, Span, find, reply, reply_of

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Passage:
    """A text that a trainer tokenises at once, and cuts on its own."""

    text: str
    prompt: str | None = None
    """What the trainer tokenises apart, to train only what comes behind it; None trains all."""
    spans: tuple[Span, ...] | None = None
    """The only characters that are trained, where the trainer asks the template; None trains all."""
    marks: Landmarks = field(default_factory=Landmarks)
    is_plain: bool = False
    """Whether the tokenizer adds to it what it adds to any text, such as BOS."""


@dataclass(frozen=True)
class Reader:
    """The template and the tokens that trainers render records with."""

    template: ChatTemplate | None
    bos_token: str | None
    eos_token: str | None
    stops: tuple[str, ...]
    """The special tokens of the tokenizer: one of them ends a turn."""

    def conversation(
        self,
        record: Record,
        turns: Turns,
        *,
        prompt: Turns | None = None,
        asks_template: bool = False,
    ) -> Passage:
        """Turns as one text; what the rendered `prompt` begins with is not trained.

        With `asks_template` only what the template marks is.
        """
        rendered = self._render(record, turns)
        before = None if prompt is None else self._render(record, prompt, is_prompt=True).text
        start = 0 if before is None else _shared(before, rendered.text)
        said = reply_of(turns[-1])
        marks = find(rendered.text, said, rendered.spans, self.stops, start) if said else None
        spans = tuple(rendered.spans) if asks_template else None
        return Passage(rendered.text, before, spans, marks or Landmarks())

    def plain(self, prompt: str | None, text: str, spans: Sequence[Span] = ()) -> Passage:
        """A text that is taken as it is; `spans` are its trained characters, where somebody told."""
        start = len(prompt) if prompt is not None else 0
        said: Reply | None = None
        if prompt is not None:
            said = reply(self._unended(text[start:]))
        elif spans:
            start = spans[-1][0]
            said = reply(self._unended(text[start : spans[-1][1]]))
        marks = find(text, said, spans, self.stops, start)
        return Passage(text, prompt, None, marks, is_plain=True)

    def target(self, text: str, *, is_answer: bool) -> Passage:
        """A text all of which is trained, EOS behind it; `is_answer` says that it is an answer alone."""
        ended = f"{text}{self.eos_token or ''}"
        said = reply(self._unended(text)) if is_answer else None
        return Passage(ended, marks=find(ended, said, (), self.stops))

    def ended(self, text: str) -> str:
        """A text with the EOS that trainers put behind texts that lack it."""
        if self.eos_token is None:
            raise SourceError(
                Problem(
                    "trainers end such texts with the tokenizer's EOS, and nothing tells what that is",
                    help="name a folder that also has the tokenizer_config.json",
                )
            )
        return text if text.endswith(self.eos_token) else text + self.eos_token

    def _unended(self, text: str) -> str:
        bare = text.rstrip()
        stop = next((stop for stop in self.stops if bare.endswith(stop)), "")
        return bare[: len(bare) - len(stop)]

    def _render(self, record: Record, turns: Turns, *, is_prompt: bool = False) -> Any:
        if self.template is None:
            raise SourceError(
                Problem(
                    "these rows are turns, and nothing tells with which chat template they are trained",
                    help="name one with --template: a shipped one's name, a Jinja file, or a model's folder",
                )
            )
        return self.template.render(
            turns, **_variables(record), tools=_tools(record), add_generation_prompt=is_prompt
        )


Turns = Sequence[Mapping[str, Any]]


def turns_of(value: Any) -> Turns | None:
    """The value as turns, if that is what it is."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        turns = cast("list[dict[str, Any]]", value)
        if "role" in turns[0]:
            return turns
        if "from" in turns[0] and "value" in turns[0]:
            return [{"role": turn["from"], "content": turn["value"]} for turn in turns]
    return None


def _tools(record: Record) -> Any:
    tools = record.get("tools")
    try:
        return json.loads(tools) if isinstance(tools, str) else tools
    except ValueError as error:
        raise TemplateError(Problem(f"its tools are not JSON: {error}")) from error


def _variables(record: Record) -> Mapping[str, Any]:
    given = record.get("chat_template_kwargs", {})
    if not isinstance(given, Mapping):
        raise SourceError(
            Problem(
                f"its chat_template_kwargs are {'null' if given is None else 'text'}, which trainers cannot read",
                help="Make them a struct that every row has, or leave the column out.",
            )
        )
    return cast("Mapping[str, Any]", given)


def _shared(one: str, other: str) -> int:
    """How many characters both texts begin with."""
    if other.startswith(one):
        return len(one)
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
