"""The number that a search looks for, and when a value meets it."""

from __future__ import annotations

import math
from decimal import Decimal

from ..core.record import record
from .aggregations import Aggregation

SIGMAS = 5.0  # a number farther than this from the sample's is not the whole's
FLOAT32 = 2.0**-22  # what a framework's own rounding may do to a number, relative


@record
class ExpectedNumber:
    """The number looked for, with what its last digit leaves open."""

    value: float
    slack: float
    digits: int = 0  # significant ones

    @classmethod
    def of(cls, expect: str | float, digits: int | None) -> ExpectedNumber:
        """`digits` are significant ones; without them, those that the text was given with."""
        exact = Decimal(expect if isinstance(expect, str) else repr(float(expect)))
        if not exact.is_finite():
            return cls(float(exact), 0.0)
        place = exact.adjusted() - digits + 1 if digits else int(exact.as_tuple().exponent)
        value = float(exact)
        significant = max(1, exact.adjusted() - place + 1)
        return cls(value, 0.5 * 10.0**place + abs(value) * FLOAT32, significant)

    def meets(self, value: float) -> bool:
        """Whether the value prints as the number."""
        if not math.isfinite(self.value):
            return value == self.value or (math.isnan(value) and math.isnan(self.value))
        return abs(value - self.value) <= self.slack

    def near(self, aggregation: Aggregation) -> bool:
        """Whether the whole may meet it, given the aggregation of a sample."""
        if not math.isfinite(aggregation.value) or not math.isfinite(self.value):
            return True
        return abs(aggregation.value - self.value) <= self.slack + SIGMAS * aggregation.error + 1e-3 * abs(self.value)
