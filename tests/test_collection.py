"""The collector is held off for a block alone."""

from __future__ import annotations

import gc

import pytest

from curate.collection import uncollected


def fail_inside() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled(), "an inner block leaves it as it found it"
        raise ZeroDivisionError


def test_the_collector_goes_on_behind_the_block() -> None:
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
