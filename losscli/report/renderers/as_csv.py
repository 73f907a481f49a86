"""CSV and TSV: a row a result, columns in one order for ever, quoted as RFC 4180 says, lines ended by a line feed.

Numbers are numbers at full precision, nan and inf among them. Text that a spreadsheet would run as a formula gets an
apostrophe before it. New columns come last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from ..lines.shown_digits import exact
from ..model import Report, Result
from ..result_names import spelled
from ..writing.spooled_rows import chunks

COUNTS = ("dropped", "nan", "missing", "ignored", "infinite")
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(report: Report) -> str:
    return "".join(pieces(report))


def render_tsv(report: Report) -> str:
    """The same with tabs."""
    return "".join(pieces_tsv(report))


def pieces(report: Report, delimiter: str = ",") -> Iterator[str]:
    """The lines, some at a time: those of many rows are never all in memory."""
    if any(result.rows is not None for result in report.results):
        for lines in _rows(report.results):
            yield written(lines, delimiter)
    else:
        yield written([_cells(NOTHING), *(ready(_cells(result).values()) for result in report.results)], delimiter)


def pieces_tsv(report: Report) -> Iterator[str]:
    """The same with tabs."""
    return pieces(report, "\t")


def written(lines: Iterable[Iterable[Any]], delimiter: str) -> str:
    """The lines as text, ready for a spreadsheet."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _rows(results: list[Result]) -> Iterator[list[tuple[Any, ...]]]:
    """Reduction none: the losses of the rows, which are counted from 0."""
    alone = len(results) == 1
    yield [("row", "loss") if alone else ("name", "dataset", "row", "loss")]
    for result in results:
        if result.rows is None:
            continue
        head = () if alone else tuple(ready((result.loss, result.dataset)))
        for start, values in chunks(result.rows):
            yield [(*head, row, exact(value)) for row, value in enumerate(values, start)]


def _cells(result: Result) -> dict[str, Any]:
    """Columns and values of a result. The loss is first: a line never starts with text from outside."""
    ci = result.ci or {}
    outcomes = [check.outcome for check in result.gates]
    return {
        "loss": result.loss,
        "dataset": result.dataset,
        "value": result.value,
        "status": result.status,
        "stderr": result.stderr,
        "ci_level": ci.get("level"),
        "ci_low": ci.get("low"),
        "ci_high": ci.get("high"),
        "n": result.n,
        "weight_sum": result.weight_sum,
        "reduction": result.reduction,
        "denominator": result.denominator,
        "like": result.like,
        "input": result.input,
        "label": result.label,
        "precision": result.precision,
        "unit": result.unit,
        "params": spelled(result.shown_params),
        **{what: result.counts.get(what, 0) for what in COUNTS},
        "checks_passed": outcomes.count("passed"),
        "checks_failed": outcomes.count("failed"),
        "checks_inconclusive": outcomes.count("inconclusive"),
        "error": result.error,
        "signature": result.signature,
    }


NOTHING = Result("", None, 0, 0.0, "mean", None, "", None, {}, "")  # whose cells name the columns


def ready(cells: Iterable[Any]) -> Iterable[Any]:
    """The cells as a spreadsheet may read them."""
    for cell in cells:
        if isinstance(cell, float):
            yield exact(cell)
        elif isinstance(cell, str) and cell.startswith(RUN_BY_SPREADSHEETS):
            yield f"'{cell}"
        else:
            yield cell  # None is written as nothing
