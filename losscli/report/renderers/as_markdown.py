"""Markdown tables, for a comment, a wiki or GitHub's job summary. What comes from outside stands in code spans only."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..lines.shown_digits import error_number, number
from ..lines.summary_lines import describe, parameters, value_of
from ..model import Check, Report, Result

RESERVE = 512  # bytes for the sentences that count what is left out
WORDS = re.compile(r"[\w +-]*(\.\d[\w +-]*)?", re.ASCII)
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

Column = tuple[str, str, Callable[[Any], str]]  # heading, alignment, cell


def render(report: Report) -> str:
    checks = [(result, check) for result in report.results for check in result.gates]
    return page(report, report.results, checks, math.inf)


def page(report: Report, results: list[Result], checks: list[tuple[Result, Check]], room: float) -> str:
    """The report in at most so many bytes, results and checks in the order given: those beyond are counted."""
    if room < RESERVE:
        return ""
    made = _Page(room - RESERVE)
    made.add(f"### losscli {report.command}", "")
    if summary := _summary(results, [check for _, check in checks]):
        made.add(summary, "")
    made.table(CHECKS, checks, "checks")
    made.table(RESULTS, results, "results")
    for result in results:
        made.groups(result)
        made.rows(result)
        made.histogram(result)
    made.list([f"{each.role} {code(describe(each))}" for each in report.inputs], "inputs")
    made.list([f"note: {code(line)}" for line in report.warnings], "notes")
    made.list([f"signature {code(result.signature)}" for result in results if result.signature], "signatures")
    return made.text()


def code(text: str, table: bool = False) -> str:
    """Text from outside as a code span, in which nothing is markup, a link, an issue or a mention.

    Backticks, and in a table `|` and the backslash, have no span that every parser reads alike; then all
    punctuation is written as references, which never have a meaning, inside HTML's <code>.
    """
    if "`" in text or (table and ("|" in text or "\\" in text)):
        return f"<code>{PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', text)}</code>"
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return code(text, table=True)


def _word(text: str) -> str:
    """As it is, where it can be nothing but words and numbers."""
    return text if WORDS.fullmatch(text) else _cell(text)


def _interval(result: Result) -> str:
    ci = result.ci
    return f"{number(ci['low'])} ... {number(ci['high'])} ({ci['level']:.0%})" if ci else ""


def _limit(value: float | None) -> str:
    return "" if value is None else number(value)


RESULTS: tuple[Column, ...] = (
    ("data set", "---", lambda result: _cell(result.dataset)),
    ("loss", "---", lambda result: _cell(result.title)),
    ("value", "--:", lambda result: "**error**" if result.error else _word(value_of(result))),
    ("standard error", "--:", lambda result: "" if result.stderr is None else error_number(result.stderr)),
    ("interval", "--:", _interval),
    ("rows", "--:", lambda result: str(result.n)),
    ("reduction", "---", lambda result: _word(" over ".join(filter(None, (result.reduction, result.denominator))))),
    ("like", "---", lambda result: _cell(f"{result.like}: {result.call}" if result.like else "")),
    ("input", "---", lambda result: _word(result.input)),
    ("parameters", "---", lambda result: _cell(parameters(result))),
    ("why", "---", lambda result: _cell(result.error)),
)
CHECKS: tuple[Column, ...] = (
    ("data set", "---", lambda pair: _cell(pair[0].dataset)),
    ("loss", "---", lambda pair: _cell(pair[0].loss)),
    ("check", "---", lambda pair: _cell(pair[1].name)),
    ("outcome", "---", lambda pair: outcome(pair[1])),
    ("value", "--:", lambda pair: _limit(pair[1].value)),
    ("limit", "--:", lambda pair: _limit(pair[1].limit)),
    ("why", "---", lambda pair: _cell(pair[1].message)),
)


def outcome(check: Check) -> str:
    """In a word or two, a failure in bold."""
    word = f"**{check.outcome}**" if check.passed is False and not check.informational else check.outcome
    return f"{word} (informational)" if check.informational else word


def _summary(results: list[Result], checks: list[Check]) -> str:
    """What went wrong, in a line, or that nothing did."""
    binding = [check for check in checks if not check.informational]
    failed = sum(check.passed is False for check in binding)
    unknown = sum(check.passed is None for check in binding)
    errors = sum(bool(result.error) for result in results)
    parts = [f"**{errors} of {len(results)} results could not be computed.**"] if errors else []
    if failed:
        parts.append(f"**{failed} of {len(binding)} checks failed.**")
    elif binding and not unknown:
        parts.append(f"All {len(binding)} checks passed." if len(binding) > 1 else "The check passed.")
    if unknown:
        parts.append(f"{unknown} of {len(binding)} checks inconclusive.")
    return " ".join(parts)


class _Page:
    """Lines in a limited room."""

    def __init__(self, room: float) -> None:
        self._room = room
        self._lines: list[str] = []

    def add(self, *lines: str) -> bool:
        """All of these lines, if there is room."""
        cost = sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)
        if cost > self._room:
            return False
        self._room -= cost
        self._lines.extend(lines)
        return True

    def table(self, columns: Sequence[Column], rows: Sequence[Any], what: str) -> None:
        """A table without the columns that are empty."""
        if not rows:
            return
        used = [column for column in columns if any(map(column[2], rows))]
        head = (_row([name for name, _, _ in used]), f"|{'|'.join(align for _, align, _ in used)}|")
        shown = 0
        if self.add(*head):
            shown = self._while_room(rows, lambda row: _row([cell(row) for _, _, cell in used]))
        self._end(len(rows) - shown, what)

    def groups(self, result: Result) -> None:
        """A table of the groups of a result, below what they are of."""
        if not result.groups:
            return
        from ..lines.bars import group_bars
        from ..lines.group_lines import group_cells, headings, rest_sentence

        of = " of ".join(filter(None, (code(result.loss), code(result.dataset))))
        heads, texts = headings(result), len(result.groups[0]["by"])
        aligns = ["---" if place < texts else "--:" for place in range(len(heads))]
        cells = group_cells(result)
        bars = group_bars(result, len(cells))
        lines = [[_word(cell) for cell in row] for row in cells]
        if bars:
            heads, aligns = [*heads, ""], [*aligns, "---"]
            lines = [[*line, bar] for line, bar in zip(lines, bars, strict=True)]
        if not self.add(f"{of} by group:", "", _row([_word(head) for head in heads]), f"|{'|'.join(aligns)}|"):
            self._end(len(result.groups), "groups")
            return
        shown = self._while_room(lines, _row)
        if shown < len(cells):
            self._end(len(result.groups) - shown, "groups")
        else:
            self._lines.extend(["", *([rest, ""] if (rest := rest_sentence(result)) else [])])

    def rows(self, result: Result) -> None:
        """Tables of the worst and the best rows of a result."""
        if not (result.worst or result.best):
            return
        from ..lines.row_lines import row_tables

        of = " of ".join(filter(None, (code(result.loss), code(result.dataset))))
        for each in row_tables(result):
            numbers = len(each.headings) - each.texts
            aligns = ["--:" if place < numbers else "---" for place in range(len(each.headings))]
            heads = _row([_word(head) for head in each.headings])
            if not self.add(f"{of}, {each.title}:", "", heads, f"|{'|'.join(aligns)}|"):
                self._end(len(each.cells), "rows")
                return
            shown = self._while_room(each.cells, lambda row: _row([_word(cell) for cell in row]))
            self._end(len(each.cells) - shown, "rows")

    def list(self, entries: Sequence[str], what: str) -> None:
        """A list, an entry a line."""
        if entries:
            self._end(len(entries) - self._while_room(entries, lambda entry: f"- {entry}"), what)

    def histogram(self, result: Result) -> None:
        """How many rows cost how much, as bars, where it was gathered."""
        if not result.histograms:
            return
        from ..lines.bars import HEADS, histogram_rows

        rows = histogram_rows(result)
        head = (_row(HEADS), "|--:|--:|---|--:|---|")
        of = " of ".join(filter(None, (code(result.loss), code(result.dataset))))
        if rows and self.add(f"{of}, losses of the rows:", "", *head):
            self._end(len(rows) - self._while_room(rows, _row), "bars")

    def _while_room(self, entries: Sequence[Any], line: Callable[[Any], str]) -> int:
        return next((i for i, entry in enumerate(entries) if not self.add(line(entry))), len(entries))

    def _end(self, left: int, what: str) -> None:
        """An empty line, and how many had no room; that sentence is what the reserve is for."""
        self._lines.extend(["", f"And {left:,} more {what}, which are not shown here.", ""] if left else [""])

    def text(self) -> str:
        """The page, ended by one line feed."""
        return "\n".join(self._lines).rstrip("\n") + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
