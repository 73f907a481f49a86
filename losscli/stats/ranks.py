"""Ranks of several models: those that cannot be told apart share one."""

from __future__ import annotations

from collections.abc import Sequence

from .paired_test import TestOutcome


def all_pairs(sides: int) -> list[tuple[int, int]]:
    """Every pair of sides once."""
    return [(i, j) for i in range(sides) for j in range(i + 1, sides)]


def ranks(sides: int, outcomes: Sequence[TestOutcome], p_values: Sequence[float | None], alpha: float) -> list[int]:
    """The rank of each side: one more than the sides that are shown to be better.

    `found` and `p_values` belong to `all_pairs`; the p-values are adjusted for as many tests.
    """
    better = [0] * sides
    for (i, j), each, p_value in zip(all_pairs(sides), outcomes, p_values, strict=True):
        if p_value is not None and p_value <= alpha and each.difference != 0.0:
            better[j if each.difference > 0.0 else i] += 1
    return [1 + count for count in better]
