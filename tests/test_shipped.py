"""What comes with curate, in a wheel and in a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate import shipped


def test_a_checkout_has_its_templates_beside_the_package() -> None:
    assert {"human_assistant", "chatml_think"} <= shipped.templates().keys()
    assert all(file.is_file() for file in shipped.templates().values())
    assert shipped.DEFAULT_TEMPLATE in shipped.templates()


def test_a_wheel_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = tmp_path / "curate" / "_shipped" / "recipes"
    (recipes / "demo").mkdir(parents=True)
    for name in ("quick.yaml", "demo/_base.yaml", "demo/stage-1.yaml"):
        (recipes / name).touch()
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "curate")
    assert shipped.recipes() == {
        "demo": recipes / "demo",
        "demo/stage-1": recipes / "demo" / "stage-1.yaml",
        "quick": recipes / "quick.yaml",
    }
