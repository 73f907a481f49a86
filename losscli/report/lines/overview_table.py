"""Many results as a table of a line each: what a batch shows where nobody reads JSON."""

from __future__ import annotations

from ..model import Report, Result
from ..result_names import names
from .shown_digits import error_number, number

HEADS = ("data set", "loss", "value", "stderr", "rows", "remark")
INTERVAL = "interval"


def cells_of(report: Report, *, errors: bool = True, intervals: bool = False) -> list[tuple[str, ...]]:
    """The heads, and the cells of each result. Remarks only where there are some; `errors` may be left out of them.

    With `intervals` those of --ci have a column, where a result has one.
    """
    named = zip(report.results, names(report.results), strict=True)
    rows = [HEADS, *(_cells(result, name, errors) for result, name in named)]
    rows = rows if any(row[-1] for row in rows[1:]) else [row[:-1] for row in rows]
    if not intervals or all(result.ci is None for result in report.results):
        return rows
    after = HEADS.index("stderr") + 1
    column = [INTERVAL, *map(_interval, report.results)]
    return [(*row[:after], cell, *row[after:]) for row, cell in zip(rows, column, strict=True)]


def _interval(result: Result) -> str:
    return "" if result.ci is None else f"{number(result.ci['low'])} ... {number(result.ci['high'])}"


def _cells(result: Result, name: str, errors: bool) -> tuple[str, ...]:
    value = "error" if result.error else "rows" if result.value is None else number(result.value)
    stderr = "" if result.stderr is None else error_number(result.stderr)
    remark = (result.error if errors else "") or "; ".join(
        check.message for check in result.gates if check.passed is False
    )
    name = result.title + name.removeprefix(result.loss)
    return result.dataset, name, value, stderr, "" if result.error else str(result.n), remark


def aligned(report: Report) -> str:
    """The table as plain text."""
    rows = cells_of(report, intervals=True)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    text = ""
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        text += "  ".join([*padded, row[-1]]).rstrip() + "\n"
    return text
