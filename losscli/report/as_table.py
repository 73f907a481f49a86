"""The table for a terminal, drawn by rich."""

from __future__ import annotations

from rich.box import ASCII, ROUNDED
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .facts import all_facts
from .model import Report


def render(report: Report, *, width: int | None = None, color: bool = True, unicode: bool = True) -> str:
    """The report as text with terminal colours. File names are data, not markup."""
    console = Console(
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
    )
    with console.capture() as captured:
        for pairs in all_facts(report):
            console.print(_table(pairs, unicode))
    return captured.get()


def _table(pairs: list[tuple[str, str]], unicode: bool) -> Table:
    (loss, value), *rest = pairs
    table = Table(box=ROUNDED if unicode else ASCII, show_header=True, header_style="bold")
    table.add_column(Text(loss), style="dim", header_style="bold cyan", no_wrap=True)
    table.add_column(Text(value), overflow="fold", header_style="bold")
    for what, text in rest:
        table.add_row(Text(what), Text(text))
    return table
