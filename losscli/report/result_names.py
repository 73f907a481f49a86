"""Names that tell the results of a report apart, in the spelling of the command line: `focal:gamma=2.0`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..core import registry, signature
from ..core.errors import LossCliError
from .model import Check, Result


def spelled(settings: dict[str, Any]) -> str:
    """'gamma=2.0,alpha=none'."""
    return ",".join(f"{name}={signature.show(value)}" for name, value in settings.items())


def settings(results: list[Result]) -> list[dict[str, Any]]:
    """For each result, the settings in which it is not its loss as it stands; of several that are alike, a number too.

    They follow from the result alone, so that its name is the same in every run: whatever is computed beside it, and
    also where its data fail.
    """
    each_own = [_own_settings(result) for result in results]
    seen: dict[tuple[str, str, str], int] = {}
    for result, own in zip(results, each_own, strict=True):
        mark = (result.dataset, result.loss, spelled(own))
        seen[mark] = seen.get(mark, 0) + 1
        if seen[mark] > 1:
            own["number"] = seen[mark]
    return each_own


def names(results: list[Result]) -> list[str]:
    """A name for each result, unique within its data set."""
    extras = map(spelled, settings(results))
    return [result.loss + (f":{extra}" if extra else "") for result, extra in zip(results, extras, strict=True)]


def titles(results: list[Result]) -> list[str]:
    """A name for each result, unique in the report: its data set, its loss."""
    pairs = zip(results, names(results), strict=True)
    return [f"{result.dataset} {name}" if result.dataset else name for result, name in pairs]


def check_names(result: Result) -> Iterator[tuple[str, Check]]:
    """The checks under names that are unique: the second `max` is `max 2`."""
    seen: dict[str, int] = {}
    for check in result.gates:
        count = seen[check.name] = seen.get(check.name, 0) + 1
        yield (check.name if count == 1 else f"{check.name} {count}"), check


def _own_settings(result: Result) -> dict[str, Any]:
    """What was asked for and is not the loss's own way, as far as it is known without the data."""
    like = {"like": result.like} if result.like else {}
    precision = {"precision": result.precision} if result.precision != "double" else {}
    try:
        loss = registry.find(result.loss)
    except LossCliError:  # of a plugin that is not here
        return {**like, **precision, **result.params}
    defaults = {param.name: param.default for param in loss.params if not (param.knob and result.like)}
    own = {name: value for name, value in result.params.items() if name in defaults and value != defaults[name]}
    kind, reduction = loss.pred[0], loss.reductions[0]
    if loss.parts and result.reduction == "pooled":  # as its losses are by their own way
        reduction = "pooled"
    with suppress(LossCliError):
        if result.like is not None and result.like in loss.like:
            kind = loss.calls(result.like, None, {})[0].input or kind
    how = {
        "input": (result.input, kind if len(loss.pred) > 1 else result.input),
        "reduction": (result.reduction, reduction),
        "denominator": (result.denominator or "weights", "weights"),
    }
    if result.like:
        del how["denominator"]  # the framework's
    return {**like, **{name: pair[0] for name, pair in how.items() if pair[0] != pair[1]}, **precision, **own}
