"""Ranks of several models, and the letters that say which of them can be told apart."""

from __future__ import annotations

import math

import pytest

from losscli.stats.comparison import paired_test
from losscli.stats.comparison.ranks import all_pairs, ranks


def placed(values: list[float], differ: set[tuple[int, int]]) -> list[tuple[int, str]]:
    """Ranks where these pairs are shown to differ."""
    pairs = all_pairs(len(values))
    outcomes = [paired_test.TestOutcome(values[j] - values[i], 1.0) for i, j in pairs]
    return ranks(values, outcomes, [0.001 if pair in differ else 0.5 for pair in pairs], 0.05)


def test_no_difference_is_one_letter() -> None:
    assert placed([1.0, 2.0, 3.0], set()) == [(1, "a"), (1, "a"), (1, "a")]


def test_letters_by_hand() -> None:
    """Of 1, 2, 3 only the ends differ: the middle one shares a letter with both."""
    assert placed([1.0, 2.0, 3.0], {(0, 2)}) == [(1, "a"), (1, "ab"), (2, "b")]
    assert placed([3.0, 1.0, 2.0], {(0, 1), (0, 2), (1, 2)}) == [(3, "c"), (1, "a"), (2, "b")]


def test_ranks_follow_values_where_noise_differs() -> None:
    """The second is shown to be worse than the first, the third is too noisy for that, though its value is higher."""
    assert placed([1.0, 2.0, 3.0], {(0, 1)}) == [(1, "a"), (2, "b"), (2, "ab")]


def test_every_pair_is_said_as_it_was_shown() -> None:
    values = [0.5, 0.1, 0.4, 0.2, 0.3]
    for code in range(0, 1 << 10, 7):
        differ = {pair for at, pair in enumerate(all_pairs(5)) if code >> at & 1}
        names = [letters for _, letters in placed(values, differ)]
        for i, j in all_pairs(5):
            assert ((i, j) in differ) == (not set(names[i]) & set(names[j]))
        order = sorted(range(5), key=lambda side: values[side])
        found = [placed(values, differ)[side][0] for side in order]
        assert found == sorted(found)


def test_infinite_differences_count() -> None:
    outcomes = [
        paired_test.TestOutcome(math.inf),
        paired_test.TestOutcome(0.1, 1.0),
        paired_test.TestOutcome(-math.inf),
    ]
    assert ranks([1.0, math.inf, 1.1], outcomes, [None, 0.5, None], 0.05) == [(1, "a"), (3, "b"), (1, "a")]


@pytest.mark.parametrize("sides", [2, 30])
def test_many_models_have_letters(sides: int) -> None:
    values = [float(side) for side in range(sides)]
    names = [letters for _, letters in placed(values, set(all_pairs(sides)))]
    assert len(set(names)) == sides
