"""A mix's chat template held to its promises on the mix's own rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.chat_template.checks import Finding, Inspection, Subject
from curate.chat_template.checks.case import Case, PairCase
from curate.chat_template.checks.frames import cases
from curate.chat_template.checks.subject import STAND_INS
from curate.chat_template.conversation import open_template
from curate.chat_template.origin import tokens_beside
from curate.output.layouts import markers
from curate.output.manifest import BrokenPromise, TemplateVerdict
from curate.recipe.model import Recipe
from curate.rows import Kind
from curate.step import TemplateUse

SAMPLE = 500
"""Rows looked at more than once."""


@dataclass(frozen=True)
class Seen:
    """What the checks that take one rendering found in some rows."""

    rows: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Promises:
    """A template with the values, tokens and tokenizer that its mix gives it."""

    kind: Kind
    template: TemplateUse
    bos_token: str | None
    eos_token: str | None
    tokenizer: Path | None

    @classmethod
    def of(cls, recipe: Recipe) -> Promises:
        """Those of a recipe's mix."""
        return cls(recipe.kind, recipe.template, *_tokens(recipe), recipe.tokenizer)

    @property
    def marks_training(self) -> bool:
        """Whether the template says what is trained."""
        return self._subject().marks_training

    def look(self, rows: pl.DataFrame) -> Seen:
        """Look at rows of the mix, each by one rendering of it."""
        inspection = Inspection(self._subject())
        for case in self._cases(rows):
            inspection.row(case)
        return Seen(*inspection.seen())

    def verdict(self, seen: Sequence[Seen], sampled: pl.DataFrame | None) -> TemplateVerdict:
        """What came of the looks at all rows, and of a closer one at the first of the sampled rows."""
        inspection = Inspection(self._subject())
        inspection.template()
        for look in seen:
            inspection.add(look.rows, look.findings)
        if sampled is not None:
            for case in self._cases(sampled.head(SAMPLE)):
                inspection.sample(case)
        found = inspection.verdict()
        return TemplateVerdict(
            rows=found.rows,
            sampled=found.sampled,
            broken=tuple(
                BrokenPromise(check=one.check, severity=one.severity, what=one.what, rows=one.rows)
                for one in found.findings
                if one.severity != "note"
            ),
        )

    def _subject(self) -> Subject:
        tokens = self.bos_token, self.eos_token
        return Subject.of(open_template(self.template), tokens, tokenizer=self.tokenizer)

    def _cases(self, rows: pl.DataFrame) -> Iterator[Case | PairCase]:
        return cases(rows, self.kind, markers(self.template))


def _tokens(recipe: Recipe) -> tuple[str | None, str | None]:
    """BOS and EOS as the trainer's tokenizer will have them; of a text that is written as it is, none."""
    if "sft-text" in recipe.layout_names:
        return None, None
    beside = (None, None) if recipe.tokenizer is None else tokens_beside(recipe.tokenizer)
    bos, eos = (token or stand_in for token, stand_in in zip(beside, STAND_INS, strict=True))
    return bos, eos
