"""Keras 3: loss classes and metrics, on the backend that KERAS_BACKEND names (tensorflow unless told otherwise)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..keras import ARGUMENT, SOME, VERSIONS, _Tensors, keras

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers; calls without an answer go to `raises`."""
    return answered("keras", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    """One-dimensional data becomes a column, as in model.fit."""
    arrays = question.data.arrays()
    if arrays["pred"].ndim == 1:
        arrays = {name: x[:, None] for name, x in arrays.items()}
    weights = {} if question.weights is None else {"w": question.weights}
    return {"losses": _Tensors(), "metrics": _Metrics(), **arrays, **weights, **question.names}


class _Metrics:
    """keras.metrics, each called once on fresh state; results come back as numpy arrays."""

    def __getattr__(self, name: str) -> Any:
        def build() -> Any:
            metric = getattr(keras.metrics, name)()
            return lambda *args, **more: keras.ops.convert_to_numpy(metric(*args, **more))

        return build


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = list(draw.values(rng, n, c, dtype))
        counts = list(draw.amounts(rng, n, c, dtype))
        yield from grid(_loss("log_cosh", "LogCosh"), values, rng, SOME)
        yield from grid(_loss("msle", "MeanSquaredLogarithmicError"), [*counts, *map(_signed, values[:2])], rng, SOME)
        yield from grid(_loss("mape", "MeanAbsolutePercentageError"), counts, rng, SOME)
        yield from grid(_loss("poisson", "Poisson"), counts, rng, SOME)
        yield from grid(_loss("cosine_similarity", "CosineSimilarity"), draw.pairs(rng, n, c, dtype), rng, SOME)
        some = [data for data in values if data.name in ("plain", "columns", "equal", "close", "single")]
        yield from grid(_metric("rmse", "RootMeanSquaredError"), some, rng, SOME)
        yield from grid(_metric("r2", "R2Score"), some[:2], rng, SOME)


def _signed(data: Data) -> Data:
    """Under a name of its own: values below 0 count as 1e-7."""
    return Data(f"signed-{data.name}", data.pred, data.label, reductions=data.reductions)


def _loss(loss: str, name: str, **more: Any) -> Way:
    call = f"losses.{name}({{args}})(label, pred{{weights}})"
    return Way(loss, name, call, ARGUMENT, weights="sample_weight=w", **more)


def _metric(loss: str, name: str) -> Way:
    return Way(loss, name, f"metrics.{name}()(label, pred{{weights}})", {"mean": ""}, weights="sample_weight=w")
