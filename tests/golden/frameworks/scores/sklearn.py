"""scikit-learn: explained variance, and the ranking of labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..order.sklearn import VERSIONS, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scikit-learn answers; calls without an answer go to `raises`."""
    return answered("sklearn", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = [data for data in draw.values(rng, n, c, dtype) if data.name in ("plain", "columns")]
        same = Data("constant", draw.numbers(rng, (n,), dtype), np.full(n, 2, dtype))
        call = "metrics.explained_variance_score(label, pred{more}{weights})"
        way = Way("explained_variance", "explained_variance_score", call, {"mean": ""}, weights="sample_weight=w")
        yield from grid(way, [*values, same], rng, None)
        label = draw.hard(rng, (n, c), dtype)
        label[0], label[1] = 0, 1
        ties = np.round(draw.numbers(rng, (n, c), dtype))
        lists = [Data("plain", draw.numbers(rng, (n, c), dtype), label), Data("ties", ties, label)]
        call = "metrics.label_ranking_loss(label, pred{more}{weights})"
        way = Way("label_ranking", "label_ranking_loss", call, {"mean": ""}, weights="sample_weight=w")
        yield from grid(way, lists, rng, None)
