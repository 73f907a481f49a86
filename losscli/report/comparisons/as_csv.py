"""CSV and TSV of a comparison: a row for each loss and candidate, columns in one order for ever."""

from __future__ import annotations

from typing import Any

from ..comparison import Comparison, ComparisonReport
from ..renderers.as_csv import COUNTS, ready, written

COLUMNS = (
    "loss", "spelling", "base_model", "candidate", "verdict", "base", "cand", "difference", "status", "relative",
    "stderr", "ci_level", "ci_low", "ci_high", "test", "p_value", "p_adjusted", "margin", "power", "detectable",
    "needed", "n", "clusters", *COUNTS, "unit", "signature",
)  # fmt: skip


def render(report: ComparisonReport) -> str:
    return _render(report, ",")


def render_tsv(report: ComparisonReport) -> str:
    """The same with tabs."""
    return _render(report, "\t")


def _render(report: ComparisonReport, delimiter: str) -> str:
    return written([COLUMNS, *(ready(_cells(each, report.base)) for each in report.results)], delimiter)


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
