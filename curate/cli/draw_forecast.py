"""What `curate inspect --forecast` shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, fitting, plural, shorten
from curate.forecasts.account import Account

if TYPE_CHECKING:
    from curate.forecasts import Forecast

SHOWN = 16
"""Sources told one by one, the largest; JSON tells all."""

_LOST: Mapping[str, Callable[[Account], int]] = {
    "no\n</think>": lambda one: one.closing.lost,
    "no\nanswer": lambda one: one.answer.lost,
    "no\nend": lambda one: one.stop.lost,
    "prompt\ncut": lambda one: one.prompt_cut,
    "sides\nalike": lambda one: one.identical,
    "left\nout": lambda one: one.left_out,
}
"""What may become of a row, in as many words as a column has room for."""


_NEEDED = tuple(f"max_len\nfor {share}" for share in ("95%", "99%", "all"))
"""The shortest `max_length` that keeps so many rows whole."""


def draw_forecast(out: Terminal, told: Forecast) -> None:
    """What the trainer keeps, one line a source."""
    total = told.total
    out.say((told.name, "bold"), ("  " + plural(total.rows, "row"), "dim"))
    out.paragraph(told.trainer.about)
    out.print()
    _draw_table(out, told, total)
    if remarks := _remarks(told, total):
        out.print()
    for line in remarks:
        out.paragraph(line, "  ")


def _draw_table(out: Terminal, told: Forecast, total: Account) -> None:
    lost = {name: count for name, count in _LOST.items() if count(total)}
    heads = ["\nrows", "\nwhole", *lost, "trained\nkept", *_NEEDED]
    lines = _lines(told, total)
    cells = {name: _cells(account, [*lost.values()]) for name, account in lines.items()}
    widths = [
        max(len(text) for text in (*head.split("\n"), *(row[at].plain for row in cells.values())))
        for at, head in enumerate(heads)
    ]
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, max_width=max(12, out.width - sum(widths) - len(widths)))
    for width in widths:
        table.add_column(justify="right", no_wrap=True, min_width=width)
    for line in (0, 1):
        shown = (Text(head.split("\n")[line], "dim") for head in heads)
        table.add_row(Text("  source" if line else "", "dim"), *shown)
    for name, row in cells.items():
        style = "bold" if lines[name] is total else ""
        table.add_row(fitting("  " + shorten(name, 30), style), *row)
    out.print(table)


def _cells(one: Account, lost: Sequence[Callable[[Account], int]]) -> list[Text]:
    return [
        Text(f"{one.rows:,}"),
        _share(one.whole, one.rows),
        *(_share(count(one), one.rows) for count in lost),
        Text(_percent(one.trained.share)),
        *(Text(f"{need:,}") for need in one.max_lengths().values()),
    ]


def _lines(told: Forecast, total: Account) -> dict[str, Account]:
    """The largest sources, the others together, and all of them."""
    largest = dict(list(told.sources.items())[:SHOWN])
    rest = [account for name, account in told.sources.items() if name not in largest]
    if rest:
        others = Account()
        for account in rest:
            others += account
        largest[f"{len(rest):,} others"] = others
    return largest if len(largest) == 1 else largest | {"all": total}


def _remarks(told: Forecast, total: Account) -> list[str]:
    by = f" by column {told.by}" if told.by and told.by != "source" else ""
    lines = [f"{plural(len(told.sources), 'source')}{by}"] if by else []
    endless = total.rows - total.stop.had
    if endless:
        lines.append(
            f"of {plural(total.rows, 'row')} {endless:,} never had an end-of-turn token: "
            "a model does not learn from them to stop"
        )
    if total.whole == total.rows:
        lines.append("nothing is cut")
    return lines


def _share(count: int, rows: int) -> Text:
    return Text(_percent(count / rows) if count else "–", "" if count else "dim")


def _percent(share: float) -> str:
    """A share with one decimal; never 100.0% or 0.0% unless it is exactly that."""
    if 0 < share < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < share < 1 else f"{share:.1%}"
