"""Visible working made into thinking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, cast

import polars as pl
from pydantic import Field

from curate.answers import conclusion
from curate.rows import SCHEMA
from curate.step import Edit

Form = Literal["json", "answer_tag", "hashes", "sentence"]

_COLUMNS = ("messages", "chosen", "rejected")


class RationaleToThinking(Edit):
    """Take the working that stands before a final answer as the thinking that led to it.

    It looks at the last turn of each row, or of each side of a preference row, if the assistant's and
    without thinking. Rows in none of the forms stay as they are (`thinking: require` drops them).
    Changed rows are marked in a Boolean column `edited`.
    """

    name: ClassVar[str] = "rationale_to_thinking"
    marks: ClassVar[bool] = True

    forms: tuple[Form, ...] = Field(
        default=("json", "answer_tag", "hashes", "sentence"),
        min_length=1,
        description="Where the answer is looked for, in this order. `json`: a JSON object, alone or "
        "fenced, whose `reasoning` becomes the thinking and whose `answer` the answer. `answer_tag`: "
        "what stands in the last `<answer>` tags, and behind them. `hashes`: what stands behind "
        "`####`. `sentence`: the last line from words such as `So the answer is` on.",
    )
    min_working: int = Field(
        default=1, ge=1, description="Shortest working that is taken, in characters."
    )
    calculator: bool = Field(
        default=True, description="Remove the calculator marks of GSM8K, such as `<<48/2=24>>`."
    )

    def columns(self) -> Sequence[pl.Expr]:
        """The turns rewritten, and `edited`."""
        # One call for all columns, as finding the forms is what takes time.
        rewritten = pl.struct(*_COLUMNS).map_batches(
            self._rewritten,
            return_dtype=pl.Struct({**{c: SCHEMA[c] for c in _COLUMNS}, "edited": pl.Boolean}),
            is_elementwise=True,
        )
        return [rewritten.struct.field(*_COLUMNS, "edited")]

    def _rewritten(self, rows: pl.Series) -> pl.Series:
        frame = rows.struct.unnest()
        edited = pl.repeat(False, len(rows), eager=True)
        for column in _COLUMNS:
            texts = frame.select(_candidate(column)).to_series()
            if texts.null_count() == len(texts):
                continue
            parts = [None if text is None else self.parted(text) for text in texts.to_list()]
            working = pl.Series([part and part[0] for part in parts], dtype=pl.String)
            answers = pl.Series([part and part[1] for part in parts], dtype=pl.String)
            frame = frame.with_columns(_replaced(frame[column], working, answers))
            edited |= working.is_not_null()
        return frame.with_columns(edited.alias("edited")).to_struct(rows.name)

    def parted(self, text: str) -> tuple[str, str] | None:
        """The working and the answer, both trimmed; None where the text has none of the forms."""
        for form in self.forms:
            parts = _PARTED[form](text)
            if parts is None:
                continue
            working, answer = (part.strip() for part in parts)
            if self.calculator:
                working = _CALCULATOR.sub("", working)
            if answer and len(working) >= self.min_working:
                return working, answer
        return None


def _candidate(column: str) -> pl.Expr:
    """The content of a last turn that answers without thinking, null for all others."""
    last = pl.col(column).list.last().struct
    plain = (last.field("role") == "assistant") & last.field("thinking").is_null()
    return pl.when(plain).then(last.field("content"))


def _replaced(turns: pl.Series, working: pl.Series, answers: pl.Series) -> pl.Series:
    """The turns, where there is working the last with it as its thinking and the answer as its content.

    They are laid out flat for it, which takes polars a fifth of what joining lists does.
    """
    lists = pl.DataFrame({"row": pl.int_range(len(turns), eager=True), "turns": turns})
    flat = (
        lists.with_columns(working=working, answer=answers)
        .explode("turns", empty_as_null=False, keep_nulls=False)
        .with_columns(changes=pl.col("working").is_not_null() & pl.col("row").is_last_distinct())
    )
    turn = pl.col("turns").struct.with_fields(
        pl.when("changes").then("answer").otherwise(pl.field("content")).alias("content"),
        pl.when("changes").then("working").otherwise(pl.field("thinking")).alias("thinking"),
    )
    changed = flat.select("row", turn).group_by("row", maintain_order=True).agg("turns")
    # Rows without a turn are not among the flat ones.
    whole = lists.join(changed, on="row", how="left", maintain_order="left")
    return whole.select(pl.coalesce("turns_right", "turns").alias(turns.name)).to_series()


# The forms ---------------------------------------------------------------------------------------

_Parts = tuple[str, str] | None

_CALCULATOR = re.compile(r"<<[-+*/().\d=%, ]*>>")
_OPEN, _CLOSE = "<answer>", "</answer>"
_HASHES = re.compile(r"\A(.*)^####[ \t]*(\S.*)\Z", re.DOTALL | re.MULTILINE)
_LONE = re.compile(r"\s*(?=\{)")
_FENCED = re.compile(r"```[ \t]*(?:json|JSON)?\s*(?=\{)")
_LATEX = re.compile(
    r"\\(?:\\|(?=(?:bar|begin|beta|big|binom|bmod|boxed|bullet|fbox|forall|frac|nabla|neq|nmid|rangle"
    r"|rceil|rfloor|rho|right|rightarrow|rm|rvert|tan|tau|text|textbf|tfrac|theta|times|triangle)"
    r"(?![A-Za-z])))"
)
"""An escaped backslash, or the bare one of a command that begins like an escape of JSON."""
_DECODER = json.JSONDecoder(strict=False)


def _json(text: str) -> _Parts:
    r"""The last fenced or lone JSON object with `reasoning` and `answer`.

    Raw line ends inside its strings are allowed. Formulas are often escaped badly there (`\frac`
    for `\\frac`, which JSON reads as a form feed and `rac`): commands that JSON would so spoil are
    read as what they are.
    """
    starts = [found.end() for found in _FENCED.finditer(text)]
    if lone := _LONE.match(text):
        starts.insert(0, lone.end())
    for start in reversed(starts):
        try:
            value, _ = _DECODER.raw_decode(_LATEX.sub(r"\\\\", text[start:]))
        except (ValueError, RecursionError):
            continue
        found = cast("dict[str, Any]", value)
        if isinstance(reasoning := found.get("reasoning"), str) and "answer" in found:
            answer = found["answer"]
            return reasoning, answer if isinstance(answer, str) else json.dumps(
                answer, ensure_ascii=False
            )
    return None


def _answer_tag(text: str) -> _Parts:
    begin = text.rfind(_OPEN, 0, max(text.rfind(_CLOSE), 0))
    if begin < 0:
        return None
    end = text.index(_CLOSE, begin)
    answer, behind = text[begin + len(_OPEN) : end], text[end + len(_CLOSE) :]
    return text[:begin], f"{answer.strip()}\n\n{behind.strip()}"


def _hashes(text: str) -> _Parts:
    found = _HASHES.match(text) if "####" in text else None
    return None if found is None else (found[1], found[2])


def _sentence(text: str) -> _Parts:
    """The conclusion must stand in the last line, or the working goes on behind it."""
    announced = conclusion(text)
    if announced is None or "\n" in text[announced.end() :].strip():
        return None
    return text[: announced.start()], text[announced.start() :]


_PARTED: dict[Form, Callable[[str], _Parts]] = {
    "json": _json,
    "answer_tag": _answer_tag,
    "hashes": _hashes,
    "sentence": _sentence,
}
