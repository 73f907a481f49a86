"""OpenMetrics of a comparison: the values of all models, the differences from the base, and the verdicts as checks."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..renderers.as_openmetrics import families_of, labels_of, page, present
from .checks import as_checks, bases_of


def render(report: ComparisonReport) -> str:
    candidates = as_checks(report).results
    pairs = list(zip(labels_of(candidates), report.results, strict=True))
    differences = [(labels, each.difference) for labels, each in pairs]
    return page(
        [
            *families_of([*bases_of(report), *candidates]),
            ("losscli_difference", "Candidate minus base: above 0 is worse.", differences),
            (
                "losscli_difference_stderr",
                "Standard error of the difference.",
                present((labels, each.stderr) for labels, each in pairs),
            ),
        ]
    )
