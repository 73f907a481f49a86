"""The gate as users call it, simulated: false alarms, misses, and the power that it announces.

`tests/gate_errors.py` prints the numbers of docs/ci.md. Bounds are those of the promise, 2.5 % on each side, with three
binomial standard errors to spare.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from gate_errors import CALLS, UNPAIRED, Call, end_to_end, errors

QUICK = ("joined, in another order", "clustered", "nearly the same on every row")
SIDE = 0.025


def spare(rate: float, count: int) -> float:
    """Three standard errors of a share of so many gates."""
    return 3.0 * math.sqrt(rate * (1.0 - rate) / count)


@pytest.mark.parametrize("gates", [60, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "call",
    [call if call.name in QUICK else pytest.param(call, marks=pytest.mark.slow) for call in CALLS],
    ids=lambda call: call.name,
)
def test_the_gate_errs_as_seldom_as_it_says(call: Call, gates: int, record_property: Any) -> None:
    counted = errors(call, gates, seed=1)
    record_property("alarms, missed, caught", (counted.alarms, counted.missed, counted.caught))
    assert counted.alarms / gates <= SIDE + spare(SIDE, gates) + 0.005  # skewed rows at n = 400
    assert counted.missed / gates <= SIDE + spare(SIDE, gates) + 0.005
    caught, power = counted.caught / gates, counted.power
    if call.name == UNPAIRED:  # nothing says how much the two values go together
        assert caught >= power - spare(power, gates)
    else:
        assert abs(caught - power) <= 0.03 + spare(power, gates)


@pytest.mark.slow
def test_through_files() -> None:
    gates = 100
    counted = end_to_end(gates, seed=1)
    assert counted.alarms / gates <= SIDE + spare(SIDE, gates)
    assert counted.missed / gates <= SIDE + spare(SIDE, gates)
    assert counted.caught > counted.gates / 4
