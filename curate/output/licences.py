"""The licence of a mix, concluded from those of its sources.

The conclusion follows what the sources say of themselves and the plain reading of well-known licences; it
is no legal advice, and the card says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

_KINDS: tuple[tuple[str, str], ...] = (
    ("public domain", r"cc0.*|pddl.*|unlicense|wtfpl|0bsd|etalab.*"),
    (
        "attribution",
        r"mit|apache-2\.0|bsd.*|isc|zlib|cc-by(-\d.*)?|odc-by|cdla-permissive.*|afl-3\.0|ecl-2\.0|ms-pl|ncsa",
    ),
    (
        "share-alike",
        r"cc-by-sa.*|odbl|gfdl|cdla-sharing.*|c-uda|(l|a)?gpl.*|mpl-2\.0|eupl.*|epl.*|osl-3\.0|cecill-2\.1",
    ),
    ("non-commercial", r"cc-by-nc(-\d.*)?|cc-by-nc-sa.*|cc-nc|fair-noncommercial.*"),
    ("no derivatives", r"cc-by-nd.*|cc-by-nc-nd.*"),
)
"""What licences by their ids on the Hub ask for, the least restrictive kind first."""

_PASSED_ON = (
    r"cc-by-sa.*|cc-by-nc-sa.*|odbl|gfdl|cdla-sharing.*|(l|a)?gpl.*|osl-3\.0|eupl.*|cecill-2\.1"
)
"""Licences under which a whole that takes from them must stand."""

OWN_TERMS = "own terms"
"""The kind of licences that are none of the well-known ones, such as `other` or `llama3`."""

MIXED = {"license": "other", "license_name": "see-sources", "license_link": "README.md"}
"""What the Hub is told where no single licence can be concluded."""


@dataclass(frozen=True)
class Conclusion:
    """What a mix may be used under: as metadata for the Hub, as a sentence, and what to know besides."""

    metadata: Mapping[str, Any]
    sentence: str
    remarks: tuple[str, ...]


def conclude(licences: Mapping[str, str | None], said: str | None = None) -> Conclusion:
    """The licence of a mix of sources, each with its licence's id or None where it names none.

    The most restrictive licence counts; licences of that kind are listed side by side. Where one is
    unknown, forbids derived works, has terms of its own or contradicts another, the conclusion is left
    open. A source may be under several, with commas between them. `said` is what the recipe says, which is
    taken.
    """
    strangers = [source for source, licence in licences.items() if not licence]
    known = [
        (source, one.strip())
        for source, licence in licences.items()
        if licence
        for one in licence.lower().split(",")
    ]
    kinds = {licence: kind_of(licence) for _, licence in known}
    remarks = tuple(_remarks(strangers, known))
    open_kinds = {OWN_TERMS, "no derivatives"}
    is_open = (
        bool(strangers)
        or not known
        or not open_kinds.isdisjoint(kinds.values())
        or any(_contradictions(set(kinds)))
    )
    if is_open:
        concluded = dict(MIXED)
    else:
        order = [kind for kind, _ in _KINDS]
        strictest = max(kinds.values(), key=order.index)
        found = sorted(licence for licence, kind in kinds.items() if kind == strictest)
        concluded = {"license": found[0] if len(found) == 1 else found}
    follows = "no one licence" if is_open else _listed(concluded["license"])
    sentence = f"From what the sources say of themselves follows {follows}."
    if said is None:
        return Conclusion(concluded, sentence, remarks)
    told = f"The recipe says {said.lower()}. {sentence}"
    return Conclusion({"license": said.lower()}, told, remarks)


def kind_of(licence: str) -> str:
    """What kind of licence this is, by its id on the Hub; `OWN_TERMS` where it is not well known."""
    return next((kind for kind, ids in _KINDS if re.fullmatch(ids, licence)), OWN_TERMS)


def _remarks(strangers: list[str], known: list[tuple[str, str]]) -> Iterator[str]:
    for kind, told in (
        ("non-commercial", "Not for commercial use"),
        ("no derivatives", "Not to be passed on changed, and a selection is a change"),
        (OWN_TERMS, "Under terms of their own, to be read first"),
    ):
        found = [f"{name} ({licence})" for name, licence in known if kind_of(licence) == kind]
        if found:
            yield f"{told}: {', '.join(found)}."
    if strangers:
        yield f"Of unknown licence, to be asked for: {', '.join(strangers)}."
    for one, other in _contradictions({licence for _, licence in known}):
        yield f"{one} and {other} contradict each other: no whole can stand under both."


def _contradictions(licences: set[str]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(sorted(licences), 2):
        if _clash(one, other) or _clash(other, one):
            yield one, other


def _clash(one: str, other: str) -> bool:
    """Whether one must be passed on to a whole that the other does not let stand under it."""
    if not re.fullmatch(_PASSED_ON, one):
        return False
    if re.fullmatch(_PASSED_ON, other):
        return _family(one) != _family(other)
    return kind_of(other) == "non-commercial" and "-nc" not in one


def _family(licence: str) -> str:
    """A licence without its version, of which the owners let a later one be chosen."""
    return "gpl" if "gpl" in licence else re.sub(r"-\d.*", "", licence)


def _listed(found: str | list[str]) -> str:
    return found if isinstance(found, str) else " and ".join(found)
