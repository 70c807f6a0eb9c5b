"""Python functions compiled to machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use, keep the machine code on disk, let other Python threads run meanwhile.

    Compiled code does arithmetic on unsigned 64-bit values only among themselves: mixed with a plain
    `int` they would become floats, so every constant below is an `np.uint64`.
    """
    compiler = cast(Any, numba)
    return cast("Callable[P, R]", compiler.njit(cache=True, nogil=True)(function))
