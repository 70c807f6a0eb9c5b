"""The manifest of a finished folder: what it was built from, and a digest of everything in it.

Nothing in it depends on when, where or how fast the build ran, so the same build has the same manifest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os.path
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from curate.errors import OutputError, Place, Problem
from curate.fingerprint import digest
from curate.leaks.items import Pack
from curate.recipe.model import Layout
from curate.rows import Kind

NAME = "manifest.json"

Split = Literal["train", "test"]
"""What a mix is divided into: what is trained on, and what is held out of it, if anything."""
SPLITS: tuple[Split, ...] = get_args(Split)
"""In the order in which a digest goes over them."""

LIBRARIES = (
    "datasketch",
    "jinja2",
    "langdetect",
    "numba",
    "numpy",
    "polars",
    "pyarrow",
    "tokenizers",
    "xxhash",
)
"""Libraries another version of which may draw other rows or write other bytes."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StampedFile(_Frozen):
    """A file, its length in bytes, and the SHA-256 of its content."""

    path: str
    bytes: int
    sha256: str


class SourceStamp(_Frozen):
    """What one source was read from.

    `files` have paths as the recipe's `files` gives them, below its root, or as the repository `hub` has
    them; of a repository they are the files that were read from, whole or in part. `revision` is its
    commit. `stamp` identifies sources that are no files.
    """

    name: str
    files: tuple[StampedFile, ...] = ()
    stamp: str | None = None
    hub: str | None = None
    revision: str | None = None
    license: str | None = None
    languages: tuple[str, ...] = ()
    """What its card says that it is in."""


class RowsDigest(_Frozen):
    """What the rows of a mix are, in their order: the same whatever the files look like.

    `rows` is over the rows of the first layout, `ids` over their ids, and `root` over both.
    """

    ids: str
    rows: str
    root: str


class TokenAccount(_Frozen):
    """What a layout of token ids made of one split of the mix.

    Of its `rows`, `left_out` have no sequence; of `shortened` ones thinking was cut at the end of a step, of
    `cut` ones tokens. `supervised` counts labels that are ids, `straddling` the edges of what is trained
    that one token reaches over. `written` are rows of the layout, one a sequence or a pack of several, and
    `slots` the tokens they would have were all as long as `max_length`, or as the longest.
    """

    rows: int
    left_out: int
    shortened: int
    cut: int
    sequences: int
    tokens: int
    supervised: int
    straddling: int
    written: int
    slots: int

    @property
    def efficiency(self) -> float:
        """How much of padded rows would not be padding."""
        return self.tokens / self.slots if self.slots else 1.0


class LayoutStamp(_Frozen):
    """One layout, the folder it stands in, its rows by split, and what it made of the mix's if they are others."""

    layout: Layout
    folder: str
    rows: Mapping[Split, int]
    tokens: Mapping[Split, TokenAccount] | None = None


class Certificate(_Frozen):
    """What one `decontaminate` looked for and found; whatever rows it left hold no test item by its rule.

    `digest` is over packs and rule; `source` is None where the rows of all sources were searched.
    """

    step: str
    source: str | None
    rule: str
    packs: tuple[Pack, ...]
    digest: str
    searched: int
    dropped: int


class BrokenPromise(_Frozen):
    """What a check of the chat template found, and in how many rows; a template's own fault counts once."""

    check: str
    severity: Literal["error", "warning"]
    what: str
    rows: int


class TemplateVerdict(_Frozen):
    """What all checks of the chat template found on the mix: `rows` were looked at, `sampled` of them closely."""

    rows: int
    sampled: int
    broken: tuple[BrokenPromise, ...]


class TokenSpread(_Frozen):
    """The tokens of one source's rows: of all together, by percentile, and as a histogram.

    `histogram` tells how many rows have at most so many tokens, and more than the bound before; bounds are
    powers of two and the numbers half-way between them, from the first that holds a row to the last.
    """

    rows: int
    tokens: int
    lengths: Mapping[str, int]
    histogram: Mapping[int, int]


class Manifest(_Frozen):
    """What stands in `manifest.json`."""

    curate: str
    format: int = 1
    name: str
    kind: Kind
    seed: int
    recipe: str
    template: str
    tokenizer: str | None
    libraries: Mapping[str, str]
    sources: tuple[SourceStamp, ...]
    certificates: tuple[Certificate, ...] = ()
    verdict: TemplateVerdict
    splits: Mapping[Split, int]
    """The rows of each split; a layout of token ids may have others."""
    layouts: tuple[LayoutStamp, ...]
    digest: RowsDigest
    funnel: Mapping[str, Any]
    lengths: Mapping[str, Mapping[str, int]]
    tokens: Mapping[str, TokenSpread] = {}
    """By source, as the chat template renders its rows; empty where the recipe names no tokenizer."""
    max_length: int
    files: tuple[StampedFile, ...]

    @property
    def rows(self) -> int:
        """The rows of all splits."""
        return sum(self.splits.values())

    def as_text(self) -> str:
        """The file's content: JSON with sorted keys."""
        data = self.model_dump(mode="json")
        return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished folder.

    Raises OutputError where there is none, or it was written by something else.
    """
    path = folder / NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        what = f"{folder} is not a finished mix: it has no readable {NAME}"
        raise OutputError(Problem(what, help="Build it with `curate build`.")) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OutputError(
            Problem(f"{NAME} was not written by curate: {where}: {first['msg']}", Place(path))
        ) from error


def stamp_file(file: Path, path: str) -> StampedFile:
    """Read a file for its digest, about a second per GB; `path` is what the manifest calls it."""
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    return StampedFile(path=path, bytes=file.stat().st_size, sha256=found)


def stamp_files(files: Mapping[str, Path]) -> tuple[StampedFile, ...]:
    """Stamp files by the path the manifest calls them, several at once, sorted by that path.

    Absolute paths are called by what stands below the folder they share.
    """
    paths = sorted(files)
    absolute = [str(PurePath(path).parent) for path in paths if PurePath(path).is_absolute()]
    shared = os.path.commonpath(absolute) if absolute else ""
    told = [os.path.relpath(path, shared) if Path(path).is_absolute() else path for path in paths]
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(stamp_file, [files[path] for path in paths], told))


def stamp_folder(folder: Path) -> tuple[StampedFile, ...]:
    """Stamp every file below a folder but its manifest, and but what a desktop hides there."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("[!.]*")}
    return stamp_files({n: path for n, path in files.items() if n != NAME and path.is_file()})


def libraries() -> dict[str, str]:
    """The versions installed of `LIBRARIES`."""
    return {name: version(name) for name in LIBRARIES}


class RowsDigester:
    """Digests rows as they pass, however they are cut into frames."""

    def __init__(self) -> None:
        self._ids = hashlib.blake2b(digest_size=32)
        self._rows = hashlib.blake2b(digest_size=32)

    def add(self, ids: Iterable[str], rows: pl.DataFrame) -> None:
        """Add rows as a layout tells them, and their ids."""
        self._ids.update("".join(f"{identity}\n" for identity in ids).encode())
        lines = io.BytesIO()
        rows.write_ndjson(lines)
        self._rows.update(lines.getbuffer())

    def digest(self) -> RowsDigest:
        """The digest of what was added."""
        ids, rows = self._ids.hexdigest(), self._rows.hexdigest()
        return RowsDigest(ids=ids, rows=rows, root=digest(ids, rows).hex())
