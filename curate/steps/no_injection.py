"""Rows whose texts could be taken for the chat template's own words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import polars as pl
from pydantic import PrivateAttr

from curate.errors import Problem, StepError
from curate.fingerprint import digest
from curate.step import Filter, Setting, TemplateUse

if TYPE_CHECKING:
    from curate.chat_template.checks import Subject


class NoInjection(Filter):
    """Drop rows whose texts hold what marks turns, ends them, or surrounds thinking.

    Such a text forges a turn once it is rendered, teaches the model to write the mark, or stops it too
    early: 45,785 of T0's published answers end in `<|endoftext|>` written out. What counts is found by trying
    the recipe's template, and the special tokens of its tokenizer. The markers around thinking count in what the
    assistant says; in other turns only where they are tokens. The measure is the role and the first
    mark found, such as `user: <|im_end|>`. What one source writes in every row is better taken out by `substitute`.
    """

    name: ClassVar[str] = "no_injection"

    _template: TemplateUse | None = PrivateAttr(default=None)
    _tokenizer: Path | None = PrivateAttr(default=None)

    def settle(self, setting: Setting) -> Self:
        """Take the recipe's template and tokenizer."""
        if setting.template is None:
            raise StepError(
                Problem(
                    "'no_injection' looks for the template's marks, but the recipe names no template",
                    help="add `template: NAME` to the recipe",
                )
            )
        settled = self.model_copy()
        settled._template, settled._tokenizer = setting.template, setting.tokenizer
        return settled

    def stamp(self) -> str:
        """The marks themselves."""
        return digest(*self._marks()).hex()

    def measure(self) -> pl.Expr:
        """The role and the mark, null where there is none."""
        anywhere, spoken = self._marks()
        turn = pl.element().struct
        texts = turn.field("thinking"), turn.field("content")
        mark = pl.coalesce(
            pl.when(turn.field("role") == "assistant")
            .then(text.str.extract(spoken, 0))
            .otherwise(text.str.extract(anywhere, 0))
            for text in texts
        )
        found = pl.concat_str(turn.field("role"), pl.lit(": "), mark)
        return pl.coalesce(
            pl.col(column).list.eval(found.drop_nulls()).list.first()
            for column in ("messages", "chosen", "rejected")
        )

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a mark."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return "no mark of turns or thinking inside a text"

    def _marks(self) -> tuple[str, str]:
        """What no text may hold, and what none of the assistant's may, as patterns."""
        # Jinja costs a fifth of a second, which recipes without this step need not wait for.
        from curate.chat_template.checks.rows import turn_marks

        subject = self._subject()
        marks = turn_marks(subject)
        thinking = (subject.block.opening, subject.block.closing)
        return _any_of(marks), _any_of((*marks, *thinking))

    def _subject(self) -> Subject:
        from curate.chat_template.checks import Subject
        from curate.chat_template.conversation import open_template
        from curate.chat_template.origin import tokens_beside

        if self._template is None:
            raise StepError("'no_injection' needs the recipe's template: settle it first")
        beside = (None, None) if self._tokenizer is None else tokens_beside(self._tokenizer)
        return Subject.of(open_template(self._template), beside, tokenizer=self._tokenizer)


def _any_of(marks: tuple[str, ...]) -> str:
    """A pattern for the first of these texts; longer ones first, for one may begin another."""
    return "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True)) or "[^\\s\\S]"
