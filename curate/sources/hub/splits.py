"""Which files of a data set make a split.

The rules are those of `datasets`: its own code looks at a tree of empty files with the repository's names.
"""

# pyright: reportUnknownVariableType=false
# (parts of datasets.data_files have no types)

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import Problem, SourceError
from curate.recipe.model import Source
from curate.sources.hub import conversion
from curate.sources.hub.repository import Repository, RepositoryFile
from curate.spelling import did_you_mean

PARQUET = ".parquet"
ENDINGS = (PARQUET, ".jsonl", ".ndjson", ".json", ".csv", ".tsv")
"""Of files that are read here; `.gz` and `.zst` may follow all but the first. `datasets` reads more of them."""


@dataclass(frozen=True)
class Split:
    """Files of one repository, in storage order."""

    repository: Repository
    files: tuple[RepositoryFile, ...]
    config: str | None = None
    """None where the recipe names the files."""
    name: str | None = None

    @property
    def is_parquet(self) -> bool:
        """Whether row groups are fetched one by one; small files, kept in Git itself, are fetched whole."""
        return all(file.path.endswith(PARQUET) and file.sha256 for file in self.files)

    @property
    def size(self) -> int:
        """Bytes as stored."""
        return sum(file.bytes for file in self.files)


def find_split(repository: Repository, source: Source) -> Split:
    """The files a recipe's source means.

    Raises SourceError, naming what there is, where the repository has no such configuration, split or
    files, or nothing that can be read without running a script.
    """
    with _tree(repository) as tree:
        if source.files is not None:
            return Split(repository, _files(repository, source.files, tree))
        configs = {str(config["config_name"]): config for config in repository.configs}
        config = _choose("configuration", source.config, configs or ["default"], repository)
        splits = _patterns(repository, configs.get(config, {}), tree)
        split = _choose("split", source.split, splits, repository)
        base = tree / str(configs.get(config, {}).get("data_dir") or "")
        return Split(repository, _files(repository, splits[split], base, tree), config, split)


def list_splits(repository: Repository) -> dict[str, tuple[str, ...]]:
    """The names of the splits of each configuration. Raises SourceError where there are none."""
    configs = {str(config["config_name"]): config for config in repository.configs}
    with _tree(repository) as tree:
        return {
            name: tuple(_patterns(repository, config, tree))
            for name, config in (configs or {"default": {}}).items()
        }


@contextmanager
def _tree(repository: Repository) -> Generator[Path]:
    """A folder of empty files with the repository's names."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve()
        for file in repository.files:
            place = tree / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        yield tree


_PREFERRED = {"configuration": "default", "split": "train"}


def _choose(what: str, named: str | None, known: Iterable[str], repository: Repository) -> str:
    names = list(known)
    if named in names:
        return str(named)
    if named is None and (len(names) == 1 or _PREFERRED[what] in names):
        return names[0] if len(names) == 1 else _PREFERRED[what]
    told = (
        f"{repository.name} has {len(names)} {what}s, and the source names none"
        if named is None
        else f"{repository.name} has no {what} `{named}`"
    )
    hint = None if named is None else did_you_mean(named, names)
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    raise SourceError(Problem(told, hint=hint, help=f"its {what}s: {shown}"))


def _patterns(
    repository: Repository, config: Mapping[str, Any], tree: Path
) -> Mapping[str, Sequence[str]]:
    """The patterns of each split, by the card or by the usual places of files."""
    from datasets.data_files import EmptyDatasetError, get_data_patterns, sanitize_patterns

    try:
        found = (
            sanitize_patterns(config["data_files"])
            if "data_files" in config
            else get_data_patterns(str(tree / str(config.get("data_dir") or "")))
        )
    except EmptyDatasetError:
        raise _nothing(repository) from None
    return {str(name): patterns for name, patterns in found.items()}  # some are no texts


def _files(
    repository: Repository, patterns: Sequence[str], base: Path, tree: Path | None = None
) -> tuple[RepositoryFile, ...]:
    """The files that patterns stand for, of one kind: parquet, others read here, others, or texts."""
    from datasets.data_files import resolve_pattern

    found: dict[str, None] = {}
    for pattern in patterns:
        try:
            names = resolve_pattern(
                pattern, str(base), allowed_extensions=[*ENDINGS, *conversion.ENDINGS]
            )
        except FileNotFoundError:
            continue
        found |= dict.fromkeys(Path(name).relative_to(tree or base).as_posix() for name in names)
    if not found:
        raise _nothing(repository, patterns)
    kinds = Counter(map(_kind, sorted(found, key=_kind)))
    ((wanted, _),) = kinds.most_common(1)  # of equally many the first
    by_path = {file.path: file for file in repository.files}
    return tuple(by_path[path] for path in found if _kind(path) == wanted)


def _kind(path: str) -> int:
    if conversion.is_foreign(path):
        return 3 if path.endswith(".txt") else 2  # notes, as a rule
    return 0 if path.endswith(PARQUET) else 1


def _nothing(repository: Repository, patterns: Sequence[str] = ()) -> SourceError:
    script = f"{repository.name.rpartition('/')[2]}.py"
    if any(file.path == script for file in repository.files):
        return SourceError(
            Problem(
                f"{repository.name} is made by a script, {script}, which is not run",
                help="look for the same data as files: a branch refs/convert/parquet, or another repository",
            )
        )
    told = f" in {', '.join(patterns)}" if patterns else ""
    names = ", ".join(file.path for file in repository.files[:8]) or "no file at all"
    return SourceError(
        Problem(
            f"{repository.name} holds no data that can be read{told}",
            help=f"files end in {', '.join((*ENDINGS, *conversion.ONLY_THERE))}; this has {names}",
        )
    )
