"""How many of the numbers that a search tried would print as a given number without being its reason.

A number of few digits is met by many. The values tried near it have a density; times the width that its digits leave
open, that is how many meet any number thereabouts. Values that are equal count once, since many conventions differ in
name alone, and those that meet the number do not count: they may be there for a reason.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.scratch import Array

NEAR = 0.1  # of the number, within which the density is taken
FEWEST = 25  # values that a density needs; farther ones are taken until there are so many
SAME = 7  # significant digits in which equal values agree
DECIDED = 0.05  # accidents at most where a number decides


def expected_by_accident(values: Array, number: float, slack: float) -> float | None:
    """The expected count of accidents; None for a number that is not finite."""
    if not math.isfinite(number):
        return None
    others = _distinct(values)
    apart = np.sort(np.abs(others - number))
    apart = apart[apart > slack]
    if not len(apart):
        return 0.0
    reach = max(NEAR * abs(number), float(apart[min(FEWEST, len(apart)) - 1]), slack)
    count = int(np.searchsorted(apart, reach, side="right"))
    return count * min(1.0, slack / reach)


def _distinct(values: Array) -> Array:
    finite = values[np.isfinite(values)]
    size = np.abs(finite)
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - SAME + 1)
    rounded = np.unique(np.round(finite / unit) * unit)
    if len(rounded) < 2:
        return rounded
    apart = np.diff(rounded) > 0.5 * 10.0 ** (1 - SAME) * np.abs(rounded[1:])
    return np.asarray(rounded[np.concatenate([[True], apart])])


def digits_that_decide(by_accident: float, digits: int) -> int:
    """How many significant digits leave hardly an accident: each leaves a tenth."""
    more = math.ceil(math.log10(by_accident / DECIDED)) if by_accident > DECIDED else 0
    return digits + more
