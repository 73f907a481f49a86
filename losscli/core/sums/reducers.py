"""Values that are no functions of means: the largest of a term, its quantile, the pinball loss of that quantile.

A reducer has the verbs of a `State`: `of` maps a block, `+=` merges, `value` finishes. A loss names the one it needs
(`Loss.reduce`) and holds none of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import DataProblem
from ..record import record
from ..scratch import Array

if TYPE_CHECKING:
    from .ordered_values import OrderedValues


@record
class Reducer:
    """What is made of a term over all rows: the `largest`, the `quantile` of a level, or the `pinball` loss of that.

    A `window` says between which two values the quantile is known to lie: all others are counted as below or above.
    """

    name: str
    level: float = 0.5
    window: tuple[float, float] | None = None

    def of(self, values: Array, mass: Array | None) -> Reduced:
        """The reduced values of a block: `values` (n,) before weights, and what each row counts for."""
        reduced = self.nothing()
        reduced.add(values, mass)
        return reduced

    def nothing(self) -> Reduced:
        """The same of no rows."""
        return Largest(self) if self.name == "largest" else Ordered(self)

    @classmethod
    def restored(cls, data: dict[str, Any]) -> Reduced:
        """What `Reduced.to_dict` wrote."""
        reducer = cls(str(data["reducer"]), float(data["level"]))
        if reducer.name == "largest":
            return Largest(reducer, None if data["largest"] is None else float(data["largest"]))
        if reducer.name not in ("quantile", "pinball"):
            raise ValueError(f"there is no reducer {reducer.name}")
        from .ordered_values import OrderedValues

        return Ordered(reducer, OrderedValues.from_dict(data))


class Largest:
    """The largest value of a row that counts."""

    __slots__ = ("largest", "reducer")

    exact: ClassVar[bool] = True

    def __init__(self, reducer: Reducer, largest: float | None = None) -> None:
        self.reducer, self.largest = reducer, largest

    def add(self, values: Array, mass: Array | None) -> None:
        if mass is not None:
            values = values[mass != 0]
        if len(values):
            top = float(np.max(values))
            self.largest = top if self.largest is None else max(self.largest, top)

    def __iadd__(self, other: Largest) -> Largest:
        _check(self, other)
        if other.largest is not None:
            self.largest = other.largest if self.largest is None else max(self.largest, other.largest)
        return self

    def value(self) -> float:
        if self.largest is None:
            raise _nothing()
        return self.largest

    def limits(self) -> tuple[float, float]:
        return self.value(), self.value()

    def to_dict(self) -> dict[str, Any]:
        largest = None if self.largest is None else repr(self.largest)
        return {"reducer": self.reducer.name, "level": self.reducer.level, "largest": largest}


class Ordered:
    """A quantile, or the pinball loss of predicting it, of all values in order."""

    __slots__ = ("reducer", "values")

    def __init__(self, reducer: Reducer, values: OrderedValues | None = None) -> None:
        if values is None:
            from .ordered_values import OrderedValues  # most runs put nothing in order

            values = OrderedValues()
        self.reducer, self.values = reducer, values

    def add(self, values: Array, mass: Array | None) -> None:
        if (window := self.reducer.window) is not None:
            low, high = window
            values = np.clip(values, np.nextafter(low, -np.inf), np.nextafter(high, np.inf))
        self.values.add(values, mass)

    def __iadd__(self, other: Ordered) -> Ordered:
        _check(self, other)
        self.values += other.values
        return self

    @property
    def exact(self) -> bool:
        """Whether no value was rounded."""
        self.values.settle()
        return self.values.shift == 0

    def value(self) -> float:
        if not len(self.values):
            raise _nothing()
        level = self.reducer.level
        return self.values.pinball_about(level) if self.reducer.name == "pinball" else self.values.quantile(level)

    def limits(self) -> tuple[float, float]:
        """Between which numbers the quantile lies."""
        return self.values.limits(self.reducer.level)

    def to_dict(self) -> dict[str, Any]:
        return {"reducer": self.reducer.name, "level": self.reducer.level, **self.values.to_dict()}


Reduced = Largest | Ordered


def _check(ours: Reduced, theirs: Reduced) -> None:
    if ours.reducer != theirs.reducer:
        raise ValueError(f"{ours.reducer} and {theirs.reducer} do not add up")


def _nothing() -> DataProblem:
    return DataProblem(
        "All weights are zero, so no row counts.",
        "A value needs a row with a weight above zero.",
        kind="zero_denominator",
    )
