"""PyTorch: losses of two scores or two vectors a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Dtype, Rng, numbers, sizes
from ..torch import REDUCTIONS, VERSIONS, names

__all__ = ["VERSIONS", "cases"]

EVERY = ("plain", "columns", "near", "any-label")


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What PyTorch answers; calls without an answer go to `raises`."""
    return answered("torch", _questions(rng), names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = sizes(rng)
        margins = tuple(Variant(f"margin={m}", {"margin": m}, only=EVERY) for m in (0.5, 2.0))
        call = "F.margin_ranking_loss(pred, other, label{more})"
        way = Way("margin_ranking", "margin_ranking_loss", call, REDUCTIONS, variants=margins)
        yield from grid(way, _scores(rng, n, c, dtype), rng, None)
        margins = tuple(Variant(f"margin={m}", {"margin": m}, only=EVERY) for m in (0.3, -0.5))
        call = "F.cosine_embedding_loss(pred, other, label{more})"
        way = Way("cosine_embedding", "cosine_embedding_loss", call, REDUCTIONS, variants=margins)
        yield from grid(way, _vectors(rng, n, c, dtype), rng, None)


def _signs(rng: Rng, shape: tuple[int, ...], dtype: Dtype) -> Array:
    return rng.choice(np.array([-1, 1]), shape).astype(dtype)


def _scores(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    for name, shape in (("plain", (n,)), ("columns", (n, c))):
        others = {"other": numbers(rng, shape, dtype)}
        yield Data(name, numbers(rng, shape, dtype), _signs(rng, shape, dtype), others)
    same = numbers(rng, (n,), dtype)
    yield Data("equal", same, _signs(rng, (n,), dtype), {"other": same.copy()})
    label = rng.choice(np.array([0.0, 2.0, -0.5, 1.0]), n).astype(dtype)
    yield Data("any-label", numbers(rng, (n,), dtype), label, {"other": numbers(rng, (n,), dtype)})


def _vectors(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    pred = numbers(rng, (n, c), dtype)
    yield Data("plain", pred, _signs(rng, (n,), dtype), {"other": numbers(rng, (n, c), dtype)})
    close = (pred + numbers(rng, (n, c), dtype, 0.1)).astype(dtype)
    yield Data("near", pred, _signs(rng, (n,), dtype), {"other": close})
    label = rng.choice(np.array([0.0, 2.0, -1.0, 1.0]), n).astype(dtype)
    yield Data("any-label", pred, label, {"other": close})
    zeros = pred.copy()
    zeros[0] = 0
    yield Data("zero-row", zeros, _signs(rng, (n,), dtype), {"other": close})
