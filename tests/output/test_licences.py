"""The licence of a mix: the strictest of its sources', or an open question that says why."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.output.licences import MIXED, OWN_TERMS, conclude, kind_of

CASES: list[tuple[list[str | None], Any, tuple[str, ...]]] = [
    (["mit"], "mit", ()),
    (["CC0-1.0", "apache-2.0"], "apache-2.0", ()),
    (["cc-by-4.0", "apache-2.0", "cc0-1.0"], ["apache-2.0", "cc-by-4.0"], ()),
    (["cc-by-sa-4.0", "mit"], "cc-by-sa-4.0", ()),
    (["cc-by-sa-4.0", "cc-by-sa-3.0"], ["cc-by-sa-3.0", "cc-by-sa-4.0"], ()),
    (["cc-by-nc-4.0", "odc-by"], "cc-by-nc-4.0", ("Not for commercial use",)),
    (
        ["cc-by-nc-sa-4.0", "cc-by-nc-4.0"],
        ["cc-by-nc-4.0", "cc-by-nc-sa-4.0"],
        ("Not for commercial use",),
    ),
    (["cc-by-sa-4.0", "gpl-3.0"], "other", ("contradict each other",)),
    (
        ["cc-by-sa-4.0", "cc-by-nc-4.0"],
        "other",
        ("contradict each other", "Not for commercial use"),
    ),
    (["cc-by-nd-4.0", "mit"], "other", ("a selection is a change",)),
    (["llama3.1", "mit"], "other", ("terms of their own",)),
    (["mit, cc-by-sa-4.0", "apache-2.0"], "cc-by-sa-4.0", ()),
    (["gfdl, cc-by-sa-3.0"], "other", ("contradict each other",)),
    (["other"], "other", ("terms of their own",)),
    (["mit", None], "other", ("unknown licence",)),
    ([None, None], "other", ("unknown licence",)),
    ([], "other", ()),
]


@pytest.mark.parametrize(("licences", "concluded", "remarks"), CASES)
def test_conclusion(licences: list[str | None], concluded: Any, remarks: tuple[str, ...]) -> None:
    for order in permutations(licences):
        found = conclude({f"source{n}": licence for n, licence in enumerate(order)})
        assert found.metadata["license"] == concluded
        assert (found.metadata == MIXED) == (concluded == "other")
        assert bool(found.remarks) == bool(remarks)
        for remark in remarks:
            assert any(remark in told for told in found.remarks)


def test_what_the_recipe_says_is_taken_and_compared() -> None:
    found = conclude({"a": "mit", "b": "cc-by-nc-4.0"}, "MIT")
    assert found.metadata == {"license": "mit"}
    assert found.sentence == (
        "The recipe says mit. From what the sources say of themselves follows cc-by-nc-4.0."
    )
    assert "follows no one licence" in conclude({"a": "mit", "b": None}, "mit").sentence


@given(
    st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.sampled_from(["mit", "odbl"])))
)
def test_law_every_list_of_licences_has_a_conclusion(licences: dict[str, str | None]) -> None:
    assert conclude(licences).metadata["license"]


def test_kinds_of_every_licence_the_hub_knows() -> None:
    told = {
        name: kind_of(name) for name in ("cc-by-2.5", "cc-by-sa-3.0", "cc-by-nc-nd-4.0", "gemma")
    }
    assert list(told.values()) == ["attribution", "share-alike", "no derivatives", OWN_TERMS]
