"""XGBoost: its evaluation metrics of classes, of predictions that a model without trees hands through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import Array, Data, Rng

VERSIONS = {"xgboost": xgboost.__version__}
MEAN = {"mean": ""}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What XGBoost answers; calls without an answer go to `raises`."""
    return answered("xgboost", _questions(rng), _names, raises)


def metric(name: str, label: Array, pred: Array, weight: Array | None = None) -> float:
    """The value that Booster.eval prints with no round of boosting: of several classes after their softmax."""
    data = xgboost.DMatrix(np.zeros((len(label), 1)), label=label, weight=weight)
    several: dict[str, Any] = {}
    if pred.ndim > 1:
        several = {"objective": "multi:softprob", "num_class": pred.shape[1]}
    data.set_base_margin(pred if not several else np.log(pred))
    plain = {"objective": "reg:squarederror", "eval_metric": name, "disable_default_eval_metric": 1, "verbosity": 0}
    model = xgboost.train({**plain, **several}, data, num_boost_round=0)
    return float(model.eval(data).split(":")[-1])


def handed_through(pred: Array) -> Array:
    """The probabilities of several classes as XGBoost gives them back."""
    data = xgboost.DMatrix(np.zeros((len(pred), 1)), base_margin=np.log(pred))
    settings = {"objective": "multi:softprob", "num_class": pred.shape[1], "verbosity": 0}
    return np.asarray(xgboost.train(settings, data, num_boost_round=0).predict(data), dtype=np.float32)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"metric": metric, **question.data.arrays(), **weights}


def _way(loss: str, name: str, **more: Any) -> Way:
    return Way(loss, name, f"metric('{name}', label, pred{{weights}})", MEAN, weights="w", **more)


def _questions(rng: Rng) -> Iterator[Question]:
    n, c = draw.sizes(rng)
    binary = [data for data in draw.binary_probs(rng, n, c, np.float32) if data.pred.ndim == 1 and _usable(data)]
    for loss in ("sigmoid_cross_entropy", "log_loss"):
        yield from grid(_way(loss, "logloss", arguments={"input": "probs"}), binary, rng)
    hard = [data for data in binary if data.name != "soft"]
    yield from grid(_way("zero_one", "error", arguments={"input": "probs"}), hard, rng)
    at = _way("zero_one", "error@0.3", arguments={"input": "probs", "threshold": 0.3})
    yield from grid(at, hard[:1], rng)
    classes = [
        Data(data.name, handed_through(data.pred), data.label, {}, data.reductions)
        for data in draw.class_probs(rng, n, c, np.float32)
        if _usable(data) and data.name not in ("label-minus-one", "label-too-large")
    ]
    for loss in ("softmax_cross_entropy", "log_loss"):
        yield from grid(_way(loss, "mlogloss", arguments={"input": "probs"}), classes, rng)
    yield from grid(_way("zero_one", "merror", arguments={"input": "probs"}), classes, rng)
    yield from grid(_way("top_k_error", "merror"), classes, rng)
    plain = [data for data in classes if data.name == "plain"]
    way = _way("top_k_error", "merror", arguments={"input": "probs"})
    yield from grid(way.named("merror-probs"), plain, rng)


def _usable(data: Data) -> bool:
    """It takes no empty data, and of NaN it makes what its sums make of it."""
    return data.name not in ("empty", "nan")
