"""What a row is: the columns, the parts of its text, and how a shaped record becomes one.

A *record* is what a source holds; a *row* is what every step sees. Shapes make `Row`s, `frame`
turns a batch of them into columns, and nothing changes the columns afterwards.

| column | conversation | preference |
| --- | --- | --- |
| `id` | 32 hex digits | 32 hex digits |
| `source` | the key of quotas and of the funnel | the same |
| `messages` | the turns, in order | the shared prompt turns |
| `chosen`, `rejected` | null | the two continuations |
| `tools`, `chat_template_kwargs` | JSON text as upstream, null where absent | the same |
| `origin` | what the record said its own source was | the same |
| `prompt_key` | samples only: 32 hex digits, the same for all samples of one prompt | null |

Columns a recipe asks to `keep` travel behind these, under their own names. Texts that steps judge
are not stored: they are derived on demand, as columns named `text.<part>` (see `PARTS`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast, get_args

import polars as pl

from curate import thinking
from curate.errors import ShapeError
from curate.fingerprint import digest

Kind = Literal["conversation", "preference"]
Role = Literal["system", "user", "assistant", "tool"]
ROLES: tuple[str, ...] = get_args(Role)

MESSAGE = pl.Struct(
    {
        "role": pl.String,
        "content": pl.String,
        "thinking": pl.String,
        "markers": pl.String,
        "tool_calls": pl.String,
        "tool_call_id": pl.String,
        "name": pl.String,
    }
)
"""One turn. `thinking` is null where there is none; `tool_calls` is JSON text; `markers` is null
where thinking stood between `<think>` and `</think>`, else the JSON list of what stood around it
(opening, closing, ending), so that the upstream text can always be put back."""

TIDY = json.dumps([f"{thinking.OPEN}\n", f"\n{thinking.CLOSE}\n\n", ""])
"""The `markers` of thinking whose white space has been made uniform: what every template of ours
writes around it."""

SCHEMA: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "messages": pl.List(MESSAGE),
    "chosen": pl.List(MESSAGE),
    "rejected": pl.List(MESSAGE),
    "tools": pl.String(),
    "chat_template_kwargs": pl.String(),
    "origin": pl.String(),
    "prompt_key": pl.String(),
}
"""The columns of every row, in order."""


class Message(NamedTuple):
    """One turn of a conversation; a tuple, because there are millions of them."""

    role: str
    content: str | None
    thinking: str | None = None
    markers: str | None = None
    tool_calls: str | None = None
    tool_call_id: str | None = None
    name: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """The turn as a value of `MESSAGE`."""
        return {
            "role": self.role,
            "content": self.content,
            "thinking": self.thinking,
            "markers": self.markers,
            "tool_calls": self.tool_calls,
            "tool_call_id": self.tool_call_id,
            "name": self.name,
        }


def assistant(text: str, *, implied_opening: bool = False, **more: str | None) -> Message:
    """An assistant turn from its whole text: a leading thinking block is set apart, losslessly."""
    if not implied_opening and not thinking.opens(text):
        return Message("assistant", text, **more)
    thought = thinking.split(text, implied_opening=implied_opening)
    markers = (
        None
        if thought.is_canonical
        else json.dumps([thought.opening, thought.closing, thought.ending], ensure_ascii=False)
    )
    return Message("assistant", thought.content, thought.thinking, markers, **more)


class Row(NamedTuple):
    """One shaped record, before it has a source and an id."""

    messages: tuple[Message, ...]
    chosen: tuple[Message, ...] | None = None
    rejected: tuple[Message, ...] | None = None
    tools: str | None = None
    chat_template_kwargs: str | None = None
    origin: str | None = None
    prompt_key: str | None = None
    extra: Mapping[str, Any] = MappingProxyType({})

    def identity(self, source: str) -> str:
        """The row's id: 32 hex digits over the source's name and the row as it arrived.

        Two equal records of one source have one id here; a set step numbers the repeats.
        """
        parts: list[str | None] = [source, self.origin, self.tools, self.chat_template_kwargs]
        for turns in (self.messages, self.chosen, self.rejected):
            parts.append(None if turns is None else str(len(turns)))
            for turn in turns or ():
                parts += turn
        for name, value in sorted(self.extra.items()):
            parts += (name, value if isinstance(value, str) else repr(value))
        return digest(*parts).hex()


def prompt_key(turns: Iterable[Message]) -> str:
    """What all samples of one prompt share: 32 hex digits over the prompt turns."""
    parts: list[str | None] = []
    for turn in turns:
        parts += (turn.role, turn.content)
    return digest(*parts).hex()


def frame(
    source: str, rows: Sequence[Row], extras: dict[str, pl.DataType] | None = None
) -> pl.DataFrame:
    """Turn shaped rows of one source into columns, in the order given.

    `extras` names the extra columns and their types. Raises ShapeError where a value does not have
    its column's type.
    """
    columns: dict[str, pl.Series] = {
        "id": pl.Series("id", [row.identity(source) for row in rows], dtype=pl.String),
        "source": pl.Series("source", [source] * len(rows), dtype=pl.String),
        "messages": _turns("messages", [row.messages for row in rows]),
        "chosen": _turns("chosen", [row.chosen for row in rows]),
        "rejected": _turns("rejected", [row.rejected for row in rows]),
    }
    for name in ("tools", "chat_template_kwargs", "origin", "prompt_key"):
        values = [getattr(row, name) for row in rows]
        columns[name] = pl.Series(name, values, dtype=pl.String)
    for name, dtype in (extras or {}).items():
        columns[name] = _extra(name, [row.extra.get(name) for row in rows], dtype)
    return pl.DataFrame(columns)


def _turns(name: str, lists: Sequence[tuple[Message, ...] | None]) -> pl.Series:
    """A column of turns, laid out flat and then grouped: 30 times as fast as from dictionaries."""
    there = [turns is not None for turns in lists]
    if not any(there):
        return pl.Series(name, [None], dtype=pl.List(MESSAGE)).new_from_index(0, len(lists))
    fields = [part.name for part in MESSAGE.fields]
    flat = [turn for turns in lists for turn in turns or ()]
    at = [position for position, turns in enumerate(lists) for _ in turns or ()]
    columns = {part: [getattr(turn, part) for turn in flat] for part in fields}
    grouped = (
        pl.DataFrame({"at": at, **columns}, {"at": pl.Int64, **dict.fromkeys(fields, pl.String)})
        .with_columns(pl.col("at").set_sorted())  # groups are then stretches: half the time
        .group_by("at", maintain_order=True)
        .agg(pl.struct(fields).alias(name))
    )
    if grouped.height == len(lists):
        return grouped[name]
    rows = pl.DataFrame(
        {"at": range(len(lists)), "there": there}, {"at": pl.Int64, "there": pl.Boolean}
    )
    empty = pl.lit([], dtype=pl.List(MESSAGE))
    turns = pl.when("there").then(pl.col(name).fill_null(empty)).alias(name)
    return rows.join(grouped, on="at", how="left", maintain_order="left").select(turns).to_series()


def _extra(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    if dtype == pl.String():
        values = [
            value
            if value is None or isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
            for value in values
        ]
    try:
        return pl.Series(name, values, dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError) as error:
        raise ShapeError(f"column '{name}' should hold {dtype}, but {error}") from error


# The parts of a row's text -----------------------------------------------------------------------


def _contents(turns: pl.Expr) -> pl.Expr:
    """The turns' contents, a blank line between them."""
    return turns.list.eval(pl.element().struct.field("content").fill_null("")).list.join("\n\n")


def _whole(turns: pl.Expr) -> pl.Expr:
    """Thinking and content of every turn, in order, a blank line between them."""
    thought = pl.element().struct.field("thinking")
    content = pl.element().struct.field("content").fill_null("")
    return turns.list.eval(
        pl.when(thought.is_null())
        .then(content)
        .otherwise(pl.concat_str(thought.fill_null(""), pl.lit("\n\n"), content))
    ).list.join("\n\n")


def _roled(role: str) -> pl.Expr:
    turns = pl.col("messages")
    return turns.list.eval(pl.element().filter(pl.element().struct.field("role") == role))


def _ends_in_answer() -> pl.Expr:
    return pl.col("messages").list.last().struct.field("role") == "assistant"


def _prompt_turns() -> pl.Expr:
    """All turns but a final answer."""
    turns = pl.col("messages")
    length = turns.list.len()
    return turns.list.slice(0, length - _ends_in_answer().fill_null(value=False).cast(pl.UInt32))


def _last(column: str, name: str) -> pl.Expr:
    last = pl.col(column).list.last().struct
    return pl.when(last.field("role") == "assistant").then(last.field(name))


PARTS: dict[str, Callable[[], pl.Expr]] = {
    "system": lambda: _contents(_roled("system")),
    "user": lambda: _contents(_roled("user")),
    "prompt": lambda: _contents(_prompt_turns()),
    "thinking": lambda: _last("messages", "thinking"),
    "answer": lambda: _last("messages", "content"),
    "response": lambda: pl.when(_ends_in_answer()).then(_whole(pl.col("messages").list.tail(1))),
    "conversation": lambda: _whole(pl.col("messages")),
    "chosen": lambda: _whole(pl.col("chosen")),
    "rejected": lambda: _whole(pl.col("rejected")),
    "chosen_thinking": lambda: _last("chosen", "thinking"),
    "chosen_answer": lambda: _last("chosen", "content"),
    "rejected_thinking": lambda: _last("rejected", "thinking"),
    "rejected_answer": lambda: _last("rejected", "content"),
    "pair": lambda: pl.concat_str(
        _contents(pl.col("messages")),
        pl.lit("\n\n"),
        _whole(pl.col("chosen")),
        pl.lit("\n\n"),
        _whole(pl.col("rejected")),
    ),
}
"""The texts a step may look at. `prompt` is every turn before the final answer, `thinking` and
`answer` those of the final assistant turn (null where the row does not end in one), `response` is both;
`conversation` is everything. For preference rows `messages` is the prompt, `chosen` and `rejected` are the two
continuations with their thinking, and `pair` is prompt and both."""

Part = Literal[
    "system",
    "user",
    "prompt",
    "thinking",
    "answer",
    "response",
    "conversation",
    "chosen",
    "rejected",
    "chosen_thinking",
    "chosen_answer",
    "rejected_thinking",
    "rejected_answer",
    "pair",
]

WHOLE: Mapping[Kind, Part] = {"conversation": "conversation", "preference": "pair"}
"""The part that is all of a row, by kind."""

_PREFIX = "text."


def text(part: Part) -> pl.Expr:
    """The text of one part of every row, as a column a measure can build on."""
    return pl.col(_PREFIX + part)


def with_texts(rows: pl.DataFrame, expressions: Iterable[pl.Expr]) -> pl.DataFrame:
    """Add the `text.<part>` columns the expressions read, where they are not there yet."""
    wanted = {root for expression in expressions for root in expression.meta.root_names()}
    missing = sorted(
        name for name in wanted if name.startswith(_PREFIX) and name not in rows.columns
    )
    if not missing:
        return rows
    return rows.with_columns(PARTS[name.removeprefix(_PREFIX)]().alias(name) for name in missing)


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, without hold on others': a few rows taken from a frame keep all its texts alive."""
    return pl.DataFrame(cast("Any", rows).to_arrow(compat_level=pl.CompatLevel.oldest()))


def without_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop the derived columns: after an edit they may no longer be true."""
    return rows.drop(pl.selectors.starts_with(_PREFIX))
