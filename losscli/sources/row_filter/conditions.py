"""One condition of `--where`: as it is typed, and on the values of a column."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..table import Pick, Table

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "!=": operator.ne, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "=": operator.eq, "<": operator.lt,
    ">": operator.gt,
}  # fmt: skip
_TYPED = re.compile(r"(.+?)(!=|<=|>=|==|=|<|>)(.+)", re.DOTALL)
# an operator and a value that are signs of other languages: <>, =<, =>, ===, !==
_MISSPELLED = re.compile(r"< >.*|= [<>]\s*[-+.\d].*|(?:[<>]=|[=!]=|>) [<>=!].*", re.DOTALL)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_DATED = re.compile(r"\d{4}(-\d\d|\Z)", re.ASCII)
_SEEN = 5  # values that a message shows


@record
class Condition:
    """COLUMN, an operator, VALUE. `number` is the value where it is one."""

    text: str
    column: str
    operator: str
    value: str
    number: int | float | None

    @classmethod
    def of(cls, text: str) -> Condition:
        """The condition of a text; a ValueError if it is none."""
        typed = _TYPED.fullmatch(text)
        if typed is None or not typed[1].strip():
            raise ValueError
        column, sign, value = typed[1].strip(), typed[2], typed[3].strip()
        if not value or value.lower() in ("nan", "null", "none") or _MISSPELLED.fullmatch(f"{sign} {value}"):
            raise ValueError
        return cls(text, column, sign, value, _number(value))

    @property
    def ordered(self) -> bool:
        """Whether it asks what comes before or after."""
        return self.operator in ("<", "<=", ">", ">=")

    def compare(self, value: Any, other: Any) -> Any:
        """Whether it holds between two values, or arrays of them."""
        return _OPERATORS[self.operator](value, other)


def _number(text: str) -> int | float | None:
    try:
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    except ValueError:
        return None


class Test:
    """A condition on one column. Nulls, empty texts and NaN never match."""

    def __init__(
        self,
        condition: Condition,
        value: Any,
        classes: tuple[str, ...] = (),
        decimal: str | None = None,
        name: str = "",
    ) -> None:
        self.condition, self._value, self._classes = condition, value, classes
        self._decimal = decimal  # the decimal sign of a column of numbers that is read as text
        self._name = name  # of the column, with its file
        self._instant = None if condition.number is not None else instant_of(condition.value)
        self.seen: list[str] = []  # a few of the values

    def holds(self, array: Any, missing: Array | None, start: int) -> Array:
        """Whether it holds, row by row; `start` is the row of the first."""
        from ..joins.ragged import from_strings

        if not isinstance(array, Ragged) and array.dtype.kind in "US":
            array = from_strings(array)
        if self._classes:
            result = np.array([self._of_text(name) for name in self._classes])[np.asarray(array, dtype=np.int64)]
            self._see(self._classes)
        elif isinstance(array, Ragged):
            result = self._of_texts(array)
        else:
            values = np.asarray(array)
            result = self.condition.compare(values, self._value)
            if values.dtype.kind == "f":
                result &= ~np.isnan(values)
            elif values.dtype.kind == "M":
                result &= ~np.isnat(values)
            if len(self.seen) < _SEEN:
                self._see(str(each) for each in values[:64].tolist())
        return result if missing is None else result & ~missing

    def _see(self, words: Any) -> None:
        for word in words:
            if len(self.seen) < _SEEN and word and shown(word, 40) not in self.seen:
                self.seen.append(shown(word, 40))

    def _of_texts(self, texts: Ragged) -> Array:
        """Each different text is looked at once."""
        from ..joins.ragged import as_arrow

        encoded = as_arrow(texts).dictionary_encode()
        words = [word.decode("utf-8", "replace") for word in encoded.dictionary.to_pylist()]
        self._see(words)
        if self._decimal is None or not words:
            known = np.array([self._of_text(word) for word in words] or [False])
        else:
            known = self._of_cells(words, self._decimal)
        codes = np.frombuffer(encoded.indices.buffers()[1], np.int32, len(encoded), encoded.indices.offset * 4)
        result: Array = known[codes]
        return result

    def _of_text(self, word: str) -> bool:
        if not word:
            return False
        condition, number = self.condition, self.condition.number
        if word.strip().lower() in ("true", "false") and condition.value.lower() in _BOOLEANS:
            if condition.ordered:
                raise _refused(condition, f"{self._name} holds true and false")
            return bool(condition.compare(_BOOLEANS[word.strip().lower()], _BOOLEANS[condition.value.lower()]))
        if self._instant is not None:
            return self._of_time(word, self._instant)
        if number is None:
            return bool(condition.compare(word, condition.value))
        own = _number(word.strip())
        if isinstance(own, float) and math.isnan(own):
            return False
        if own is None:  # a word is neither before nor after a number, nor is it one
            return condition.operator == "!="
        return bool(condition.compare(own, number))

    def _of_time(self, word: str, instant: datetime) -> bool:
        """A text beside a date or a time: as instants where it is one too. Without a zone an instant is of UTC."""
        own = instant_of(word.strip())
        if own is None and not self.condition.ordered:
            return bool(self.condition.compare(word, self.condition.value))
        if own is None:
            what = f"holds {shown(word, 40)!r}, which is no date or time as ISO 8601 writes it, such as 2024-01-31"
            raise _refused(self.condition, f"{self._name} {what}")
        if instant.tzinfo is not None and own.tzinfo is None:
            raise _refused(self.condition, f"{self._name} holds times without a time zone, and the value has one")
        return bool(self.condition.compare(_in_utc(own), _in_utc(instant)))

    def _of_cells(self, words: list[str], decimal: str) -> Array:
        """The same of cells among numbers, as the reader of numbers takes them."""
        import pyarrow as pa

        from ..formats.arrow_to_numpy import numbers
        from ..formats.csv.csv_dialect import NULL_TEXTS, is_number
        from ..formats.text_numbers import odd_numbers

        cells = [word.strip(" \t") for word in words]
        numeric = np.array([cell in NULL_TEXTS or is_number(cell, decimal) for cell in cells])
        chosen = [cell for cell, is_one in zip(cells, numeric, strict=True) if is_one]
        values, missing = numbers(odd_numbers(pa.array(chosen, pa.string()), NULL_TEXTS, decimal))
        result = np.full(len(words), self.condition.operator == "!=")
        result[numeric] = self.condition.compare(values, self._value) & ~np.isnan(values)
        if missing is not None:
            result[np.flatnonzero(numeric)[missing]] = False
        return result


def test_of(condition: Condition, table: Table, pick: Pick) -> Test:
    """The condition on a column of a table."""
    name = f"{table.name} column {shown(condition.column)}"
    if pick.classes:
        return Test(condition, condition.value, pick.classes)
    field = table.describe(pick)
    if len(field.shape) > 1:
        raise _refused(condition, f"{name} holds more than one value a row")
    if field.dtype == "text":
        decimal = table.decimal_of(condition.column) if hasattr(table, "decimal_of") else None
        if condition.number is not None:
            return Test(condition, condition.number, decimal=decimal, name=name)
        if condition.ordered and decimal is not None:
            raise _refused(condition, f"{name} holds numbers, and {shown(condition.value)} is no number")
        return Test(condition, condition.value, name=name)
    if field.dtype == "bool":
        if condition.value.lower() not in _BOOLEANS or condition.ordered:
            raise _refused(condition, f"{name} holds true and false")
        return Test(condition, _BOOLEANS[condition.value.lower()])
    if field.dtype.startswith("datetime64["):
        return Test(condition, _time(condition, name, zoned=field.dtype.endswith("UTC]")))
    if condition.number is None:
        raise _refused(condition, f"{name} holds {field.dtype}, and {shown(condition.value)} is no number")
    return Test(condition, condition.number)


def _refused(condition: Condition, why: str) -> UsageProblem:
    return UsageProblem(f"--where {shown(condition.text)}: {why}.", kind="bad_option", options=("where",))


def _time(condition: Condition, name: str, *, zoned: bool) -> Any:
    """The instant of a value, to compare with those of a column of dates or times."""
    instant = instant_of(condition.value)
    if instant is None:
        raise _refused(condition, f"{name} holds dates or times, and the value is none, such as 2024-01-31")
    if instant.tzinfo is not None and not zoned:
        raise _refused(condition, f"{name} holds times without a time zone, and the value has one")
    return np.datetime64(_in_utc(instant), "us")


def instant_of(text: str) -> datetime | None:
    """The instant of a text as ISO 8601 writes it: 2024, 2024-01, 2024-01-31T08:30:00Z; None where it is none."""
    if not _DATED.match(text):
        return None
    try:
        return datetime.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        return None


def _in_utc(instant: datetime) -> datetime:
    """The instant without its zone; one without a zone is of UTC."""
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)
