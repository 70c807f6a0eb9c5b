"""Files in formats that only `datasets` reads, made into parquet.

Nothing of a repository is run: the readers are those that come with `datasets`, by a file's ending.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import lzma
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from curate.errors import Problem, SourceError
from curate.sources.hub.cache import Cache
from curate.sources.hub.remote import Remote

MODULES = {".jsonl": "json", ".ndjson": "json", ".json": "json", ".csv": "csv"}
"""Readers of formats that are read here too, by their endings; in some archives only there."""
ARCHIVES = (".bz2", ".lz4", ".xz", ".zip")
ONLY_THERE = {".arrow": "arrow", ".txt": "text"}
ENDINGS = (*ONLY_THERE, *(f"{ending}{archive}" for ending in MODULES for archive in ARCHIVES))


_DAMAGED = (EOFError, RuntimeError, lzma.LZMAError, zipfile.BadZipFile)
"""What archives raise."""


def is_foreign(path: str) -> bool:
    """Whether a file's ending is one of these."""
    return path.endswith(ENDINGS)


def as_parquet(remote: Remote, file: Path, cache: Cache) -> Path:
    """The rows of a file that was downloaded, in the cache. Raises SourceError where it cannot be read."""
    from datasets import __version__

    name = f"files/{remote.file.content}/by-datasets-{__version__}.parquet"
    return cache.keep(name, lambda draft: _convert(remote, file, draft))


def _convert(remote: Remote, file: Path, draft: Path) -> None:
    from datasets import disable_progress_bars, load_dataset
    from datasets.exceptions import DatasetsError

    disable_progress_bars()
    endings = [ending for ending in PurePosixPath(file.name).suffixes if ending not in ARCHIVES]
    module = (MODULES | ONLY_THERE)[endings[-1]]
    try:
        with tempfile.TemporaryDirectory() as folder:
            read = load_dataset(module, data_files=[str(file)], split="train", cache_dir=folder)
            read.to_parquet(str(draft))
    except (DatasetsError, ValueError, OSError, *_DAMAGED) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        what = f"{remote.name} cannot be read by datasets as {module}: {type(error).__name__}"
        raise SourceError(
            Problem(what, help="it is damaged, or its name tells another format")
        ) from error
