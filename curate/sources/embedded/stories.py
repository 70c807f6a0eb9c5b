"""Short local news, each with a true summary of itself."""

from __future__ import annotations

from collections.abc import Callable

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.words import (
    DAYS,
    FIRST_NAMES,
    LAST_NAMES,
    MONTHS,
    NUMBERS,
    ORDINALS,
    TOWNS,
    wordings,
)


def _person(dice: Dice) -> str:
    return f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}"


_COLOUR = wordings(
    """
    On {day} {part} the square of {town} was so full that {some} shops stayed open {few} hours longer.
    A {relative} of the mayor, who has lived here for {few} decades, called it the talk of the {season}.
    In {town}, a short drive away, people have waited {span} for something of the kind.
    It had rained for {span}, which {mostly} keeps visitors away in {month}.
    The café by the station in {town} sold {amount} cups of tea on {day} alone.
    Not everybody is pleased: {name}, who runs a bakery in {town}, misses {some} parking spaces since {month}.
    The local paper received {amount} letters about it within {span}, {some} of them in verse.
    Pupils from {town} had painted {amount} posters during {span} of art lessons.
    An earlier attempt in {month} failed after {span}, when {name} and {name} fell out over the money.
    The weather service expects {few} dry days in a row, at least until {day} {part}.
    """
)


def _colours(dice: Dice) -> list[str]:
    return [dice.pick(wording) for wording in dice.several(_COLOUR, 3)]


def _reopening(dice: Dice) -> tuple[str, str]:
    place = dice.pick(
        ("library", "swimming pool", "footbridge", "museum", "market hall", "theatre")
    )
    town, day, month = dice.pick(TOWNS), dice.pick(DAYS), dice.pick(MONTHS)
    months, cost, visitors = dice.between(4, 40), dice.between(2, 95), dice.between(120, 4000)
    who, share = _person(dice), dice.between(10, 60)
    colours = _colours(dice)
    passage = (
        f"After {months} months of building work, the {place} of {town} opened its doors again on "
        f"{day}. Some {visitors} people came on the first day alone, far more than the organisers had "
        f"hoped for. {colours[0]} The work cost {cost / 10:.1f} million, of which {share} per "
        f'cent were raised by citizens. "We sold jam, we ran races, we wrote letters," said {who}, '
        f"who led the campaign. {colours[1]} {colours[2]} A second phase, with new lighting and a ramp, is to "
        f"begin in {month}."
    )
    summary = dice.pick(
        (
            (
                f"The {place} of {town} has reopened after {months} months and drew {visitors} visitors "
                f"on its first day. Citizens paid {share} per cent of the {cost / 10:.1f} million, and a "
                f"second phase begins in {month}."
            ),
            (
                f"{town}'s {place} is open again after {months} months of work costing {cost / 10:.1f} "
                f"million, {share} per cent of it raised by citizens led by {who}. {visitors} people came "
                f"on {day}; more work follows in {month}."
            ),
        )
    )
    return passage, summary


def _count(dice: Dice) -> tuple[str, str]:
    animal, place = dice.pick(
        (
            ("swifts", "old roofs"),
            ("hedgehogs", "gardens"),
            ("kingfishers", "streams"),
            ("bats", "church towers"),
            ("otters", "the canal"),
            ("barn owls", "open barns"),
            ("toads", "the mill pond"),
        )
    )
    town, month, who = dice.pick(TOWNS), dice.pick(MONTHS), _person(dice)
    now, before, helpers = dice.between(90, 900), dice.between(90, 900), dice.between(15, 400)
    turn = "more than" if now > before else "fewer than" if now < before else "as many as"
    colours = _colours(dice)
    passage = (
        f"Volunteers around {town} have counted {animal} for the {ORDINALS[dice.between(3, 12)]} year in a "
        f"row. {colours[0]} On two evenings in {month}, {helpers} people stood at {place} with "
        f"lists and torches and noted {now} animals; the year before there had been {before}. "
        f'"One year says little, the line over many years says a lot," explained {who}, who checks '
        f"every list at the kitchen table. {colours[1]} {colours[2]} The numbers go to the county, which "
        f"wants to decide on protected areas near {dice.pick(TOWNS)} next spring."
    )
    gap = f"{turn} the {before} of the year before" if now != before else "as many as last year"
    summary = dice.pick(
        (
            (
                f"{helpers} volunteers around {town} counted {now} {animal} in {month}, {gap}. The county "
                f"will use the figures to decide on protected areas."
            ),
            (
                f"This year's count near {town} found {now} {animal}, {gap}. {who}, who checks the lists, "
                f"warns against reading much into a single year."
            ),
        )
    )
    return passage, summary


def _growth(dice: Dice) -> tuple[str, str]:
    trade = dice.pick(
        (
            *("bicycle workshop", "cheese dairy", "printing house", "boat yard", "piano maker"),
            *("nursery", "roastery", "violin school", "glass works", "repair café"),
        )
    )
    town, who, next_town = dice.pick(TOWNS), _person(dice), dice.pick(TOWNS)
    start, staff, more = dice.between(1961, 2014), dice.between(6, 70), dice.between(3, 30)
    sales, month = dice.between(11, 98), dice.pick(MONTHS)
    colours = _colours(dice)
    passage = (
        f"When {who} founded a {trade} in {town} in {start}, there was one table and one lamp. Today "
        f"{staff} people work there, and {more} more are to join before {month}. {colours[0]} "
        f"Sales rose by {sales / 10:.1f} per cent last year, mostly thanks to customers from abroad, "
        f'and a second site in {next_town} is being prepared. {colours[1]} "We turn down orders '
        f'rather than hurry," says the founder. {colours[2]} The bank, at any rate, has agreed to '
        f"a loan over {NUMBERS[dice.between(5, 12)]} years."
    )
    summary = dice.pick(
        (
            (
                f"The {trade} that {who} founded in {town} in {start} now employs {staff} people and will "
                f"hire {more} more by {month}. Sales grew by {sales / 10:.1f} per cent, and a second site "
                f"in {next_town} is planned."
            ),
            (
                f"A {trade} from {town} is growing: {sales / 10:.1f} per cent more sales, {more} new jobs "
                f"beside the present {staff}, and a site in {next_town}."
            ),
        )
    )
    return passage, summary


def _match(dice: Dice) -> tuple[str, str]:
    home, away = dice.several(TOWNS, 2)
    goals, against = dice.between(2, 5), dice.between(0, 1)
    crowd, minute, who = dice.between(200, 9000), dice.between(3, 44), _person(dice)
    place, day = dice.between(1, 9), dice.pick(DAYS)
    colours = _colours(dice)
    passage = (
        f"{home} beat {away} {goals}–{against} on {day}, in front of {crowd} spectators. "
        f"{colours[0]} {who} opened the score with a header after {minute} minutes, after a "
        f"corner that the visitors failed to clear. From then on there was only one team on the pitch. "
        f'"We ran less than last week, but we ran in the right direction," said the coach of {home}. '
        f"{colours[1]} {colours[2]} With this win {home} is number {place} in the table, while {away} has "
        f"lost {NUMBERS[dice.between(2, 6)]} times in a row."
    )
    summary = dice.pick(
        (
            (
                f"{home} won {goals}–{against} against {away} before {crowd} spectators and is now number "
                f"{place} in the table. {who} scored first, after {minute} minutes."
            ),
            (
                f"In front of {crowd} people, {home} defeated {away} by {goals} to {against}; {who} "
                f"scored after {minute} minutes. {home} moves to place {place}."
            ),
        )
    )
    return passage, summary


def _survey(dice: Dice) -> tuple[str, str]:
    habit = dice.pick(
        (
            *("walk to work", "cook with their children", "mend their own clothes", "share a car"),
            *("grow vegetables", "sing in a choir", "write letters by hand", "borrow tools"),
            *("know their neighbours by name", "take the night train", "keep a paper diary"),
        )
    )
    town, asked, who = dice.pick(TOWNS), dice.between(400, 5000), _person(dice)
    share, former, year = dice.between(12, 88), dice.between(12, 88), dice.between(1985, 2015)
    colours = _colours(dice)
    passage = (
        f"How many people still {habit}? The town of {town} wanted to know and sent {asked} "
        f"questionnaires. {colours[0]} According to the report published on {dice.pick(DAYS)}, "
        f"{share} per cent do so at least once a month; in {year} it had been {former} per cent. "
        f'{colours[1]} "People answer as they would like to be," cautioned {who}, who led the '
        f"survey, and pointed out that only every {ORDINALS[dice.between(3, 9)]} sheet came back. "
        f"{colours[2]} The next survey is due in {dice.between(2, 9)} years."
    )
    summary = dice.pick(
        (
            (
                f"A survey of {asked} people in {town} found that {share} per cent {habit} at least once a "
                f"month, against {former} per cent in {year}. Its author, {who}, advises caution."
            ),
            (
                f"In {town}, {share} per cent say that they {habit} at least monthly ({year}: {former} per "
                f"cent). Since few of the {asked} sheets came back, the figure is uncertain."
            ),
        )
    )
    return passage, summary


def _find(dice: Dice) -> tuple[str, str]:
    thing, age = dice.pick(
        (
            ("a clay jug full of coins", "seventeenth"),
            ("a stone well", "thirteenth"),
            ("the wall of a tannery", "fifteenth"),
            ("a wooden walkway", "eleventh"),
            ("a bronze bell", "sixteenth"),
            ("the cellar of an inn", "eighteenth"),
        )
    )
    town, who, metres = dice.pick(TOWNS), _person(dice), dice.between(8, 49)
    weeks, day, works = dice.between(2, 20), dice.pick(DAYS), dice.between(3, 40)
    colours = _colours(dice)
    passage = (
        f"Workers laying a water pipe in {town} came upon {thing} on {day}, only {metres / 10:.1f} "
        f"metres below the road. {colours[0]} Archaeologists date the find to the {age} century "
        f'and have closed the street for {weeks} weeks. "We dug by hand from that moment," said {who}, '
        f"who operated the machine and noticed the change of colour first. {colours[1]} {colours[2]} The pipe, "
        f"which is to supply {works} houses, will now run along the other side."
    )
    summary = dice.pick(
        (
            (
                f"While laying a pipe for {works} houses in {town}, workers found {thing} from the {age} "
                f"century. The street stays closed for {weeks} weeks."
            ),
            (
                f"{thing[0].upper()}{thing[1:]}, dated to the {age} century, has come to light "
                f"{metres / 10:.1f} metres below a street in {town}; {who} noticed it first. The street is "
                f"closed for {weeks} weeks and the pipe will be laid elsewhere."
            ),
        )
    )
    return passage, summary


STORIES: tuple[Callable[[Dice], tuple[str, str]], ...] = (
    *(_reopening, _count, _growth, _match, _survey, _find),
)
"""Each tells a passage, and what it says in two or three sentences."""
