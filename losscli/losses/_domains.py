"""Values that a loss cannot take: the first of them, as an error that names its row."""

from __future__ import annotations

import numpy as np

from ..core.errors import BadValue
from ..core.scratch import Array

_NAMES = {"pred": "prediction", "series_scale": "scale"}


def refuse(values: Array, bad: Array, role: str, why: str, hint: str = "") -> None:
    """A BadValue for the first of the values that `bad` marks: 'label -2 is below 0'."""
    if bad.any():
        at = np.argwhere(bad)[0]
        column = int(at[1]) if values.ndim == 2 else None
        raise BadValue(role, int(at[0]), f"{_NAMES.get(role, role)} {values[tuple(at)]:.6g} {why}", hint, column)


def refuse_below(values: Array, low: float, role: str, why: str = "", hint: str = "") -> None:
    """Values below a bound; NaN is left to the run's policy."""
    if values.size and values.dtype.kind != "b" and not values.min() >= low:
        refuse(values, values < low, role, why or f"is below {low:g}", hint)


def refuse_up_to(values: Array, low: float, role: str, why: str = "", hint: str = "") -> None:
    """Values that are not above a bound."""
    if values.size and not values.min() > low:
        refuse(values, values <= low, role, why or f"is not above {low:g}", hint)
