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
    left: dict[tuple[str, str], list[Result]] = {}
    for each in earlier:
        left.setdefault(_place(each), []).append(each)
    alike = [_taken(left.get(_place(result), []), result) for result in results]
    pairs = []
    for result, match in zip(results, alike, strict=True):
        others = left.get(_place(result))
        pairs.append(Beside(result, match, others.pop(0) if match is None and others else None))
    gone = {id(each) for others in left.values() for each in others}
    return pairs, [each for each in earlier if id(each) in gone]


def _taken(others: list[Result], result: Result) -> Result | None:
    """The first of the same recipe, which belongs to no other result then."""
    place = next((i for i, each in enumerate(others) if same_recipe(each, result)), None)
    return None if place is None else others.pop(place)


def _place(result: Result) -> tuple[str, str]:
    return result.loss, result.dataset


def lost(result: Result, results: Sequence[Result]) -> str:
    """That the report has no such result, with what tells it from those of its loss that the report has."""
    of_data = f" of {result.dataset}" if result.dataset else ""
    others = [each for each in results if _place(each) == _place(result)]
    if not others:
        return f"the baseline has {result.loss}{of_data}, and the report has not"
    recipes = [recipe_of(each) for each in others]
    own = recipe_of(result)
    telling = [name for name in own if any(repr(own.get(name)) != repr(each.get(name)) for each in recipes)]
    said = ", ".join(f"{name} {show(own[name])}" for name in telling)
    return f"the baseline has {result.loss}{of_data} with {said}, and the report has not"
