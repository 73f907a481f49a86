"""What a reader should know of the standard errors and tests of a comparison, a sentence each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .comparison.judgement import Judgement
from .comparison.paired_test import RESAMPLES, PairedTest, TestOutcome
from .effective import notes_on
from .resampling.replicates import EXACT

_ROUNDING = 1e-10  # of a difference: a spread below is that of rounding
_POWER_ROWS = 14.0  # effective rows below which an announced power may be off by more than a few points
_POWER_SKEWED = 0.15  # the same of skewness over the root of n
_SURE = 0.05, 0.97  # power below or above which this does not matter


def notes_on_errors(name: str, test: PairedTest, outcomes: Sequence[TestOutcome]) -> list[str]:
    """Few rows behind a standard error, rows that depend on each other, skewed differences; each said once."""
    bound, method = test.sums.bound, test.method
    notes: list[str] = []
    if bound.dependent is not None and not (method.clustered and bound.dependent.clusters):
        notes.append(f"{name} has no standard error here: {bound.dependent.reason}. {bound.dependent.way}.")
    for each in outcomes:
        notes += notes_on_difference(name, each, method.level, bent=method.test == "bootstrap")
    return list(dict.fromkeys(notes))


def notes_on_power(name: str, judgement: Judgement) -> list[str]:
    """That the chance to find a rise of the margin is known badly, where few rows tell how far they spread.

    The power is that of normal rows of the spread at hand. Where that comes from few rows, those which lack the large
    ones promise too much; and differences skewed to the right have large errors where they are large themselves.
    """
    effective, chance = judgement.outcome.effective, judgement.power
    if chance is None or effective is None or effective.rows is None or not _SURE[0] < chance < _SURE[1]:
        return []
    skewed = abs(effective.skewness or 0.0) > _POWER_SKEWED * math.sqrt(effective.count)
    if not skewed and effective.rows >= _POWER_ROWS:
        return []
    unit = effective.units
    return [
        f"{name}: the power, {100 * chance:.0f} %, is that of a spread which {effective.rows:.3g} of {effective.count} "
        f"{unit} show, so it may be off by ten points."
    ]


def notes_on_infinite(name: str, base: float, difference: float) -> list[str]:
    """That what is said of two infinite values is said of the rows that are not infinite in both."""
    if not (math.isinf(base) and math.isfinite(difference)):
        return []
    return [f"{name}: rows that are infinite in both models are no difference; the numbers are of the others."]


def same_amount(outcome: TestOutcome) -> bool:
    """Whether all rows differ by one amount, so that the spread is that of rounding."""
    stderr, difference = outcome.stderr, outcome.difference
    return stderr is not None and bool(difference) and stderr <= _ROUNDING * abs(difference)


def notes_on_difference(
    name: str, outcome: TestOutcome, level: float, *, bent: bool = False, **words: str
) -> list[str]:
    """What a reader should know of one difference; `bent` is whether its interval allows for skewed rows."""
    stderr = outcome.stderr
    if same_amount(outcome):
        return [
            f"{name}: all rows differ by the same amount, which does not tell by how much other rows may differ. "
            "The interval and the p-value hold for rows like these alone."
        ]
    if outcome.effective is None or not stderr:
        return []
    return notes_on(name, outcome.effective, compared=True, nonnegative=bent, level=level, **words)


MOST_RESAMPLES = 1_000_000


def enough_resamples(test: str, tests: int, level: float) -> int:
    """How many resamples to take where nobody says: as usual, or so many that a family of tests can find something.

    The smallest p-value of R resamples is 2 / (R + 1). Times the tests of the family it shall be half of 1 - level.
    """
    if test not in RESAMPLES or not RESAMPLES[test]:
        return 0
    return min(MOST_RESAMPLES, max(RESAMPLES[test], math.ceil(4.0 * tests / (1.0 - level) - 1e-6) - 1))


def notes_on_resolution(test: PairedTest, tests: int) -> list[str]:
    """That resamples are too few for any p-value to stand, adjusted for so many tests."""
    method, units = test.method, test.units
    if method.test == "t" or units is None:
        return []
    exact = method.test == "sign-flip" and len(units) <= EXACT
    smallest = 2.0 / (1 << len(units)) if exact else 2.0 / (method.resamples + 1)
    if smallest * tests <= 1.0 - method.level + 1e-12:
        return []
    unit = "clusters" if method.clustered else "rows"
    of = f"all {1 << len(units)} flips of {len(units)} {unit}" if exact else f"{method.resamples} resamples"
    family = f", which is above {1.0 - method.level:.3g} once adjusted for {tests} tests" if tests > 1 else ""
    needed = enough_resamples(method.test, tests, method.level)
    way = f"more {unit} are needed" if exact else f"use --resamples {needed}"
    return [
        f"Nothing can be called improved or worse: {of} give no p-value below {smallest:.2g}{family}. "
        f"To find something, {way}."
    ]
