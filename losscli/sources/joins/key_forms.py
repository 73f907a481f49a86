"""The forms that a column of keys is brought into, so that equal keys of two files become equal bits.

Whole numbers and texts: a column is tried as whole numbers first. A text is one only if it is plain decimal, as the
number itself would be written (7, but not 007), or if the whole column is written as floats that are whole (1.0, 2.0).
Times: instants, whatever their unit; text beside them is read as ISO 8601. Booleans: text beside them is true or false.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from .ragged import as_arrow, decimals, taken, whole_numbers

Part = Array | Ragged
TIME = "datetime64["  # how the dtype of times starts; after the unit comes ", UTC" where they have a zone

_SIGN = np.uint64(1 << 63)
_UNITS = {"microseconds": "us", "nanoseconds": "ns"}
_FACTORS = {"D": 86400 * 10**9, "h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
_WIDER = {"signed": "unsigned", "unsigned": "text", "microseconds": "nanoseconds"}
_ZONE = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T].*)?")
_EXACT = {2: 1 << 11, 4: 1 << 24, 8: 1 << 53}  # floats of so many bytes hold every whole number up to here
_BOOLEANS = {"true": 1, "false": 0, "1": 1, "0": 0}


class Wider(Exception):
    """A column holds keys that do not fit the form it is tried as."""

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self.column = column


class BadKey(Exception):
    """A key that can be none beside those of the other file; `index` counts from the start of the part."""

    def __init__(self, index: int, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.index, self.what, self.hint = index, what, hint


@record
class KeyForm:
    """What a column is tried as: signed, unsigned, text, boolean, microseconds or nanoseconds.

    `zoned` is whether instants belong to a time zone; `beside` names the column whose type asks for this form.
    """

    name: str
    zoned: bool = False
    beside: str = ""

    def wider(self, column: int) -> KeyForm:
        """The form to try next."""
        if self.name not in _WIDER:
            raise Wider(column)
        return KeyForm(_WIDER[self.name], self.zoned, self.beside)


def first_form(types: tuple[str, str], names: tuple[str, str]) -> KeyForm | str:
    """The form to try first for two columns of these types, or a sentence why their keys cannot be compared."""
    times = [each.startswith(TIME) for each in types]
    if any(times):
        at = times.index(True)
        zoned = [each.endswith("UTC]") for each in types]
        if all(times) and zoned[0] != zoned[1]:
            here, there = names if zoned[0] else names[::-1]
            return f"The times of {here} have a time zone and those of {there} have none"
        if not all(times) and types[1 - at] != "text":
            return f"{names[at]} holds dates or times and {names[1 - at]} holds {types[1 - at]}"
        return KeyForm("microseconds", zoned[at], names[at])
    if "bool" in types:
        return KeyForm("boolean", beside=names[types.index("bool")])
    return KeyForm("signed")


def in_form(part: Part, form: KeyForm, column: int) -> Part:
    """A column's keys as numbers that sort as they do, or as text."""
    if form.name in _UNITS:
        return _instants(part, form, column).view(np.uint64) ^ _SIGN
    if form.name == "boolean":
        return _booleans(part, form)
    if not isinstance(part, Ragged):
        part = _whole(part)
    if form.name == "text":
        return part if isinstance(part, Ragged) else decimals(part)
    dtype = "int64" if form.name == "signed" else "uint64"
    if isinstance(part, Ragged):
        numbers = whole_numbers(part, dtype)
        if numbers is None:
            raise Wider(column)
    else:
        if len(part) and (part.max() > np.iinfo(np.int64).max if form.name == "signed" else part.min() < 0):
            raise Wider(column)
        numbers = part.astype(dtype)
    return numbers.view(np.uint64) ^ _SIGN if form.name == "signed" else numbers


def _whole(numbers: Array) -> Array:
    """Whole floats as integers."""
    if numbers.dtype.kind != "f":
        return numbers
    wrong = ~(np.floor(numbers) == numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadKey(row, f"is the key {numbers[row]!s}, which is no whole number", "Write such keys as text.")
    most = _EXACT[numbers.dtype.itemsize]
    if len(numbers) and (large := np.abs(numbers) > most).any():
        row = int(np.argmax(large))
        what = f"is the key {numbers[row]!s}, and beyond {most} a float may stand for several whole numbers"
        raise BadKey(row, what, "Save the keys as whole numbers or as text.")
    return numbers.astype(np.int64)


def _booleans(part: Part, form: KeyForm) -> Array:
    if not isinstance(part, Ragged):
        values = _whole(part)
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise BadKey(row, f"is the key {values[row]}, and {form.beside} holds true and false")
        return values.astype(np.uint64)
    encoded = as_arrow(part).dictionary_encode()
    words = [word.decode("utf-8", "replace") for word in encoded.dictionary.to_pylist()]
    numbers = np.array([_BOOLEANS.get(word.lower(), 2) for word in words] or [0], dtype=np.uint64)
    values = numbers[np.frombuffer(encoded.indices.buffers()[1], np.int32, len(part), encoded.indices.offset * 4)]
    if (wrong := values == 2).any():
        row = int(np.argmax(wrong))
        raise BadKey(row, f"is the key '{word_at(part, row)}', and {form.beside} holds true and false")
    return values


def _instants(part: Part, form: KeyForm, column: int) -> Array:
    """Times as a count of microseconds or nanoseconds since 1970."""
    unit = _UNITS[form.name]
    if isinstance(part, Ragged):
        return _read_times(part, form, column)
    if np.datetime_data(part.dtype)[0] not in _FACTORS:  # months, ...
        part = part.astype("datetime64[D]")
    own, step = np.datetime_data(part.dtype)
    values: Array = np.ascontiguousarray(part).view(np.int64)
    if own == unit and step == 1:
        return values
    if own == "ns":  # here the form is microseconds
        if (values % (1000 // step)).any():
            raise Wider(column)
        return values // (1000 // step)
    factor = step * _FACTORS[own] // _FACTORS[unit]
    if (far := np.abs(values) > np.iinfo(np.int64).max // factor).any():
        raise BadKey(int(np.argmax(far)), "is a time too far from 1970 to be compared with the other file's")
    return values * factor


def _read_times(texts: Ragged, form: KeyForm, column: int) -> Array:
    """Text as ISO 8601, each with an offset where the times have a zone, and without one where they have none."""
    import pyarrow as pa

    if not len(texts):
        return np.zeros(0, dtype=np.int64)
    kind = pa.timestamp(_UNITS[form.name], "UTC" if form.zoned else None)
    words = as_arrow(texts).view("large_string")
    try:
        read = words.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        row = _first_unread(words, kind)
        word = word_at(texts, row)
        if form.name == "microseconds" and re.search(r"\.\d{7,9}", word):
            raise Wider(column) from None
        raise _no_time(row, word, form) from None
    values: Array = np.frombuffer(read.buffers()[1], np.int64, len(read), read.offset * 8)
    return values


def _first_unread(words: Any, kind: Any) -> int:
    """The first text that is no time of this kind: the runs that can be read are halved away."""
    import pyarrow as pa

    start, stop = 0, len(words)
    while stop - start > 1:
        half = (start + stop) // 2
        try:
            words.slice(start, half - start).cast(kind)
            start = half
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            stop = half
    return start


def _no_time(row: int, word: str, form: KeyForm) -> BadKey:
    said = f"is the key '{word}'"
    if _DATE.fullmatch(word) and bool(_ZONE.search(word[10:])) != form.zoned:
        has = ("has no time zone", "have one") if form.zoned else ("has a time zone", "have none")
        return BadKey(row, f"{said}, which {has[0]}, and the times of {form.beside} {has[1]}", ZONE_HINT)
    what = f"{said}, no date or time as ISO 8601 writes it, and {form.beside} holds dates or times"
    return BadKey(row, what, "Write it as 2024-01-31 or 2024-01-31 08:30:00.")


ZONE_HINT = "Without the zone they are no instants: save both with one, or both without."


def word_at(texts: Ragged, row: int) -> str:
    """A text, for messages."""
    return shown(taken(texts, np.array([row])).values.tobytes().decode("utf-8", "backslashreplace"), 60)


def key_word(part: Part, row: int) -> str:
    """A key as messages show it: texts in quotes, times as ISO 8601 writes them."""
    if isinstance(part, Ragged):
        return f"'{word_at(part, row)}'"
    value = part[row]
    if part.dtype.kind == "M":
        text = str(np.datetime_as_string(value))
        return re.sub(r"(?:T00:00:00)?\.0+$|T00:00:00$|\.0+$", "", text)
    if part.dtype.kind == "b":
        return "true" if value else "false"
    return str(int(value)) if part.dtype.kind in "iu" else str(value)
