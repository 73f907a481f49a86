"""TensorFlow 1: tf.compat.v1.losses.cosine_distance and tf.nn.log_poisson_loss, run eagerly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..tf1 import ARGUMENT, VERSIONS, WRAPPED, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TensorFlow answers; calls without an answer go to `raises`."""
    return answered("tf1", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    full = Variant("compute_full_loss=True", {"full": True}, only=("plain", "columns", "counts"))
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        call = "losses.cosine_distance(label, pred, axis=1{weights}{more})"
        columns = "weights=w[:, None]"
        way = Way("cosine_distance", "cosine_distance", call, ARGUMENT, weights=columns, weights_of_columns=columns)
        yield from grid(way, draw.pairs(rng, n, c, dtype), rng)
        call = "nn.log_poisson_loss(label, pred{more})"
        arguments = {"input": "log_rates"}
        way = Way("poisson_nll", "log_poisson_loss", call, WRAPPED, arguments=arguments, variants=(full,))
        datas = [_logs(data) for data in draw.amounts(rng, n, c, dtype) if data.name != "empty"]  # it takes no mean
        yield from grid(way, datas, rng)

        call = "losses.mean_pairwise_squared_error(label, pred, weights=w[:, None])"
        way = Way("mean_pairwise_squared_error", "mean_pairwise_squared_error", call, {"sum": ""}, weights=columns)
        for data in draw.pairs(rng, n, c, dtype):
            if data.name != "empty":  # always with weights: without them the eager mode counts all rows' elements
                for name, weights in (("weights", draw.factors(rng, len(data.pred), dtype)), ("ones", None)):
                    weights = np.ones(len(data.pred), dtype) if weights is None else weights
                    yield Question(way, data, "sum", weights, (name,))


def _logs(data: Data) -> Data:
    """The same with logarithms of the rates, of four decimals."""
    logs = np.round(np.log(data.pred), 4).astype(data.pred.dtype)
    return Data(data.name, logs, data.label, data.roles, data.reductions)
