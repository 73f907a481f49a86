"""Keras: Circle, of vectors of length 1."""

from __future__ import annotations

from collections.abc import Iterator

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..keras import VERSIONS, _names
from ._embeddings import classes

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers; calls without an answer go to `raises`."""
    return answered("keras", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    every = ("plain", "alone", "several", "near")
    variants = (
        Variant("margin=0.25, gamma=32.0", {"margin": 0.25, "gamma": 32.0}, only=every),
        Variant("margin=0.0, gamma=1.0", {"margin": 0.0, "gamma": 1.0}, only=every),
    )
    reductions = {"mean": "", "sum": "reduction='sum'"}
    way = Way("circle", "Circle", "losses.Circle({args})(label, pred)", reductions, variants=variants)
    for dtype in FLOATS:
        yield from grid(way, list(classes(rng, dtype, unit=True)), rng, None)
