"""Values for the chat template, taken away from rows."""

from __future__ import annotations

import json

import polars as pl
import pytest

from curate.steps.template_variables import TemplateVariables

GIVEN = '{"enable_thinking": false, "python_tools": [], "custom_instructions": "Sei kurz – äh."}'


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ((), None),
        (("no_such",), None),
        (("custom_instructions",), {"custom_instructions": "Sei kurz – äh."}),
        (("python_tools", "enable_thinking"), {"enable_thinking": False, "python_tools": []}),
    ],
)
def test_what_is_left(keep: tuple[str, ...], left: dict[str, object] | None) -> None:
    rows = pl.DataFrame(
        {"chat_template_kwargs": [GIVEN, None]}, {"chat_template_kwargs": pl.String}
    )
    edited = rows.with_columns(TemplateVariables(keep=keep).columns())
    one, other = edited["chat_template_kwargs"]
    assert (json.loads(one) if one else None) == left
    assert other is None
