"""Which result of a report is which result of the baseline: by data set, loss and settings, each once."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.record import record
from ...core.signature import show
from ...report.model import Result
from ...report.recipe import differences, recipe_of, same_recipe


@record
class Beside:
    """A result, and the baseline's that belongs to it: `alike` by its settings, else the `nearest` of its loss."""

    result: Result
    alike: Result | None
    nearest: Result | None

    @property
    def differs(self) -> str:
        """Why there is none of the same settings: what was computed otherwise, or that there is no such loss."""
        if self.nearest is None:
            return f"the baseline has no {self.result.loss}"
        if self.nearest.error:
            return self.nearest.error
        before, now = recipe_of(self.nearest), recipe_of(self.result)
        for name in differences(before, now):
            return f"it was computed otherwise: {name} was {before.get(name)}, is {now.get(name)}"
        return "it was computed otherwise"


def beside(results: Sequence[Result], earlier: Sequence[Result]) -> tuple[list[Beside], list[Result]]:
    """Every result with its own of the baseline, and those of the baseline that no result belongs to."""
    left = list(earlier)
    alike: list[Result | None] = []
    for result in results:
        match = next((each for each in left if _same_place(each, result) and same_recipe(each, result)), None)
        if match is not None:
            left = [each for each in left if each is not match]
        alike.append(match)
    pairs = []
    for result, match in zip(results, alike, strict=True):
        nearest = None
        if match is None and (nearest := next((each for each in left if _same_place(each, result)), None)) is not None:
            left = [each for each in left if each is not nearest]
        pairs.append(Beside(result, match, nearest))
    return pairs, left


def _same_place(one: Result, other: Result) -> bool:
    return (one.loss, one.dataset) == (other.loss, other.dataset)


def lost(result: Result, results: Sequence[Result]) -> str:
    """That the report has no such result, with what tells it from those of its loss that the report has."""
    of_data = f" of {result.dataset}" if result.dataset else ""
    others = [each for each in results if _same_place(each, result)]
    if not others:
        return f"the baseline has {result.loss}{of_data}, and the report has not"
    recipes = [recipe_of(each) for each in others]
    own = recipe_of(result)
    telling = [name for name in own if any(repr(own.get(name)) != repr(each.get(name)) for each in recipes)]
    said = ", ".join(f"{name} {show(own[name])}" for name in telling)
    return f"the baseline has {result.loss}{of_data} with {said}, and the report has not"
