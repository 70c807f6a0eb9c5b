"""What sources that run short leave to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from curate.mix import Quota


def relieved(quotas: Sequence[Quota], left: Mapping[str, int]) -> tuple[Quota, ...]:
    """The quotas, with what sources lack asked of their fallbacks.

    `left` has the rows of every source that has no more to come; others may yet give what is asked of
    them. A fallback stands behind the sources it helps, so what it lacks itself goes further down.
    """
    taken_over: Counter[str] = Counter()
    told: list[Quota] = []
    for quota in quotas:
        others = taken_over[quota.source]
        if quota.rows is not None and others:
            quota = replace(quota, rows=quota.rows + others, for_others=others)
        if quota.rows is not None and quota.fallback and quota.source in left:
            has = min(quota.rows, left[quota.source] * quota.repeat)
            taken_over[quota.fallback] += quota.rows - has
            quota = replace(quota, rows=has)
        told.append(quota)
    return tuple(told)
