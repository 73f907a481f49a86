"""Exact sums of floats by group: for every group a whole number, as digits of 40 bits in arrays of int64.

The digits stand on a grid of powers of two that is the same for all data, so that sums do not depend on the order of
rows, on blocks, threads or shards. Adding rows is one scattered addition for each digit that they have; those digits
that few of the rows have are added for these alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..scratch import Array
from .compiled import group_sums
from .exact import UNIT
from .group_table import GroupTable, widened
from .row_counts import RowCounts

BITS = 40  # of a digit
_OFFSET = 10  # digit 0 counts 2^10: losses near 1 then have two digits, and their squares three
_MOST_ROWS = 1 << 21  # rows between two carries: digits below 2^41, so many times, stay below 2^62
_PLACES = range(-27, 25)  # of digits that are split off by adding a float whose last bit is their unit
_FEW = 4  # a digit that fewer than one in so many rows have is added for these alone
_STRETCH = 1 << 14  # groups whose digits are lists at a time
_SAFE = 2.0**480  # squares of what lies between its inverse and it are exact as two floats
_LARGE, _SHIFT = 2.0**300, 600  # what lies beyond is brought near 1 by this power of two


class ExactArray:
    """An exact sum for each group, all in one; `digits` maps the place of a digit to that digit of every group.

    Digits are columns of the `table`, if there is one, and arrays of their own otherwise.
    """

    __slots__ = ("_room", "_since", "_table", "digits", "size")

    def __init__(self, size: int = 0, table: GroupTable | None = None) -> None:
        self.size = self._room = size
        self.digits: dict[int, Array] = {}
        self._since = 0
        self._table = table
        if table is not None:
            table.grow(size)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Elsewhere, digits are arrays of their own."""
        return None, {**{name: getattr(self, name) for name in self.__slots__}, "_table": None}

    def grow(self, size: int) -> None:
        """Make room for so many groups."""
        if size > self._room:
            self._room = max(size, 2 * self._room)
            if self._table is not None:
                self._table.grow(self._room)
            else:
                self.digits = {place: widened(digit, self._room) for place, digit in self.digits.items()}
        self.size = max(self.size, size)

    def add(self, group: Array, values: Array) -> None:
        """Add finite float64 values, (n,), to the groups of their rows."""
        if (compiled := group_sums()) is not None:
            add_compiled(compiled, None, (), self, None, group, values, values)
            return
        self._count(len(group))
        for place, at, digit in _digits(values):
            self._add(place, group if at is None else group[at], digit)

    def add_products(self, group: Array, a: Array, b: Array) -> None:
        """Add the products of finite float64 values, exactly, wherever they lie among the floats."""
        if (compiled := group_sums()) is not None:
            add_compiled(compiled, None, (), None, self, group, a, b)
            return
        self._count(len(group))
        waiting: dict[int, Array] = {}  # digits that all rows have: those of both parts of a product are added at once
        for part, lift in _as_floats(a, b):
            for place, at, digit in _digits(part):
                if at is not None:
                    self._add(place + lift, group[at], digit)
                elif place + lift in waiting:
                    waiting[place + lift] += digit
                else:
                    waiting[place + lift] = digit
        for place, digit in waiting.items():
            self._add(place, group, digit)

    def _add(self, place: int, group: Array, digit: Array) -> None:
        np.add.at(self._digit(place), group, digit)

    def _digit(self, place: int) -> Array:
        if place not in self.digits:
            if self._table is not None:
                self._table.add(self.digits, place)
            else:
                self.digits[place] = np.zeros(self._room, dtype=np.int64)
        return self.digits[place]

    def _count(self, rows: int) -> None:
        """Make sure that no digit outgrows its integer by so many rows more, which are at most 2^20."""
        if self._since + rows > _MOST_ROWS:
            largest = max(max(int(digit.max()), -int(digit.min())) for digit in self.digits.values())
            self._since = (largest >> BITS + 1) + 1
            if self._since > _MOST_ROWS // 2:
                self._carry()
        self._since += rows

    def _carry(self) -> None:
        """Bring every digit to at most half of the base; what it holds beyond that moves to the next."""
        place = min(self.digits)
        while place <= max(self.digits):
            digit = self._digit(place)
            over = (digit + (1 << BITS - 1)) >> BITS
            if over.any():
                digit -= over << BITS
                self._digit(place + 1)[:] += over
            place += 1
        self._since = 1

    def absorb(self, other: ExactArray, group: Array) -> None:
        """Add the sums of other groups; `group` says which group of these each of them is, each another."""
        if not other.digits:
            return
        other._carry()
        self._count(1)
        for place, digit in other.digits.items():
            self._digit(place)[group] += digit[: len(group)]

    def copy(self) -> ExactArray:
        """The same sums, to be added to on their own."""
        same = ExactArray(self._room, self._table)
        same.size = self.size
        for place, digit in self.digits.items():
            same._digit(place)[:] = digit
        same._since = self._since
        return same

    def at(self, group: int, unit: int = UNIT) -> int:
        """The sum of a group as a whole number of 2^-unit."""
        return _joined([(place, int(digit[group])) for place, digit in self.digits.items()], unit)

    def numbers(self) -> tuple[list[int], int]:
        """The sums of all groups as whole numbers, and the power of two that these count."""
        low = min(self.digits, default=0)
        numbers = [0] * self.size
        for place, digit in sorted(self.digits.items()):
            shift = BITS * (place - low)
            for start in range(0, self.size, _STRETCH):
                part = slice(start, min(start + _STRETCH, self.size))
                pairs = zip(numbers[part], digit[part].tolist(), strict=True)
                numbers[part] = [number + (own << shift) if own else number for number, own in pairs]
        return numbers, BITS * low + _OFFSET

    def total(self, unit: int = UNIT) -> int:
        """The sum of all groups."""
        sums = []
        for place, digit in self.digits.items():  # in halves, whose sums stay small
            high = digit >> 32
            whole = (int(np.add.reduce(high)) << 32) + int(np.add.reduce(digit - (high << 32)))
            sums.append((place, whole))
        return _joined(sums, unit)

    @property
    def nbytes(self) -> int:
        """What the digits take of memory."""
        return sum(digit.nbytes for digit in self.digits.values())


def add_compiled(
    compiled: Any,
    counts: RowCounts | None,
    names: Sequence[str],
    sums: ExactArray | None,
    products: ExactArray | None,
    group: Array,
    a: Array,
    b: Array,
) -> None:
    """In one pass over rows, add 1 to the counts of these names, a to the sums, and a b to the products."""
    group = np.ascontiguousarray(group, dtype=np.int64)
    a, b = (np.ascontiguousarray(values, dtype=np.float64) for values in (a, b))
    row = 0
    for each in (sums, products):
        if each is not None:
            each._count(len(group))
    stopped: tuple[int, list[int], list[int]] | None = (0, [], [])
    while stopped is not None:
        row, *missing = stopped
        for each, places in zip((sums, products), missing, strict=True):
            for place in places:
                assert each is not None
                each._digit(place)
        digits = [None if each is None else each.digits for each in (sums, products)]
        stopped = compiled.add([] if counts is None else counts.columns(names), *digits, group, a, b, row)


def _joined(digits: Sequence[tuple[int, int]], unit: int) -> int:
    """The number that digits make, in units of 2^-unit; below that unit they add up to nothing."""
    if not digits:
        return 0
    low = min(place for place, _ in digits)
    number = 0
    for place, digit in digits:
        number += digit << BITS * (place - low)
    power = BITS * low + _OFFSET + unit
    return number << power if power >= 0 else number >> -power


def _digits(values: Array) -> Iterator[tuple[int, Array | None, Array]]:
    """Finite float64 values as digits: a place, the rows that have a digit there (None: all), and these digits.

    A value is the sum of its digits x 2^(BITS x place + _OFFSET), exactly.
    """
    at: Array | None = None
    rest = values
    while (largest := max(float(rest.max(initial=0.0)), -float(rest.min(initial=0.0)))) > 0.0:
        place = (int(np.frexp(largest)[1]) - 1 - _OFFSET) // BITS
        digit, rest = _split(rest, place)
        few = np.count_nonzero(digit) * _FEW < len(digit)
        some = (digit != 0).nonzero()[0] if few else None
        if some is None:
            yield place, at, digit
        else:
            yield place, some if at is None else at[some], digit[some]
        if np.count_nonzero(rest.view(np.int64)) * _FEW < len(rest):
            some = (rest != 0.0).nonzero()[0]
            at, rest = (some if at is None else at[some]), rest[some]


def _split(values: Array, place: int) -> tuple[Array, Array]:
    """The digits of values at their highest place, to nearest, and what is left of the values."""
    power = BITS * place + _OFFSET
    if place not in _PLACES:
        digit = np.trunc(np.ldexp(values, -power))
        return digit.astype(np.int64), values - np.ldexp(digit, power)
    large = np.array(1.5 * 2.0 ** (power + 52))  # sums with it end in the unit of the digits
    moved = values + large
    digits = moved.view(np.int64) - large.view(np.int64)
    moved -= large
    return digits, np.subtract(values, moved, out=moved)


def _as_floats(a: Array, b: Array) -> Iterator[tuple[Array, int]]:
    """The products of finite values as exact sums of floats, each with the number of places to move its digits up."""
    if _within(a) and (b is a or _within(b)):
        for half in _halves_of_products(a, b):
            yield half, 0
        return
    for part, power in _by_size(a):
        for other, other_power in ((part, power),) if b is a else _by_size(b):
            for half in _halves_of_products(part, other):
                yield half, (power + other_power) // BITS


def _within(values: Array) -> bool:
    size = np.abs(values)
    if not float(size.max(initial=0.0)) < _SAFE:
        return False
    return float(size.min(initial=1.0)) > 1.0 / _SAFE or not ((size <= 1.0 / _SAFE) & (size > 0.0)).any()


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


def _halves_of_products(a: Array, b: Array) -> tuple[Array, Array]:
    """The products a b as two floats: the nearest to each, and what is left of it (Dekker 1971)."""
    high = a * b
    a1, a2 = _halves(a)
    b1, b2 = (a1, a2) if b is a else _halves(b)
    low = a1 * b1
    np.subtract(high, low, out=low)
    part = a2 * b1
    low -= part
    low -= np.multiply(a1, b2, out=part)
    return high, np.subtract(np.multiply(a2, b2, out=part), low, out=part)


def _halves(values: Array) -> tuple[Array, Array]:
    """Values as sums of two with 26 bits each (Veltkamp)."""
    first = values * 134217729.0
    second = first - values
    first -= second
    return first, np.subtract(values, first, out=second)
