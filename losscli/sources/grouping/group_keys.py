"""The group of every row as a number: keys are numbered as they are first seen, column by column."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.safe_text import shown
from ...core.scratch import Array, like
from ..columns.candidates import BY
from ..frame import Frame
from ..joins.ragged import as_arrow, from_strings
from .group_columns import GroupColumn

Key = None | bool | int | float | str

_TABLE = 1 << 23  # whole numbers in a range of so many are looked up in a table
_NEW = -2  # in such a table: a number that is seen for the first time
_ROOM = 1 << 20  # tuples that are told apart by a table
_WHOLE = 1 << 53  # floats below are whole numbers without doubt


class ColumnNumbers:
    """Values of one column as numbers from 0, in the order in which they come; `keys` are the values."""

    def __init__(self, column: GroupColumn) -> None:
        self.column = column
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        self._low = 0
        self._table: Array = np.zeros(0, dtype=np.int32)

    def numbers(self, values: Any, missing: Array | None) -> Array:
        """The number of each value; what is missing, NaN or empty is one key, None."""
        if isinstance(values, np.ndarray) and values.dtype.kind in "US":
            values = from_strings(values)
        if isinstance(values, Ragged):
            empty = values.sizes == 0
            return self._texts(values, empty if missing is None else empty | missing)
        values = np.asarray(values)
        if self.column.classes:
            return self._distinct(values, missing, self._class_name)
        if values.dtype.kind == "M":
            times = np.isnat(values)
            return self._distinct(values, times if missing is None else times | missing, time_text)
        if self.column.bins is not None:
            values = self.column.bins.numbers(values.astype(np.float64))
        if values.dtype.kind == "b":
            return self._distinct(values, missing, bool)
        return self._numeric(values, missing)

    def number(self, key: Key) -> int:
        """The number of one key."""
        number = self._numbers.get(key if not isinstance(key, bool) else f"\0{key}")
        if number is None:
            number = len(self.keys)
            self._numbers[key if not isinstance(key, bool) else f"\0{key}"] = number
            self.keys.append(key)
        return number

    def _class_name(self, value: Any) -> Key:
        number = int(value)
        return self.column.classes[number] if 0 <= number < len(self.column.classes) else number

    def _texts(self, texts: Ragged, missing: Array) -> Array:
        encoded = as_arrow(texts).dictionary_encode()
        words = encoded.dictionary.to_pylist()
        keys = [key_of_text(word.decode("utf-8", "backslashreplace")) if word else None for word in words]
        mapped = np.array([self.number(key) for key in keys] or [0], dtype=np.int64)
        index: Array = np.frombuffer(encoded.indices.buffers()[1], np.int32, len(texts), encoded.indices.offset * 4)
        return self._without(mapped[index], missing)

    def _without(self, numbers: Array, missing: Array | None) -> Array:
        if missing is not None and missing.any():
            numbers = np.where(missing, self.number(None), numbers)
        return numbers

    def _numeric(self, values: Array, missing: Array | None) -> Array:
        if values.dtype.kind == "f":
            nan = np.isnan(values)
            if nan.any():
                missing = nan if missing is None else nan | missing
            filled = np.where(nan, 0.0, values) if nan.any() else values
            if not (np.abs(filled) < _WHOLE).all() or not (np.floor(filled) == filled).all():
                return self._distinct(filled, missing, _of_float)
            values = filled.astype(np.int64)
        if missing is not None and missing.any():
            if missing.all():
                return np.full(len(values), self.number(None), dtype=np.int64)
            values = np.where(missing, values[int(np.argmin(missing))], values)
        if len(values) and (numbers := self._looked_up(values)) is not None:
            return self._without(numbers, missing)
        return self._distinct(values, missing, int)

    def _looked_up(self, values: Array) -> Array | None:
        """By a table of all whole numbers in their range; None where the range is too wide."""
        low, high = int(values.min()), int(values.max())
        if high >= 1 << 62 or low < -1 << 62:
            return None
        if len(self._table):
            low, high = min(low, self._low), max(high, self._low + len(self._table) - 1)
        if high - low >= _TABLE:
            return None
        if not len(self._table) or low < self._low or high >= self._low + len(self._table):
            room = min(_TABLE, max(high - low + 1, 2 * len(self._table)))
            table = np.full(room, -1, dtype=np.int32)
            table[self._low - low : self._low - low + len(self._table)] = self._table
            self._low, self._table = low, table
        places = np.subtract(values, self._low, out=like("group places", values, np.int64), dtype=np.int64)
        numbers = np.take(self._table, places, out=like("group numbers", values, np.int32), mode="clip")
        if int(numbers.min()) < 0:
            self._table[places[numbers < 0]] = _NEW
            for place in np.flatnonzero(self._table == _NEW).tolist():
                self._table[place] = self.number(place + self._low)
            np.take(self._table, places, out=numbers, mode="clip")
        return numbers.astype(np.int64)

    def _distinct(self, values: Array, missing: Array | None, key: Any) -> Array:
        if missing is not None and missing.all():
            return np.full(len(values), self.number(None), dtype=np.int64)
        present = values if missing is None else values[~missing]
        distinct, inverse = np.unique(present, return_inverse=True)
        mapped = np.array([self.number(key(value)) for value in distinct], dtype=np.int64)
        if missing is None:
            return np.asarray(mapped[inverse])
        numbers = np.full(len(values), self.number(None) if missing.any() else 0, dtype=np.int64)
        numbers[~missing] = mapped[inverse]
        return numbers


def key_of_text(text: str) -> Key:
    """A text as the key that it is: 7 and 7.5 are numbers, 007 is a text."""
    if text[0] not in "-0123456789":
        return text
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:
            return _of_float(number) if isinstance(number, float) else number
    return text


def _of_float(value: Any) -> Key:
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < _WHOLE else number


def time_text(value: Any) -> Key:
    """A time as ISO 8601 writes it, a whole day as its date."""
    text = str(np.datetime_as_string(value))
    return (text.rstrip("0").rstrip(".") if "." in text else text).removesuffix("T00:00:00")


class GroupKeys:
    """The groups of a frame's rows; blocks may come from any thread, in any order."""

    def __init__(self, columns: Sequence[GroupColumn], frame: Frame) -> None:
        self.columns = tuple(columns)
        self._frame = frame
        self._encoders = [ColumnNumbers(column) for column in columns]
        self._groups: dict[tuple[int, ...], int] = {}
        self._known: list[tuple[int, ...]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._encoders[0].keys) if len(self._encoders) == 1 else len(self._known)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are read for groups alone."""
        return frozenset(role for column in self.columns for role in column.roles if role.startswith(BY))

    def key(self, group: int) -> tuple[Key, ...]:
        """The values of a group's columns; bins by their numbers."""
        if len(self._encoders) == 1:
            return (self._encoders[0].keys[group],)
        return tuple(encoder.keys[n] for encoder, n in zip(self._encoders, self._known[group], strict=True))

    def numbers_of(self, keys: Sequence[tuple[Key, ...]]) -> Array:
        """The groups of these keys, new ones among them."""
        with self._lock:
            numbers = [tuple(each.number(k) for each, k in zip(self._encoders, key, strict=True)) for key in keys]
            groups = [own[0] for own in numbers] if len(self._encoders) == 1 else list(map(self._group, numbers))
        return np.array(groups, dtype=np.int64)

    def numbers(self, arrays: Mapping[str, Any], missing: Mapping[str, Array], start: int) -> Array:
        """The group of each row of a block that starts at this row."""
        with self._lock:
            parts = [self._column(encoder, arrays, missing, start) for encoder in self._encoders]
            return parts[0] if len(parts) == 1 else self._tuples(parts)

    def _column(
        self, encoder: ColumnNumbers, arrays: Mapping[str, Any], missing: Mapping[str, Array], start: int
    ) -> Array:
        first, *others = encoder.column.roles
        numbers = encoder.numbers(arrays[first], _rows(missing.get(first)))
        for other in others:
            theirs = encoder.numbers(arrays[other], _rows(missing.get(other)))
            if (unlike := numbers != theirs).any():
                at = int(np.argmax(unlike))
                keys = [shown(str(encoder.keys[int(each[at])])) for each in (numbers, theirs)]
                names = [self._frame.file(role) for role in (first, other)]
                raise DataProblem(
                    f"--by {shown(encoder.column.name)}: {names[0]} and {names[1]} both have this column, and in "
                    f"{self._frame.place(first, start + at)} one says {keys[0]} and the other {keys[1]}.",
                    "Rename the column in one of them, or leave it out there.",
                    kind="contradiction",
                    options=("by",),
                )
        return numbers

    def _tuples(self, parts: list[Array]) -> Array:
        """The number of each tuple of keys."""
        joined, room = parts[0], int(parts[0].max(initial=0)) + 1
        for part in parts[1:]:
            span = int(part.max(initial=0)) + 1
            room *= span
            if room >= 1 << 62:
                rows, inverse = np.unique(np.stack(parts, axis=1), axis=0, return_inverse=True)
                return self._mapped(rows)[inverse.reshape(-1)]
            joined = joined * span + part
        if room <= _ROOM:  # no sorting: the last row of each tuple stands for it
            place = np.full(room, -1, dtype=np.int64)
            place[joined] = np.arange(len(joined))
            some = place[place >= 0]
            place[joined[some]] = self._mapped(np.stack([part[some] for part in parts], axis=1))
            return np.asarray(place[joined])
        _, first, inverse = np.unique(joined, return_index=True, return_inverse=True)
        return self._mapped(np.stack([part[first] for part in parts], axis=1))[inverse]

    def _mapped(self, rows: Array) -> Array:
        return np.array([self._group(tuple(row)) for row in rows.tolist()], dtype=np.int64)

    def _group(self, numbers: tuple[int, ...]) -> int:
        group = self._groups.setdefault(numbers, len(self._known))
        if group == len(self._known):
            self._known.append(numbers)
        return group


def _rows(missing: Array | None) -> Array | None:
    return missing if missing is None or missing.ndim == 1 else np.asarray(missing.any(axis=1))
