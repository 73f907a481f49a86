"""The comparison of kernels with formulas at 50 digits itself, and its exceptions."""

from __future__ import annotations

import math
from typing import Any

import draw
import mpmath
from formula_bounds import BOUNDS

from losscli.testing import oracle


def test_bounds_name_real_losses() -> None:
    assert set(BOUNDS) <= set(draw.every_loss())
    assert all(bound.reason for bound in BOUNDS.values())


def test_the_oracle_tells_a_wrong_kernel() -> None:
    """The comparison itself: one ulp is seen, a sign, a missing infinity."""
    want = oracle.m.number(0.1)
    assert oracle.ulps_off(0.1, want) == 0
    assert oracle.ulps_off(math.nextafter(0.1, 1), want) == 1
    assert oracle.ulps_off(-0.1, want) > 1e15
    assert oracle.ulps_off(math.inf, want) == oracle.ulps_off(math.nan, want) == math.inf
    assert oracle.ulps_off(5e-324, oracle.m.number(0.0)) == 1
    assert oracle.ulps_off(math.inf, oracle.m.mp.mpf(10) ** 400) == 0


def test_the_oracle_finds_limits() -> None:
    def at(evaluate: Any) -> float:
        return oracle.beyond(oracle.exact(evaluate, [math.inf]))

    assert at(lambda m: m.number(math.inf)) == math.inf
    assert at(lambda m: -m.log(m.number(math.inf))) == -math.inf
    assert at(lambda m: m.number(1e-310) * m.number(math.inf)) == math.inf
    assert at(lambda m: 1 / m.number(math.inf)) == 0
    assert at(lambda m: m.number(math.inf) / (1 + m.number(math.inf))) == 1
    assert at(lambda m: m.class_logs([m.number(math.inf), m.number(3.0)], "logits")[0]) == 0
    assert at(lambda m: m.binary_logs(m.number(-math.inf), "logits")[0]) == -math.inf


def test_the_oracle_does_not_cancel() -> None:
    p = oracle.exact(lambda m: 1 - m.exp(m.binary_logs(m.number(700.0), "logits")[0]), [700.0])
    assert abs(p / mpmath.exp(-700) - 1) < 1e-14
    assert oracle.exact(lambda m: m.one_minus_exp(m.number(-1e-310)), [-1e-310]) > 0
