"""CSV and TSV: a row a result, columns in one order for ever, quoted as RFC 4180 says, lines ended by a line feed.

Numbers are numbers at full precision, nan and inf among them. Text that a spreadsheet would run as a formula gets an
apostrophe before it. New columns come last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from ...core.record import replace
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
        columns = list(dict.fromkeys(column for result in report.results for column in _group_columns(result)))
        kept = _row_columns(report.results)
        yield written([[*_cells(NOTHING), *_heads(columns), *kept]], delimiter)
        beside = len(_heads(columns))
        for result in report.results:
            own = ([*line, *[None] * len(kept)] for line in _with_groups(result, columns))
            yield written([*own, *_row_lines(result, kept, beside)], delimiter)


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


def _group_columns(result: Result) -> list[str]:
    """The columns that make the groups of a result."""
    return list(result.groups[0]["by"]) if result.groups else []


def _heads(columns: list[str]) -> list[str]:
    """What is beside the results where one has groups: a row a group comes below its result."""
    return [*ready(["share", *(f"by {column}" for column in columns)])] if columns else []


def _with_groups(result: Result, columns: list[str]) -> Iterator[Iterable[Any]]:
    """The row of a result, and one for each of its groups, which says its own numbers and leaves out the checks."""
    yield ready([*_cells(result).values(), *[None] * (len(columns) + bool(columns))])
    for group in result.groups:
        own = {key: group[key] for key in ("value", "n", "weight_sum", "stderr", "ci")}
        cells = _cells(replace(result, gates=[], counts={}, **own))
        keys = [key_cell(group["by"].get(column), column in group["by"]) for column in columns]
        yield ready([*cells.values(), group["share"], *keys])


def _row_columns(results: list[Result]) -> list[str]:
    """What is beside the results where one lists rows: a line a row comes below its result and its groups."""
    listed = [row for result in results for row in (*result.worst, *(result.best or ()))]
    kept = dict.fromkeys(f"keep {name}" for row in listed for name in row["keep"])
    return [*ready(["rows", "row", *kept])] if listed else []


def _row_lines(result: Result, columns: list[str], beside: int) -> Iterator[Iterable[Any]]:
    """A line for each of the worst and the best rows, whose value is its loss."""
    for which, rows in (("worst", result.worst), ("best", result.best or [])):
        for row in rows:
            own = {"value": row["loss"], "n": 1, "weight_sum": row.get("weight", 1.0), "stderr": None, "ci": None}
            cells = _cells(replace(result, gates=[], counts={}, **own)).values()
            kept = {f"keep {name}": key_cell(value, True) for name, value in row["keep"].items()}
            yield ready([*cells, *[None] * beside, which, row["row"], *(kept.get(name) for name in columns[2:])])


def key_cell(key: Any, present: bool) -> Any:
    """A key as a cell: what is missing is told from a column that other results are grouped by."""
    return "(missing)" if key is None and present else str(key).lower() if isinstance(key, bool) else key


def _cells(result: Result) -> dict[str, Any]:
    """Columns and values of a result. The loss is first: a line never starts with text from outside."""
    ci = result.ci or {}
    outcomes = [check.outcome for check in result.gates]
    return {
        "loss": result.loss,
        "dataset": result.dataset,
        "value": result.value,
        "status": result.value
        if result.status == "-inf"
        else result.status,  # no text, which would be quoted for its sign
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
        "alias": result.alias,
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
