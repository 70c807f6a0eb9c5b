"""What goes to the Hub: finished folders, and the repository each of them goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from curate.errors import OutputError, Place, Problem
from curate.fingerprint import digest
from curate.output.address import DEFAULT, MAIN, Address
from curate.output.folder import CARD, RECIPE
from curate.output.manifest import NAME, Manifest, StampedFile, stamp_file
from curate.output.reading import verify
from curate.recipe.model import Publish

CONFIG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names of configurations; they are names of folders, too."""


@dataclass(frozen=True)
class Parcel:
    """A finished folder on its way to a repository, in which it is the configuration `config`.

    `files` are those of the folder by their path in the repository, but for the repository's card.
    """

    folder: Path
    manifest: Manifest
    address: Address
    private: bool
    foreseen: Address
    """Where its card says that it stands."""
    files: Mapping[str, StampedFile]

    @property
    def to(self) -> str:
        """The repository."""
        return self.address.repository

    @property
    def config(self) -> str:
        """Which of its configurations it is."""
        return self.address.config

    @property
    def prefix(self) -> str:
        """What the paths of its files in the repository begin with."""
        return self.address.folder

    @property
    def card(self) -> str:
        """The folder's own card, as it is to be read in the repository."""
        said = (self.folder / CARD).read_text(encoding="utf-8")
        layouts = tuple(layout.layout for layout in self.manifest.layouts[1:])
        return self.foreseen.readdressed(said, self.address, layouts)

    def local(self, path: str) -> Path:
        """The file that goes to a path of the repository."""
        return self.folder / path.removeprefix(self.prefix)


def pack(
    folders: Sequence[Path],
    to: str | None,
    *,
    private: bool,
    branch: str = MAIN,
    tag: str | None = None,
) -> dict[str, list[Parcel]]:
    """Check folders whole, and say where they go: parcels by repository.

    A folder of finished folders stands for all of them. What `to` and `private` do not say is said by
    each recipe's `publish`. Several folders in one repository are configurations, named as their
    recipes say, or as the mixes.

    Raises OutputError where a folder is not as it was built, has nowhere to go, or two would be one.
    """
    found = [mix for folder in folders for mix in _mixes(folder)]
    told = {folder: _told(folder) for folder in found}
    manifests = {folder: verify(folder) for folder in found}
    goals = {folder: to or (said.to if said else "") for folder, said in told.items()}
    parcels: dict[str, list[Parcel]] = {}
    problems: list[Problem] = []
    for folder, manifest in manifests.items():
        goal, publish = goals[folder], told[folder]
        if goal.count("/") != 1:
            what = f"`{goal}` is no repository" if goal else f"{manifest.name} has nowhere to go"
            help_ = "Say `--to our-org/name`, or `publish: {to: our-org/name}` in its recipe."
            problems.append(Problem(what, Place(folder), help=help_))
            continue
        is_one_of_many = list(goals.values()).count(goal) > 1
        config = (publish and publish.config) or (manifest.name if is_one_of_many else DEFAULT)
        problems += _wrong_name(config, folder)
        there = parcels.setdefault(goal, [])
        if twin := next((one for one in there if one.config == config), None):
            what = f"{folder} and {twin.folder} would both be configuration {config} of {goal}"
            problems.append(
                Problem(what, help="Give one of their recipes another `publish.config`.")
            )
        address = Address(goal, config, branch, tag)
        there.append(
            Parcel(
                folder,
                manifest,
                address,
                private or bool(publish and publish.private),
                Address.foreseen(manifest.name, publish),
                _files(folder, manifest, address.folder),
            )
        )
    if problems:
        raise OutputError(*problems)
    return parcels


def build_id(parcels: Sequence[Parcel]) -> str:
    """Identifies what goes to a repository, by every byte of it."""
    stamps = [parcel.files[parcel.prefix + NAME].sha256 for parcel in parcels]
    return digest(*stamps, *(parcel.config for parcel in parcels)).hex()[:16]


def _mixes(folder: Path) -> list[Path]:
    """The finished folders that a folder stands for."""
    if (folder / NAME).exists():
        return [folder]
    inside = sorted(file.parent for file in folder.glob(f"[!.]*/{NAME}"))
    if not inside:
        what = f"{folder} is no finished mix, and holds none"
        raise OutputError(Problem(what, help="Build one with `curate build`."))
    return inside


def _told(folder: Path) -> Publish | None:
    """Where the folder's recipe says that it goes."""
    path = folder / RECIPE
    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        publish = said.get("publish")
        return None if publish is None else Publish.model_validate(publish)
    except (OSError, AttributeError, yaml.YAMLError, ValidationError) as error:
        raise OutputError(Problem("the recipe cannot be read", Place(path))) from error


def _wrong_name(config: str, folder: Path) -> list[Problem]:
    if CONFIG.fullmatch(config) and config != "data":
        return []
    what = f"a configuration cannot be called `{config}`"
    help_ = "Give its recipe a `publish.config` of letters, digits, `-`, `_` and `.`."
    return [Problem(what, Place(folder), help=help_)]


def _files(folder: Path, manifest: Manifest, prefix: str) -> dict[str, StampedFile]:
    stamps = (*manifest.files, stamp_file(folder / NAME, NAME))
    return {prefix + one.path: one for one in stamps if prefix or one.path != CARD}
