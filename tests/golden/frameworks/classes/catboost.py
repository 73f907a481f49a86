"""CatBoost: its metrics of classes, by catboost.utils.eval_metric of raw values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import catboost
import numpy as np
from catboost.utils import eval_metric

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import Array, Data, Rng

VERSIONS = {"catboost": catboost.__version__}
MEAN = {"mean": ""}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What CatBoost answers; calls without an answer go to `raises`."""
    return answered("catboost", map(in_single, _questions(rng)), _names, raises)


def in_single(question: Question) -> Question:
    """The same with labels and weights of float32, which is what it makes of them."""
    label, weights = question.data.label, question.weights
    data = replace(question.data, label=None if label is None else label.astype(np.float32))
    return replace(question, data=data, weights=None if weights is None else weights.astype(np.float32))


def metric(name: str, label: Array, raw: Array, weight: Array | None = None) -> float:
    """The value of a metric; of several classes the raw values are one a class."""
    (found,) = eval_metric(label, raw, name, weight=weight, thread_count=1)
    return float(found)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"metric": metric, "np": np, **question.data.arrays(), **weights}


def _way(loss: str, name: str, raw: str = "pred", **more: Any) -> Way:
    return Way(loss, name, f"metric('{name}', label, {raw}{{weights}})", MEAN, weights="w", **more)


def _questions(rng: Rng) -> Iterator[Question]:
    n, c = draw.sizes(rng)
    logits = [data for data in draw.binary_logits(rng, n, c, np.float64) if _usable(data) and data.pred.ndim == 1]
    classes = [data for data in draw.class_logits(rng, n, c, np.float64) if _usable(data)]
    hard = [data for data in logits if data.name != "soft"]
    probs = Data("plain", draw.probs(rng, (n,), np.float64), draw.hard(rng, (n,), np.float64))
    for loss, name in (
        ("sigmoid_cross_entropy", "Logloss"),
        ("log_loss", "Logloss"),
        ("brier", "BrierScore"),
        ("zero_one", "ZeroOneLoss"),
        ("hamming", "HammingLoss"),
    ):
        yield from grid(_way(loss, name, arguments={"input": "logits"}), hard, rng, None)
        odds = _way(loss, name, "np.log(pred) - np.log1p(-pred)", arguments={"input": "probs"})
        yield from grid(odds.named(f"{name}-probability"), [probs], rng, None)
    yield from grid(_way("sigmoid_cross_entropy", "CrossEntropy", arguments={"input": "logits"}), logits, rng, None)
    rows = Data("plain", draw.rows(rng, n, c, np.float64), draw.classes(rng, n, c))
    for loss in ("softmax_cross_entropy", "log_loss"):
        yield from grid(_way(loss, "MultiClass", arguments={"input": "logits"}), classes, rng, None)
        way = _way(loss, "MultiClass", "np.log(pred)", arguments={"input": "probs"})
        yield from grid(way.named("MultiClass-probability"), [replace(rows)], rng, None)


def _usable(data: Data) -> bool:
    return data.name not in ("empty", "nan") and "inf" not in data.name and not data.name.startswith("label-")
