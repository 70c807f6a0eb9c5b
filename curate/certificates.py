"""The proof that rows were searched for test items of benchmarks."""

from __future__ import annotations

from curate.fingerprint import digest
from curate.funnel import Count, Funnel
from curate.output.manifest import Certificate
from curate.phases import walk
from curate.recipe.model import Recipe
from curate.steps.decontaminate import Decontaminate


def certify(recipe: Recipe, funnel: Funnel) -> tuple[Certificate, ...]:
    """A certificate for every `decontaminate` of a recipe, with what the funnel counted."""
    counts = funnel.total.stops
    found: list[Certificate] = []
    for step, stop in walk(recipe):
        if not isinstance(step, Decontaminate) or step.stock is None:
            continue
        count = counts.get(stop.position, Count())
        found.append(
            Certificate(
                step=stop.key,
                source=stop.source,
                rule=_rule(step),
                packs=step.stock.packs,
                digest=digest(step.model_dump_json(exclude={"against"}), step.stamp()).hex(),
                searched=count.rows_in,
                dropped=count.dropped,
            )
        )
    return tuple(found)


def _rule(step: Decontaminate) -> str:
    """The rule in words, and what may break it."""
    allowed = f"; allowed: {', '.join(step.allow)}" if step.allow else ""
    return step.threshold() + allowed
