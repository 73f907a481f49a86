"""Embeddings with labels, and the losses over them at fifty digits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.binding.bound_loss import BoundLoss
from losscli.core.sums.state import State

FACES = ["sphereface", "cosface", "arcface"]
ULP = 2.0**-52


def bound(name: str, blocks: list[dict[str, Any]], whole: Any = None, **options: Any) -> BoundLoss:
    shapes = {k: v.shape for k, v in blocks[0].items() if k != "start"}
    return bind(registry.find(name), shapes, whole=whole, **options).prepared(lambda: iter(blocks))


def value(name: str, pred: Any, label: Any = None, blocks: int = 1, **arguments: Any) -> float:
    """The loss over blocks, as the engine does it."""
    loss = registry.find(name)
    arrays = {"pred": pred, "label": label, "weight": arguments.pop("weight", None)}
    arrays |= {r.name: arguments.pop(r.name, None) for r in loss.roles if r.rows}
    arrays = {k: np.asarray(v) for k, v in arrays.items() if v is not None}
    whole = {r.name: np.asarray(arguments.pop(r.name)) for r in loss.roles if r.name in arguments}
    parts = list(cut(arrays, blocks))
    run = bound(name, parts, whole, **arguments)
    state = State(2 if run.pooled else 1)
    for part in parts:
        rows = run.rows(part)
        weight = part.get("weight")
        terms = [np.array(t) if weight is None else t * weight for t in rows.terms]
        mass = weight if rows.mass is None else rows.mass * (1.0 if weight is None else weight)
        state += State.of(terms, mass, ignored=rows.ignored)
    if run.reduction.name == "none":
        return terms[0]
    means, finish = run.reduction.means(state), run.finish()
    return finish(means) if finish else means[0]


def cut(arrays: dict[str, np.ndarray], pieces: int) -> Iterator[dict[str, Any]]:
    edges = np.linspace(0, len(arrays["pred"]), pieces + 1).astype(int)
    for low, high in itertools.pairwise(edges):
        yield {"start": int(low), **{k: v[low:high] for k, v in arrays.items()}}


def close(found: Any, expected: Any, bound: Any) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert (np.abs(found - expected) <= bound).all(), np.abs(found - expected) / ULP


def people(seed: int, n: int = 41, width: int = 3, classes: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, n)
    label[0] = 99  # alone in its class
    pred = rng.normal(size=(n, width)) + 2 * rng.normal(size=(100, width))[label]
    pred[5], label[5] = pred[3], label[3]  # a twin is a positive at distance 0, not the anchor itself
    pred[7] = pred[3]  # and one of another class a negative at distance 0
    return pred, label
