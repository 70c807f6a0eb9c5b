"""A rendering as one page that needs nothing beside it."""

from __future__ import annotations

from pathlib import Path

import jinja2

from curate import shipped
from curate.chat_template.showing import Shown
from curate.chat_template.signs import visible


def page(shown: Shown) -> str:
    """The page as HTML; texts of the row are escaped."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["visible"] = visible
    source = (shipped.folder("templates") / "rendering.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(shown=shown, name=Path(shown.template).name)
