"""One split of a mix told in one layout, as its rows pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import polars as pl

from curate.funnel import REJECTS
from curate.output.layouts import Form, lay_out
from curate.output.manifest import TokenAccount
from curate.recipe.model import PlainLayout


class Telling(ABC):
    """Rows in, rows of a layout out; what comes out does not depend on how the rows are cut into frames."""

    @abstractmethod
    def columns(self, empty: pl.DataFrame) -> pl.Schema:
        """The columns of the layout; `empty` has those of the mix."""

    @abstractmethod
    def tell(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What can be told once these rows have passed."""

    def rest(self) -> Iterator[pl.DataFrame]:
        """What can be told only once all rows have passed."""
        return iter(())

    def account(self) -> TokenAccount | None:
        """What became of the rows, where one does not simply become one."""
        return None

    def left_out(self) -> pl.DataFrame:
        """The rows that are not told, as rejects."""
        return pl.DataFrame(schema=REJECTS)


class Plainly(Telling):
    """One row a row."""

    def __init__(self, layout: PlainLayout, form: Form) -> None:
        self._layout: PlainLayout = layout
        self._form = form

    def columns(self, empty: pl.DataFrame) -> pl.Schema:
        """Those it gives to no rows at all."""
        return self.tell(empty).schema

    def tell(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The same rows in the columns of the layout."""
        return lay_out(self._layout, rows, self._form)
