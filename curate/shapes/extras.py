"""Extra columns: what a row may carry beside the contract's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import polars as pl

from curate.errors import Problem, ShapeError
from curate.rows import SCHEMA
from curate.shapes.path import Path, a, as_text

TYPES: dict[str, pl.DataType] = {
    "score": pl.Float64(),
    "margin": pl.Float64(),
    "correct": pl.Boolean(),
    "step_scores": pl.List(pl.Float64()),
}
"""The types of well-known extra columns; every other one is text, JSON where the value is no text."""

_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def extra_types(
    keep: Mapping[str, str], own: Mapping[str, pl.DataType] | None = None
) -> dict[str, pl.DataType]:
    """The extra columns of a source's rows and their types: its shape's `own`, then those it keeps.

    Raises ShapeError where a name is already that of a column every row has.
    """
    if clashes := [name for name in keep if name in SCHEMA]:
        raise ShapeError(
            Problem(
                f"`keep` cannot name a column `{clashes[0]}`: every row has one",
                help=f"Choose another name, as in `keep: {{upstream_{clashes[0]}: {keep[clashes[0]]}}}`.",
            )
        )
    return {**(own or {}), **{name: TYPES.get(name, pl.String()) for name in keep}}


def read_extra(name: str, value: Any, path: Path | str) -> Any:
    """A value, as the column of this name holds it; numbers and booleans may come as text.

    Raises ShapeError, naming the value's place, where it cannot be one.
    """
    return None if value is None else _READERS.get(name, _text)(value, path)


def _text(value: Any, path: Path | str) -> str | None:
    del path
    return as_text(value)


def _number(value: Any, path: Path | str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ShapeError(f"`{path}` should be a number, but it is {_shown(value)}") from None


def _boolean(value: Any, path: Path | str) -> bool:
    found = _BOOLEANS.get(str(value).lower())
    if found is None:
        raise ShapeError(f"`{path}` should be true or false, but it is {_shown(value)}")
    return found


def _numbers(value: Any, path: Path | str) -> list[float]:
    if not isinstance(value, list):
        raise ShapeError(f"`{path}` should be a list of numbers, but it is {_shown(value)}")
    return [_number(each, path) for each in cast("list[Any]", value)]


def _shown(value: Any) -> str:
    return f"{value[:40]!r}" if isinstance(value, str) else a(value)


_READERS: dict[str, Callable[[Any, Path | str], Any]] = {
    "score": _number,
    "margin": _number,
    "correct": _boolean,
    "step_scores": _numbers,
}
