"""Improved, not worse, inconclusive or worse: the one rule, from the interval and the margin.

    improved      the whole interval lies below 0
    worse         the whole interval lies above 0 and reaches beyond the margin
    not worse     the interval ends at or below the margin
    inconclusive  the interval holds 0 and reaches beyond the margin: the rows are too few to tell

The margin is the larger of the absolute and the relative one, so that both must be exceeded. A relative margin is a
share of the base's loss, which the rows tell no better than the difference. So whether the interval reaches beyond it
is asked of the difference less the margin, with a standard error of its own. A change that moves nothing is then called
worse in (1 - level) / 2 of all cases at most, and a regression of the margin or more is called not worse as seldom.
"""

from __future__ import annotations

import math

from ...core.record import record

IMPROVED, NOT_WORSE, INCONCLUSIVE, WORSE = "improved", "not worse", "inconclusive", "worse"


@record
class Margin:
    """A rise of the loss that does not matter: absolute, and as a share of the base's loss."""

    absolute: float = 0.0
    relative: float = 0.0

    def limit(self, base: float) -> float:
        """The rise that exceeds neither or one of them only; beyond it both are exceeded."""
        return max(self.absolute, self.relative * abs(base)) if math.isfinite(base) else self.absolute

    def share(self, base: float) -> float:
        """The share of the base's loss that the limit is; 0 where the limit is the absolute margin, which is known."""
        return self.relative if math.isfinite(base) and self.relative * abs(base) > self.absolute else 0.0


def verdict(
    difference: float,
    low: float | None,
    high: float | None,
    limit: float,
    significant: bool = True,
    beyond: float | None = None,
) -> str:
    """The verdict. `significant` is whether the difference from 0 stands after the adjustment for several tests.

    `beyond` is the upper end of the difference less a margin that is not known, but a share of the base's loss.
    Without an interval only an infinite difference says something: no margin holds it.
    """
    if math.isinf(difference):
        return WORSE if difference > 0 else IMPROVED
    if math.isnan(difference) or low is None or high is None:
        return INCONCLUSIVE
    if significant and high < 0.0:
        return IMPROVED
    within = high <= limit if beyond is None else beyond <= 0.0
    if significant and low > 0.0 and not within:
        return WORSE
    return NOT_WORSE if within else INCONCLUSIVE
