"""The columns in which groups are looked for: which values a sample of the rows shows, and every row's as a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ...sources.frame import Frame
from ...sources.grouping.bins import Bins
from ...sources.grouping.group_columns import GroupColumn
from ...sources.grouping.group_keys import ColumnNumbers, GroupKeys, Key
from .conditions import Condition

MOST_VALUES = 254  # of a column of words, the most frequent ones
MOST_OWN = 12  # so few different numbers are groups of their own each
MOST_EDGES = 20


def of_numbers(column: GroupColumn, frame: Frame) -> bool:
    """Whether a column holds numbers, in all files that have it."""
    if column.classes:
        return False
    try:
        kinds = [np.dtype(frame.fields[role].dtype).kind for role in column.roles]
    except TypeError:  # text, and what else is none of NumPy's
        return False
    return all(kind in "iuf" for kind in kinds)


class RawValues:
    """The values of a column of some rows: floats of numbers, with NaN for what is missing, else numbers of keys."""

    def __init__(self, column: GroupColumn, frame: Frame) -> None:
        self.column, self.numbers = column, of_numbers(column, frame)
        self._role = column.roles[0]
        self._encoder = ColumnNumbers(column)

    @property
    def keys(self) -> list[Key]:
        """The keys by their numbers, of a column that holds no numbers."""
        return self._encoder.keys

    def of(self, arrays: Mapping[str, Any], missing: Mapping[str, Array], rows: Array) -> Array:
        """Those of the rows of a block at these places. One thread at a time."""
        mask = missing.get(self._role)
        gaps = None if mask is None else np.asarray(mask.reshape(len(mask), -1).any(axis=1))[rows]
        values = arrays[self._role][rows]
        if not self.numbers:
            return self._encoder.numbers(values, gaps)
        floats = np.array(values, dtype=np.float64)
        if gaps is not None:
            floats[gaps] = np.nan
        return floats


@record
class CodedColumn:
    """A column whose values are codes from 0. Of numbers the codes follow the `cuts`; of words the `keys` have codes.

    Where cuts are `own`, odd codes are these numbers themselves and even ones lie between them. The last code is of
    missing numbers, or of words that are none of the keys.
    """

    column: GroupColumn
    place: int
    numbers: bool
    cuts: tuple[float, ...] = ()
    own: bool = False
    keys: tuple[Key, ...] = ()

    @property
    def codes(self) -> int:
        """How many there are."""
        if not self.numbers:
            return len(self.keys) + 1
        return (2 * len(self.cuts) + 1 if self.own else len(self.cuts) + 1) + 1

    def of_floats(self, values: Array) -> Array:
        """The codes of numbers."""
        if self.own:
            at = np.searchsorted(self.cuts, values, side="left")
            codes = 2 * at
            if self.cuts:
                codes += np.asarray(self.cuts)[np.minimum(at, len(self.cuts) - 1)] == values
        else:
            codes = np.searchsorted(self.cuts, values, side="right")
        return np.where(np.isnan(values), self.codes - 1, codes)

    def conditions(self) -> list[Condition]:
        """All conditions on this column alone that may tell a group, each with the codes for which it holds."""
        name, place = self.column.name, self.place
        if not self.numbers:
            return [Condition(place, name, code, code, value=key) for code, key in enumerate(self.keys)]
        last = self.codes - 2  # of numbers that are there
        missing = Condition(place, name, last + 1, last + 1)
        cuts = self.cuts
        if self.own:
            each = [Condition(place, name, 2 * i + 1, 2 * i + 1, value=_key(cut)) for i, cut in enumerate(cuts)]
            firsts = [2 * i + 1 for i in range(len(cuts))]
        else:
            ends: list[float | None] = [None, *cuts, None]
            each = [
                Condition(place, name, i, i, low=ends[i], high=ends[i + 1], numbers=True) for i in range(len(cuts) + 1)
            ]
            firsts = list(range(1, len(cuts) + 1))
        halves = []
        for first, cut in zip(firsts, cuts, strict=True):
            if self.own or first < last:  # the last bin is among `each` already
                halves.append(Condition(place, name, first, last, low=cut, numbers=True))
            if self.own or first > 1:
                halves.append(Condition(place, name, 0, first - 1, high=cut, numbers=True))
        if self.own:  # an end that holds one value or all of them says nothing new
            halves = [each for each in halves if not _of_one_value(each, last) and not _of_all(each, last)]
        return [*each, *halves, missing]

    def to_dict(self) -> dict[str, Any]:
        """What a report says of it."""
        about: dict[str, Any] = {"column": self.column.name, "kind": "numbers" if self.numbers else "words"}
        return {**about, "cuts": list(self.cuts)} if self.numbers else {**about, "values": len(self.keys)}


def _of_one_value(each: Condition, last: int) -> bool:
    return (each.low is not None and each.first == last - 1) or (each.high is not None and each.last <= 2)


def _of_all(each: Condition, last: int) -> bool:
    return (each.low is not None and each.first <= 1) or (each.high is not None and each.last >= last - 1)


def _key(number: float) -> Key:
    return int(number) if number.is_integer() and abs(number) < 1 << 53 else number


def coded(raw: RawValues, values: Array, place: int, bins: int, least: int) -> CodedColumn:
    """The codes of a column, given the values of a sample; of words those that at least so many rows have."""
    column = raw.column
    if not raw.numbers:
        counts = np.bincount(values, minlength=len(raw.keys))
        often = [(-int(count), str(key), key) for key, count in zip(raw.keys, counts, strict=True) if count >= least]
        often.sort(key=lambda each: each[:2])
        return CodedColumn(column, place, False, keys=tuple(key for _, _, key in often[:MOST_VALUES]))
    present = np.sort(values[~np.isnan(values)])
    if column.bins is not None:
        return CodedColumn(column, place, True, _edges(column.bins, present))
    distinct = present[np.flatnonzero(np.diff(present, prepend=np.nan) != 0.0)]
    if len(distinct) <= MOST_OWN:
        return CodedColumn(column, place, True, tuple((distinct + 0.0).tolist()), own=True)
    at = [len(present) * i // bins for i in range(1, bins)]
    cuts = sorted({float(present[i]) for i in at} - {float(present[0])})
    return CodedColumn(column, place, True, tuple(cut for cut in cuts if np.isfinite(cut)))


def _edges(bins: Bins, present: Array) -> tuple[float, ...]:
    """The lower ends of the bins that hold values, but for the first; of very many some."""
    numbers = np.unique(bins.numbers(present))
    ends = numbers[np.isfinite(numbers)][1:] * bins.top / bins.bottom
    return tuple(ends[:: -(-len(ends) // MOST_EDGES) or 1].tolist())


class _Codes(ColumnNumbers):
    """Codes of the words of a column: those that have none share the last."""

    def __init__(self, coded_column: CodedColumn) -> None:
        super().__init__(coded_column.column)
        self._codes = {_same(key): code for code, key in enumerate(coded_column.keys)}
        self.keys = [*coded_column.keys, "another value"]
        self._other = len(coded_column.keys)

    def number(self, key: Key) -> int:
        return self._codes.get(_same(key), self._other)


class _Floats:
    """The same of numbers, as an encoder of keys."""

    def __init__(self, coded_column: CodedColumn) -> None:
        self.column, self._coded = coded_column.column, coded_column
        self.keys = [f"a number of bin {code}" for code in range(coded_column.codes)]

    def numbers(self, values: Any, missing: Array | None) -> Array:
        floats = np.asarray(values, dtype=np.float64)
        if missing is not None:
            floats = np.where(missing, np.nan, floats)
        return self._coded.of_floats(floats)


def _same(key: Key) -> Any:
    return f"\0{key}" if isinstance(key, bool) else key


class RowCodes(GroupKeys):
    """The codes of rows in all columns; where several files have a column they must agree, as for --by."""

    def __init__(self, columns: Sequence[CodedColumn], frame: Frame) -> None:
        super().__init__([each.column for each in columns], frame)
        self._encoders = [_Floats(each) if each.numbers else _Codes(each) for each in columns]  # type: ignore[misc]

    def numbers(self, arrays: Mapping[str, Any], missing: Mapping[str, Array], start: int) -> Array:
        """The codes of the rows of a block, (columns, n)."""
        with self._lock:
            return np.stack([self._column(encoder, arrays, missing, start) for encoder in self._encoders])
