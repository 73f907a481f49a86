"""Types of run options. Each checks its values in one place, so that a bad one gets the same sentence on every road.

A type has a `rule`, which completes "NAME must be ..."; `parse` makes a value of text, as the command line and the
environment give it; `check` takes a value of Python, of TOML or of JSON. Both raise ValueError for a wrong one.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_YES_OR_NO = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class OptionType:
    """What types have in common: they take any text, and say of it what help and completion need."""

    completes, names_a_file = "", False  # completion offers columns, file, spec, loss, framework or report
    other_words: Mapping[str, str] = {}  # for some of the choices

    def rule(self) -> str:
        """What a value must be."""
        return "a text"

    def metavar(self) -> str:
        """How help writes the value, where the option has no word of its own."""
        return ""

    def parse(self, text: str) -> Any:
        """The value that a text stands for."""
        return self.check(text)

    def check(self, value: Any) -> Any:
        """The value in its one form; one that was parsed or checked before stays as it is."""
        if not isinstance(value, str):
            raise ValueError
        return value

    def choices(self) -> tuple[str, ...]:
        """All values, where there are a few."""
        return ()

    def limits(self) -> str:
        """What help says of the range."""
        return ""


class Text(OptionType):
    """A text as it is; `completes` says what completion offers for it."""

    def __init__(self, completes: str = "") -> None:
        self.completes = completes


class FilePath(OptionType):
    """The path of a file that is read or written; no file of options may choose it."""

    completes, names_a_file = "file", True


class DataFile(OptionType):
    """A SPEC; in Python also an array, a DataFrame or what else holds data."""

    completes, names_a_file = "spec", True

    def rule(self) -> str:
        return ""  # it takes anything, and what opens the data refuses what is none

    def check(self, value: Any) -> Any:
        return value


class Words(OptionType):
    """One of a few words, or of what a function gives when it is needed; `also` are other words for some of them."""

    def __init__(self, words: Iterable[str] | Callable[[], Iterable[str]], also: Mapping[str, str] = {}) -> None:
        self._words, self.other_words = words, also

    def choices(self) -> tuple[str, ...]:
        if callable(self._words):
            self._words = self._words()
        return tuple(self._words)

    def rule(self) -> str:
        return f"one of {', '.join(self.choices())}"

    def metavar(self) -> str:
        return f"[{'|'.join(self.choices())}]"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or (word := self.other_words.get(value, value)) not in self.choices():
            raise ValueError
        return word


class Names(OptionType):
    """Names: a list of them, or a text with commas between."""

    def __init__(self, completes: str = "") -> None:
        self.completes = completes

    def rule(self) -> str:
        return "names, in a list or with commas between them"

    def check(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(value.split(",")) if value else ()
        if type(value) is int:
            return (str(value),)
        if not isinstance(value, Iterable):
            raise ValueError
        names = tuple(str(each) if type(each) is int else each for each in value)  # columns and classes may be numbers
        if not all(isinstance(name, str) for name in names):
            raise ValueError
        return names


class ConditionText(OptionType):
    """A condition on a column, such as split=val; it stays the text that it is."""

    def rule(self) -> str:
        return "COLUMN=VALUE, such as split=val (or !=, <, <=, >, >=; a gap or NaN never matches)"

    def check(self, value: Any) -> str:
        from ...sources.row_filter.conditions import Condition

        if not isinstance(value, str):
            raise ValueError
        return Condition.of(value).text


class Flag(OptionType):
    """True or false."""

    def rule(self) -> str:
        return "true or false"

    def parse(self, text: str) -> bool:
        if text.lower() not in _YES_OR_NO:
            raise ValueError
        return _YES_OR_NO[text.lower()]

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value


class YesNo(Flag):
    """True or false, or not said: an option that has its own opposite."""


class Whole(OptionType):
    """A whole number within limits, which belong to it."""

    def __init__(self, low: int, high: int | None = None) -> None:
        self.low, self.high = low, high

    def rule(self) -> str:
        return f"a whole number from {self.low}" + ("" if self.high is None else f" to {self.high}")

    def limits(self) -> str:
        return f"x>={self.low}" if self.high is None else f"{self.low}<=x<={self.high}"

    def parse(self, text: str) -> int:
        return self.check(int(text))

    def check(self, value: Any) -> int:
        if isinstance(value, bool):
            raise ValueError
        try:
            number = operator.index(value)
        except TypeError:
            raise ValueError from None
        if number < self.low or (self.high is not None and number > self.high):
            raise ValueError
        return number


class Number(OptionType):
    """A number of at least `low`."""

    def __init__(self, low: float = -math.inf) -> None:
        self.low = low

    def rule(self) -> str:
        return "a number" if math.isinf(self.low) else f"a number of at least {self.low:g}"

    def parse(self, text: str) -> float:
        return self.check(float(text))

    def check(self, value: Any) -> float:
        number = plain_number(value)
        if math.isnan(number) or not (math.isinf(self.low) or self.low <= number < math.inf):
            raise ValueError
        return number


class NumberAsWritten(OptionType):
    """A number whose digits say how exactly it is known, so that a text stays a text."""

    def rule(self) -> str:
        return "a number"

    def check(self, value: Any) -> str | float:
        from decimal import Decimal, InvalidOperation

        if not isinstance(value, str):
            return plain_number(value)
        try:
            Decimal(value)
        except InvalidOperation:
            raise ValueError from None
        return value


class Level(OptionType):
    """A level of confidence: 0.95, 95, or as text 95%. What comes out is a fraction."""

    def rule(self) -> str:
        return "a level of confidence, such as 95 or 0.95"

    def parse(self, text: str) -> float:
        text = text.strip()
        if not text.endswith("%"):
            return self.check(float(text))
        percent = float(text[:-1])
        if not 0.0 < percent < 100.0:
            raise ValueError
        return percent / 100.0

    def check(self, value: Any) -> float:
        if isinstance(value, str):
            return self.parse(value)
        number = plain_number(value)
        level = number / 100.0 if number > 1.0 else number
        if not 0.0 < level < 1.0:
            raise ValueError
        return level


class Share(Number):
    """A number of at least 0, or as text a percentage."""

    def __init__(self) -> None:
        super().__init__(0.0)

    def rule(self) -> str:
        return "a number of at least 0, or a percentage such as 0.5%"

    def check(self, value: Any) -> float:
        if isinstance(value, str):
            text = value.strip()
            return super().check(float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0))
        return super().check(value)


class Margin(OptionType):
    """A rise that does not matter: a number, or as text also a percentage of the base's loss."""

    def rule(self) -> str:
        return "a number of at least 0, such as 0.01, or a percentage of the base's loss, such as 0.5%"

    def check(self, value: Any) -> tuple[str, float]:
        """("absolute", the rise) or ("relative", the share of the base's loss)."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        number = float(text.removesuffix("%"))
        if not 0.0 <= number < math.inf:
            raise ValueError
        return ("relative", number / 100.0) if text.endswith("%") else ("absolute", number)


class Size(OptionType):
    """A number of bytes: 300000, or as text also 512M, 2G, 1.5GiB."""

    def rule(self) -> str:
        return "a size, such as 512M or 2G"

    def check(self, value: Any) -> int:
        if isinstance(value, bool):
            raise ValueError
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", str(value).strip().upper())
        if match is None or float(match[1]) == 0:
            raise ValueError
        return int(float(match[1]) * _UNITS[match[2]])


def plain_number(value: Any) -> float:
    """The float that a number of Python or NumPy is."""
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return float(value)
