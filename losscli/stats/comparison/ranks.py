"""Ranks of several models in the order of their values, and letters: two that share one cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .paired_test import TestOutcome


def all_pairs(sides: int) -> list[tuple[int, int]]:
    """Every pair of sides once."""
    return [(i, j) for i in range(sides) for j in range(i + 1, sides)]


def ranks(
    values: Sequence[float], outcomes: Sequence[TestOutcome], p_values: Sequence[float | None], alpha: float
) -> list[tuple[int, str]]:
    """The rank and the letters of each side.

    A rank is one more than the sides that are shown to be better, and never below that of a side with a lower value: so
    ranks follow the values, also where one model is noisier than another. Letters say what is shown of each pair.
    `outcomes` and `p_values` belong to `all_pairs`; the p-values are adjusted for as many tests.
    """
    sides = len(values)
    better = [0] * sides
    differ = []
    for (i, j), each, p_value in zip(all_pairs(sides), outcomes, p_values, strict=True):
        infinite = math.isinf(each.difference)
        if infinite or (p_value is not None and p_value <= alpha and each.difference != 0.0):
            better[j if each.difference > 0.0 else i] += 1
            differ.append((i, j))
    order = sorted(range(sides), key=lambda side: (math.isnan(values[side]), values[side], better[side]))
    placed, highest = [0] * sides, 0
    for side in order:
        highest = max(highest, better[side])
        placed[side] = 1 + highest
    return list(zip(placed, _letters(order, differ), strict=True))


def _letters(order: Sequence[int], differ: Sequence[tuple[int, int]]) -> list[str]:
    """The compact letter display: sides share a letter where they are not shown to differ.

    By insertion and absorption (Piepho 2004, J. Comput. Graph. Statist. 13, 456-466). Letters go by the best side.
    """
    groups = [frozenset(order)]
    for i, j in differ:
        split = [part for group in groups for part in ((group - {i}, group - {j}) if {i, j} <= group else (group,))]
        unique = list(dict.fromkeys(split))
        groups = [group for group in unique if not any(group < other for other in unique)]
    place = {side: at for at, side in enumerate(order)}
    groups.sort(key=lambda group: sorted(place[side] for side in group))
    names = [""] * len(order)
    for at, group in enumerate(groups):
        for side in group:
            names[side] += _letter(at)
    return names


def _letter(at: int) -> str:
    """a ... z, then A ... Z, then numbers in brackets."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return alphabet[at] if at < len(alphabet) else f"[{at + 1}]"
