"""Which shape a source has, judged by the columns of its first records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from curate.errors import Problem, ShapeError
from curate.shapes import shapes
from curate.shapes.path import Path
from curate.shapes.shape import SHARED, Part, Shape, look
from curate.spelling import did_you_mean


@dataclass(frozen=True)
class Columns:
    """The columns of a source, as its first records show them."""

    looks: Mapping[str, frozenset[str]]
    """What the values of each column look like, null aside."""

    @classmethod
    def of(cls, records: Sequence[Any]) -> Columns:
        """Look at records; those that are not objects have no columns."""
        looks: dict[str, set[str]] = {}
        for record in records:
            if isinstance(record, dict):
                for name, value in cast("dict[str, Any]", record).items():
                    seen = looks.setdefault(name, set())
                    if (found := look(value)) is not None:
                        seen.add(found)
        return cls({name: frozenset(seen) for name, seen in looks.items()})

    def holding(self, part: Part, taken: set[str]) -> tuple[str, ...]:
        """The columns that could equally well be this part, by the first group that has any."""
        for group in part.spellings:
            found = tuple(
                name
                for name, seen in self.looks.items()
                if name.lower() in group and name not in taken and seen and seen <= part.looks
            )
            if found:
                return found
        return ()

    def __str__(self) -> str:
        looks = {name: " or ".join(sorted(seen)) or "null" for name, seen in self.looks.items()}
        return ", ".join(f"`{name}` ({what})" for name, what in looks.items()) or "none"


@dataclass(frozen=True)
class Fit:
    """How a source's columns would play the parts of a shape."""

    shape: type[Shape]
    found: Mapping[str, tuple[str, ...]]
    """For each part the columns that could be it; more than one is an ambiguity."""
    words: Mapping[str, str]
    """What the recipe gives literally."""

    @property
    def need(self) -> tuple[str, ...] | None:
        """The first complete set of needed parts."""
        return next((need for need in self.shape.needs if all(map(self.found.get, need))), None)

    def readings(self) -> Iterator[str]:
        """What a recipe could write to have exactly this."""
        name = self.shape.name
        for part in self.shape.parts:
            if len(columns := self.found.get(part.name, ())) > 1:
                for column in columns:
                    yield f"shape: {name}, columns: {{{part.name}: {column}}}"
                return
        yield f"shape: {name}"

    def bind(self) -> Shape:
        """The shape, reading these columns.

        A part no record showed so far is expected under its usual name, unless another part reads that.
        """
        needed = {part for need in self.shape.needs for part in need}
        taken = {head for columns in self.found.values() for head in Path(columns[0]).heads}
        places: dict[str, Path] = {}
        for part in (*self.shape.parts, *SHARED):
            usual = part.spellings[0][0] if part.spellings else None
            if columns := self.found.get(part.name):
                places[part.name] = Path(columns[0])
            elif usual is not None and usual not in taken and part.name not in needed:
                places[part.name] = Path(usual)
        return self.shape(places, self.words)


def choose_shape(name: str, records: Sequence[Any], columns: Mapping[str, str]) -> Shape:
    """The shape a source has, bound to its columns.

    `name` is a shape's, or `auto`; `records` are the source's first ones; `columns` maps the shape's name
    for a part to its place in the records, and says nothing of parts that are to be found by their
    usual names. Raises ShapeError where there is no such shape, where the columns fit none, or more
    than one equally well, and where a named column is in no record.
    """
    seen = Columns.of(records)
    if name != "auto":
        fit = _fit(_named(name), seen, columns)
        _check_names(fit.shape, columns)
        _check_places(columns, fit.shape, records, seen)
        if fit.need is None:
            raise _incomplete(fit, seen)
        fits = [fit]
    else:
        _check_known(columns)
        candidates = (
            _fit(shape, seen, columns) for shape in shapes().values() if _can(shape, columns)
        )
        whole = [fit for fit in candidates if fit.need is not None]
        less = {name for fit in whole for name in fit.shape.before}
        fits = [fit for fit in whole if fit.shape.name not in less]
        if not fits:
            raise _unrecognised(seen, columns)
        _check_places(columns, fits[0].shape, records, seen)
    readings = [reading for fit in fits for reading in fit.readings()]
    if len(readings) > 1:
        raise _ambiguous(fits, readings)
    return fits[0].bind()


def readable(name: str, names: Sequence[str], columns: Mapping[str, str]) -> frozenset[str]:
    """Which columns a shape may come to read, before any record is seen.

    `name` and `columns` are those of `choose_shape`, `names` the columns there are. Raises ShapeError where
    there is no such shape.
    """
    shape = None if name == "auto" else _named(name)
    if shape is not None and shape.is_whole:
        return frozenset(names)
    candidates = [shape] if shape else [one for one in shapes().values() if one.is_recognised]
    parts = [part for one in candidates for part in one.parts] + [*SHARED]
    usual = {spelling for part in parts for group in part.spellings for spelling in group}
    given = {head for place in columns.values() for head in Path(place).heads}
    return frozenset(one for one in names if one.lower() in usual or one in given)


def _named(name: str) -> type[Shape]:
    table = shapes()
    if name in table:
        return table[name]
    raise ShapeError(
        Problem(
            f"there is no shape `{name}`",
            hint=did_you_mean(name, (*table, "auto")),
            help=f"The shapes are {', '.join(table)}, and auto to recognise one of them.",
        )
    )


def _can(shape: type[Shape], columns: Mapping[str, str]) -> bool:
    """Whether the shape is one to be recognised and has all the parts the recipe speaks of."""
    return shape.is_recognised and columns.keys() <= _names(shape)


def _names(shape: type[Shape]) -> set[str]:
    return {part.name for part in (*shape.parts, *SHARED)}


def _fit(shape: type[Shape], seen: Columns, columns: Mapping[str, str]) -> Fit:
    """Give every part its columns: those the recipe names, then the usual ones, none of them twice."""
    parts = [part for part in (*shape.parts, *SHARED) if not part.is_word]
    found = {part.name: (columns[part.name],) for part in parts if part.name in columns}
    taken = {head for (place,) in found.values() for head in Path(place).heads}
    usual: dict[str, tuple[str, ...]] = {}
    for part in parts:
        if part.name not in found:
            usual[part.name] = seen.holding(part, taken)
            taken.update(usual[part.name])
    words = {
        part.name: columns[part.name]
        for part in shape.parts
        if part.is_word and part.name in columns
    }
    return Fit(
        shape, {part: places for part, places in {**found, **usual}.items() if places}, words
    )


# What to say ---------------------------------------------------------------------------------------


def _check_names(shape: type[Shape], columns: Mapping[str, str]) -> None:
    names = _names(shape)
    own = ", ".join(part.name for part in shape.parts) or "none"
    problems = [
        Problem(
            f"the shape `{shape.name}` has no part `{name}`",
            hint=did_you_mean(name, names),
            help=f"Its parts are {own}; every shape also reads "
            f"{', '.join(part.name for part in SHARED)}.",
        )
        for name in columns
        if name not in names
    ]
    if problems:
        raise ShapeError(*problems)


def _check_known(columns: Mapping[str, str]) -> None:
    known = {name for shape in shapes().values() if shape.is_recognised for name in _names(shape)}
    problems = [
        Problem(
            f"no shape has a part `{name}`",
            hint=did_you_mean(name, known),
            help="`columns` maps a shape's name for a part to the records' name for it, "
            "as in `columns: {instruction: query}`.",
        )
        for name in columns
        if name not in known
    ]
    if problems:
        raise ShapeError(*problems)


def _check_places(
    columns: Mapping[str, str], shape: type[Shape], records: Sequence[Any], seen: Columns
) -> None:
    elsewhere = {part.name for part in shape.parts if part.is_word or part.is_inner}
    problems: list[Problem] = []
    for part, place in columns.items():
        if part in elsewhere or any(_reaches(Path(place), record) for record in records):
            continue
        unknown = [head for head in Path(place).heads if head not in seen.looks]
        problems.append(
            Problem(
                f"no record has `{place}`, given as `{part}`",
                hint=did_you_mean(unknown[0], seen.looks) if unknown else None,
                help=f"The records have the columns {seen}.",
            )
        )
    if problems:
        raise ShapeError(*problems)


def _reaches(place: Path, record: Any) -> bool:
    value = place.value(record)
    if place.is_several and isinstance(value, list):
        return any(each is not None for each in cast("list[Any]", value))
    return value is not None


def _incomplete(fit: Fit, seen: Columns) -> ShapeError:
    need = min(fit.shape.needs, key=lambda need: sum(part not in fit.found for part in need))
    lacking = [part for part in need if not fit.found.get(part)]
    return ShapeError(
        Problem(
            f"the shape `{fit.shape.name}` needs {' and '.join(f'`{part}`' for part in lacking)}, which no column holds",
            help=f"The records have the columns {seen}. Say which it is, as in "
            f"`columns: {{{', '.join(f'{part}: NAME' for part in lacking)}}}`.",
        )
    )


def _unrecognised(seen: Columns, columns: Mapping[str, str]) -> ShapeError:
    expected = "; ".join(
        f"{shape.name}: {' and '.join(shape.needs[0])}"
        for shape in shapes().values()
        if shape.is_recognised
    )
    given = f", with {', '.join(columns)} given," if columns else ""
    return ShapeError(
        Problem(
            f"no shape is recognised from the columns {seen}{given}",
            help=f"Shapes need: {expected}. Name one and say which column is which, as in "
            "`shape: instruction` and `columns: {instruction: NAME, output: NAME}`; "
            "`shape: prompt` takes questions without answers.",
        )
    )


def _ambiguous(fits: Sequence[Fit], readings: Sequence[str]) -> ShapeError:
    columns = dict.fromkeys(
        column for fit in fits for part in fit.need or () for column in fit.found[part]
    )
    return ShapeError(
        Problem(
            f"the records can be read in {len(readings)} ways, from the columns {', '.join(f'`{c}`' for c in columns)}",
            help="Write one of them:\n" + "\n".join(f"  {reading}" for reading in readings),
        )
    )
