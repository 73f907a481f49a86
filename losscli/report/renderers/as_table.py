"""The table for a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rich.box import ASCII, ROUNDED
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ..comparison import ComparisonReport
from ..lines.comparison_lines import base_lines, headings, rank_lines, result_lines, sentence_of, table_lines
from ..lines.inspection_lines import Inspection, alarm_count, alarm_lines, description_lines
from ..lines.match_lines import groups, search_sentence
from ..lines.overview_table import INTERVAL, cells_of
from ..lines.summary_lines import lines_of_each
from ..model import Report, Result
from .box_drawing import BoxColumn, box, natural_width

if TYPE_CHECKING:
    from ..reconciliation import Reconciliation


def render(report: Report, *, width: int = 80, color: bool = True, unicode: bool = True, verbose: bool = False) -> str:
    """The report as text with terminal colours. File names are data, not markup."""
    draw = partial(box, width=width, color=color, unicode=unicode)
    if report.command == "batch":
        for intervals in (True, False):  # where there is room for them
            heads, *rows = cells_of(report, errors=False, intervals=intervals)  # errors are on stderr
            columns = [_overview_column(head) for head in heads]
            if natural_width(columns, rows) <= width:
                break
        return draw(columns, rows)
    text = ""
    for place, lines in enumerate(lines_of_each(report, verbose=verbose)):
        text += draw(*_pairs(lines))
        if place < len(report.results) and report.results[place].groups:
            text += _groups(draw, report.results[place], width, unicode)
        if place < len(report.results):
            text += _rows(draw, report.results[place])
        if place < len(report.results) and report.results[place].histograms:
            text += _histogram(draw, report.results[place], width, unicode)
    return text


def _rows(draw: Callable[..., str], result: Result) -> str:
    """The worst and the best rows of a result."""
    if not (result.worst or result.best):
        return ""
    from ..lines.row_lines import row_tables

    text = ""
    for table in row_tables(result):
        numbers = len(table.headings) - table.texts
        columns = [
            BoxColumn(heading, right=place < numbers, narrowest=None if place < numbers else len(heading))
            for place, heading in enumerate(table.headings)
        ]
        text += f"{table.title}\n{draw(columns, table.cells)}"
    return text


def _histogram(draw: Callable[..., str], result: Result, width: int, unicode: bool) -> str:
    """How many rows cost how much, and what share of the loss they carry, as bars."""
    from ..lines.bars import HEADS, histogram_rows, infinite_rows

    rows = histogram_rows(result, unicode)
    if not rows:
        return ""
    styles = ("", "", "blue", "", "yellow")
    chosen = [place for place in range(len(HEADS)) if width >= _COMPACT or HEADS[place]]
    columns = [
        BoxColumn(HEADS[place], style=styles[place], right=bool(HEADS[place]), narrowest=None) for place in chosen
    ]
    text = draw(columns, [[row[place] for place in chosen] for row in rows])
    infinite = infinite_rows(result)
    return text + (f"Rows with an infinite loss, which stand in no bar: {infinite:,}.\n" if infinite else "")


def _groups(draw: Callable[..., str], result: Result, width: int, unicode: bool) -> str:
    """The groups of a result, a line each, with bars of their shares where there is room for them."""
    from ..lines.bars import group_bars
    from ..lines.group_lines import MOST, group_cells, headings, rest_sentence

    texts = len(result.groups[0]["by"])
    columns = [
        BoxColumn(heading, right=place >= texts, narrowest=None if place >= texts else len(heading))
        for place, heading in enumerate(headings(result))
    ]
    cells, rest = group_cells(result), rest_sentence(result)
    bars = group_bars(result, result.top or MOST, unicode)
    if bars:
        with_bars = [*columns, BoxColumn("", style="blue", narrowest=None)]
        table = [[*each, mark] for each, mark in zip(cells, bars, strict=True)]
        if natural_width(with_bars, table) <= width:
            columns, cells = with_bars, table
    return draw(columns, cells) + (f"{rest}\n" if rest else "")


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
    draw = partial(box, width=width, color=color, unicode=unicode)
    for each in report.inputs:
        text.write(draw(*_pairs(description_lines(each, unicode=unicode))))
    if sentence := alarm_count(report):
        console.print(_text(sentence, unicode))
    for alarm in report.alarms:
        text.write(draw(*_pairs(alarm_lines(alarm))))
    return text.getvalue()


def render_comparison(report: ComparisonReport, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """One result in full, or a table of several with the ranks of the models."""
    console, text = _console(width, color)
    for each in report.results:
        console.print(_text(sentence_of(each), unicode))
    if len(report.results) == 1 or width < _COMPACT:
        for each in report.results:
            pairs = _pairs(result_lines(each, report), _COLORS[each.verdict])
            text.write(box(*pairs, width=width, color=color, unicode=unicode))
    else:
        console.print(_results(report, unicode))
    for each in report.results:
        if each.groups:
            from .group_boxes import of_comparison

            text.write(of_comparison(each, width=width, color=color, unicode=unicode))
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


def _pairs(pairs: list[tuple[str, str]], style: str = "bold") -> tuple[list[BoxColumn], list[tuple[str, str]]]:
    """Columns and rows of a result or a file: the first pair is the head."""
    (name, value), *rest = pairs
    # the number is never broken over lines, however narrow the terminal
    number = len(value.split(" ")[0])
    return [BoxColumn(name, "bold cyan", "dim"), BoxColumn(value, style, narrowest=max(number, 1))], rest


def _overview_column(head: str) -> BoxColumn:
    number = head in ("value", "stderr", INTERVAL, "rows")
    return BoxColumn(head, right=number, narrowest=None if number else 1)


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
