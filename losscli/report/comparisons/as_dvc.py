"""A flat JSON of a comparison's numbers for DVC: the values of all models, and the differences from the base."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..model import Report
from ..renderers.as_dvc import keys, metrics, page
from .checks import bases_of, candidates_of


def render(report: ComparisonReport) -> str:
    candidates = candidates_of(report)
    numbers = metrics(Report("compare", [*bases_of(report), *candidates]))
    for each, key in zip(report.results, keys(candidates), strict=True):
        numbers |= {f"{key}_difference": each.difference, f"{key}_difference_stderr": each.stderr}
    return page(numbers)
