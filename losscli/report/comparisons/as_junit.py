"""JUnit XML of a comparison: a suite for each loss and candidate, in which the verdict is the test case."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..renderers import as_junit
from .checks import as_checks


def render(report: ComparisonReport) -> str:
    return as_junit.render(as_checks(report))
