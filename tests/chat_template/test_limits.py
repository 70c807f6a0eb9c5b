"""Templates that try to get out, go on for ever, or fill the memory end in a clear error."""

from __future__ import annotations

import threading
import time

import pytest

from curate.chat_template import ChatTemplate, engine, marked
from curate.errors import TemplateError

USER = [{"role": "user", "content": "x"}]

ESCAPES = [
    "{{ ''.__class__ }}{{ ''.__class__.__mro__ }}",
    "{{ messages.__class__.__base__.__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ raise_exception.__globals__['json'] }}",
    "{{ namespace.__init__.__globals__.x }}",
    "{{ dict.mro() }}",
    "{{ '{0.__class__.__mro__}'.format(messages).x.y }}",
    "{{ ('{0.__class__}' | attr('format'))(messages).x.y }}",
    "{{ messages | attr('__class__') | attr('__base__') }}{{ messages | map(attribute='__class__.x.y') | list }}",
    "{{ self._TemplateReference__context.x }}",
    "{{ messages.append(1) }}",
    "{{ messages.clear() }}",
    "{{ messages[0].pop('role') }}",
    "{{ lipsum.__globals__.os.x }}",
    "{% set ns = namespace(_x=1) %}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{{ (messages | map('upper')).gi_frame.f_globals }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ loop.__class__.x }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_the_sandbox_holds(text: str) -> None:
    messages = [{"role": "user", "content": "x"}]
    with pytest.raises(TemplateError):
        ChatTemplate(text).render(messages)
    assert messages == USER


def test_values_never_lead_out() -> None:
    class Secret:
        def write(self) -> str:
            raise AssertionError("a template called into the program")

    text = "{{ messages[0].content }}{{ messages[0].content.write is defined }}{{ secret }}"
    rendering = ChatTemplate(text).render([{"role": "user", "content": Secret()}], secret=Secret())
    assert rendering.text == "<Secret>False<Secret>"


ENDLESS = [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{{ loop.index }}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) if false %}{% endfor %}{% endfor %}",
    "{% set x %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endset %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{% for n in [range(99999)] * 999 recursive %}{% if n is iterable %}{{ loop(n) }}{% endif %}{% endfor %}",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_endless_templates_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.2)
    template = ChatTemplate(text, name="loops.jinja")
    began = time.monotonic()
    with pytest.raises(TemplateError, match=r"still looping after 0\.2 seconds") as caught:
        template.render(USER)
    assert time.monotonic() - began < 5
    place = caught.value.problems[0].place
    assert place is not None
    assert (place.file, place.line) == ("loops.jinja", 1)


def test_endless_templates_end_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.2)
    template = ChatTemplate(ENDLESS[0])
    errors: list[TemplateError] = []

    def render() -> None:
        try:
            template.render(USER)
        except TemplateError as error:
            errors.append(error)

    threads = [threading.Thread(target=render) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(errors) == 3


HUGE = [
    "{{ 'x' * 1000000000 }}",
    "{{ 1000000000 * 'x' }}",
    "{{ ([0] * 1000000000) | length }}",
    "{{ 2 ** 1000000000 }}",
    "{{ 'x'.center(1000000000) }}",
    "{{ 'x'.zfill(1000000000) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ 'x\ny' | indent(1000000000) }}",
    "{{ [] | slice(1000000000) | list }}",
    "{{ [1] | batch(1000000000, 0) | list }}",
    "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=9) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "{% macro f(x) %}{{ f(x + x) }}{% endmacro %}{{ f('xxxxxxxx') }}",
    "{% set x = 'x' * 1000000 %}{% for i in range(99999) %}{{ x }}{% endfor %}",
]


@pytest.mark.parametrize("text", HUGE)
def test_huge_output_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "LONGEST", 1 << 22)
    with pytest.raises(TemplateError, match="the template makes more than 4,194,304 characters"):
        ChatTemplate(text).render(USER)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 1000000 * 1000000 }}",
        "{{ 'ab' * 3 }}",
        "{{ 2 ** 64 }}",
        "{{ 'a'.center(3) }}",
        "{% for i in range(5000) %}{{ i }}{% endfor %}",
    ],
)
def test_ordinary_work_is_not(text: str) -> None:
    assert ChatTemplate(text).render(USER).text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "deeper and deeper"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "Range too big"),
    ],
)
def test_other_ends(text: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        ChatTemplate(text).render(USER)


def test_data_that_holds_itself() -> None:
    turn: dict[str, object] = {"role": "user"}
    turn["content"] = turn
    with pytest.raises(TemplateError, match="deeper and deeper"):
        ChatTemplate("{{ messages }}").render([turn])
