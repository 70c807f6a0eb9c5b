"""Lists of steps, with named groups of steps spliced in."""

from __future__ import annotations

from collections.abc import Mapping

from curate.errors import Place
from curate.recipe.nodes import Entry, Items, Node, Scalar, Table, kind
from curate.recipe.values import Reader, Unreadable, fields_of
from curate.spelling import did_you_mean
from curate.step import Step

USE = "use"
"""What splices a group: `- use: hygiene`."""


class StepLists:
    """Reads lists of steps and remembers where each step stood."""

    def __init__(
        self, reader: Reader, types: Mapping[str, type[Step]], groups: Mapping[str, Entry]
    ) -> None:
        self.places: dict[int, Place] = {}
        """Where a step's name stands, by the `id` of the step."""
        self._reader = reader
        self._types = types
        self.groups = groups

    def read(self, node: Node, within: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """The steps of a list, in order; `within` names the groups being spliced.

        Notes every problem; raises Unreadable where there was any.
        """
        if not isinstance(node, Items):
            what = f"expected a list of steps, got {kind(node)}"
            raise self._reader.fail(what, node.place, help="begin every step with '- '")
        steps: list[Step] = []
        broken = 0
        for item in node.values:
            try:
                steps += self._splice(item, within)
            except Unreadable:
                broken += 1
        if broken:
            raise Unreadable
        return tuple(steps)

    def _splice(self, item: Node, within: tuple[str, ...]) -> tuple[Step, ...]:
        fields: Node | None = None
        if isinstance(item, Table) and len(item.entries) == 1:
            ((_, entry),) = item.entries.items()
            name, fields = entry.key, entry.value
        elif isinstance(item, Table):
            what = (
                f"a step is one name with its fields, this has {', '.join(item.entries) or 'none'}"
            )
            help_ = "indent the fields under the step's name, or begin every step with '- '"
            raise self._reader.fail(what, item.place, help=help_)
        else:
            name = self._reader.scalar(item, "a step")
        if name.text == USE:
            return self._group(fields or name, within)
        return (self._step(name, fields),)

    def group(self, name: str, within: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """The steps of a group."""
        return self.read(self.groups[name].value, (*within, name))

    def _group(self, node: Node, within: tuple[str, ...]) -> tuple[Step, ...]:
        group = self._reader.scalar(node, "the name of a group")
        if group.text not in self.groups:
            raise self._reader.fail(
                f"there is no group called '{group.text}'",
                group.place,
                hint=did_you_mean(group.text, self.groups),
                help=None if self.groups else "groups of steps are declared under  groups:",
            )
        if group.text in within:
            circle = " → ".join((*within[within.index(group.text) :], group.text))
            raise self._reader.fail(f"these groups use each other: {circle}", group.place)
        return self.group(group.text, within)

    def _step(self, name: Scalar, fields: Node | None) -> Step:
        type_ = self._types.get(name.text)
        if type_ is None:
            hint = did_you_mean(name.text, [*self._types, USE])
            help_ = None if hint else f"steps: {', '.join(self._types)}"
            if name.text in self.groups:
                hint, help_ = None, f"the group of this name is  use: {name.text}"
            what = f"there is no step called '{name.text}'"
            raise self._reader.fail(what, name.place, hint=hint, help=help_)
        if fields is None or (isinstance(fields, Scalar) and fields.is_null):
            table = Table({}, name.place)
        elif isinstance(fields, Table):
            table = fields
        elif type_.shorthand is not None:
            table = Table({type_.shorthand: Entry(name, fields)}, fields.place)
        else:
            what = f"step '{name.text}' takes a table of fields, got {kind(fields)}"
            named = ", ".join(fields_of(type_)) or "none"
            raise self._reader.fail(what, fields.place, help=f"its fields: {named}")
        step = self._reader.build(type_, table, f"step '{name.text}'", name.place)
        self.places[id(step)] = name.place
        return step
