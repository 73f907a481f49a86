"""The values of all rows in order, with the weight of each: what a weighted median or another quantile is read from.

Weights add up exactly, so that merging is associative and commutative to the bit. Up to `MOST` different values are
kept as they are. Beyond, values that share their leading bits are counted as one, with as few bits dropped as needed:
that number depends on all the values together, and so neither on their order nor on how they were cut.
"""

from __future__ import annotations

import base64
import math
import zlib
from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..scratch import Array

MOST = 1 << 20  # different values that are kept: 16 MB, or 48 MB with weights

_DIGIT = 24  # bits of a digit of a weight: sums of so many fit an int64 up to 2^39 rows
_MASK = (1 << _DIGIT) - 1
_TOP = np.uint64(1 << 63)
_TIE = 50  # weights that agree with the wanted share to 2^-50 reach it exactly: sums of decimals are off by as much

Digits = dict[int, Array]  # the digits of weights in base 2^24, one array a place


class OrderedValues:
    """Sorted values with exact weights. `add` takes a block, `+=` merges."""

    __slots__ = ("_waiting", "digits", "keys", "most", "shift")

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.shift = 0  # bits that were dropped from every key
        self.keys: Array = np.zeros(0, dtype=np.uint64)
        self.digits: Digits = {}
        self._waiting: list[tuple[Array, Digits]] = []

    def add(self, values: Array, mass: Array | None) -> None:
        """Add (n,) float64 values that are not NaN, with their weights; rows of weight 0 are left out."""
        if mass is not None and not mass.all():
            counts = mass != 0
            values, mass = values[counts], mass[counts]
        if len(values):
            digits = {0: np.ones(len(values), dtype=np.int64)} if mass is None else _digits_of(mass)
            self._take(*_grouped(_keys_of(values) >> np.uint64(self.shift), digits))

    def __iadd__(self, other: OrderedValues) -> OrderedValues:
        other.settle()
        self._coarsen(max(0, other.shift - self.shift))
        if len(other.keys):
            self._take(other.keys >> np.uint64(self.shift - other.shift), other.digits)
        return self

    def _take(self, keys: Array, digits: Digits) -> None:
        self._waiting.append((keys, digits))
        if sum(len(waiting) for waiting, _ in self._waiting) > max(self.most, len(self.keys)):
            self.settle()

    def settle(self) -> None:
        """Bring what waits into order, and drop as few bits as bring the number of different values down."""
        if not self._waiting:
            return
        parts, self._waiting = [(self.keys, self.digits), *self._waiting], []
        places = sorted({place for _, digits in parts for place in digits})
        together = {
            place: np.concatenate([digits.get(place, np.zeros(len(keys), dtype=np.int64)) for keys, digits in parts])
            for place in places
        }
        self.keys, self.digits = _grouped(np.concatenate([keys for keys, _ in parts]), together)
        if len(self.keys) > self.most:
            differ = self.keys[1:] ^ self.keys[:-1]
            drop = 1
            while 1 + np.count_nonzero(differ >> np.uint64(drop)) > self.most:
                drop += 1
            self._coarsen(drop)

    def _coarsen(self, drop: int) -> None:
        if drop:
            self.settle()
            self.shift += drop
            self.keys, self.digits = _grouped(self.keys >> np.uint64(drop), self.digits)

    # -- what is read from it ---------------------------------------------------------------------------

    def quantile(self, level: float) -> float:
        """The smallest value that, with all below it, has this share of the weight.

        Where it has exactly the share, the mean of it and the next value (the averaged inverse of the distribution, of
        Hyndman and Fan 1996): at 1/2 without weights the median.
        """
        low, high = self._places(level)
        below, above = self._value(low), self._value(high)
        return below if low == high else (below + above) / 2

    def limits(self, level: float) -> tuple[float, float]:
        """What the quantile lies between; twice the same number where no bits were dropped."""
        low, high = self._places(level)
        first = int(self.keys[low]) << self.shift
        last = ((int(self.keys[high]) + 1) << self.shift) - 1
        return _value_of(first), _value_of(last)

    def pinball_about(self, level: float) -> float:
        """The mean pinball loss, by weight, of predicting the quantile of this level for every row."""
        centre = self.quantile(level)
        values = np.array([self._value(i) for i in range(len(self.keys))]) if self.shift else _values_of(self.keys)
        lowest, total = min(self.digits), self._up_to()(len(self.keys) - 1)
        scale = Fraction(1, total)
        weights = sum(
            digit.astype(np.float64) * float(scale * (1 << (_DIGIT * (place - lowest))))
            for place, digit in self.digits.items()
        )
        with np.errstate(invalid="ignore"):
            apart = np.where(values == centre, 0.0, values - centre)
        if 0.0 < level < 1.0:
            losses = np.where(apart > 0, apart * level, -apart * (1.0 - level))
        else:  # one side costs nothing, infinite values too
            losses = np.maximum(apart if level else -apart, 0.0)
        return float(np.add.reduce(losses * weights))

    def __len__(self) -> int:
        self.settle()
        return len(self.keys)

    def _up_to(self) -> Callable[[int], int]:
        """The weight of the values up to each place, in units of the lowest digit."""
        lowest = min(self.digits)
        sums = {place: np.cumsum(digit) for place, digit in self.digits.items()}
        return lambda at: sum(int(each[at]) << (_DIGIT * (place - lowest)) for place, each in sums.items())

    def _places(self, level: float) -> tuple[int, int]:
        """Where the quantile stands: at one place, or between two."""
        self.settle()
        share, up_to, last = Fraction(repr(level)), self._up_to(), len(self.keys) - 1
        total = up_to(last)
        wanted, tie = share.numerator * total, (share.denominator * total) >> _TIE if 0 < share < 1 else 0
        low = bisect_left(range(last), wanted - tie, key=lambda at: up_to(at) * share.denominator)
        reached = low < last and up_to(low) * share.denominator <= wanted + tie
        return low, low + 1 if reached else low

    def _value(self, place: int) -> float:
        """The value at a place; of several that count as one the middle."""
        key = int(self.keys[place]) << self.shift
        return _value_of(key + (1 << self.shift >> 1))

    # -- as plain values --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: the arrays as text."""
        self.settle()
        digits = {str(place): _packed(digit.astype("<i8")) for place, digit in sorted(self.digits.items())}
        return {"shift": self.shift, "keys": _packed(self.keys.astype("<u8")), "digits": digits}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> OrderedValues:
        values = cls()
        values.shift, values.keys = int(data["shift"]), _unpacked(data["keys"], "<u8").astype(np.uint64)
        for place, digit in data["digits"].items():
            values.digits[int(place)] = _unpacked(digit, "<i8").astype(np.int64)
        sorts = bool((values.keys[1:] > values.keys[:-1]).all())
        fits = all(len(digit) == len(values.keys) for digit in values.digits.values())
        if not (sorts and fits and 0 <= values.shift < 64 and bool(len(values.keys)) == bool(values.digits)):
            raise ValueError("the ordered values do not fit each other")
        return values


def _keys_of(values: Array) -> Array:
    """Whole numbers in the order of the values; -0.0 is 0.0."""
    bits = (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64)
    return np.where(bits >= _TOP, ~bits, bits | _TOP)


def _values_of(keys: Array) -> Array:
    """The values of such keys."""
    values: Array = np.where(keys >= _TOP, keys ^ _TOP, ~keys).view(np.float64)
    return values


_LEAST, _LARGEST = (int(_keys_of(np.array([end]))[0]) for end in (-math.inf, math.inf))


def _value_of(key: int) -> float:
    """The value of a key; one beyond the infinities is an infinity."""
    return float(_values_of(np.array([min(max(key, _LEAST), _LARGEST)], dtype=np.uint64))[0])


def _digits_of(mass: Array) -> Digits:
    """The digits in base 2^24 of positive finite floats; all exact."""
    whole = mass.astype(np.int64) if mass.max() <= _MASK else None
    if whole is not None and np.array_equal(whole, mass):
        return {0: whole}
    mantissas, exponents = np.frexp(mass)
    bits = np.ldexp(mantissas, 53).astype(np.int64)
    places, rests = np.divmod(exponents.astype(np.int64) - 53, _DIGIT)
    digits: Digits = {}
    for place in np.unique(places).tolist():
        rows = np.flatnonzero(places == place)
        for step in range(3):
            moved = ((bits[rows] >> (_DIGIT * step)) & _MASK) << rests[rows]
            for up, part in ((0, moved & _MASK), (1, moved >> _DIGIT)):
                if part.any():
                    digit = digits.setdefault(place + step + up, np.zeros(len(mass), dtype=np.int64))
                    digit[rows] += part
    return digits


def _grouped(keys: Array, digits: Digits) -> tuple[Array, Digits]:
    """The different keys in order, with the sums of their digits."""
    if not len(keys):
        return keys, digits
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], {place: np.add.reduceat(digit[order], starts) for place, digit in digits.items()}


def _packed(array: Array) -> str:
    return base64.b64encode(zlib.compress(array.tobytes(), 6)).decode("ascii")


def _unpacked(text: str, dtype: str) -> Array:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(base64.b64decode(text, validate=True), 8 * MOST)
    except zlib.error as damaged:
        raise ValueError(str(damaged)) from None
    if stream.unconsumed_tail:
        raise ValueError("more values than are kept")
    return np.frombuffer(plain, dtype=dtype)
