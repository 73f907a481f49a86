"""What a reader should know of the standard errors and tests of a comparison, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from .effective import notes_on
from .paired_test import PairedTest, TestOutcome


def notes_on_errors(name: str, test: PairedTest, outcomes: Sequence[TestOutcome]) -> list[str]:
    """Few rows behind a standard error, rows that depend on each other, skewed differences; each said once."""
    bound, method = test.sums.bound, test.method
    notes: list[str] = []
    if bound.dependent is not None and not (method.clustered and bound.dependent.clusters):
        notes.append(f"{name} has no standard error here: {bound.dependent.reason}. {bound.dependent.way}.")
    for each in outcomes:
        if each.effective is not None and each.stderr:
            bent = method.test == "bootstrap"
            notes += notes_on(name, each.effective, compared=True, nonnegative=bent, level=method.level)
    return list(dict.fromkeys(notes))
