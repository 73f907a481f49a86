"""What decides a number, as data: of two results that share it, only the rows and the version of losscli may differ."""

from __future__ import annotations

from typing import Any

from .model import Result


def recipe_of(result: Result) -> dict[str, Any]:
    """The loss's parameters and how rows became one number, by name, in the order of the signature."""
    recipe = {
        **dict(sorted(result.params.items())),
        "input": result.input,
        "label": result.label,
        "reduction": result.reduction,
        "denominator": result.denominator,
        "weighted": result.weighted,
        "weights_are": result.weights_are,
        "precision": result.precision,
    }
    if result.elements:
        recipe |= {name: value for name, value in result.elements.items() if name != "left_out"}
    if result.grouping and result.grouping.get("macro"):
        recipe["macro"] = tuple(result.grouping["by"])
    if result.convention is not None:
        recipe["like"] = f"{result.convention['name']} {result.convention['floats']}"
    return recipe


def same_recipe(one: Result, other: Result) -> bool:
    """Whether two results are of one loss, computed in one way."""
    return one.loss == other.loss and not differences(recipe_of(one), recipe_of(other))


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of what two recipes do not share; 2 and 2.0 are not the same."""
    return [name for name in {**one, **other} if repr(one.get(name)) != repr(other.get(name))]
