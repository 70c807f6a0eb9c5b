"""Python loops turned into machine code."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use, and let other Python threads run meanwhile.

    The machine code is kept on disk beside the module. It holds what it calls and every constant it
    reads, so it is made anew when the module's file changes or one of its project that it imports.
    """
    compiler = cast("Any", numba)
    loop = compiler.njit(cache=True, nogil=True)(function)
    # numba itself looks at no file but the function's own, so a change in a called one would go unseen.
    loop._cache._cache_file._source_stamp = source_stamp(function.__module__)
    return cast("Callable[P, R]", loop)


@cache
def source_stamp(module: str) -> str:
    """A digest of a module's file, of those of its own project that it imports, and so on.

    Imports within functions do not count: what loops use is there before them.
    """
    project = module.partition(".")[0]
    texts: dict[str, bytes] = {}
    left = {module}
    while left:
        name = left.pop()
        file = getattr(sys.modules.get(name), "__file__", None)
        if name in texts or file is None:
            continue
        texts[name] = Path(file).read_bytes()
        left |= {other for other in _imported(texts[name]) if other.startswith(f"{project}.")}
    told = (part for name in sorted(texts) for part in (name.encode(), texts[name]))
    return hashlib.blake2b(b"\0".join(told), digest_size=16).hexdigest()


def _imported(text: bytes) -> Iterator[str]:
    """What may be a module among the names that a file imports."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
