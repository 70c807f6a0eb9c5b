"""Configurations of other tools, read by declared type."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from curate.errors import Place, Problem, RecipeError


class Foreign(BaseModel):
    """A table of another tool's; what is declared is taken over, what else it says is told."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def strangers(self) -> list[str]:
        """The fields that are not declared, but for those that say nothing."""
        return [name for name, value in (self.model_extra or {}).items() if value not in _NOTHING]


_NOTHING: tuple[Any, ...] = (None, False, "", [], {})

Form = TypeVar("Form", bound=Foreign)


def read(form: type[Form], said: Any, file: Path) -> Form:
    """A configuration as its form. Raises RecipeError with all that does not fit."""
    try:
        return form.model_validate(said)
    except ValidationError as error:
        problems = [
            Problem(
                f"{'.'.join(map(str, found['loc'])) or 'the file'}: {found['msg']}", Place(file)
            )
            for found in error.errors(include_url=False)
        ]
        raise RecipeError(*problems) from error


def said_of(strangers: list[str], what: str) -> tuple[str, ...]:
    """How to tell of fields that have no counterpart; nothing, where there are none."""
    shown = ", ".join(strangers[:12]) + (f" and {len(strangers) - 12} more" * (len(strangers) > 12))
    return (f"{what}: {shown}",) if strangers else ()
