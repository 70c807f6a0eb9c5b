"""Look again for what `near_duplicates` and `decontaminate` should have taken, without their code.

    python benchmarks/real/brute_force.py PARENT --data FOLDER [--rows N]

Some rows of each finished mix are read as text. Every pair of them that shares a 5-gram of words is compared
as Python sets; every n-gram of words is looked up in a dictionary of all test items. No hash, sketch or
compiled loop of the project takes part, only its list of LaTeX commands that are no words. So that a 0 can
be believed, the same is done with copies in which one word was changed, and with prompts known to be test items.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from curate.leaks.words import LAYOUT

SIMILARITY, SHINGLE = 0.8, 5
NGRAM, COVERAGE, COMMON = 8, 0.5, 10
THINKS = re.compile(r"<think>\n(.*?)\n</think>\n\n(.*)\Z", re.DOTALL)
_MARK = re.compile(r"(?<=[0-9])(?:,\\!|\{,\}|\\,|,)(?=[0-9]{3}(?![0-9]))")
_WORD = re.compile(r"[0-9]+(?:\.[0-9]+)?|\\[a-z]+|[^\W0-9_]+")

Gram = tuple[str, ...]


# Rows of a finished mix ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """One row as text: what is compared with other rows, and what is searched, part by part."""

    compared: str
    searched: tuple[str, ...]


def said(turns: Iterable[dict[str, str]]) -> str:
    """The turns' thinking and contents, a blank line between them, markers left out."""
    contents = (turn["content"] for turn in turns)
    return "\n\n".join(THINKS.sub(r"\1\n\n\2", content) for content in contents)


def texts(row: dict[str, Any], name: str) -> Texts:
    """The texts of one row of a mix, by the scopes its recipe names."""
    prompt = said(row["prompt"])
    if "chosen" in row:
        sides = said(row["chosen"]), said(row["rejected"])
        return Texts("\n\n".join((prompt, *sides)), (prompt, *sides))
    answer = said(row["completion"])
    thought = THINKS.fullmatch(row["completion"][-1]["content"])
    parts = thought.groups() if thought else (answer,)
    compared = answer if "reasoning" in name else f"{prompt}\n\n{answer}"
    return Texts(compared, (prompt, *parts))


def sample(folder: Path, rows: int) -> list[Texts]:
    """Some rows of a finished mix."""
    frame = pl.read_parquet(folder / "data/*.parquet")
    drawn = frame.sample(min(rows, frame.height), seed=7)
    return [texts(row, folder.name) for row in drawn.iter_rows(named=True)]


# Near-duplicates ----------------------------------------------------------------------------------


def shingles(text: str) -> frozenset[Gram]:
    """The n-grams of a text's words; all its words where they are fewer."""
    words = unicodedata.normalize("NFKC", text).lower().split()
    last = max(1, len(words) - SHINGLE + 1)
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(last))


def alike(rows: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Every pair of texts at or above the similarity."""
    holders: dict[Gram, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, text in enumerate(rows):
        own = shingles(text)
        sizes.append(len(own))
        shared: Counter[int] = Counter()
        for gram in own:
            shared.update(holders[gram])
            holders[gram].append(number)
        for other, both in shared.items():
            similarity = both / (len(own) + sizes[other] - both)
            if similarity >= SIMILARITY:
                yield other, number, similarity


def altered(text: str, source: random.Random) -> str:
    """A text with one of its words replaced."""
    words = text.split()
    words[source.randrange(len(words))] = "altered"
    return " ".join(words)


# Test items ---------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """Words as `decontaminate` defines them for languages with spaces: numbers apart from letters."""
    found: list[str] = []
    for word in _WORD.findall(_MARK.sub("", unicodedata.normalize("NFKC", text).lower())):
        if "." in word:
            word = word.rstrip("0").rstrip(".")
        if not word.startswith("\\"):
            found.append(word)
        elif word[1:] not in LAYOUT:
            found.append(word[1:])
    return found


def grams_of(words: Sequence[str]) -> list[Gram]:
    """All n-grams, in order."""
    return [tuple(words[at : at + NGRAM]) for at in range(len(words) - NGRAM + 1)]


def thin(gram: Gram) -> bool:
    """Whether most of its words are one character long."""
    return 2 * sum(len(word) == 1 for word in gram) > NGRAM


class Items:
    """Test items by their n-grams, under the default rule or as published.

    `strict` is the default rule of `decontaminate` (docs/decisions/0009). Without it every n-gram of the
    words between spaces counts, and half of all words of an item of at least eight are enough.
    """

    def __init__(self, items: Sequence[str], *, strict: bool) -> None:
        self.strict = strict
        split = [self.words(text) for text in items]
        places: dict[Gram, list[tuple[int, int]]] = defaultdict(list)
        for item, words in enumerate(split):
            for place, gram in enumerate(grams_of(words)):
                if not (strict and thin(gram)):
                    places[gram].append((item, place))
        self.places = {
            gram: found
            for gram, found in places.items()
            if not strict or len({item for item, _ in found}) <= COMMON
        }
        covered: dict[int, set[int]] = defaultdict(set)
        for found in self.places.values():
            for item, place in found:
                covered[item].update(range(place, place + NGRAM))
        self.size = {
            item: len(words) if strict else len(split[item]) for item, words in covered.items()
        }
        spelled: dict[Gram, set[str]] = defaultdict(set)
        for item, words in enumerate(split):
            if words and item not in covered:
                folded = unicodedata.normalize("NFKC", items[item]).lower()
                spelled[tuple(words)].add(" ".join(folded.split()))
        self.whole = {words for words, texts in spelled.items() if strict and len(texts) == 1}
        self.lengths = sorted({len(words) for words in self.whole})

    def words(self, text: str) -> list[str]:
        """A text's words."""
        return words_of(text) if self.strict else text.lower().split()

    def enough(self, item: int, covered: int) -> bool:
        """Whether so many covered words of an item are a hit."""
        size = self.size[item]
        if self.strict and size < 2 * NGRAM:
            return covered == size
        return covered >= COVERAGE * size

    def hit(self, text: str) -> bool:
        """Whether a text holds an item."""
        words = self.words(text)
        covered: dict[int, set[int]] = defaultdict(set)
        for gram in grams_of(words):
            for item, place in self.places.get(gram, ()):
                covered[item].update(range(place, place + NGRAM))
        if any(self.enough(item, len(found)) for item, found in covered.items()):
            return True
        return any(
            tuple(words[at : at + length]) in self.whole
            for length in self.lengths
            if length <= len(words) <= 2 * length
            for at in range(len(words) - length + 1)
        )


def records(file: Path) -> Iterator[Any]:
    """The records of a file of JSON, whole or by lines."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8")
    if text.startswith("["):
        yield from json.loads(text)
    else:
        for line in filter(str.strip, text.split("\n")):
            record = json.loads(line)
            yield from record.get("examples", [record])


def questions(data: Path) -> list[str]:
    """The test items of the folder of source files."""
    found: list[str] = []
    for file in sorted((data / "eval").rglob("*.*")):
        if file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as lines:
                found += [row[0] for row in csv.reader(lines)]
        elif "contaminated" not in file.name:
            found += [question(record) for record in records(file)]
    return [text for text in found if text.strip()]


def question(record: dict[str, Any]) -> str:
    """What a test item asks."""
    if "Body" in record:
        return f"{record['Body']}\n\n{record['Question']}"
    if "turns" in record:
        return "\n\n".join(record["turns"])
    return next(record[key] for key in ("question", "problem", "prompt", "input") if key in record)


def main() -> None:
    """Print what is left in each mix, and what is found where it is known to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parent", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=3000)
    asked = parser.parse_args()
    items = questions(asked.data)
    default, published = Items(items, strict=True), Items(items, strict=False)
    known = [
        record["chat_history"][0]
        for file in sorted((asked.data / "reasoning/zeroeval/gsm").iterdir())[:1]
        for record in records(file)
    ]
    found = sum(map(default.hit, known))
    print(f"{len(items):,} test items; of {len(known):,} prompts known to be some, {found:,} found")
    source = random.Random(7)
    for folder in sorted(asked.parent.glob("stage-*")):
        rows = sample(folder, asked.rows)
        compared = [row.compared for row in rows]
        pairs = sum(1 for _ in alike(compared))
        long = [text for text in compared if len(text.split()) > 60][:100]
        planted = [altered(text, source) for text in long]
        seen = {first for first, second, _ in alike(long + planted) if second == first + len(long)}
        strict = sum(any(map(default.hit, row.searched)) for row in rows)
        loose = sum(any(map(published.hit, row.searched)) for row in rows)
        print(
            f"{folder.name}: of {len(rows):,} rows {pairs} pairs at {SIMILARITY} or above "
            f"(of {len(long)} altered copies {len(seen)} found); {strict} with a test item by the "
            f"default rule, {loose} where templates and formulas count as well"
        )


if __name__ == "__main__":
    main()
