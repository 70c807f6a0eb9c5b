"""The files that paths and globs stand for."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from curate.errors import Place, Problem
from curate.spelling import did_you_mean


def find(
    patterns: Sequence[str], base: Path, problems: list[Problem]
) -> Iterator[tuple[str, Path]]:
    """Each file with its name for progress and errors: as written, or as the glob found it.

    Globs come in the order written, the files of each sorted by path; a file that several name
    comes once. Hidden files and folders count only where the pattern names them. Patterns that stand
    for nothing are added to `problems`.
    """
    if not base.is_dir():
        problems.append(
            Problem(
                f"the folder `{base}` does not exist", help="`root:` names the folder files are in."
            )
        )
        return
    seen: set[Path] = set()
    for pattern in patterns:
        path = base / pattern
        if path.exists() and not path.is_file():
            problems.append(_no_file(pattern, path))
            continue
        names = [pattern] if path.exists() else _matches(pattern, base)
        if not names:
            problems.append(_nothing(pattern, base))
        for name in names:
            resolved = (base / name).resolve()
            if resolved not in seen:
                seen.add(resolved)
                yield name, base / name


def _matches(pattern: str, base: Path) -> list[str]:
    # Path.glob refuses absolute patterns and finds hidden files.
    names = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207
    return sorted(name for name in set(names) if (base / name).is_file())


def _no_file(pattern: str, path: Path) -> Problem:
    if not path.is_dir():
        return Problem(f"`{pattern}` is neither a file nor a folder of files", Place(path))
    endings = Counter("".join(file.suffixes) for file in _files_in(path))
    common = next((ending for ending, _ in endings.most_common(1)), "")
    folder = pattern.rstrip("/")
    return Problem(
        f"`{pattern}` is a folder",
        Place(path),
        help=f"Name the files in it: `{folder}/*{common}`, or `{folder}/**/*{common}` for all below.",
    )


def _nothing(pattern: str, base: Path) -> Problem:
    """Say where nothing was found, going down the pattern as far as it leads."""
    folder, parts = base, list(Path(pattern).parts)
    while len(parts) > 1 and (folder / parts[0]).is_dir():
        folder /= parts.pop(0)
    rest, wanted = str(Path(*parts)), parts[0]
    if not glob.has_magic(wanted):
        sort = "folder" if len(parts) > 1 else "file"
        known = [path.name for path in _entries(folder) if path.is_dir() == (len(parts) > 1)]
        return Problem(
            f"there is no {sort} `{wanted}` in `{folder}`",
            hint=did_you_mean(wanted, known),
            help=_listed(known, sort),
        )
    known = [path.name for path in _files_in(folder)]
    return Problem(
        f"no file in `{folder}` matches `{rest}`",
        hint=did_you_mean(wanted, known),
        help=_listed(known, "file"),
    )


def _listed(names: Sequence[str], sort: str) -> str:
    if not names:
        return f"There is no {sort} in it."
    shown = ", ".join(names[:8])
    return f"There {'is' if len(names) == 1 else 'are'}: {shown}{', …' if len(names) > 8 else ''}"


def _files_in(folder: Path) -> Iterable[Path]:
    return [path for path in _entries(folder) if path.is_file()]


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
