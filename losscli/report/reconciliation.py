"""What `reconcile` found, as data."""

from __future__ import annotations

from typing import Any

from ..core.record import field, record
from .model import Input, common_document
from .result_parts import finite, status_of

MOST_ACCIDENTS = 0.25  # expected ones; with more, chance alone would explain a fifth of all random numbers


@record
class Match:
    """A convention and the value that it gives."""

    value: float
    like: str | None
    call: str
    knobs: dict[str, Any]
    by_accident: float | None = (
        None  # of the search: how many numbers tried would print as the expected one by accident
    )

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": finite(self.value),
            "status": status_of(self.value),
            "like": self.like,
            "call": self.call,
            "knobs": {k: list(v) if isinstance(v, tuple) else v for k, v in self.knobs.items()},
            "by_accident": self.by_accident,
        }


@record
class Reconciliation:
    """What `reconcile` found: the conventions that print the expected number, or without one all of them.

    Where none prints it, `matched` is False and `matches` are the nearest. `tried` counts the numbers compared, and
    `by_accident` is how many of them would print a number of so many digits without being its reason: None without an
    expected number. `digits` is how many of them would leave hardly an accident. `conventions` are all that frameworks
    have, for a page that shows them beside the matches.
    """

    loss: str
    expect: str | None
    matched: bool
    tried: int
    matches: list[Match]
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    by_accident: float | None = None
    digits: int = 0
    conventions: list[Match] = field(default_factory=list)

    @property
    def decided(self) -> bool:
        """Whether the matches say something: the rest of the numbers tried would hardly print it."""
        return self.matched and (self.by_accident is None or self.by_accident <= MOST_ACCIDENTS)

    def to_dict(self) -> dict[str, Any]:
        document = common_document("reconcile", self.matches, self.inputs)
        search: dict[str, Any] = {"loss": self.loss, "expect": self.expect, "found": self.matched, "tried": self.tried}
        search["by_accident"] = self.by_accident
        if self.conventions:
            document["conventions"] = [each.to_dict() for each in self.conventions]
        return {**document, "search": search, "warnings": self.warnings, "elapsed_s": self.elapsed_s}
