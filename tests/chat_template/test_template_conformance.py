"""The shared conformance cases, byte for byte and span for span."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curate.chat_template import ChatTemplate
from curate.errors import TemplateError

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    text = (shared / "templates_conformance/cases.json").read_text(encoding="utf-8")
    return json.loads(text)["cases"]


def test_every_case(shared: Path, cases: list[dict[str, Any]]) -> None:
    assert len(cases) == 41
    wrong: dict[str, Any] = {}
    for case in cases:
        text = (shared / "templates_conformance" / case["template"]).read_bytes().decode("utf-8")
        template = ChatTemplate(text, now=case.get("now"), **case["special_tokens"])
        try:
            got = template.render(case["messages"], tools=case.get("tools"), **case["kwargs"])
        except TemplateError as error:
            if case["kind"] != "render_error" or case["expected_error"]["message"] not in str(
                error
            ):
                wrong[case["id"]] = error
            continue
        spans = [list(span) for span in got.spans]
        if got.text != case.get("expected") or spans != case.get("expected_spans", spans):
            wrong[case["id"]] = got
    assert wrong == {}


@pytest.mark.parametrize("name", ["human_assistant", "chatml_think"])
def test_shipped_templates_are_the_shared_ones(shared: Path, name: str) -> None:
    ours = (ROOT / f"templates/{name}.jinja").read_bytes()
    assert ours == (shared / f"templates_conformance/templates/{name}.jinja").read_bytes()
