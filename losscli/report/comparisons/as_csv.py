"""CSV and TSV of a comparison: a row for each loss and candidate, columns in one order for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...core.record import replace
from ..comparison import Comparison, ComparisonReport
from ..renderers.as_csv import COUNTS, key_cell, ready, written

COLUMNS = (
    "loss", "spelling", "base_model", "candidate", "verdict", "base", "cand", "difference", "status", "relative",
    "stderr", "ci_level", "ci_low", "ci_high", "test", "p_value", "p_adjusted", "margin", "power", "detectable",
    "needed", "n", "clusters", *COUNTS, "unit", "signature",
)  # fmt: skip
_OF_A_GROUP = ("verdict", "base", "cand", "difference", "stderr", "p_value", "p_adjusted", "margin", "n")


def render(report: ComparisonReport) -> str:
    return _render(report, ",")


def render_tsv(report: ComparisonReport) -> str:
    """The same with tabs."""
    return _render(report, "\t")


def _render(report: ComparisonReport, delimiter: str) -> str:
    columns = list(dict.fromkeys(name for each in report.results for group in each.groups[:1] for name in group["by"]))
    heads = [*ready(["share", *(f"by {column}" for column in columns)])] if columns else []
    lines = (ready(line) for each in report.results for line in _with_groups(each, report.base, columns))
    return written([[*COLUMNS, *heads], *lines], delimiter)


def _with_groups(result: Comparison, base: str, columns: list[str]) -> Iterator[list[Any]]:
    """The row of a result, and below it one for each of its groups, which says its own numbers."""
    yield _cells(result, base) + [None] * (len(columns) + bool(columns))
    for group in result.groups:
        own = {name: group[name] for name in _OF_A_GROUP}
        ci = group["ci"] or {"low": None, "high": None}
        value = group["base"]
        own |= {"low": ci["low"], "high": ci["high"], "relative": None, "power": None, "detectable": None}
        if value is not None and value and math.isfinite(value):
            own["relative"] = group["difference"] / abs(value)
        if value is None:
            own |= dict.fromkeys(("base", "cand", "difference"), math.nan)
        cells = _cells(replace(result, needed=None, clusters=None, counts={}, **own), base)
        keys = [key_cell(group["by"].get(column), column in group["by"]) for column in columns]
        yield [*cells, group["share"], *keys]


def _cells(result: Comparison, base: str) -> list[Any]:
    """The values in the order of the columns. Numbers that are not finite are nan and inf, as in other CSV."""
    document = result.to_dict()
    interval = document["ci"] is not None
    cells = {
        **{name: document.get(name) for name in COLUMNS},
        **{name: getattr(result, name) for name in ("base", "cand", "difference", "relative", "margin", "unit")},
        "status": result.difference if document["status"] == "-inf" else document["status"],  # as in other CSV
        "base_model": base,
        "ci_level": result.confidence,
        "ci_low": result.low if interval else None,
        "ci_high": result.high if interval else None,
        "test": result.test,
        **{what: result.counts.get(what, 0) for what in COUNTS},
    }
    return [cells[name] for name in COLUMNS]
