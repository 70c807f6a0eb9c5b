"""Words that fill the gaps of phrases.

A phrase is text with gaps such as `{day}`; every gap names a list of `WORDS`. Gaps that must agree
with each other are no gaps: they are facts, written with f-strings by whoever tells the story.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import NamedTuple

from curate.sources.embedded.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Aisha Alba Amara Amir Anders Anika Arlo Astrid Beatriz Bela Bruno Callum Carmen Cedric Chiara
    Clara Dalia Daniel Delphine Diego Dora Edith Eleni Elias Emeka Esther Ewa Farid Felix Fiona Freya
    Gita Grace Hana Hassan Heidi Hugo Ida Imani Ines Ivan Jasper Joana Jonas Jun Kaito Karim Keira
    Kofi Lars Leila Lena Liam Lucia Luka Mads Maren Marta Mateo Maya Mei Milan Mira Nadia Naomi Nico
    Nora Noor Olga Omar Oscar Paula Pavel Petra Priya Quentin Ravi Rosa Ruben Sadie Sami Selma Sofia
    Stefan Tara Theo Thora Tomas Ursula Vera Viktor Wanda Willa Xenia Yara Yusuf Zara Zoe
    """
)
LAST_NAMES = _words(
    """
    Abara Almeida Andersson Baker Banerjee Becker Bianchi Brandt Carver Castillo Chen Costa Dahl Darwish
    Duarte Eriksen Faure Fischer Fraser Gallo Greene Gupta Haddad Hansen Hoffman Ibrahim Iversen Jensen
    Kaplan Kimura Kowalski Larsen Laurent Lindqvist Lopez Marsh Mbeki Moreau Murphy Nakamura Novak
    O'Brien Okafor Olsen Park Pereira Popescu Quinn Reyes Romano Rossi Sandoval Schneider Silva Sorensen
    Tanaka Thorne Turner Vance Vargas Weber Whitfield Winter Yilmaz Zeller
    """
)
TOWNS = (
    *_words(
        """
        Aldham Ashby Barrow Beckford Carden Corvale Dunmore Easton Elmswell Fairhaven Fenwick Garston
        Glenrock Halden Harwick Ilford Kelso Kingsbury Larkfield Linden Marlow Merton Millbrook Northam
        Norwell Oakhurst Oldfield Pinewood Radley Redcliff Rockport Salterton Selby Stanbrook Stonebridge
        Thornbury Upton Wakefield Wexham Whitby Winslow Woodbridge
        """
    ),
    *("Cedar Falls", "Grey Harbour", "Lower Marsh", "Port Ellery", "Saint Alban", "West Linton"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
NUMBERS = _words("zero one two three four five six seven eight nine ten eleven twelve")
ORDINALS = _words(
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)

WORDS: dict[str, tuple[str, ...]] = {
    "name": FIRST_NAMES,
    "town": TOWNS,
    "day": DAYS,
    "month": MONTHS,
    "few": NUMBERS[2:7],
    "some": ("a couple of", "two or three", "three or four", "half a dozen", "a handful of"),
    "minutes": tuple(str(minutes) for minutes in (5, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50)),
    "part": ("morning", "afternoon", "evening"),
    "season": ("spring", "summer", "autumn", "winter"),
    "room": ("kitchen", "hallway", "bedroom", "living room", "study", "spare room"),
    "relative": (
        *("sister", "brother", "niece", "nephew", "cousin", "neighbour", "grandmother", "flatmate"),
        *("colleague", "daughter", "son", "father", "mother", "best friend", "landlady"),
    ),
    "often": ("every day", "every other day", "twice a week", "once a week", "every ten days"),
    "mostly": ("usually", "almost always", "often", "more often than not", "as a rule"),
    "easily": ("easily", "quietly", "quickly", "soon", "sometimes"),
    "amount": tuple(str(amount) for amount in range(15, 200, 5)),
    "span": (
        *("about a week", "ten days", "two weeks", "a fortnight or so", "three weeks", "a month"),
        *("six weeks", "two months", "a whole season", "a few months"),
    ),
}

_GAP = re.compile(r"\{(\w+)\}")


class Phrase(NamedTuple):
    """Text with gaps, taken apart once so that filling it is quick."""

    text: str
    gaps: tuple[tuple[str, ...], ...]

    def say(self, dice: Dice) -> str:
        """Fill every gap on its own."""
        return self.text % dice.each(self.gaps)


def phrases(texts: str) -> tuple[Phrase, ...]:
    """Take phrases apart, one a line."""
    return tuple(
        Phrase(_GAP.sub("%s", line.strip()), tuple(WORDS[name] for name in _GAP.findall(line)))
        for line in texts.strip().splitlines()
    )


def wordings(texts: str, number: int = 64) -> tuple[tuple[str, ...], ...]:
    """Fill every phrase so many times, one a line, once and for all: picking is quicker than filling."""
    dice = Dice(0, b"wordings", 0)
    return tuple(tuple([phrase.say(dice) for _ in range(number)]) for phrase in phrases(texts))


def sayings(texts: str, number: int = 64) -> tuple[str, ...]:
    """All wordings of all phrases, to pick one from."""
    return tuple(chain.from_iterable(wordings(texts, number)))


def listed(things: list[str]) -> str:
    """Name things in a sentence: `a`, `a and b`, `a, b and c`."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
