"""Names of files that would stand outside the folder they are put in."""

from __future__ import annotations

import pytest

from curate.hub.listing import leaves

NAMES = {
    "data/train-00000-of-00001.parquet": False,
    "..data/a..b/...": False,
    ".gitattributes": False,
    "../a": True,
    "a/../../b": True,
    "/etc/passwd": True,
    "..\\a": True,
    "\\\\host\\a": True,
    "C:\\a": True,
    "c:a": True,
    "a\0b": True,
}


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_stays_or_leaves(name: str) -> None:
    assert leaves(name) == NAMES[name]
