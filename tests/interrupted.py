"""A build that ends itself, in whatever way is asked for, when it comes to the n-th call of a function.

python interrupted.py RECIPE OUT WORKERS [MODULE:FUNCTION N SIGNAL]
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from curate.pipeline import build
from curate.recipe.reading import load


def interrupt(target: str, call: int, signal: int) -> None:
    """Send this process a signal just before the call."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    function = getattr(owner, name)
    calls = 0

    def counted(*values: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal)
        return function(*values, **named)

    setattr(owner, name, counted)


if __name__ == "__main__":
    file, out, workers, *when = sys.argv[1:]
    if when:
        interrupt(when[0], int(when[1]), int(when[2]))
    build(load(Path(file)), out, workers=int(workers))
