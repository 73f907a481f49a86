"""Data sets that are spoilt for `inspect`: rows in wrong places, wholly or in part, for models of several skills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from inspection_sound import binary, classes, real

Array = Any
Spoil = Callable[[Any, Array, Array], tuple[Array, Array] | None]
SPOILS: dict[str, Spoil] = {}
MODELS: dict[str, Callable[[Any, int], tuple[Array, Array]]] = {
    "10 classes, 81 % right": lambda rng, n: sure_of_ten(rng, n, 2.5),
    "10 classes, 95 % right": lambda rng, n: classes(rng, n, 10, 3.2),
    "3 classes, 80 % right": lambda rng, n: classes(rng, n, 3, 1.7),
    "binary, 84 % right": lambda rng, n: binary(rng, n, 0.5, 2.0),
    "binary, a fifth of ones": lambda rng, n: binary(rng, n, 0.2, 2.5),
    "regression, correlation 0.7": lambda rng, n: (real(rng, y := rng.normal(size=n), 0.7), y),
    "regression, correlation 0.9": lambda rng, n: (real(rng, y := rng.normal(size=n), 0.9), y),
    "regression, counts": lambda rng, n: (r := rng.gamma(1.0, 8.0, size=n), rng.poisson(r)),
}


def sure_of_ten(rng: Any, n: int, skill: float) -> tuple[Array, Array]:
    """Scores of ten classes that are not sure enough."""
    label = rng.integers(10, size=n)
    rows = rng.normal(size=(n, 10))
    rows[np.arange(n), label] += skill
    return rows, label


def spoil(name: str) -> Callable[[Spoil], Spoil]:
    """Declares a way of spoiling."""

    def declared(make: Spoil) -> Spoil:
        SPOILS[name] = make
        return make

    return declared


@spoil("all labels shuffled")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    return pred, rng.permutation(label)


@spoil("rolled by any amount")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    return pred, np.roll(label, int(rng.integers(1, len(label))))


@spoil("halves exchanged")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    return pred, np.roll(label, len(label) // 2)


@spoil("files of a folder in another order")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    count = int(rng.integers(3, 3 + min(8, len(label) // 60)))
    ends = np.sort(rng.choice(np.arange(1, 20), count - 1, replace=False)) * len(label) // 20
    order = rng.permutation(count)
    while (order == np.arange(count)).all():
        order = rng.permutation(count)
    pieces = np.split(np.arange(len(label)), ends)
    return pred[np.concatenate([pieces[at] for at in order])], label


@spoil("interleaved by workers")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    workers = int(rng.integers(2, 9))
    order = np.argsort(np.arange(len(label)) % workers, kind="stable")
    return (pred[order], label) if rng.random() < 0.5 else (pred, label[order])


@spoil("a prefix shifted")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    stop = int(len(label) * rng.uniform(0.4, 0.8))
    shift = int(rng.choice([1, 2, 3, 10, stop // 3]))
    return pred, np.concatenate([np.roll(label[:stop], shift), label[stop:]])


@spoil("a third shuffled")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    start = int(len(label) * rng.uniform(0, 0.66))
    label = label.copy()
    part = slice(start, start + len(label) // 3)
    label[part] = rng.permutation(label[part])
    return pred, label


@spoil("a block reversed")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array]:
    start = int(len(label) * rng.uniform(0, 0.5))
    label = label.copy()
    part = slice(start, start + len(label) // 2)
    label[part] = label[part][::-1]
    return pred, label


@spoil("classes swapped in a part")
def _(rng: Any, pred: Array, label: Array) -> tuple[Array, Array] | None:
    if label.dtype.kind != "i" or label.max() > 9 or (pred.ndim == 1 and set(np.unique(label)) != {0, 1}):
        return None  # there are no classes
    start = int(len(label) * rng.uniform(0, 0.5))
    part = slice(start, start + len(label) // 2)
    label = label.copy()
    width = 2 if pred.ndim == 1 else pred.shape[1]
    label[part] = np.roll(np.arange(width), int(rng.integers(1, width)))[label[part]]
    return pred, label
