"""Foreign layouts, each brought to the row contract by one module.

`SHAPES` is the whole table, in the order errors list it. `choose_shape` picks the one a source has;
`Door` lets records in through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from curate.errors import Problem, ShapeError
from curate.shapes.as_is import AsIs
from curate.shapes.instruction import Instruction
from curate.shapes.messages import Messages
from curate.shapes.pair import Pair
from curate.shapes.prompt import Prompt
from curate.shapes.prompt_completion import PromptCompletion
from curate.shapes.samples import Samples
from curate.shapes.shape import Shape
from curate.shapes.sharegpt import ShareGPT
from curate.shapes.thinking_answer import ThinkingAnswer
from curate.shapes.transcript import Transcript

SHAPES: tuple[type[Shape], ...] = (
    Messages,
    ShareGPT,
    Instruction,
    PromptCompletion,
    ThinkingAnswer,
    Pair,
    Transcript,
    Samples,
    Prompt,
    AsIs,
)

GROUP = "curate.shapes"
"""The entry-point group under which other packages add shapes, by the word a recipe writes."""


@cache
def shapes() -> Mapping[str, type[Shape]]:
    """Every shape by name, those of other packages last.

    Raises ShapeError where a package's entry point does not give a shape.
    """
    table = {shape.name: shape for shape in SHAPES}
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
        except Exception as error:
            raise ShapeError(
                Problem(
                    f"the shape `{entry.name}` of another package cannot be loaded: {error}",
                    help=f"It is named in the entry point `{entry.value}`; uninstall or mend that package.",
                )
            ) from error
        if not (isinstance(found, type) and issubclass(found, Shape)):
            raise ShapeError(f"`{entry.value}`, the shape `{entry.name}`, is not a `Shape`")
        table.setdefault(entry.name, found)
    return table
