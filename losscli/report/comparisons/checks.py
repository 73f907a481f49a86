"""A comparison as the report of a gate: of each loss a candidate's own result, held to the base."""

from __future__ import annotations

import math

from ...core.record import replace
from ..comparison import Comparison, ComparisonReport
from ..lines.comparison_lines import sentence_of
from ..model import Check, Report, Result

_PASSED = {"improved": True, "not worse": True, "inconclusive": None, "worse": False}


def check_name(loss: str) -> str:
    """What the check of a loss is called, whatever came of it."""
    return f"{loss} against the base"


def as_checks(report: ComparisonReport) -> Report:
    """The candidates' results, each with its verdict as a check."""
    results = [
        replace(own, gates=[_check(each)]) for own, each in zip(candidates_of(report), report.results, strict=True)
    ]
    return Report("compare", results, report.inputs, report.warnings, report.elapsed_s)


def candidates_of(report: ComparisonReport) -> list[Result]:
    """The candidates' own results, each under the name of its model."""
    return [replace(each.sides[1], dataset=each.candidate) for each in report.results]


def bases_of(report: ComparisonReport) -> list[Result]:
    """The base's own results, one for each loss."""
    firsts = {each.spelling: each.sides[0] for each in reversed(report.results)}
    return [replace(own, dataset=report.base) for own in reversed(firsts.values())]


def _check(result: Comparison) -> Check:
    limit = result.base + result.margin if math.isfinite(result.base) else None
    return Check(check_name(result.loss), _PASSED[result.verdict], limit, result.cand, sentence_of(result))
