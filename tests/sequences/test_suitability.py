"""What a layout of token ids asks of a template before anything is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curate import shipped
from curate.recipe.model import TinyLlama, Tokens, TokenUse
from curate.sequences.suitability import objections
from curate.step import TemplateUse


def use(name: str, bos: str | None = None, eos: str | None = None, **variables: Any) -> TemplateUse:
    return TemplateUse(shipped.templates()[name], bos, eos, variables)


@pytest.mark.parametrize("layout", [Tokens(), Tokens(mask="all"), Tokens(mask="answer")])
@pytest.mark.parametrize("name", shipped.templates())
def test_every_template_that_ships_suits(name: str, layout: Tokens) -> None:
    as_published = name in ("trlm-stage-1", "trlm-stage-2", "trlm-stage-3")  # they mark nothing
    found = list(objections(layout, use(name, "<s>", "</s>"), None))
    assert len(found) == (as_published and layout.mask != "all")


@pytest.mark.parametrize(
    ("layout", "template", "told"),
    [
        (Tokens(), use("human_assistant", "<s>"), ["template human_assistant prints eos_token, and"]),
        (Tokens(), use("human_assistant", "", ""), []),
        (Tokens(), use("chatml_think"), []),
        (
            Tokens(max_length=9, truncation="think_aware"),
            use("chatml_think", think_mode="strip"),
            ["truncation think_aware shortens thinking, and template chatml_think prints none"],
        ),
        (Tokens(), use("chatml_think", think_mode="strip"), []),
        (
            TinyLlama(),
            use("guanaco"),
            [f"layout tokens-tinyllama puts {token}_token" for token in ("bos", "eos")],
        ),
        (TinyLlama(bos_token="<s>", eos_token="</s>"), use("guanaco"), []),
        (TinyLlama(bos_token="<s>", eos_token="</s>", input="prompt"), use("guanaco"), []),
        (
            TinyLlama(bos_token="<s>", eos_token="</s>"),
            use("human_assistant", "<s>", "</s>"),
            [f"template human_assistant prints {token}" for token in ("<s> before", "</s> behind")],
        ),
        (
            TinyLlama(bos_token="<s>", eos_token="</s>", input="prompt"),
            use("trlm-stage-2"),
            ["input prompt is what template trlm-stage-2 begins a row with"],
        ),
    ],
)  # fmt: skip
def test_objections(layout: TokenUse, template: TemplateUse, told: list[str]) -> None:
    found = [problem.what for problem in objections(layout, template, None)]
    assert len(found) == len(told)
    assert all(what.startswith(begin) for what, begin in zip(found, told, strict=True))


def test_the_tokenizers_own_tokens_are_proposed(tmp_path: Path) -> None:
    config = {"bos_token": "<b>", "eos_token": {"content": "<e>"}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (problem,) = objections(Tokens(), use("human_assistant"), tmp_path / "tokenizer.json")
    assert problem.help is not None
    assert "{use: human_assistant, bos_token: '<b>', eos_token: '<e>'}" in problem.help
    assert list(objections(TinyLlama(), use("guanaco"), tmp_path / "tokenizer.json")) == []


def test_a_template_that_cannot_be_opened_is_no_matter_here(tmp_path: Path) -> None:
    assert list(objections(Tokens(), TemplateUse(tmp_path / "none.jinja"), None)) == []
    (tmp_path / "refuses.jinja").write_text("{{ raise_exception('no') }}")
    assert list(objections(Tokens(), TemplateUse(tmp_path / "refuses.jinja"), None)) == []
