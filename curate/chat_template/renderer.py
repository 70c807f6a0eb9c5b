"""A chat template, compiled once, that renders conversations byte for byte as `transformers` does.

The reference is `apply_chat_template(tokenize=False)` of transformers 5.23 with Jinja2 3.1.6. Beside the
text a rendering tells exactly which characters came out of `{% generation %}` blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, cast

from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError

from curate.chat_template import inputs, marked
from curate.chat_template.engine import Engine, PacedContext
from curate.errors import Place, Problem, TemplateError

_TAG = "CONTINUE_FINAL_MESSAGE_TAG "
"""What transformers puts after the text to continue; templates may see it, so it is the same here."""

_GIVEN = frozenset({"messages", "tools", "documents", "add_generation_prompt"})


class Rendering(NamedTuple):
    """One conversation as text."""

    text: str
    spans: list[marked.Span]
    """Where each `{% generation %}` block begins and ends, in characters of the text."""


class ChatTemplate:
    """A Jinja chat template.

    It is compiled when it is made; `render` may be called any number of times, from any thread.

    Args:
        text: The template's source.
        bos_token: Value of `bos_token`; left undefined in the template where None.
        eos_token: Value of `eos_token`; left undefined in the template where None.
        now: The time `strftime_now` tells, as a datetime or in ISO format; the clock's where None.
        name: What errors call the template: a file, as a rule.
        variables: Values for every rendering, such as those a recipe gives; `render` can override them.

    Raises:
        TemplateError: The source does not compile, with line and place.
    """

    def __init__(
        self,
        text: str,
        bos_token: str | None = None,
        eos_token: str | None = None,
        now: datetime | str | None = None,
        *,
        name: Path | str = "chat template",
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.text = text
        self.name = name
        self.bos_token = bos_token
        self.eos_token = eos_token
        self.variables: Mapping[str, Any] = variables or {}
        frozen = datetime.fromisoformat(now) if isinstance(now, str) else now

        def clock(form: str) -> str:
            # Without a zone, as in transformers: `%Z` must print nothing.
            return (frozen or datetime.now()).strftime(form)  # noqa: DTZ005

        engine = Engine(clock)
        try:
            self._template = engine.template(text)
        except Exception as error:  # whatever a template breaks is the template's fault
            raise TemplateError(self._compile_problem(error)) from error
        given = sorted(_GIVEN & (variables or {}).keys())
        if given:
            raise TemplateError(
                Problem(
                    f"the template variable '{given[0]}' cannot be set: every rendering sets it",
                    Place(name),
                )
            )
        tokens = {"bos_token": bos_token, "eos_token": eos_token}
        self._base: dict[str, Any] = {
            **engine.globals,  # pyright: ignore[reportUnknownMemberType]
            **{token: value for token, value in tokens.items() if value is not None},
            **inputs.plain(variables or {}),
        }

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = False,
        continue_final_message: bool | str = False,
        **variables: Any,
    ) -> Rendering:
        """Write a conversation as text.

        Args:
            messages: The turns; keys whose value is None count as absent.
            tools: JSON schemas of the tools.
            documents: Documents for templates that know retrieval.
            add_generation_prompt: End with the header of an assistant turn.
            continue_final_message: Leave the last turn open behind its `content`, or behind the field named.
            **variables: Further values for the template.

        Raises:
            TemplateError: The template refuses the conversation, fails, takes more than five seconds or
                makes more than `marked.LONGEST` characters.
        """
        if continue_final_message and add_generation_prompt:
            raise TemplateError(
                "a turn that is to be continued cannot be followed by a generation prompt"
            )
        field = "content" if continue_final_message is True else continue_final_message
        try:
            turns = inputs.messages(messages)
            final = _leave_open(turns[-1], field, self.text) if field else None
            values = {
                **self._base,
                **inputs.plain(variables),
                "messages": turns,
                "tools": inputs.tools(tools),
                "documents": inputs.documents(documents),
                "add_generation_prompt": add_generation_prompt,
            }
            template = self._template
            context = PacedContext(template.environment, values, template.name, template.blocks)
            text, spans = marked.gather(template.root_render_func(context))
            return Rendering(text, spans) if final is None else _cut(text, spans, final)
        except Exception as error:  # templates fail in every way Python knows
            raise TemplateError(self._render_problem(error)) from error

    def _compile_problem(self, error: Exception) -> Problem:
        if not isinstance(error, TemplateSyntaxError):
            return Problem(f"the template does not compile: {_words(error)}", Place(self.name))
        return Problem(error.message or "syntax error", self._place(error.lineno, error.message))

    def _render_problem(self, error: Exception) -> Problem:
        line = None
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals.get("__jinja_template__") is self._template:
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return Problem(_words(error), Place(self.name) if line is None else self._place(line))

    def _place(self, line: int, message: str | None = None) -> Place:
        """The line, with the caret under the word the message quotes, else under all that is written there."""
        lines = re.split(r"\r\n|\r|\n", self.text)
        text = lines[line - 1] if line <= len(lines) else ""
        quoted = re.search(r"'([^']+)'", message or "")
        found = text.find(quoted[1]) if quoted else -1
        if quoted and found >= 0:
            return Place(self.name, line, found + 1, len(quoted[1]), text)
        written = text.strip()
        return Place(self.name, line, text.find(written) + 1, max(len(written), 1), text)


def _words(error: Exception) -> str:
    """What went wrong, in words."""
    if isinstance(error, RecursionError):
        return "the template or its data goes deeper and deeper without end"
    if isinstance(error, MemoryError):
        return "the template needs more memory than there is"
    if isinstance(error, (JinjaError, ValueError)):
        return str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _leave_open(turn: dict[str, Any], field: str, source: str) -> str:
    """Tag the end of what is to be continued; gives the text before the tag."""
    final = turn.get(field)
    if final is None:
        raise ValueError(f"the final message has no '{field}' to continue")
    fields = [field]
    if field in inputs.REASONING:
        fields = [name for name in inputs.REASONING if turn.get(name) == final]
    if not any(name in source for name in fields):
        raise ValueError(f"the template never reads '{field}', so it cannot be continued")
    if not isinstance(final, (list, tuple)):
        for name in fields:
            turn[name] = turn[name] + _TAG
        return final
    for part in reversed(cast("Sequence[Any]", final)):
        if "text" in part:
            text = part["text"]
            part["text"] = text + _TAG
            return text
    raise ValueError("the final message has no text to continue")


def _cut(text: str, spans: list[marked.Span], final: str) -> Rendering:
    """End the text where the tag stands; raises ValueError where the template lost it."""
    if final.strip() not in text or _TAG.strip() not in text:
        raise ValueError(
            "the template does not print the final message whole, so it cannot be continued"
        )
    at = text.rindex(_TAG.strip())
    # Where the template trims, the space behind the tag is gone, and so is the one before it.
    kept = text[:at] if text.startswith(_TAG, at) else text[:at].rstrip()
    end = len(kept)
    return Rendering(kept, [(start, min(stop, end)) for start, stop in spans if start < end])
