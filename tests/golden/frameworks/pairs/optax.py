"""Optax: ntxent."""

from __future__ import annotations

from collections.abc import Iterator

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..optax import VERSIONS, _names
from ._embeddings import classes

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    every = ("plain", "alone", "several", "near")
    variants = tuple(Variant(f"temperature={t}", {"temperature": t}, only=every) for t in (0.2, 1.0))
    way = Way("ntxent", "ntxent", "optax.ntxent(pred, label{more})", {"mean": ""}, variants=variants)
    for dtype in FLOATS:
        yield from grid(way, list(classes(rng, dtype)), rng, None)
