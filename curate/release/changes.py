"""What one commit would change in a repository."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from curate.errors import OutputError, Problem
from curate.hub.client import request_range
from curate.hub.listing import list_files
from curate.output.folder import CARD
from curate.output.manifest import StampedFile
from curate.recipe.model import Layout
from curate.release.card import data_patterns, merge_card
from curate.release.parcels import Parcel

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

_FOLDERS = "|".join(re.escape(name) for name in ("data", *get_args(Layout)))
_SHARD = re.compile(rf"(?:{_FOLDERS})/[\w.]+-\d{{5}}-of-\d{{5}}\.parquet")
"""Files of rows, as this project and `datasets` name them, below a configuration's folder."""


@dataclass(frozen=True)
class Changes:
    """What stands at `parent`, and what must change so that the parcels stand there.

    `sent` are local files, or texts, by path; `kept` are paths of others' files, which stay.
    """

    parent: str | None
    sent: Mapping[str, Path | bytes] = field(default_factory=dict[str, "Path | bytes"])
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    replaced: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sent or self.removed)


def compare(repository: str, parent: str | None, parcels: Sequence[Parcel]) -> Changes:
    """Compare parcels with a commit of their repository; None is a repository yet to be made.

    Raises OutputError where a file of others would be read as rows of a mix, and what the client
    library raises.
    """
    there = list_files(repository, parent) if parent else {}
    ours = {path: (parcel, stamp) for parcel in parcels for path, stamp in parcel.files.items()}
    old = {path for parcel in parcels for path in there if _is_shard(path, parcel)} - ours.keys()
    kept = there.keys() - ours.keys() - old - {CARD}
    _refuse_strangers(repository, kept, parcels)
    card = merged = _request_card(repository, parent, there)
    for parcel in parcels:
        merged = merge_card(merged, parcel)
    sent: dict[str, Path | bytes] = {
        path: parcel.local(path)
        for path, (parcel, stamp) in ours.items()
        if not is_same(stamp, parcel.local(path), there.get(path))
    }
    sizes = {path: ours[path][1].bytes for path in sent}
    if merged != card:
        content = merged.encode()
        sent[CARD], sizes[CARD] = content, len(content)
    return Changes(
        parent=parent,
        sent=sent,
        sizes=sizes,
        replaced=frozenset(sent.keys() & there.keys()),
        removed=tuple(sorted(old)),
        unchanged=tuple(sorted({*ours, CARD} - sent.keys())),
        kept=tuple(sorted(kept)),
    )


def is_same(stamp: StampedFile, local: Path, remote: RepoFile | None) -> bool:
    """Whether a file of a repository has the bytes of a local one."""
    if remote is None or remote.size != stamp.bytes:
        return False
    if remote.lfs is not None:
        return remote.lfs.sha256 == stamp.sha256
    content = local.read_bytes()  # the Hub keeps only small files in git itself
    return remote.blob_id == hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()  # noqa: S324 (git's name for it)


def _request_card(repository: str, commit: str | None, there: Mapping[str, RepoFile]) -> str:
    """The card of a repository; empty where it has none."""
    if commit is None or CARD not in there or not there[CARD].size:
        return ""
    content = request_range(repository, commit, CARD, 0, there[CARD].size)
    return content.decode("utf-8", "replace")


def _is_shard(path: str, parcel: Parcel) -> bool:
    """Whether a file holds rows of a parcel's configuration, of this build or an older one."""
    inside = path.removeprefix(parcel.prefix)
    return path.startswith(parcel.prefix) and _SHARD.fullmatch(inside) is not None


def _refuse_strangers(repository: str, kept: Iterable[str], parcels: Sequence[Parcel]) -> None:
    """Refuse files of others that a mix's card would have read as its rows."""
    found = [
        (path, parcel)
        for parcel in parcels
        for pattern in data_patterns(parcel)
        for path in sorted(kept)
        if fnmatchcase(path, pattern)
    ]
    if found:
        raise OutputError(
            *(
                Problem(
                    f"{path} of {repository} would be read as rows of {parcel.manifest.name}",
                    help="Move it elsewhere in the repository, or publish to another one.",
                )
                for path, parcel in found
            )
        )
