"""Python loops turned into machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use, and let other Python threads run meanwhile.

    The machine code is kept on disk beside the module, and made anew when that file changes: a loop that
    called another file's would go on calling what that was before, so loops that call each other share
    a module.
    """
    compiler = cast("Any", numba)
    return cast("Callable[P, R]", compiler.njit(cache=True, nogil=True)(function))
