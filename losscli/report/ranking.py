"""The results of a batch in the order of their names, or of their values: the best first, what failed last."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..core import registry
from ..core.errors import LossCliError, UsageProblem
from ..core.natural_order import natural_key
from ..core.record import record
from .model import Result
from .result_names import names

ORDERS = ("value", "name")


@record
class Ranking:
    """What is asked of the order of results: by value or name, only the first `top` of each loss, only the best."""

    order: str | None = None
    top: int | None = None
    best: bool = False

    @classmethod
    def of_options(cls, order: str | None, top: int | None, best: bool, losses: Iterable[str]) -> Ranking:
        """What --sort, --top and --best say of results of these losses, each as its text.

        A name alone has neither an order nor a number, and is that of one loss.
        """
        if best:
            for name, value in (("top", top), ("sort", order)):
                if value:
                    raise beside_best(name)
            _refuse_several(losses)
        return cls(order, top, best)

    def __bool__(self) -> bool:
        return bool(self.order or self.top or self.best)

    def of(self, results: list[Result]) -> list[Result]:
        """The results in order: those of one loss together, the losses as they came."""
        if not self:
            return results
        losses: dict[str, list[Result]] = {}
        for result, name in zip(results, names(results), strict=True):
            losses.setdefault(name, []).append(result)
        ordered: list[Result] = []
        for each in losses.values():
            best_first = sorted(each, key=lambda result: (_badness(result), _by_name(result)))[: self.top]
            ordered += sorted(best_first, key=_by_name) if self.order == "name" else best_first
        return ordered

    def best_name(self, results: list[Result]) -> str | None:
        """The name of the best data set alone; None where none has a value."""
        _refuse_several(names(results))
        first = Ranking("value", 1).of(results)
        return first[0].dataset if first and math.isfinite(_badness(first[0])) else None


def beside_best(name: str) -> UsageProblem:
    """That an option shows more than the name alone of --best."""
    return UsageProblem(
        f"--best asks for the name of one data set, and --{name} for more.",
        "Leave one out; --top 1 shows the best with its value.",
        kind="contradiction",
        options=("best", name),
    )


def _refuse_several(losses: Iterable[str]) -> None:
    if len(set(losses)) > 1:
        raise UsageProblem(
            "--best names the best data set of one loss, and there are several.",
            "Leave all losses but one out, or write --top 1, which shows the best of each.",
            kind="contradiction",
            options=("best",),
        )


def _by_name(result: Result) -> str:
    return natural_key(result.dataset)


def _badness(result: Result) -> float:
    return badness(result.loss, None if result.error else result.value)


def badness(loss: str, value: float | None) -> float:
    """How far a value is from the best that its loss can have; smaller is better. Infinite where there is none."""
    if value is None or math.isnan(value):
        return math.inf
    try:
        best = registry.find(loss).best
    except LossCliError:  # of a plugin that is not here
        best = None
    return value if best is None else abs(value - best)
