"""How this project is put together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import curate

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "curate"

LAYERS = (
    ("__main__",),
    ("cli",),
    ("recipes",),
    ("release", "explain", "drafts", "forecasts"),
    ("locking", "pipeline", "plan", "trial", "judgement", "spoken"),
    ("rounds",),
    ("census",),
    ("drawing", "assembly"),
    ("held_out", "fallbacks"),
    ("mix",),
    ("packs", "certificates", "comparisons"),
    ("sifting",),
    ("pins", "token_counts"),
    ("supplies",),
    ("feeds", "origins"),
    ("selection",),
    ("reordering", "texts"),
    ("phases", "references"),
    ("partitions",),
    ("workers", "shelf"),
    ("passage",),
    ("output",),
    ("funnel",),
    ("sources",),
    ("hub",),
    ("shapes",),
    ("steps",),
    ("leaks",),
    ("sequences",),
    ("near", "answers", "languages", "loops", "prose"),
    ("chat_template",),
    ("tokens",),
    ("pieces",),
    ("describe", "recipe"),
    ("compiling", "collection", "columns", "heap", "shipped", "spelling"),
    ("step",),
    ("rows",),
    ("thinking", "fingerprint", "arrivals", "errors"),
)
"""From top to bottom; a module imports only from layers below its own, or from its own package."""

HEAVY = {"datasets", "numba", "langdetect", "tokenizers", "datasketch", "huggingface_hub"}
"""What `curate --help` must not wait for."""

UPWARD = {
    # The steps and shapes a recipe may name are known where they are; looked up when a recipe is read.
    ("recipe", "steps"),
    ("recipe", "shapes"),
    # What a layout of token ids asks of the template is known where templates are rendered.
    ("recipe", "sequences"),
    # A tokenizer on the Hub is fetched when the recipe that names it is read.
    ("recipe", "hub"),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "curate":
                yield from (alias.name for alias in node.names)
            elif node.module.startswith("curate."):
                yield node.module.removeprefix("curate.")
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("curate.")
                for alias in node.names
                if alias.name.startswith("curate.")
            )


def layer(top: str) -> int:
    return next(index for index, names in enumerate(LAYERS) if top in names)


@pytest.mark.parametrize(
    ("name", "tree"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_point_down(name: str, tree: ast.Module) -> None:
    top = name.partition(".")[0]
    if top == "__init__":
        return
    for target in imported(tree):
        other = target.partition(".")[0]
        if other in {top, "__version__"} or (top, other) in UPWARD:
            continue
        assert layer(other) > layer(top), f"{name} imports {target}, which does not stand below it"


def test_no_module_is_a_drawer() -> None:
    for name, _ in modules():
        last = name.rpartition(".")[2]
        assert last not in {"utils", "helpers", "common", "manager", "misc", "handlers"}, name


@pytest.mark.parametrize(
    ("name", "tree"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_module_says_what_it_is(name: str, tree: ast.Module) -> None:
    documentation = ast.get_docstring(tree)
    assert documentation, f"{name} has no docstring"
    first = documentation.split("\n\n")[0].replace("\n", " ")
    assert first.endswith((".", ":", "?")), f"{name}: {first}"


def test_all_is_complete_and_sorted() -> None:
    assert curate.__all__ == sorted(curate.__all__)
    for name in curate.__all__:
        assert getattr(curate, name).__doc__, name


def test_heavy_libraries_are_imported_late(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys, curate, curate.cli.main; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & (HEAVY | {"polars", "pydantic", "pyarrow"})
