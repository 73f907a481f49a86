"""Optax: the softmax of lists of items."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..optax import VERSIONS, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        grades = rng.integers(0, 5, (n, c)).astype(dtype)
        one = np.eye(c, dtype=dtype)[rng.integers(0, c, n)]
        lists = [
            Data("plain", draw.numbers(rng, (n, c), dtype), one),
            Data("columns", draw.numbers(rng, (n, c), dtype), grades),
        ]
        each = {"mean": "", "sum": "reduce_fn=jnp.sum", "none": "reduce_fn=None"}
        call = "optax.losses.ranking_softmax_loss(pred, label{more})"
        way = Way("ranking_softmax", "ranking_softmax_loss", call, each)
        yield from grid(way, lists, rng, None)
