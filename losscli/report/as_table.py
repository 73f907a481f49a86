"""The table for a terminal, drawn by rich."""

from __future__ import annotations

import io

from rich.box import ASCII, ROUNDED
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .facts import all_facts
from .matches import groups, verdict
from .model import Reconciliation, Report


def render(report: Report, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """The report as text with terminal colours. File names are data, not markup."""
    console, text = _console(width, color)
    for pairs in all_facts(report):
        console.print(_table(pairs, unicode))
    return text.getvalue()


def render_matches(report: Reconciliation, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """The conventions as a table, those of equal value side by side."""
    console, text = _console(width, color)
    if sentence := verdict(report):
        console.print(_text(sentence, unicode))
    console.print(_matches(report, unicode))
    return text.getvalue()


def _console(width: int, color: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()  # not stdout, whose encoding would choose the box even for a file
    console = Console(
        file=text,
        width=width,
        height=25,  # with both given, rich looks for no terminal
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        legacy_windows=False,
    )
    return console, text


def _table(pairs: list[tuple[str, str]], unicode: bool) -> Table:
    (loss, value), *rest = [tuple(_text(part, unicode) for part in pair) for pair in pairs]
    table = Table(box=ROUNDED if unicode else ASCII, show_header=True, header_style="bold")
    table.add_column(loss, style="dim", header_style="bold cyan", overflow="fold")
    # the number is never broken over lines, however narrow the terminal
    table.add_column(value, overflow="fold", header_style="bold", min_width=len(value.plain.split(" ")[0]))
    for what, text in rest:
        table.add_row(what, text)
    return table


def _matches(report: Reconciliation, unicode: bool) -> Table:
    table = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
    found = groups(report)
    table.add_column("value", style="bold", min_width=max((len(value) for value, _ in found), default=5))
    table.add_column("like", style="cyan", min_width=7)
    table.add_column("what was computed", overflow="fold")
    for value, conventions in found:
        for i, (who, how) in enumerate(conventions):
            last = i == len(conventions) - 1
            table.add_row(value if i == 0 else "", who, _text(how, unicode), end_section=last)
    return table


def _text(part: str, unicode: bool) -> Text:
    """Data, not markup; where only ASCII can be shown, escaped before the columns are measured."""
    return Text(part if unicode else part.encode("ascii", "backslashreplace").decode())
