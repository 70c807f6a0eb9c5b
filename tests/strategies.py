"""Rows for tests: written in shorthand, or made up by Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import polars as pl
from hypothesis import strategies as st

from curate.rows import ROLES, Message, Row, assistant, frame

# Shorthand ---------------------------------------------------------------------------------------


def row(short: Mapping[str, Any]) -> Row:
    """A row from what a test table says of it.

    `{user: …, assistant: …}` is a conversation of those turns in the order written, `turns:` a list of
    them, `{user: …, chosen: …, rejected: …}` a preference row. A turn is `{role: text}` with, if need
    be, `tool_calls` and the like beside it; an assistant's text is taken apart as at the door. `with:`
    holds extra columns.
    """
    turns = short.get("turns") or [{r: t} for r, t in short.items() if r in ROLES]
    extra = dict(short.get("with", {}))
    if "chosen" not in short:
        return Row(_turns(turns), extra=extra)
    sides = [_turns(_side(short[name])) for name in ("chosen", "rejected")]
    return Row(_turns(turns), sides[0], sides[1], extra=extra)


def _side(side: Any) -> Sequence[Mapping[str, Any]]:
    return cast("list[Any]", side) if isinstance(side, list) else [{"assistant": side}]


def _turns(turns: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(_turn(turn) for turn in turns)


def _turn(turn: Mapping[str, Any]) -> Message:
    role, content = next(iter(turn.items()))
    more = {name: value for name, value in turn.items() if name != role}
    if role == "assistant" and content is not None and "thinking" not in more:
        return assistant(content, **more)
    return Message(role, content, **more)


def rows(
    shorts: Sequence[Mapping[str, Any]], extras: Mapping[str, pl.DataType] | None = None
) -> pl.DataFrame:
    """A frame of rows in shorthand; types of extra columns are taken from their values."""
    made = [row(short) for short in shorts]
    names = {name for one in made for name in one.extra}
    types = {name: pl.Series([one.extra.get(name) for one in made]).dtype for name in sorted(names)}
    return frame("test", made, {**types, **(extras or {})})


# Hypothesis --------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    (
        *"abz 09.$`\n\r\t\u0085\u200b\ufeff\x00",
        "<think>",
        "</think>",
        "<thought>",
        "<answer>",
        "</answer>",
        "The answer is 4.",
        "\n#### 72",
        '```json\n{"reasoning": "a", "answer": 1}\n```',
        "```",
        "the quick brown fox jumps over the lazy dog ",
        "der schnelle braune Fuchs springt über den faulen Hund ",
        "你好世界",
        "\\boxed{3}",
        "<<1+1=2>>",
    )
)
TEXTS = st.one_of(
    st.text(max_size=30), st.lists(_PIECES, max_size=8).map("".join), st.just("so it goes " * 30)
)
"""Texts that look like what steps look for."""


def _messages(roles: Sequence[str]) -> st.SearchStrategy[Message]:
    return st.one_of(
        TEXTS.map(assistant),
        st.builds(
            Message,
            role=st.sampled_from(roles),
            content=st.none() | TEXTS,
            thinking=st.none() | TEXTS,
            tool_calls=st.sampled_from((None, "[]")),
        ),
    )


TURNS = st.lists(_messages(ROLES), max_size=4).map(tuple)
EXTRAS: dict[str, pl.DataType] = {
    "score": pl.Float64(),
    "correct": pl.Boolean(),
    "gold": pl.String(),
}
_EXTRA = st.fixed_dictionaries(
    {
        "score": st.none() | st.floats(-2, 2),
        "correct": st.none() | st.booleans(),
        "gold": st.none() | st.sampled_from(("4", "1", "72", "a")),
    }
)
CONVERSATIONS = st.tuples(TURNS, _EXTRA).map(lambda told: Row(told[0], extra=told[1]))
PREFERENCES = st.tuples(TURNS, TURNS, TURNS, _EXTRA).map(lambda told: Row(*told[:3], extra=told[3]))


def frames(rows: st.SearchStrategy[Row], max_size: int = 6) -> st.SearchStrategy[pl.DataFrame]:
    """Frames of such rows, with the extra columns of `EXTRAS`."""
    return st.lists(rows, max_size=max_size).map(lambda made: frame("test", made, EXTRAS))
