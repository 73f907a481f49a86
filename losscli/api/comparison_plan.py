"""How models are compared: the margin, the confidence, the test and its resamples."""

from __future__ import annotations

from ..core.record import field, record, replace
from ..stats.comparison.paired_test import RESAMPLES, Method
from ..stats.comparison.verdict import Margin
from ..stats.notes import enough_resamples


@record
class ComparisonPlan:
    """How to compare: margins, confidence, test, and how many of the worst rows to show."""

    margin: Margin = field(default_factory=Margin)
    confidence: float = 0.95
    test: str = "t"
    adjust: str = "holm"
    resamples: int | None = None  # None: as many as the test mostly takes
    seed: int = 0
    worst: int = 5

    def for_family(self, losses: int, candidates: int) -> ComparisonPlan:
        """The same with as many resamples as it takes to find something among all tests, where nobody says how many."""
        if self.resamples is not None or self.test == "t":
            return self
        tests = 1 if self.adjust == "none" else max(losses * candidates, candidates * (candidates + 1) // 2)
        return replace(self, resamples=enough_resamples(self.test, tests, self.confidence))

    def method(self, *, clustered: bool) -> Method:
        """How evidence is found."""
        resamples = RESAMPLES[self.test] if self.resamples is None else self.resamples
        return Method(self.test, self.confidence, clustered, resamples, self.seed)
