"""The batches that frameworks are asked about: embeddings (n, d) with class labels, or with another view."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...draw import Array, Data, Dtype, Rng, numbers

ONE = ("mean",)


def classes(rng: Rng, dtype: Dtype, *, unit: bool = False) -> Iterator[Data]:
    """Embeddings with labels: near ones of a class, any, one far from the others of its class, several of each."""
    yield _of(rng, "plain", np.array([0, 0, 1, 1, 2, 2]), dtype, unit)
    yield _of(rng, "alone", np.array([3, 0, 1, 0, 1, 2, 1]), dtype, unit)
    yield _of(rng, "several", np.array([0, 1, 0, 1, 0, 1, 0, 1, 2, 2]), dtype, unit)
    yield _of(rng, "near", np.array([0, 1, 2, 0, 1, 2]), dtype, unit, spread=0.1)


def views(rng: Rng, dtype: Dtype) -> Iterator[Data]:
    """Embeddings with their other views."""
    for name, spread in (("plain", 1.0), ("near", 0.1)):
        pred = numbers(rng, (6, 4), dtype)
        other = (pred + numbers(rng, pred.shape, dtype, spread)).astype(dtype)
        yield Data(name, pred, None, {"other": other}, ONE)


def _of(rng: Rng, name: str, label: Array, dtype: Dtype, unit: bool, spread: float = 1.0) -> Data:
    centres = numbers(rng, (4, 4), dtype)
    pred = centres[label] + numbers(rng, (len(label), 4), dtype, spread)
    if unit:
        pred = pred / np.linalg.norm(pred, axis=1, keepdims=True)
    return Data(name, pred.astype(dtype), label, {}, ONE)
