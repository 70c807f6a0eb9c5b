"""Which tokens of a sequence are trained.

A token is trained where any character it stands for is: so transformers masks, and so the trainers that
build on it. Where a token stands on both sides of an edge, such as a line break of the header that became one with
the answer's first, a little more is trained than was marked; such tokens are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.chat_template.marked import Span
from curate.tokens.ids import Ids

IGNORED = -100
"""The label of what is not trained."""


class Trained(NamedTuple):
    """Which tokens are trained, and at how many edges one of them reaches over."""

    tokens: NDArray[np.bool_]
    straddling: int


def trained(ids: Ids, spans: Iterable[Span]) -> Trained:
    """The tokens that stand for any character of the spans, which neither overlap nor fall back.

    The first token is never trained: there is nothing before it that could predict it.
    """
    tokens = np.zeros(len(ids.ids), np.bool_)
    straddling = 0
    for start, end in spans:
        first = int(np.searchsorted(ids.ends, start, side="right"))
        behind = int(np.searchsorted(ids.starts, end, side="left"))
        if start < end and first < behind:
            tokens[first:behind] = True
            straddling += int(ids.starts[first] < start) + int(ids.ends[behind - 1] > end)
    tokens[:1] = False
    return Trained(tokens, straddling)
