"""Bins of equal width for numbers: `age:10` is [0, 10), [10, 20) and so on."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

import numpy as np

from ...core.record import record
from ...core.scratch import Array


@record
class Bins:
    """Bins of this width, which is `top / bottom`; each holds its lower end, and one of them begins at 0."""

    top: int
    bottom: int

    @classmethod
    def of(cls, text: str) -> Bins | None:
        """Bins of a width as it is written; None where it is no finite number above 0 that floats hold."""
        try:
            width = Decimal(text)
        except InvalidOperation:
            return None
        if not width.is_finite() or width <= 0 or not 1e-15 <= width <= 1e15:
            return None
        return cls(*width.as_integer_ratio())

    def numbers(self, values: Array) -> Array:
        """The number of the bin of each value, as floats: infinite values and NaN stay what they are."""
        with np.errstate(invalid="ignore", over="ignore"):
            number = np.floor(values * (self.bottom / self.top))
            number += (number + 1.0) * self.top / self.bottom <= values  # a quotient may be rounded over an end
            number -= number * self.top / self.bottom > values
        return np.asarray(number)

    def number(self, name: str) -> float:
        """The number of the bin that a report calls so."""
        if name in ("inf", "-inf"):
            return float(name)
        return float(round(Decimal(name[1:].partition(",")[0]) * self.bottom / self.top))

    def name(self, number: float) -> str:
        """A bin as reports write it: [30, 40)."""
        if math.isinf(number):
            return "inf" if number > 0 else "-inf"
        ends = (Decimal(int(number) + i) * self.top / self.bottom for i in (0, 1))
        low, high = (f"{end.normalize():f}" for end in ends)
        return f"[{low}, {high})"
