"""From a paired test to a statement: the difference beside its margin, and what so many rows could have shown.

`compare` and `gate` both end here, so that the same rows get the same verdict from either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...core.record import record
from ..effective import Effective
from ..quantiles import t_tail
from .paired_test import PairedTest, TestOutcome
from .power import Excess, critical, detectable, needed, power
from .verdict import Margin, verdict

_ROUNDING = 1e-12


@record
class Estimate:
    """A value and its standard error, and what that stands on where it is known."""

    value: float
    stderr: float | None
    effective: Effective | None = None


@record
class Judgement:
    """A candidate beside the base: the difference, the margin, and what the rows at hand could have shown.

    `beyond` is the difference less a relative margin, with an error of its own; None where the margin is a number.
    """

    outcome: TestOutcome
    limit: float
    beyond: TestOutcome | None = None
    units: int = 0  # what is independent: rows or clusters
    detectable: float | None = None
    power: float | None = None
    needed: int | None = None  # rows

    def verdict(self, p_value: float | None, level: float) -> str:
        """The verdict, given the p-value after the adjustment for several tests."""
        significant = p_value is not None and p_value <= 1.0 - level + 1e-12
        outcome, beyond = self.outcome, self.beyond
        # a rise of the margin itself is beyond it, however its last digit is rounded
        high = None if beyond is None or beyond.high is None else beyond.high + _ROUNDING * self.limit
        return verdict(outcome.difference, outcome.low, outcome.high, self.limit, significant, high)


def judged(test: PairedTest, base: float, margin: Margin, *, reach: bool = True) -> list[Judgement]:
    """Every candidate beside the base, whose value this is.

    A share of a base that is infinite is one of its value without the rows that are infinite in both. Without `reach`
    nothing is said of what the rows could have shown, which takes the most time where there are very many groups.
    """
    pairs = [(0, j) for j in range(1, test.sums.sides)]
    if not math.isinf(base):
        return _judged(test, pairs, base, margin, reach)
    sums = {pair: test.sums.without_shared(*pair) for pair in pairs}
    return [
        judgement
        for pair, each in sums.items()
        for judgement in _judged(test.of(each), [pair], each.difference(None, 0), margin, reach)
    ]


def _judged(
    test: PairedTest, pairs: list[tuple[int, int]], base: float, margin: Margin, reach: bool
) -> list[Judgement]:
    sums, level = test.sums, test.method.level
    outcomes = test.outcomes(pairs)
    limit, share = margin.limit(base), margin.share(base)
    beyond: Sequence[TestOutcome | None] = test.outcomes(pairs, share) if share else [None] * len(pairs)
    of_base = test.student(None, 0).stderr if share and reach else None
    units = len(test.units) if test.method.clustered and test.units is not None else sums.n
    if not reach:
        return [Judgement(each, limit, further, units) for each, further in zip(outcomes, beyond, strict=True)]
    return [
        judgement_of(each, further, limit, share * (of_base or 0.0), units, sums.rows, level)
        for each, further in zip(outcomes, beyond, strict=True)
    ]


def apart(before: Estimate, now: Estimate, margin: Margin, level: float, rows: int, *, reach: bool = True) -> Judgement:
    """Two values as if they were of different rows: all that is known where rows are not paired.

    The degrees of freedom are at most those of `rows`, and fewer where few rows carry a standard error. Without `reach`
    nothing is said of what they could have shown.
    """
    difference, limit = now.value - before.value, margin.limit(before.value)
    if before.stderr is None or now.stderr is None or rows < 2:
        return Judgement(TestOutcome(difference), limit, None, rows)
    df = _df_apart(before, now, max(rows - 1.0, 1.0))
    if any(each.effective is not None and each.effective.tiny for each in (before, now)):
        return Judgement(TestOutcome(difference, math.hypot(before.stderr, now.stderr), df), limit, None, rows)
    share = margin.share(before.value)
    outcome = _student(difference, math.hypot(before.stderr, now.stderr), df, level)
    beyond = None
    if share:
        factor = 1.0 + math.copysign(share, before.value)
        beyond = _student(difference - limit, math.hypot(factor * before.stderr, now.stderr), df, level)
    if not reach:
        return Judgement(outcome, limit, beyond, rows)
    return judgement_of(outcome, beyond, limit, share * before.stderr, rows, rows, level)


def _df_apart(before: Estimate, now: Estimate, most: float) -> float:
    """Welch's degrees of freedom of a sum of two variances (1947, Biometrika 34, 28-35), of those of each."""
    squares, over = 0.0, 0.0
    for each in (before, now):
        if each.stderr and each.effective is not None:
            share = (each.stderr / math.hypot(before.stderr or 0.0, now.stderr or 0.0)) ** 2
            squares, over = squares + share, over + share * share / max(each.effective.df, 0.25)
    return min(most, squares * squares / over) if over else most


def _student(difference: float, stderr: float, df: float, level: float) -> TestOutcome:
    arm = critical(level, df) * stderr
    p_value = float(difference == 0.0) if stderr == 0.0 else min(1.0, 2.0 * t_tail(abs(difference) / stderr, df))
    return TestOutcome(difference, stderr, df, difference - arm, difference + arm, p_value)


def judgement_of(
    outcome: TestOutcome,
    beyond: TestOutcome | None,
    limit: float,
    margin_error: float,
    units: int,
    rows: int,
    level: float,
) -> Judgement:
    """The difference with what so many rows could have shown; `margin_error` is the standard error of the margin."""
    stderr = outcome.stderr
    if not stderr or outcome.low is None:  # without spread, or on rows too few, nothing can be said of power
        return Judgement(outcome, limit, beyond, units)
    excess = None
    if beyond is not None and beyond.stderr is not None:
        excess = Excess.of(beyond.stderr, stderr, margin_error)
    enough = needed(limit, stderr, units, level, excess=excess)
    return Judgement(
        outcome,
        limit,
        beyond,
        units,
        detectable(stderr, outcome.df, level),
        power(limit, stderr, outcome.df, level, excess) if limit > 0 else None,
        enough if enough is None or units == rows else -(-enough * rows // units),
    )
