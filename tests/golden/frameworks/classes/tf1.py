"""TensorFlow: tf.compat.v1.losses.log_loss, under its own name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ... import draw
from ...ask import Question, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..tf1 import VERSIONS, _log_loss, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TensorFlow answers; calls without an answer go to `raises`."""
    return answered("tf1", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        datas = [data for data in draw.binary_probs(rng, n, c, dtype) if data.pred.ndim == 1]
        yield from grid(replace(_log_loss(), loss="log_loss"), datas, rng)
