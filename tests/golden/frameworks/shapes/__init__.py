"""Arrays of three to five axes: what is drawn for every framework, and how it is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...case import Case, Raised
from ...draw import FLOATS, Array, Rng, numbers, probs

ELEMENTS = ((3, 4), (2, 4, 3), (2, 1, 3), (1, 5), (2, 2, 1, 3))  # of images, sequences, volumes; one-element axes
Asked = tuple[str, str, dict[str, Any], str, dict[str, Any]]  # loss, call, names, reduction, losscli's arguments


def draws(rng: Rng) -> Iterator[tuple[str, tuple[int, ...], int, type[Any]]]:
    """(name, shape of the elements, classes, dtype)."""
    for dtype in FLOATS:
        for shape in ELEMENTS:
            yield "x".join(map(str, shape)), shape, int(rng.integers(3, 6)), dtype


def with_classes(shape: tuple[int, ...], classes: int, axis: int) -> tuple[int, ...]:
    """The shape of predictions, the classes at axis 1 or -1."""
    return (shape[0], classes, *shape[1:]) if axis == 1 else (*shape, classes)


def distributions(rng: Rng, shape: tuple[int, ...], classes: int, axis: int, dtype: Any) -> Array:
    """Positive numbers that add up to 1 along the classes, nearly."""
    drawn = 0.98 * rng.dirichlet(np.ones(classes), shape) + 0.02 / classes
    return np.ascontiguousarray(np.moveaxis(drawn, -1, axis)).astype(dtype)


def one_hot(label: Array, classes: int, axis: int, dtype: Any) -> Array:
    """The labels, a column a class."""
    return np.ascontiguousarray(np.moveaxis(np.eye(classes)[label], -1, axis)).astype(dtype)


def holes(rng: Rng, label: Array, value: int) -> dict[str, Array]:
    """Labels some of which are left out: of single elements, of a whole row, of all."""
    some, row, every = (np.array(label) for _ in range(3))
    some[rng.random(label.shape) < 0.3] = value
    some.flat[0] = label.flat[0]
    row[-1] = value
    every[...] = value
    return {"some": some, "row": row, "all": every}


def cases_of(
    framework: str,
    rng: Rng,
    raises: list[Raised] | None,
    ask: Callable[[Rng, tuple[int, ...], int, Any], Iterator[Asked]],
    evaluate: Callable[[str, Mapping[str, Any]], float],
) -> Iterator[Case]:
    """What the framework answers to every call, on every shape."""
    for name, shape, classes, dtype in draws(rng):
        for number, (loss, call, names, reduction, arguments) in enumerate(ask(rng, shape, classes, dtype)):
            given = {**arguments, "pred": names["pred"], **({"label": names["label"]} if "label" in names else {})}
            dtype_name = np.dtype(dtype).name
            identity = f"{framework}/{loss}/{name}/{dtype_name}/{number}/{reduction}"
            value = evaluate(call, names)
            if not math.isfinite(value):
                if raises is not None:
                    raises.append(Raised(identity, loss, framework, call, given, reduction, str(value)))
                continue
            yield Case(identity, loss, framework, call, given, reduction, value, dtype_name)


__all__ = ["Asked", "cases_of", "distributions", "holes", "numbers", "one_hot", "probs", "with_classes"]
