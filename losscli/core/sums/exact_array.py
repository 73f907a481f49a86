"""Exact sums of floats by group: for every group a whole number, as digits of 30 bits in arrays.

The digits stand on a grid of powers of two that is the same for all data, so that sums do not depend on the order of
rows, on blocks, threads or shards. Adding a block is one scattered addition for each digit that the block has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scratch import Array
from .exact import UNIT

BITS = 30  # of a digit
_BASE = 1 << BITS
_MOST_ROWS = 1 << 21  # rows between two carries: digits of two numbers, so many times, stay below 2^53
_LOWEST = -34  # 2^(30 x -34) is the smallest unit whose inverse is a float
_FEW = 1 << 12  # groups whose sums are cheap to make anew for each chunk of rows
_SAFE = 2.0**480  # squares of what lies between its inverse and it are exact as two floats
_LARGE, _SHIFT = 2.0**300, 600  # what lies beyond is brought near 1 by this power of two


class ExactArray:
    """An exact sum for each group, all in one; `digits` maps the place of a digit to that digit of every group."""

    __slots__ = ("_room", "_since", "digits", "size")

    def __init__(self, size: int = 0) -> None:
        self.size = self._room = size
        self.digits: dict[int, Array] = {}
        self._since = 0

    def grow(self, size: int) -> None:
        """Make room for so many groups."""
        if size > self._room:
            self._room = max(size, 2 * self._room)
            for place, digit in self.digits.items():
                wider = np.zeros(self._room)
                wider[: len(digit)] = digit
                self.digits[place] = wider
        self.size = max(self.size, size)

    def add(self, group: Array, digits: dict[int, Array]) -> None:
        """Add the digits of a block's values, (n,) each, to the groups of its rows."""
        if self._since + len(group) > _MOST_ROWS:
            self._carry()
        self._since += len(group)
        for place, digit in digits.items():
            into = self._digit(place)
            if self.size <= max(_FEW, len(group)):
                into[: self.size] += np.bincount(group, digit, minlength=self.size)
            else:
                np.add.at(into, group, digit)

    def _digit(self, place: int) -> Array:
        if place not in self.digits:
            self.digits[place] = np.zeros(self._room)
        return self.digits[place]

    def _carry(self) -> None:
        """Bring every digit to at most half of the base; what it holds beyond that moves to the next."""
        place = min(self.digits, default=0)
        while place <= max(self.digits, default=-1):
            digit = self._digit(place)
            over = np.rint(digit / _BASE)
            if over.any():
                digit -= over * _BASE
                self._digit(place + 1)[:] += over
            place += 1
        self._since = 1

    def copy(self) -> ExactArray:
        """The same sums, to be added to on their own."""
        same = ExactArray(self._room)
        same.size = self.size
        same.digits = {place: digit.copy() for place, digit in self.digits.items()}
        same._since = self._since
        return same

    def at(self, group: int, unit: int = UNIT) -> int:
        """The sum of a group as a whole number of 2^-unit."""
        return _joined([(place, int(digit[group])) for place, digit in self.digits.items()], unit)

    def total(self, unit: int = UNIT) -> int:
        """The sum of all groups."""
        self._carry()
        sums = [(place, int(np.add.reduce(digit.astype(np.int64)))) for place, digit in self.digits.items()]
        return _joined(sums, unit)

    @property
    def nbytes(self) -> int:
        """What the digits take of memory."""
        return sum(digit.nbytes for digit in self.digits.values())


def _joined(digits: Sequence[tuple[int, int]], unit: int) -> int:
    """The number that digits make, in units of 2^-unit; below that unit they add up to nothing."""
    if not digits:
        return 0
    low = min(place for place, _ in digits)
    number = 0
    for place, digit in digits:
        number += digit << BITS * (place - low)
    power = BITS * low + unit
    return number << power if power >= 0 else number >> -power


def digits_of(values: Array, lift: int = 0) -> dict[int, Array]:
    """Finite float64 values as digits: value = sum of digit x 2^(30 x place), exactly, moved up by `lift` places."""
    digits: dict[int, Array] = {}
    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    rest = values
    while largest > 0.0:
        place = (int(np.frexp(largest)[1]) - 1) // BITS
        if place < _LOWEST:
            digit = np.trunc(np.ldexp(rest, -BITS * place))
            rest = rest - np.ldexp(digit, BITS * place)
        else:
            unit = 2.0 ** (BITS * place)
            digit = np.trunc(rest * (1.0 / unit))
            rest = rest - digit * unit
        digits[place + lift] = digit
        largest = max(float(rest.max(initial=0.0)), -float(rest.min(initial=0.0)))
    return digits


def product_digits(a: Array, b: Array) -> dict[int, Array]:
    """The products of finite float64 values as digits, exactly, wherever they lie among the floats."""
    digits: dict[int, Array] = {}
    if all(map(_within, (a, b))):
        _take(digits, a, b, 0)
        return digits
    for part, power in _by_size(a):
        for other, other_power in ((part, power),) if b is a else _by_size(b):
            _take(digits, part, other, (power + other_power) // BITS)
    return digits


def _within(values: Array) -> bool:
    size = np.abs(values)
    least = float(size.min(where=size > 0.0, initial=1.0))
    return float(size.max(initial=0.0)) < _SAFE and least > 1.0 / _SAFE


def _by_size(values: Array) -> list[tuple[Array, int]]:
    """The values as large, usual and small ones, each 0 where it is none of them, and the power of two to move back."""
    size = np.abs(values)
    large, small = size >= _LARGE, size < 1.0 / _LARGE
    parts = (
        (np.where(large, values, 0.0) * 2.0**-_SHIFT, _SHIFT),
        (np.where(large | small, 0.0, values), 0),
        (np.where(small, values, 0.0) * 2.0**_SHIFT, -_SHIFT),
    )
    return [(part, power) for part, power in parts if part.any()]


def _take(digits: dict[int, Array], a: Array, b: Array, lift: int) -> None:
    """Add the digits of the products a b, as two floats (Dekker 1971), to those that are there."""
    high = a * b
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    low = a2 * b2 - (((high - a1 * b1) - a2 * b1) - a1 * b2)
    for part in (high, low):
        for place, digit in digits_of(part, lift).items():
            digits[place] = digits[place] + digit if place in digits else digit


def _halves(values: Array) -> tuple[Array, Array]:
    """Values as sums of two with 26 bits each (Veltkamp)."""
    spread = values * 134217729.0
    first = spread - (spread - values)
    return first, values - first
