"""Several tests at once: p-values adjusted so that the whole family keeps its promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

METHODS = ("holm", "bh", "none")


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down: the chance of any false finding stays below the level, whatever the dependence."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted_values, running = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(values) - rank) * values[i]))
        adjusted_values[i] = running
    return adjusted_values


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's step-up: of the findings, the expected share of false ones stays below the level."""
    order = sorted(range(len(values)), key=lambda i: values[i], reverse=True)
    adjusted_values, running = [0.0] * len(values), 1.0
    for after, i in enumerate(order):
        running = min(running, values[i] * len(values) / (len(values) - after))
        adjusted_values[i] = max(running, values[i])  # n / n of a value may be an ulp below it
    return adjusted_values


def adjusted(values: Sequence[float | None], method: str) -> list[float | None]:
    """The p-values adjusted; those that are not known stay so, and count for nothing."""
    known = [value for value in values if value is not None]
    ways: dict[str, Callable[[Sequence[float]], list[float]]] = {"holm": holm, "bh": benjamini_hochberg, "none": list}
    after = iter(ways[method](known))
    return [None if value is None else next(after) for value in values]
