"""Deviances of the Tweedie family, by the power of the variance, without the cancellation of the textbook's form."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import UsageProblem
from ...core.scratch import Array
from .._domains import refuse_below, refuse_up_to
from .._logs import excess, log_quotient


def poisson_terms(rate: Array, y: Array) -> Array:
    """2 (y log(y / r) - y + r) = 2 y (x - log(1 + x)) with x = (r - y) / y."""
    with np.errstate(all="ignore"):
        some = y != 0
        divisor = np.where(some, y, 1.0)
        gap = np.asarray(np.where(some, (rate - y) / divisor, 0.0))
        near = np.abs(gap) <= 0.5
        losses = np.where(near, y * excess(np.where(near, gap, 0.0)), (rate - y) - y * log_quotient(rate, divisor))
        losses = np.where(some, losses, rate)
    losses[rate == np.inf] = np.inf
    losses *= 2.0
    return np.asarray(losses)


def gamma_terms(rate: Array, y: Array) -> Array:
    """2 (log(r / y) + y / r - 1) = 2 (x - log(1 + x)) with x = (y - r) / r."""
    with np.errstate(all="ignore"):
        gap = np.asarray((y - rate) / rate)
        near = np.abs(gap) <= 0.5
        losses = np.where(near, excess(np.where(near, gap, 0.0)), gap - log_quotient(y, rate))
    losses[(rate == 0) | (rate == np.inf)] = np.inf
    losses *= 2.0
    return np.asarray(losses)


def tweedie_terms(rate: Array, y: Array, power: float) -> Array:
    """The unit deviance of any power but 0, 1 and 2, from its three parts."""
    one, two = 1.0 - power, 2.0 - power
    with np.errstate(all="ignore"):
        whole = np.maximum(y, 0.0) ** two / (one * two)
        rest = np.where(y == 0, rate**two / two, rate**one * (rate / two - y / one))  # no inf - inf of rates near 0
        losses = 2.0 * (whole + rest)
    losses[rate == y] = 0.0
    losses[rate == np.inf] = _limit(rate, y, power)[rate == np.inf]
    if power > 1.0:
        losses[(rate == 0) & (y > 0)] = np.inf
    return np.asarray(losses)


def _limit(rate: Array, y: Array, power: float) -> Array:
    """Where the rate is infinite: finite for powers above 2, whose distributions have heavy tails."""
    if power < 2.0:
        return np.full_like(rate, np.inf)
    with np.errstate(all="ignore"):
        return np.asarray(2.0 * y ** (2.0 - power) / ((1.0 - power) * (2.0 - power)), dtype=rate.dtype)


def check(pred: Array, label: Array, power: float) -> None:
    """What the distribution of this power can be: all real numbers, counts, or amounts above 0."""
    if 0.0 < power < 1.0:
        raise UsageProblem(f"power must be outside (0, 1), got {power:g}.", "No distribution has such a variance.")
    if power == 0.0:
        return
    if 1.0 <= power < 2.0:
        refuse_below(label, 0.0, "label", hint=f"Power {power:g} needs labels from 0 up.")
    elif power >= 2.0:
        refuse_up_to(label, 0.0, "label", hint=f"Power {power:g} needs labels above 0.")
    refuse_below(pred, 0.0, "pred", hint=f"Power {power:g} needs predictions above 0.")


def formula(m: Any, r: Any, y: Any, power: Any) -> Any:
    """The unit deviance over scalars."""
    if power == 0:
        return (y - r) ** 2
    if power == 1:
        return 2 * (r - y - m.times(y, m.log(r / y) if y else 0))
    if power == 2:
        return 2 * (m.log(r / y) + y / r - 1)
    one, two = 1 - power, 2 - power
    if r == 0 and power > 1:
        return m.inf if y else m.number(0)
    whole = m.power(max(y, 0), two) / (one * two)
    return 2 * (whole - m.times(y, m.power(r, one)) / one + m.power(r, two) / two)
