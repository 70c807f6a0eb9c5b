"""A mix's chat template held to its promises on the mix's own rows."""

from __future__ import annotations

import polars as pl

from curate.chat_template.checks import Inspection, Subject
from curate.chat_template.checks.frames import cases
from curate.chat_template.checks.subject import STAND_INS
from curate.chat_template.origin import tokens_beside
from curate.output.layouts import Form
from curate.output.manifest import BrokenPromise, TemplateVerdict
from curate.recipe.model import Recipe
from curate.rows import Kind

SAMPLE = 500
"""Rows looked at more than once."""


class Promises:
    """Looks at rows as they are written, then at a few more closely."""

    def __init__(self, recipe: Recipe, form: Form) -> None:
        self._kind: Kind = recipe.kind
        self._markers = form.markers
        subject = Subject.of(form.template, _tokens(recipe), tokenizer=recipe.tokenizer)
        self._inspection = Inspection(subject)
        self._inspection.template()

    def add(self, rows: pl.DataFrame) -> None:
        """Look at rows, each by one rendering of it."""
        for case in cases(rows, self._kind, self._markers):
            self._inspection.row(case)

    def verdict(self, sampled: pl.DataFrame | None) -> TemplateVerdict:
        """What came of it, the first of the sampled rows looked at more closely."""
        if sampled is not None:
            for case in cases(sampled.head(SAMPLE), self._kind, self._markers):
                self._inspection.sample(case)
        found = self._inspection.verdict()
        return TemplateVerdict(
            rows=found.rows,
            sampled=found.sampled,
            broken=tuple(
                BrokenPromise(check=one.check, severity=one.severity, what=one.what, rows=one.rows)
                for one in found.findings
                if one.severity != "note"
            ),
        )


def _tokens(recipe: Recipe) -> tuple[str | None, str | None]:
    """BOS and EOS as the trainer's tokenizer will have them; of a text that is written as it is, none."""
    if "sft-text" in recipe.layout_names:
        return None, None
    beside = (None, None) if recipe.tokenizer is None else tokens_beside(recipe.tokenizer)
    bos, eos = (token or stand_in for token, stand_in in zip(beside, STAND_INS, strict=True))
    return bos, eos
