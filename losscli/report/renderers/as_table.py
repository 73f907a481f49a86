"""The table for a terminal, drawn by rich."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.box import ASCII, ROUNDED
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ..comparison import ComparisonReport
from ..lines.comparison_lines import base_lines, headings, rank_lines, result_lines, sentence_of, table_lines
from ..lines.inspection_lines import Inspection, alarm_count, alarm_lines, description_lines
from ..lines.match_lines import groups, search_sentence
from ..lines.overview_table import cells_of
from ..lines.summary_lines import lines_of_each
from ..model import Report, Result

if TYPE_CHECKING:
    from ..reconciliation import Reconciliation


def render(report: Report, *, width: int = 80, color: bool = True, unicode: bool = True, verbose: bool = False) -> str:
    """The report as text with terminal colours. File names are data, not markup."""
    console, text = _console(width, color)
    if report.command == "batch":
        console.print(_overview(report, unicode))
        return text.getvalue()
    tables = [_table(each, unicode) for each in lines_of_each(report, verbose=verbose)]
    for place, table in enumerate(tables):
        console.print(table)
        if place < len(report.results) and report.results[place].groups:
            _print_groups(console, report.results[place], unicode)
        if place < len(report.results):
            _print_rows(console, report.results[place], unicode)
    return text.getvalue()


def _print_rows(console: Console, result: Result, unicode: bool) -> None:
    """The worst and the best rows of a result."""
    if not (result.worst or result.best):
        return
    from ..lines.row_lines import row_tables

    for each in row_tables(result):
        table = Table(box=ROUNDED if unicode else ASCII, header_style="bold", title=each.title, title_justify="left")
        numbers = len(each.headings) - each.texts
        for place, heading in enumerate(each.headings):
            own = place < numbers
            table.add_column(_text(heading, unicode), justify="right" if own else "left", overflow="fold", no_wrap=own)
        for cells in each.cells:
            table.add_row(*(_text(cell, unicode) for cell in cells))
        console.print(table)


def _print_groups(console: Console, result: Result, unicode: bool) -> None:
    """The groups of a result, a line each."""
    from ..lines.group_lines import group_cells, headings, rest_sentence

    table = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
    texts = len(result.groups[0]["by"])
    for place, heading in enumerate(headings(result)):
        own = place >= texts
        table.add_column(
            _text(heading, unicode),
            justify="right" if own else "left",
            overflow="fold",
            no_wrap=own,
            min_width=len(heading),
        )
    for cells in group_cells(result):
        table.add_row(*(_text(cell, unicode) for cell in cells))
    console.print(table)
    if rest := rest_sentence(result):
        console.print(_text(rest, unicode))


def render_matches(report: Reconciliation, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """The conventions as a table, those of equal value side by side."""
    console, text = _console(width, color)
    if sentence := search_sentence(report):
        console.print(_text(sentence, unicode))
    console.print(_matches(report, unicode))
    return text.getvalue()


def render_inspection(report: Inspection, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """What files hold, a table each, then the alarms."""
    console, text = _console(width, color)
    for each in report.inputs:
        console.print(_table(description_lines(each, unicode=unicode), unicode))
    if sentence := alarm_count(report):
        console.print(_text(sentence, unicode))
    for alarm in report.alarms:
        console.print(_table(alarm_lines(alarm), unicode))
    return text.getvalue()


def render_comparison(report: ComparisonReport, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """One result in full, or a table of several with the ranks of the models."""
    console, text = _console(width, color)
    for each in report.results:
        console.print(_text(sentence_of(each), unicode))
    if len(report.results) == 1 or width < _COMPACT:
        for each in report.results:
            console.print(_table(result_lines(each, report), unicode, _COLORS[each.verdict]))
    else:
        console.print(_results(report, unicode))
    for loss, ranks in rank_lines(report):
        ranking = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
        ranking.add_column("rank", justify="right")
        ranking.add_column(_text(f"by {loss}; who share a letter cannot be told apart", unicode), overflow="fold")
        for rank, name in ranks:
            ranking.add_row(rank, _text(name, unicode))
        console.print(ranking)
    return text.getvalue()


_COMPACT = 76  # columns that a line for each result takes
_COLORS = {"improved": "bold green", "not worse": "green", "inconclusive": "yellow", "worse": "bold red"}


def _results(report: ComparisonReport, unicode: bool) -> Group:
    """A line for each result, below what is the same for all."""
    table = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
    for heading in headings(report):
        table.add_column(heading, overflow="fold", no_wrap=heading not in ("loss", "candidate"), min_width=len(heading))
    for cells, result in zip(table_lines(report), report.results, strict=True):
        *rest, said = (_text(cell, unicode) for cell in cells)
        said.stylize(_COLORS[result.verdict])
        table.add_row(*rest, said)
    return Group(*(_text(line, unicode) for line in base_lines(report)), table)


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


def _table(pairs: list[tuple[str, str]], unicode: bool, style: str = "bold") -> Table:
    (loss, value), *rest = [tuple(_text(part, unicode) for part in pair) for pair in pairs]
    table = Table(box=ROUNDED if unicode else ASCII, show_header=True, header_style="bold")
    table.add_column(loss, style="dim", header_style="bold cyan", overflow="fold")
    # the number is never broken over lines, however narrow the terminal
    table.add_column(value, overflow="fold", header_style=style, min_width=len(value.plain.split(" ")[0]))
    for what, text in rest:
        table.add_row(what, text)
    return table


def _overview(report: Report, unicode: bool) -> Table:
    table = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
    heads, *rows = cells_of(report, errors=False)  # they are on stderr, and would fill the table
    for head in heads:
        number = head in ("value", "stderr", "rows")
        table.add_column(head, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell, unicode) for cell in row))
    return table


def _matches(report: Reconciliation, unicode: bool) -> Table:
    table = Table(box=ROUNDED if unicode else ASCII, header_style="bold")
    by_value = groups(report)
    table.add_column("value", style="bold", min_width=max((len(value) for value, _ in by_value), default=5))
    table.add_column("like", style="cyan", min_width=7)
    table.add_column("what was computed", overflow="fold")
    for value, conventions in by_value:
        for i, (who, how) in enumerate(conventions):
            last = i == len(conventions) - 1
            table.add_row(value if i == 0 else "", who, _text(how, unicode), end_section=last)
    return table


def _text(part: str, unicode: bool) -> Text:
    """Data, not markup; where only ASCII can be shown, escaped before the columns are measured."""
    return Text(part if unicode else part.encode("ascii", "backslashreplace").decode())
