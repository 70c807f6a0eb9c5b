"""Two mixes of six rows each that meet everything a layout has to hold."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from curate import shipped
from curate.funnel import REJECTS, Count, Funnel, SourceCount, Stop
from curate.output.carried import survey
from curate.output.findings import Findings
from curate.output.folder import write_folder
from curate.output.manifest import Manifest, SourceStamp
from curate.output.promises import Promises
from curate.output.token_lengths import count_rows
from curate.recipe.model import Embedded, PlainLayout, Recipe, Source, TokenUse
from curate.rows import Kind, Message, Row, assistant, frame
from curate.step import TemplateUse

CALL = json.dumps(
    [{"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2}}}]
)
TOOLS = json.dumps([{"type": "function", "function": {"name": "add", "parameters": {}}}])


def user(text: str) -> Message:
    return Message("user", text)


CONVERSATIONS = (
    Row((user("What is 2+2?"), assistant("<think>\nTwo and two.\n</think>\n\n4")), origin="sums"),
    Row(
        (
            Message("system", "Be brief."),
            user("Hi\r\nthere\u0085"),
            assistant("Hello {{ name }} 🙂"),
        )
    ),
    Row(
        (
            user("First?"),
            assistant("<think>one</think>1"),
            user("Second?"),
            assistant("<thinking> two </thinking>\n2"),
        ),
        extra={"score": 0.5},
    ),
    Row(
        (
            user("Add 1 and 2."),
            Message("assistant", None, "A tool will do.", tool_calls=CALL),
            Message("tool", "3", tool_call_id="c1", name="add"),
            assistant("It is 3."),
        ),
        tools=TOOLS,
    ),
    Row(
        (user("No thinking, please."), assistant("<think></think>Fine.")),
        chat_template_kwargs='{"enable_thinking": false}',
    ),
    Row(
        (user("Say ```code```."), assistant("```python\nprint('</think>')\n```")),
        extra={"score": 1.0},
    ),
)

PAIRS = (
    Row((user("2+2?"),), (assistant("<think>Sum.</think>4"),), (assistant("5"),)),
    Row((), (assistant("Good."),), (assistant("Bad."),)),
    Row(
        (Message("system", "Be kind."), user("Hi")),
        (assistant("Hello!"),),
        (assistant("<think>Ugh.</think>Go away."),),
        origin="chat",
    ),
    Row(
        (user("a"), assistant("<think>t</think>b"), user("c")),
        (assistant("d"),),
        (assistant("e"),),
        extra={"score": 2.0},
    ),
    Row((user("x"),), (assistant("same start"),), (assistant("same end"),)),
    Row((user("é"),), (assistant("ü"),), (assistant("🙂"),)),
)

ROWS: dict[Kind, tuple[Row, ...]] = {"conversation": CONVERSATIONS, "preference": PAIRS}
EXTRAS: dict[str, pl.DataType] = {"score": pl.Float64()}


def rows(kind: Kind = "conversation") -> pl.DataFrame:
    """The six rows, from two sources, under ids that no change of the id's digest changes."""
    made = ROWS[kind]
    both = pl.concat([frame("one", made[:3], EXTRAS), frame("two", made[3:], EXTRAS)])
    return both.with_columns(id=pl.Series([f"{place:032x}" for place in range(6)]))


def template(name: str = "chatml_think", **variables: Any) -> TemplateUse:
    path = shipped.templates()[name]
    return TemplateUse(path, eos_token="</s>", variables=variables)


def recipe(kind: Kind = "conversation", *layouts: PlainLayout | TokenUse, **more: Any) -> Recipe:
    sources = {
        "one": Source(embedded=Embedded(like="chat", rows=10), take=3),
        "two": Source(embedded=Embedded(like="reasoning", rows=10), take=3),
    }
    said: dict[str, Any] = {
        "name": "tiny",
        "kind": kind,
        "description": "Six rows.",
        "sources": sources,
        "layouts": layouts,
        "template": template(),
    }
    return Recipe(**said | more)


FUNNEL = Funnel(
    (Stop(0, "score", "at_least=1", source="one"), Stop(1, "length", "max=8000 | of=answer")),
    {
        "one": SourceCount(10, 1, 2, {0: Count(9, dropped=2), 1: Count(7, edited=1)}, drawn=3),
        "two": SourceCount(10, stops={1: Count(10, dropped=6)}, drawn=3),
    },
)

REJECTED = pl.DataFrame(
    [
        ("0" * 32, "one", "0 score", "0.5", "at least 1", None),
        ("1" * 32, "two", "1 length", "9000", "at most 8,000 characters", None),
    ],
    schema=REJECTS,
    orient="row",
)

STAMPS = (SourceStamp(name="one", stamp="chat"), SourceStamp(name="two", stamp="reasoning"))


def write(
    target: Path,
    made: Recipe,
    drawn: pl.DataFrame | None = None,
    cuts: tuple[int, ...] = (),
) -> Manifest:
    """Write the mix as a finished folder, its rows cut into frames at the given places."""
    drawn = rows(made.kind) if drawn is None else drawn
    places = [0, *cuts, drawn.height]
    frames = [drawn[start:end] for start, end in pairwise(places)]
    counted = [
        count_rows(frame, made.kind, made.template, made.tokenizer)
        for frame in frames
        if made.tokenizer is not None
    ]
    seen = tuple(map(Promises.of(made).look, frames))
    findings = Findings(seen=seen, counted=pl.concat(counted) if counted else None)
    return write_folder(
        target, made, {"train": frames}, [REJECTED], survey(frames), FUNNEL, STAMPS, findings
    )
