"""The lock of a recipe: exactly what its sources were, in a file beside it.

```yaml
recipe: stage-2
sources:
  thoughts:
    hub: HuggingFaceTB/smoltalk2
    commit: 0123…
    files:
      Mid/OpenThoughts3_1.2M-00000-of-00120.parquet: {bytes: 235, sha256: 4567…, rows: 9447}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from curate.errors import Place, Problem, RecipeError
from curate.fingerprint import digest
from curate.recipe.model import Recipe
from curate.recipe.writing import dump

ENDING = ".lock"
_ABOUT = """\
# What this recipe's sources were. `curate lock` writes it, `curate build` keeps to it and adds the digests of
# the row groups it fetched; `curate lock --upgrade` moves it.
"""
_ORIGIN = ("files", "embedded", "hub", "config", "split", "revision")
"""The fields of a source that say where its records come from."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LockedFile(_Frozen):
    """A file: its bytes, and its SHA-256 or, of small files on the Hub, its Git object id."""

    bytes: int
    sha256: str | None = None
    git: str | None = None
    rows: int | None = None
    row_groups: Mapping[int, str] = Field(default_factory=dict[int, str])
    """By number, the SHA-256 of those columns of a row group that are read."""

    @property
    def content(self) -> str:
        """What identifies its bytes, as `RepositoryFile` says it."""
        return self.sha256 or f"git-{self.git}"


class LockedSource(_Frozen):
    """What one source was."""

    origin: str
    """A digest of where the recipe says that it comes from."""
    hub: str | None = None
    revision: str | None = None
    commit: str | None = None
    license: str | None = None
    gated: str | bool | None = None
    config: str | None = None
    split: str | None = None
    rows: int | None = None
    columns: tuple[str, ...] | None = None
    """The columns that `row_groups` are digests of, where they are not all."""
    stamp: str | None = None
    files: Mapping[str, LockedFile] = Field(default_factory=dict[str, LockedFile])


class Lock(_Frozen):
    """What all sources of a recipe were, and what else decides the bytes of its mix."""

    format: int = 1
    recipe: str
    template: str
    """The digest of the chat template's text."""
    tokenizer: str | None = None
    """The SHA-256 of the tokenizer's file."""
    libraries: Mapping[str, str]
    sources: Mapping[str, LockedSource]

    def as_text(self) -> str:
        """The lock's file: YAML, everything sorted by name, the same for equal locks."""
        said = self.model_dump(exclude_defaults=True)
        sources = said.pop("sources")
        return _ABOUT + dump({**_sorted(said), "sources": _sorted(sources)})


def _sorted(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(cast("tuple[Any, ...]", value))
    if not isinstance(value, dict):
        return value
    table = cast("dict[Any, Any]", value)
    # Files come last, for they are many.
    names = sorted(table, key=lambda name: (name in ("files", "row_groups"), name))
    return {name: _sorted(table[name]) for name in names}


def lock_of(recipe: Recipe) -> Path | None:
    """Where a recipe's lock stands, whether it is there or not; None for recipes made in Python."""
    return None if recipe.path is None else recipe.path.with_suffix(ENDING)


def read_lock(path: Path) -> Lock | None:
    """The lock in a file; None where there is no file. Raises RecipeError where it is no lock."""
    if not path.is_file():
        return None
    help_ = "write it anew with `curate lock`"
    try:
        return Lock.model_validate(yaml.safe_load(path.read_bytes()))
    except yaml.YAMLError as error:
        raise RecipeError(Problem(f"this is not YAML: {error}", Place(path), help=help_)) from error
    except ValidationError as error:
        problems = list(_problems(error, path, help_))
        raise RecipeError(*problems) from error


def _problems(error: ValidationError, path: Path, help_: str) -> Iterator[Problem]:
    for found in error.errors(include_url=False):
        where = ".".join(str(part) for part in found["loc"]) or "the file"
        yield Problem(f"this is no lock: {where}: {found['msg']}", Place(path), help=help_)


def origins(recipe: Recipe) -> dict[str, str]:
    """For every source a digest of where the recipe says it comes from.

    Taken from the recipe's text, where paths stand as they were written, so it is the same on every
    machine.
    """
    said: Mapping[str, Mapping[str, Any]] = yaml.safe_load(recipe.text)["sources"]
    return {
        name: digest(dump({field: said[name].get(field) for field in _ORIGIN})).hex()
        for name in recipe.sources
    }
