"""Visible working made into thinking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, cast

import polars as pl
from pydantic import Field

from curate.answers import CONCLUSION
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
        """The turns rewritten, and `edited`: true also where an earlier step made it so."""
        before = pl.selectors.by_name("edited", require_all=False)
        # One call for all columns, as finding the forms is what takes time.
        rewritten = pl.struct(*_COLUMNS, before).map_batches(
            self._rewritten,
            return_dtype=pl.Struct({**{c: SCHEMA[c] for c in _COLUMNS}, "edited": pl.Boolean}),
            is_elementwise=True,
        )
        return [rewritten.struct.field(*_COLUMNS, "edited")]

    def _rewritten(self, rows: pl.Series) -> pl.Series:
        frame = rows.struct.unnest()
        edited = (
            frame["edited"]
            if "edited" in frame.columns
            else pl.repeat(False, len(rows), eager=True)
        )
        for column in _COLUMNS:
            texts = frame.select(_candidate(column)).to_series()
            parts = [None if text is None else self.parted(text) for text in texts]
            frame = frame.with_columns(
                pl.Series("working", [part and part[0] for part in parts], dtype=pl.String),
                pl.Series("answer", [part and part[1] for part in parts], dtype=pl.String),
            ).with_columns(_replaced(column))
            edited |= frame["working"].is_not_null()
        return frame.select(*_COLUMNS, edited.alias("edited")).to_struct(rows.name)

    def edited(self) -> pl.Expr:
        """The rows in which working is found."""
        return pl.any_horizontal(
            _candidate(column).map_batches(
                self._found, return_dtype=pl.Boolean, is_elementwise=True
            )
            for column in _COLUMNS
        )

    def _found(self, texts: pl.Series) -> pl.Series:
        found = [text is not None and self.parted(text) is not None for text in texts]
        return pl.Series(texts.name, found, dtype=pl.Boolean)

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


def _replaced(column: str) -> pl.Expr:
    """The turns, the last with `working` as its thinking and `answer` as its content where found."""
    turns = pl.col(column)
    last = turns.list.last().struct.with_fields(
        pl.col("working").alias("thinking"), pl.col("answer").alias("content")
    )
    changed = pl.concat_list(turns.list.head(turns.list.len().clip(1) - 1), last)
    return pl.when(pl.col("working").is_null()).then(turns).otherwise(changed).alias(column)


# The forms ---------------------------------------------------------------------------------------

_Parts = tuple[str, str] | None

_CALCULATOR = re.compile(r"<<[-+*/().\d=%, ]*>>")
_TAG = re.compile(r"\A(.*)<answer>(.*?)</answer>(.*)\Z", re.DOTALL)
_HASHES = re.compile(r"\A(.*)^####[ \t]*(\S.*)\Z", re.DOTALL | re.MULTILINE)
_OBJECT = re.compile(r"```[ \t]*(?:json|JSON)?\s*(?=\{)|\A\s*(?=\{)")
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
    for start in reversed([found.end() for found in _OBJECT.finditer(text)]):
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
    found = _TAG.match(text)
    return None if found is None else (found[1], f"{found[2].strip()}\n\n{found[3].strip()}")


def _hashes(text: str) -> _Parts:
    found = _HASHES.match(text)
    return None if found is None else (found[1], found[2])


def _sentence(text: str) -> _Parts:
    """The conclusion must stand in the last line, or the working goes on behind it."""
    announced = list(CONCLUSION.finditer(text))
    if not announced or "\n" in text[announced[-1].end() :].strip():
        return None
    start = announced[-1].start()
    return text[:start], text[start:]


_PARTED: dict[Form, Callable[[str], _Parts]] = {
    "json": _json,
    "answer_tag": _answer_tag,
    "hashes": _hashes,
    "sentence": _sentence,
}
