"""Domains of parameters: they check, they print themselves, and they give values outside themselves to the tests."""

from __future__ import annotations

import math
from typing import Literal

from ..record import record

inf = math.inf


@record
class Interval:
    """An interval of numbers; `closed` says which ends belong to it. An infinite end never does."""

    low: float
    high: float
    closed: Literal["both", "left", "right", "neither"] = "both"

    def _closed_at(self, end: float, side: str) -> bool:
        return math.isfinite(end) and self.closed in ("both", side)

    def contains(self, value: object) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
            return False
        above = value >= self.low if self._closed_at(self.low, "left") else value > self.low
        below = value <= self.high if self._closed_at(self.high, "right") else value < self.high
        return above and below

    def outside(self) -> list[float]:
        """Values just outside, for the tests of error sentences."""
        values: list[float] = [math.nan]
        if math.isfinite(self.low):
            values.append(self.low - 1 if self._closed_at(self.low, "left") else self.low)
        if math.isfinite(self.high):
            values.append(self.high + 1 if self._closed_at(self.high, "right") else self.high)
        return values

    def __str__(self) -> str:
        left = "[" if self._closed_at(self.low, "left") else "("
        right = "]" if self._closed_at(self.high, "right") else ")"
        return f"in {left}{self.low:g}, {self.high:g}{right}"


@record
class Choice:
    """One of a few named values."""

    values: tuple[str | int, ...]

    def __init__(self, *values: str | int) -> None:
        object.__setattr__(self, "values", values)

    def contains(self, value: object) -> bool:
        return not isinstance(value, bool) and value in self.values

    def outside(self) -> list[str | int]:
        return ["nonesuch"] if isinstance(self.values[0], str) else [-7]

    def __str__(self) -> str:
        return "one of " + ", ".join(str(v) for v in self.values)


@record
class Guard:
    """A guard against log 0: none, clip:E, add:E, clip+add:E, floor:E or clamp:L."""

    _MEANS = ("clip", "add", "clip+add", "clamp", "floor")

    @classmethod
    def parse(cls, text: str, eps: float) -> tuple[str, float]:
        """What it does and by how much; `eps` stands for the word."""
        means, _, amount = text.partition(":")
        return means, eps if amount == "eps" else float(amount or 0.0)

    def contains(self, value: object) -> bool:
        if value == "none":
            return True
        if not isinstance(value, str) or value.partition(":")[0] not in self._MEANS:
            return False
        try:
            means, amount = self.parse(value, 1e-7)
        except ValueError:
            return False
        return 0.0 < amount < (inf if means == "clamp" else 0.5)

    def outside(self) -> list[str]:
        return ["nonesuch", "clip", "clip:0.7", "add:0", "clamp:nan", "clip:x"]

    def __str__(self) -> str:
        return "none, clip:E, add:E, clip+add:E, floor:E or clamp:L, such as clip:1e-7"


@record
class AxesList:
    """Axes of an array as a text, such as 1,2."""

    def contains(self, value: object) -> bool:
        return isinstance(value, str) and all(part.removeprefix("-").isdecimal() for part in value.split(","))

    def outside(self) -> list[str]:
        return ["nonesuch", "", "1,", "1.5"]

    def __str__(self) -> str:
        return "numbers of axes with commas between, such as 1,2"


Domain = Interval | Choice | Guard | AxesList
