"""What tells a group: a condition on each of one to three columns, in words, as data and as codes of values."""

from __future__ import annotations

import math
import shlex
from typing import Any

from ...core.record import record
from ...core.safe_text import shown
from ...sources.grouping.group_keys import Key

MOST_CONDITIONS = 3


@record
class Condition:
    """A condition on a column: one value, or numbers from `low` on and below `high`.

    `first` and `last` are the codes of the values for which it holds, and `column` is the column's place.
    """

    column: int
    name: str
    first: int
    last: int
    value: Key = None
    low: float | None = None
    high: float | None = None
    numbers: bool = False  # whether it is a range of numbers

    @property
    def text(self) -> str:
        """The condition as people read it, and as --where takes it where it is about one end or one value."""
        name = shown(self.name)
        if not self.numbers:
            return f"{name} is missing" if self.value is None else f"{name}={_shown(self.value)}"
        if self.low is None:
            return f"{name}<{_shown(self.high)}"
        return f"{name}>={_shown(self.low)}" + ("" if self.high is None else f" and {name}<{_shown(self.high)}")

    def where(self) -> list[str] | None:
        """What --where takes to choose these rows; None where a value is missing, which no condition matches."""
        if not self.numbers:
            return None if self.value is None else [f"{self.name}={_shown(self.value)}"]
        ends = (("<", self.high), (">=", self.low))
        return [f"{self.name}{sign}{_shown(end)}" for sign, end in ends if end is not None]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        if self.numbers:
            return {"column": shown(self.name), "low": self.low, "high": self.high}
        value = self.value
        if isinstance(value, str):
            value = shown(value)
        return {"column": shown(self.name), "value": repr(value) if _endless(value) else value}

    def holds_within(self, other: Condition) -> bool:
        """Whether it holds only where the other one does."""
        return self.column == other.column and other.first <= self.first and self.last <= other.last


Conditions = tuple[Condition, ...]


def words(conditions: Conditions) -> str:
    """A group in plain words."""
    return " and ".join(each.text for each in conditions)


def where_words(conditions: Conditions) -> list[str] | None:
    """The conditions of --where that choose its rows; None where there are none for it."""
    parts = [each.where() for each in conditions]
    return None if any(part is None for part in parts) else [text for part in parts for text in part or ()]


def command_words(conditions: Conditions) -> str:
    """The same as a shell takes them."""
    return " ".join(f"--where {shlex.quote(text)}" for text in where_words(conditions) or ())


def nested(inner: Conditions, outer: Conditions) -> bool:
    """Whether each row of the one group is also of the other, by what tells them."""
    return inner != outer and all(any(own.holds_within(each) for own in inner) for each in outer)


def parents(conditions: Conditions) -> list[Conditions]:
    """The groups with one condition less."""
    if len(conditions) < 2:
        return []
    return [conditions[:i] + conditions[i + 1 :] for i in range(len(conditions))]


def _endless(value: Key) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    return shown(str(value))
