"""Every public template renders as `transformers` renders it, or fails where it fails."""

from __future__ import annotations

import datetime as clock
import functools
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conversations import CASES, INLINE, PLAIN, TOOLS, assistant, user

from curate.chat_template.renderer import ChatTemplate
from curate.errors import TemplateError

pytestmark = [pytest.mark.slow]

NOW = clock.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 (transformers reads the naive clock)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
Oracle = Callable[..., str]


@pytest.fixture(scope="module")
def utils() -> Any:
    """The module of transformers that renders, its clock frozen."""
    pytest.importorskip("transformers")
    module = import_module("transformers.utils.chat_template_utils")
    vars(module)["datetime"] = type("Frozen", (clock.datetime,), {"now": classmethod(_now)})
    return module


def _now(cls: type, tz: clock.tzinfo | None = None) -> clock.datetime:
    return NOW


@pytest.fixture(scope="module")
def oracle(utils: Any) -> Oracle:
    """`apply_chat_template(tokenize=False)`; raises what transformers raises."""
    core = import_module("tokenizers").Tokenizer(import_module("tokenizers.models").BPE())
    tokenizer = import_module("transformers").PreTrainedTokenizerFast(
        tokenizer_object=core, **TOKENS
    )

    def render(text: str, messages: Any, **arguments: Any) -> str:
        return tokenizer.apply_chat_template(
            messages, chat_template=text, tokenize=False, **arguments
        )

    return render


@functools.lru_cache(maxsize=256)
def compiled(text: str) -> ChatTemplate:
    return ChatTemplate(text, "<s>", "</s>", now=NOW)


def difference(oracle: Oracle, text: str, messages: Any, **arguments: Any) -> str | None:
    """What differs, in words; None where both give the same text or both fail."""
    try:
        expected = oracle(text, messages, **arguments)
    except Exception as error:  # noqa: BLE001 (transformers lets everything through)
        expected = error
    try:
        got = compiled(text).render(messages, **arguments).text
    except TemplateError as error:
        got = error
    if isinstance(expected, str):
        return None if got == expected else f"{got!r} instead of {expected!r}"
    return None if isinstance(got, TemplateError) else f"{got!r} instead of {expected!r}"


@pytest.mark.real
def test_public_templates(oracle: Oracle, shared: Path) -> None:
    files = sorted((shared / "data/templates").rglob("*.jinja"))
    files += sorted((shared / "templates_conformance/templates").glob("*.jinja"))
    assert len(files) == 129 + 18
    texts = {file: file.read_bytes().decode("utf-8") for file in files}
    wrong = {
        (file.name, case): different
        for file, text in texts.items()
        for case, (messages, arguments) in CASES.items()
        if (different := difference(oracle, text, messages, **arguments))
    }
    assert wrong == {}


@pytest.mark.real
@pytest.mark.parametrize("field", [True, "content", "reasoning_content", "thinking", "name"])
def test_final_turns_continued(oracle: Oracle, shared: Path, field: bool | str) -> None:
    turns = {
        "plain": PLAIN,
        "spaces": [user("a"), assistant("  b \n ")],
        "inline": INLINE,
        "field": [user("a"), assistant("b", reasoning_content="c ")],
        "parts": [user("a"), assistant([{"type": "text", "text": "b"}, {"type": "image"}])],
        "tag in data": [
            user("CONTINUE_FINAL_MESSAGE_TAG "),
            assistant("CONTINUE_FINAL_MESSAGE_TAG"),
        ],
        "repeated": [user("b"), assistant("b")],
        "empty": [user("b"), assistant("")],
    }
    wrong = {
        (file.name, case): different
        for file in sorted((shared / "data/templates").rglob("*.jinja"))
        for case, messages in turns.items()
        if (
            different := difference(
                oracle,
                file.read_bytes().decode("utf-8"),
                messages,
                continue_final_message=field,
            )
        )
    }
    assert wrong == {}


SNIPPETS = """
{% set ns = namespace(a=1) %}{{ ns }}{{ ns.a }}{{ ns.b is defined }}{{ ns['a'] }}
{% set ns = namespace(_a=1) %}
{% set ns = namespace({'_a': 1}) %}
{% set ns = namespace(self=1) %}{{ ns.self }}
{% set ns = namespace() %}{% set ns._a = 1 %}
{% set ns = namespace() %}{{ ns._a }}|{{ ns.__class__ }}
{% set ns = namespace(items=1, get=2) %}{{ ns.items }}{{ ns.get }}
{{ dict(a=1) }}{{ dict.fromkeys('ab', 1) }}{{ dict.mro }}
{{ {'items': 1}.items is string }}{{ {'keys': 1}['keys'] }}{{ {'a': 1}.a }}{{ {'a': 1}['get'] is defined }}
{{ messages[0].items() | list }}{{ messages[0].keys() | list }}{{ messages[0]['nothing'] }}
{{ messages[0].nothing }}{{ messages[0].nothing.more }}
{{ messages[0].content.upper() }}{{ 'a'.join(['b', 'c']) }}{{ 'a,b'.split(',') }}{{ 'x'.nothing }}
{{ 'a-b'.split('-', 1)[-1].strip(' b').title() }}{{ (1).real }}{{ 'ab'[0] }}{{ 'ab'['upper']() }}
{{ 'abc'.center(9) }}|{{ 'abc' | center(9) }}|{{ 'a\tb'.expandtabs(4) }}|{{ 'a'.zfill(width) }}
{{ '{} {x}'.format(1, x=2) }}{{ '%s-%d' % ('a', 3) }}{{ '%s' | format(messages) }}
{{ '{0.__class__}'.format(messages) }}
{{ messages.append(1) }}
{{ messages[0].update({}) }}
{{ ''.__class__.__mro__ }}
{{ messages.__len__() }}
{{ raise_exception.__globals__ }}
{{ strftime_now('%d %b %Y %H:%M:%S %Z') }}
{{ range(3) | list }}{{ range(1000000) }}
{{ range(100000) | length }}
{{ 2 ** 10 }}{{ 2 ** -1 }}{{ 'ab' * 3 }}{{ [1] * 2 }}{{ 3 * 'ab' }}{{ 2.5 * 2 }}{{ true * 3 }}{{ 'a' * -2 }}
{{ 'a' ** 2 }}
{{ 'a' * 'b' }}
{{ 1 + 2 }}{{ 'a' + 'b' }}{{ 'a' ~ 1 ~ none ~ 2.0 }}{{ [1] + [2] }}{{ 1 + 2 + 3 - 4 }}{{ 'a' + ('b' + 'c') }}
{{ 'a' + 1 }}
{{ x + 'a' }}
{{ x ~ 'a' }}
{{ x is defined }}{{ x is undefined }}{{ x.y is defined }}
{{ messages is defined and messages }}{{ tools is defined }}{{ tools is none }}{{ documents }}
{{ 'a' is string }}{{ 1 is string }}{{ x is string }}{{ none is string }}{{ ('a' | upper) is string }}
{{ messages is mapping }}{{ messages[0] is mapping }}{{ messages is iterable }}{{ true is boolean }}
{{ x if x is defined else 'no' }}{{ x | default('d') }}{{ x or 'or' }}{{ none | default('e', true) }}
{% for m in messages %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.revindex0 }}{{ loop.length }}{{ loop.nothing }}{% endfor %}
{% for m in messages %}{{ loop.previtem.role }}|{{ loop.nextitem }}|{{ loop.cycle('a', 'b') }}|{{ loop.changed(m.role) }}{% endfor %}
{% for m in messages %}{% if loop.index0 == 1 %}{% break %}{% endif %}{{ m.role }}{% endfor %}
{% for m in messages if m.role == 'user' %}{{ m.content }}{{ loop.length }}{% else %}none{% endfor %}
{% for m in [] %}{% else %}none{% endfor %}{% for x in nothing %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for n in [1, [2, [3]]] recursive %}{% if n is iterable %}({{ loop(n) }}){% else %}{{ n }}{{ loop.depth }}{% endif %}{% endfor %}
{% for a, b in {'x': 1, 'y': 2}.items() %}{{ a }}{{ b }}{% endfor %}{{ {'b': 1, 'a': 2} | dictsort }}
{% macro f(a, b='B', *c, **d) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1) }}{{ f(1, 2, 3, x=4) }}
{% macro f(a, b='B') %}{{ a }}{{ b }}{% endmacro %}{{ f() }}{{ f(1) }}{{ f(b=2) }}{{ f(1, 2) }}{{ f.name }}{{ f.arguments }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}
{% macro f() %}[{{ caller('x') }}]{% endmacro %}{% call(y) f() %}<{{ y }}>{% endcall %}
{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}
{% macro f() %}x{% endmacro %}{{ f() is string }}{{ f() | length }}{{ f }}
{% set x %}  a{% endset %}[{{ x }}]{% set y | upper %}b{% endset %}{{ y }}{% filter upper | replace('C', 'd') %}c{% endfilter %}
{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}
{% block one %}{{ messages[0].role }}{% endblock %}{{ self.one() }}
{% set x = 1 %}{% generation %}{{ x }}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}
{% generation %}{{ y }}{% endgeneration %}{% set y = 1 %}
{% for m in messages %}{% generation %}{{ loop.index }}{{ m.role }}{% endgeneration %}{% endfor %}
{% for m in messages %}{% generation %}{% break %}{% endgeneration %}{% endfor %}
{% for m in messages %}{% generation %}{% for n in messages %}{% if 1 %}{% continue %}{% endif %}{% endfor %}{% endgeneration %}{% endfor %}
{% generation %}a{% generation %}b{% endgeneration %}c{% endgeneration %}
{% set x %}a{% generation %} b {% endgeneration %}c{% endset %}{{ x | trim }}{{ x.upper() }}{{ x[1:3] }}{{ x ~ x }}{{ x + '!' }}{{ x | length }}{{ x | tojson }}
{% filter trim %} {% generation %} b {% endgeneration %} {% endfilter %}
{% set x %}{% generation %}a,b{% endgeneration %}{% endset %}{{ x.split(',') }}{{ x.startswith('a') }}{{ 'a' in x }}{{ x == 'a,b' }}{{ {x: 1}['a,b'] }}{{ x is string }}{{ x % () }}{{ [x, x] | join('-') }}{{ x | indent(2) }}{{ x | title }}{{ x * 2 }}{{ x | list }}{{ x | first }}{{ x | e }}{{ x | safe }}{{ x | string }}{{ '<' ~ x | safe }}{{ x | wordwrap(2) }}{{ x.replace('a', 'bb') | replace(',', '') }}{{ x.format(1) }}{{ x | reverse }}{{ x | capitalize }}{{ x.encode() }}
{% autoescape true %}{{ '<' }}{% generation %}{{ '<' }}<{% endgeneration %}{{ '<' ~ '>' }}{{ '<' + '>' }}{% macro f(x) %}{{ x }}{% endmacro %}{{ f('<') }}{% endautoescape %}{{ '<' }}
{{ '<' | e }}{{ '<a>' | safe }}{{ ('<a>' | safe) + '<' }}{{ 'x' | safe ~ '<' }}{{ '<' | safe ~ '<' | e }}
{{ tools | tojson }}{{ tools | tojson(indent=2) }}{{ {'b': 1, 'a': [1, 2]} | tojson(separators=(',', ':'), sort_keys=true) }}{{ 'é<' | tojson(ensure_ascii=true) }}
{{ undefined_thing | tojson }}
{{ messages | map(attribute='role') | join(',') }}{{ messages | selectattr('role', 'equalto', 'user') | list | length }}
{{ messages | nothing }}
{{ messages is nothing }}
{{ nothing() }}
{{ 'x'() }}
{% if messages %}{% nothing %}{% endif %}
{% include 'x' %}
{% extends 'x' %}
{% import 'x' as y %}
{{ raise_exception('no') }}
{{ cycler('a', 'b').next() }}{% set j = joiner(',') %}{{ j() }}{{ j() }}
{{ messages[0].role.__class__ }}
{{ loop }}{{ self }}{{ caller }}
{% raw %}{{ x }}{% endraw %}  {#- note -#}  x
   {% if true %}  y  {% endif %}  z
{{- ' a ' -}}   b   {%- if true -%}   c   {%- endif -%}
{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ add_generation_prompt }}
{{ messages[-1]['content'][:2] }}{{ messages[0:1] }}{{ messages[9] }}{{ messages['x'] }}{{ messages.0.role }}
{{ 1 / 0 }}
{{ 7 // 2 }}{{ 7 % 2 }}{{ -7 }}{{ not 1 }}{{ 1 < 2 < 3 }}{{ 1 in [1] }}{{ 'a' ~ 1 == 'a1' }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set a.b = 1 %}
{% do messages %}
{{ (messages | first).role }}{{ messages | last }}{{ x.y.z }}
{{ 10 | string + 'a' }}{{ '3' | int + 1 }}{{ 3.7 | round | int }}{{ [3, 1] | sort }}{{ 'b' | batch(2) | list }}{{ [1, 2, 3] | slice(2) | list }}
""".strip("\n").split("\n")


def test_small_print(oracle: Oracle) -> None:
    odd = [{"role": "user", "content": "<a> é", "items": 3, "n": None}, assistant("b")]
    wrong = {
        snippet: different
        for snippet in SNIPPETS
        if (different := difference(oracle, snippet, odd, tools=TOOLS, width=5))
    }
    assert wrong == {}


def test_unusual_values(oracle: Oracle) -> None:
    import dataclasses
    import enum

    import numpy as np

    @dataclasses.dataclass
    class Part:
        type: str
        data: Any

    class Dumps:
        def model_dump(self) -> dict[str, Any]:
            return {"dumped": (1, None)}

    colour = enum.Enum("Colour", {"RED": "red"}, type=str)
    values: list[Any] = [
        *(None, True, 3, 2.5, "x", (1, "a"), [], {}, b"bytes", 1j, {1, 2}, object, len),
        *(Part("a", b"x"), Part, Dumps(), colour.RED, enum.IntEnum("N", {"ONE": 1}).ONE),
        *(np.float64(1.5), np.int64(3), np.bool_(False), np.array([1]), np.str_("s"), sys),
        *(clock.date(2026, 1, 2), range(3), {"a": None, 2: {3: None}}, {None: 1, (1, 2): 2}),
        "\ud800",
    ]
    text = (
        "{{ messages }}{{ extra }}{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}"
    )
    for value in values:
        turns: list[dict[str, Any]] = [{"role": "user", "content": value, "parts": [{"x": value}]}]
        assert difference(oracle, text, turns, extra=value) is None
        assert difference(oracle, text, turns, documents=[{"x": value}]) is None
    refused: list[list[Any]] = [[], [1], ["x"], [None], [{"a": None}], [{}]]
    for given in refused:
        assert difference(oracle, "{{ tools }}", PLAIN, tools=given) is None
        assert difference(oracle, "{{ documents }}", PLAIN, documents=given) is None
        assert difference(oracle, "{{ messages }}", given) is None
    for key in ("reasoning_content", "thinking", "reasoning"):
        for other in ("thinking", "reasoning", "x"):
            for value in ("r", "", None, ["r"]):
                turns = [{"role": "assistant", other: "o", key: value, "content": "c"}]
                assert difference(oracle, text, turns) is None


@pytest.mark.real
def test_spans(utils: Any, shared: Path) -> None:
    """Where a block is printed on the spot, transformers counts right."""
    seen = 0
    for file in sorted(shared.rglob("*.jinja")):
        text = file.read_bytes().decode("utf-8")
        if "endgeneration" not in text:
            continue
        for messages, arguments in CASES.values():
            kept = [{k: v for k, v in turn.items() if v is not None} for turn in messages]
            try:
                rendering = compiled(text).render(messages, **arguments)
            except TemplateError:
                continue
            (expected,), (spans,) = utils.render_jinja_template(
                [kept],
                chat_template=text,
                return_assistant_tokens_mask=True,
                **{**TOKENS, **arguments},
            )
            assert rendering == (expected, spans), file
            seen += len(spans)
    assert seen > 400
