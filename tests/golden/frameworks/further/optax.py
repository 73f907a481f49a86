"""Optax: losses of perceptrons and of sparsemax."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..optax import VERSIONS, _names, _way

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        pairs = [each for low in (-1, 0) for each in _named(draw.scores(rng, n, c, dtype, low), low)]
        finite = [each for each in pairs if "infinite" not in each.name]
        yield from grid(_way("perceptron", "perceptron_loss"), finite, rng)
        zero_one = [each for each in finite if each.name.endswith("01")]
        whole = [Data(each.name, each.pred, np.asarray(each.label, np.int32), {}, each.reductions) for each in zero_one]
        yield from grid(_way("sparsemax", "sparsemax_loss"), whole, rng)
        classes = [data for data in draw.class_logits(rng, n, c, dtype) if not data.name.startswith("label-")]
        scores = [data for data in classes if "inf" not in data.name and data.name not in ("nan", "empty")]
        yield from grid(_way("multiclass_perceptron", "multiclass_perceptron_loss"), scores, rng)
        yield from grid(_way("multiclass_sparsemax", "multiclass_sparsemax_loss"), scores, rng)


def _named(datas: Iterator[Data], low: int) -> Iterator[Data]:
    for each in datas:
        yield Data(each.name + ("" if low else "01"), each.pred, each.label, {}, each.reductions)
