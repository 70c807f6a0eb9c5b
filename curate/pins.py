"""What a recipe's lock holds its sources to."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from curate import __version__
from curate.chat_template.origin import find as find_template
from curate.errors import Place, Problem, RecipeError
from curate.fingerprint import digest
from curate.origins import find_hub_split, find_origin
from curate.output.manifest import SourceStamp, libraries, stamp_file, stamp_files
from curate.recipe.lock import Lock, LockedFile, LockedSource, lock_of, read_lock
from curate.recipe.model import Recipe
from curate.references import Reference, in_pack, load_packs, references
from curate.sources.hub.repository import Hub
from curate.sources.hub.row_groups import find_row_groups
from curate.sources.hub.splits import Split
from curate.supplies import Supply, open_source

Pins = Mapping[str, LockedSource]


def read_pins(recipe: Recipe, *, locked: bool = False) -> Pins:
    """What the lock beside the recipe says of the sources that are still where it found them.

    Of a pack's source that it does not know, the lock beside the pack tells. With `locked` there must be a
    lock, and nothing may differ from it. Raises RecipeError, naming all that does, and what `references` raises.
    """
    path = lock_of(recipe)
    lock = None if path is None else read_lock(path)
    now = references(recipe)
    if path is None or lock is None:
        if locked:
            what = f"{recipe.name} has no lock"
            place = None if path is None else Place(path)
            raise RecipeError(Problem(what, place, help="write one: curate lock RECIPE"))
    elif locked:
        drift = [*_drift(recipe, lock, now)]
        if drift:
            help_ = "`curate lock` takes the recipe as it is now, and --upgrade the sources"
            raise RecipeError(*(Problem(what, Place(path), help=help_) for what in drift))
    pins = {**dict(_of_packs(recipe)), **({} if lock is None else lock.sources)}
    return {
        name: pin for name, pin in pins.items() if name in now and now[name].origin == pin.origin
    }


def _of_packs(recipe: Recipe) -> Iterator[tuple[str, LockedSource]]:
    """What locks beside packs say of the packs' sources."""
    for pack in load_packs(recipe).values():
        path = lock_of(pack)
        lock = None if path is None else read_lock(path)
        for name, pin in () if lock is None else lock.sources.items():
            yield in_pack(pack, name), pin


def _drift(recipe: Recipe, lock: Lock, now: Mapping[str, Reference]) -> Iterator[str]:
    for name in now:
        if name not in lock.sources:
            yield f"source '{name}' is not in the lock"
        elif lock.sources[name].origin != now[name].origin:
            yield f"source '{name}' comes from elsewhere than when the lock was written"
    for name in lock.sources.keys() - now.keys():
        yield f"source '{name}' of the lock is no longer in the recipe"
    if lock.template != _template(recipe):
        yield "the chat template is another one than when the lock was written"
    if lock.tokenizer != _tokenizer(recipe):
        yield "the tokenizer is another one than when the lock was written"
    for library, version in _versions().items():
        if lock.libraries.get(library) != version:
            yield f"{library} is {version}, the lock was written with {lock.libraries.get(library)}"


def make_lock(recipe: Recipe, sources: Pins) -> Lock:
    """The lock of a recipe whose sources are these."""
    return Lock(
        recipe=recipe.name,
        template=_template(recipe),
        tokenizer=_tokenizer(recipe),
        libraries=_versions(),
        sources=sources,
    )


def lock_read(
    recipe: Recipe,
    pins: Pins,
    supplies: Mapping[str, Supply],
    stamps: Mapping[str, SourceStamp],
    hub: Hub,
) -> Lock | None:
    """The lock of what a build has read, row group by row group; None where nothing came from the Hub."""
    read = references(recipe)
    if not any(reference.is_on_hub for reference in read.values()):
        return None
    sources: dict[str, LockedSource] = {}
    for name, reference in read.items():
        pin = pins.get(name) or pin_source(reference, hub, stamps.get(name))
        sources[name] = with_digests(pin, supplies.get(name) or _whole(reference, hub, pin))
    return make_lock(recipe, sources)


def _whole(reference: Reference, hub: Hub, pin: LockedSource) -> Supply:
    """All of a source: packs, and what is compared with, are read to their end."""
    supply = open_source(reference.recipe, reference.source, hub, pin)
    supply.ask(sys.maxsize)
    return supply


def renew_lock(recipe: Recipe, lock: Lock) -> None:
    """Put a lock in the place of the one beside the recipe, where there is one that says less."""
    path = lock_of(recipe)
    if path is not None and path.is_file() and read_lock(path) != lock:
        write_lock(path, lock)


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock's file, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(lock.as_text(), encoding="utf-8")
    draft.replace(path)


def pin_source(reference: Reference, hub: Hub, stamp: SourceStamp | None = None) -> LockedSource:
    """What a source is now; `stamp` spares reading files of this machine again."""
    recipe, origin = reference.recipe, reference.origin
    source = recipe.sources[reference.source]
    if source.embedded is not None:
        return LockedSource(origin=origin, stamp=source.embedded.model_dump_json())
    if source.hub is None:
        found = stamp.files if stamp else stamp_files(find_origin(recipe, source, hub, None).paths)
        files = {file.path: LockedFile(bytes=file.bytes, sha256=file.sha256) for file in found}
        return LockedSource(origin=origin, files=files)
    split = find_hub_split(source, hub, None)
    rows = _rows(split, hub)
    return LockedSource(
        origin=origin,
        hub=source.hub,
        revision=source.revision or "main",
        commit=split.repository.commit,
        license=split.repository.license,
        gated=split.repository.gated,
        config=split.config,
        split=split.name,
        rows=sum(rows.values()) if rows else None,
        files={
            file.path: LockedFile(
                bytes=file.bytes,
                sha256=file.sha256,
                git=None if file.sha256 else file.git,
                rows=rows.get(file.path),
            )
            for file in split.files
        },
    )


def _rows(split: Split, hub: Hub) -> dict[str, int]:
    """The rows of each file, where its footer says so."""
    rows: dict[str, int] = {}
    for group in find_row_groups(split, hub.cache) if split.is_parquet else ():
        rows[group.remote.file.path] = rows.get(group.remote.file.path, 0) + group.rows
    return rows


def with_digests(pin: LockedSource, supply: Supply) -> LockedSource:
    """The pin, with the digests of what was fetched of the source."""
    groups = supply.row_groups
    if not groups:
        return pin
    columns = groups[0].columns
    found: dict[str, dict[int, str]] = {
        path: dict(file.row_groups) if pin.columns == columns else {}
        for path, file in pin.files.items()
    }
    for group in groups:
        if digest := group.digest_found():
            found[group.remote.file.path][group.number] = digest
    files = {
        path: file.model_copy(update={"row_groups": found[path]})
        for path, file in pin.files.items()
    }
    return pin.model_copy(update={"columns": columns, "files": files})


def _template(recipe: Recipe) -> str:
    """A digest over the template's text, and the tokens that stand beside it."""
    found = find_template(recipe.template.path)
    return digest(found.text, found.bos_token, found.eos_token).hex()


def _versions() -> dict[str, str]:
    return {"curate": __version__, **libraries()}


def _tokenizer(recipe: Recipe) -> str | None:
    return recipe.tokenizer and stamp_file(recipe.tokenizer, "").sha256
