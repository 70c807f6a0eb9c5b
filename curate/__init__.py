"""Training mixes for small reasoning models, from declarative recipes.

The public names are loaded when first used: importing this package reads no file and costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.chat_template import ChatTemplate
    from curate.errors import CurateError
    from curate.forecasts import Forecast, forecast
    from curate.languages.telling import detect_language
    from curate.pipeline import Built, build
    from curate.recipe.model import Recipe, Source
    from curate.recipe.reading import load, load_folder
    from curate.release.publishing import Published, publish
    from curate.rows import Message, Row
    from curate.step import Choice, Edit, Filter
    from curate.token_counts import count_tokens
    from curate.trial import Trial, trial

__version__ = "0.1.0"

__all__ = [
    "Built",
    "ChatTemplate",
    "Choice",
    "CurateError",
    "Edit",
    "Filter",
    "Forecast",
    "Message",
    "Published",
    "Recipe",
    "Row",
    "Source",
    "Trial",
    "build",
    "count_tokens",
    "detect_language",
    "forecast",
    "load",
    "load_folder",
    "publish",
    "trial",
]

_HOMES = {
    "Built": "curate.pipeline",
    "ChatTemplate": "curate.chat_template",
    "Choice": "curate.step",
    "CurateError": "curate.errors",
    "Edit": "curate.step",
    "Filter": "curate.step",
    "Forecast": "curate.forecasts",
    "Message": "curate.rows",
    "Published": "curate.release.publishing",
    "Recipe": "curate.recipe.model",
    "Row": "curate.rows",
    "Source": "curate.recipe.model",
    "build": "curate.pipeline",
    "count_tokens": "curate.token_counts",
    "detect_language": "curate.languages.telling",
    "forecast": "curate.forecasts",
    "load": "curate.recipe.reading",
    "load_folder": "curate.recipe.reading",
    "publish": "curate.release.publishing",
    "Trial": "curate.trial",
    "trial": "curate.trial",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'curate' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
