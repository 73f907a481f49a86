"""Optax: the regression losses of optax.losses."""

from __future__ import annotations

from collections.abc import Iterator

from ... import draw
from ...ask import Question, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..optax import VERSIONS, _names, _way

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values, pairs = list(draw.values(rng, n, c, dtype)), list(draw.pairs(rng, n, c, dtype))
        yield from grid(_way("half_squared_error", "l2_loss"), values, rng)
        yield from grid(_way("log_cosh", "log_cosh"), values, rng)
        yield from grid(_way("cosine_similarity", "cosine_similarity"), pairs, rng)
        yield from grid(_way("cosine_distance", "cosine_distance"), pairs, rng)
