"""The exact side of the formula tests: what a loss's `.formula` calls `m`, at 50 digits and more.

Infinite inputs. A formula evaluated at a true infinity meets inf - inf. So an infinite number is replaced by a
stand-in, 10^1000, and the formula is evaluated a second time with 10^2000. Where both agree the value has
converged: it is the limit. Where the second is larger (in magnitude) it diverges: the limit is infinite, with
its sign. Where it is smaller it goes to 0. Comparing two stand-ins, rather than one value with a threshold,
also tells logarithmic divergence (log 10^1000 is only 2303) and a tiny weight times infinity.

Precision. 250 bits hold 50 digits after the cancellations of ordinary rows. 1 - p at a logit of 700 is
10^-304, and 1 - 10^-310 must not be 1: rows with huge or tiny numbers are evaluated with 1300 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import mpmath

Number = Any  # an mpf, or a number that mixes with one
WIDE, NARROW = 1300, 250
ENDLESS = 10**6  # exp(10^6) and exp(-10^6) are beyond any float, in value and in reciprocal


class Oracle:
    """The functions that formulas use. `m` is the everyday one."""

    def __init__(self, bits: int = NARROW, far: int = 1000) -> None:
        self.mp = mpmath.MPContext()
        self.mp.prec = bits
        self.far = self.mp.mpf(10) ** far
        self.inf = self.mp.inf
        self.pi = +self.mp.pi
        self.e = +self.mp.e

    def __getattr__(self, name: str) -> Any:
        """Whatever else mpmath has (tanh, loggamma, ...)."""
        return getattr(self.mp, name)

    def number(self, value: Any) -> Number:
        """The exact value of a float or an integer; infinities become the stand-in."""
        if isinstance(value, float) and math.isinf(value):
            return self.far if value > 0 else -self.far
        if hasattr(value, "item"):
            return self.number(value.item())
        return self.mp.mpf(value)

    def exp(self, a: Number) -> Number:
        if a > ENDLESS:
            return self.inf
        return self.mp.mpf(0) if a < -ENDLESS else self.mp.exp(a)

    def expm1(self, a: Number) -> Number:
        return self.exp(a) - 1 if abs(a) > ENDLESS else self.mp.expm1(a)

    def log(self, a: Number) -> Number:
        return -self.inf if a == 0 else self.mp.log(a)

    def log1p(self, a: Number) -> Number:
        return -self.inf if a == -1 else self.mp.log1p(a)

    def sqrt(self, a: Number) -> Number:
        return self.mp.sqrt(a)

    def cos(self, a: Number) -> Number:
        return self.mp.cos(a)

    def sin(self, a: Number) -> Number:
        return self.mp.sin(a)

    def acos(self, a: Number) -> Number:
        return self.mp.acos(a)

    def floor(self, a: Number) -> Number:
        return self.mp.floor(a)

    def abs(self, a: Number) -> Number:
        return abs(self.mp.mpf(a))

    def sum(self, numbers: Iterable[Number]) -> Number:
        return self.mp.fsum(numbers)

    def maximum(self, *numbers: Any) -> Number:
        return max(*numbers)

    def minimum(self, *numbers: Any) -> Number:
        return min(*numbers)

    def times(self, a: Number, b: Number) -> Number:
        """a x b with 0 x (+-inf) = 0."""
        return self.mp.mpf(0) if a == 0 or b == 0 else a * b

    def power(self, a: Number, b: Number) -> Number:
        """a ** b with 0 ** 0 = 1."""
        if b == 0:
            return self.mp.mpf(1)
        return self.mp.mpf(0) if a == 0 and b > 0 else self.mp.power(a, b)

    def one_minus_exp(self, a: Number) -> Number:
        return -self.expm1(a)

    def binary_logs(self, pred: Number, kind: str) -> tuple[Number, Number]:
        """log p and log(1 - p)."""
        if kind == "logits":
            tail = self.log1p(self.exp(-abs(pred)))
            return min(pred, 0) - tail, -max(pred, 0) - tail
        if kind == "probs":
            return self.log(pred), self.log1p(-pred)
        if kind == "logprobs":
            return pred, self.log(self.one_minus_exp(pred))
        raise ValueError(f"no probability can be told from {kind}")

    def class_logs(self, row: Iterable[Number], kind: str) -> list[Number]:
        """log p of each class."""
        row = list(row)
        if kind == "logits":
            peak = max(row)
            powers = [self.exp(z - peak) for z in row]
            at = row.index(peak)
            total = self.log1p(self.sum(powers[:at] + powers[at + 1 :]))
            return [z - peak - total for z in row]
        if kind == "probs":
            return [self.log(p) for p in row]
        if kind == "logprobs":
            return row
        raise ValueError(f"no probabilities can be told from {kind}")

    def log_sum_exp(self, numbers: Iterable[Number]) -> Number:
        """log sum exp, without over- or underflow of its parts."""
        numbers = list(numbers)
        peak = max(numbers)
        at = numbers.index(peak)
        return peak + self.log1p(self.sum(self.exp(each - peak) for each in numbers[:at] + numbers[at + 1 :]))

    def onehot(self, label: Any, classes: int) -> list[int]:
        return [int(c == label) for c in range(classes)]


m = Oracle()
_FAR = Oracle(far=2000)
_WIDE, _WIDE_FAR = Oracle(WIDE), Oracle(WIDE, far=2000)


def flat(numbers: Any) -> list[float]:
    """All numbers of nested lists and tuples; words and None are passed over."""
    if isinstance(numbers, (list, tuple)):
        return [x for part in numbers for x in flat(part)]
    return [float(numbers)] if isinstance(numbers, (int, float)) else []


def needs_width(numbers: list[float]) -> bool:
    """Whether rows with these numbers lose 50 digits to cancellation in 250 bits."""
    return any(x and math.isfinite(x) and not 1e-12 < abs(x) < 40 for x in numbers)


def exact(evaluate: Callable[[Oracle], Number], numbers: list[float]) -> Number:
    """The value of a formula over these input numbers; its limit if some are infinite."""
    near, far = (_WIDE, _WIDE_FAR) if needs_width(numbers) else (m, _FAR)
    value = near.mp.mpf(evaluate(near))
    if not any(map(math.isinf, numbers)) or near.mp.isinf(value):
        return value
    return limit(value, far.mp.mpf(evaluate(far)))


def limit(nearer: Number, farther: Number) -> Number:
    """Where a value goes that was `nearer` and is now `farther` on the way."""
    if mpmath.isinf(farther) or abs(farther) > abs(nearer) * (1 + mpmath.mpf(10) ** -9):
        return mpmath.inf if farther > 0 else -mpmath.inf
    if abs(farther) < abs(nearer) * (1 - mpmath.mpf(10) ** -9):
        return mpmath.mpf(0)
    return nearer


def ulp(value: Number) -> Number:
    """The distance of neighbouring float64 near this value."""
    if value == 0:
        return mpmath.ldexp(1, -1074)
    return mpmath.ldexp(1, max(mpmath.frexp(value)[1] - 53, -1074))


def ulps_off(got: float, want: Number, scale: Number = 0) -> float:
    """|got - want| in units in the last place of the larger of |want| and `scale`."""
    if mpmath.isnan(want):
        raise ValueError("the formula has no value here")
    rounded = beyond(want)
    if math.isnan(got) or math.isinf(got) or math.isinf(rounded):
        return 0.0 if got == rounded else math.inf
    return float(abs(want - got) / ulp(max(abs(want), scale)))  # got is exact: a float has 53 bits


def beyond(value: Number) -> float:
    """The nearest float64; infinite beyond their range."""
    if mpmath.isinf(value) or abs(value) >= mpmath.ldexp(1, 1024):
        return math.inf if value > 0 else -math.inf
    return float(value)
