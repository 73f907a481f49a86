"""scikit-learn: sklearn.metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sklearn
from sklearn import metrics

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Rng

VERSIONS = {"sklearn": sklearn.__version__}

LOGS = {"mean": "", "sum": "normalize=False"}
MEAN = {"mean": ""}
BINARY = ("plain", "saturated", "ones", "zeros", "single", "sure-right", "sure-wrong", "nan", "empty")


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scikit-learn answers; calls without an answer go to `raises`."""
    return answered("sklearn", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"metrics": metrics, "np": np, **question.data.arrays(), **weights}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        yield from _log_loss(rng, n, c, dtype)
        for low, name in ((0, "hinge_loss-01"), (-1, "hinge_loss-signs")):
            hinge = _way("hinge", "hinge_loss", MEAN).named(name)
            datas = (data for data in draw.scores(rng, n, c, dtype, low) if data.pred.ndim == 1)
            yield from grid(hinge, datas, rng, None)
        values = list(draw.values(rng, n, c, dtype))
        yield from grid(_way("mse", "mean_squared_error", MEAN), values, rng, None)
        yield from grid(_way("mae", "mean_absolute_error", MEAN), values, rng, None)


def _way(loss: str, name: str, reductions: dict[str, str], **more: Any) -> Way:
    call = f"metrics.{name}(label, pred{{more}}{{weights}})"
    return Way(loss, name, call, reductions, weights="sample_weight=w", **more)


def _log_loss(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    """With all labels declared, and left to find out: that needs all of them in the data."""
    binary = [data for data in draw.binary_probs(rng, n, c, dtype) if data.name in BINARY]
    classes = list(draw.class_probs(rng, n, c, dtype))
    for loss, datas, labels in (
        ("sigmoid_cross_entropy", binary, "[0, 1]"),
        ("softmax_cross_entropy", classes, f"range({c})"),
    ):
        undeclared = Variant("", {}, only=("plain", "ones", "one-class"))
        way = _way(loss, "log_loss", LOGS, arguments={"input": "probs"}, variants=(undeclared,), base=False)
        yield from grid(way.named("log_loss-undeclared"), datas, rng, None)
        way = _way(loss, "log_loss", LOGS, options=f"labels={labels}", arguments={"input": "probs"})
        yield from grid(way, datas, rng, None)
