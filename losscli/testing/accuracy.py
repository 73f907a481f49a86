"""How far a kernel may be from its formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.record import record

ULPS = 8.0  # the kernels reach 5 where this was written; exp and log differ by a few between platforms


@record
class Accuracy:
    """How far a kernel may be from its formula, and why farther than others.

    Attributes:
        ulps: so many units in the last place.
        reason: why more than others.
        scale: of a row, the magnitude whose units are counted, where the value is a difference of larger parts.
        more: of a row, so many units more, where a rounding on the way is magnified by a factor that the row tells.
        lost: whether floats cannot tell a row from others, so that no value can be asked for.
    """

    ulps: float = ULPS
    reason: str = ""
    scale: Callable[[Any], Any] | None = None
    more: Callable[[Any], float] | None = None
    lost: Callable[[Any], bool] | None = None
