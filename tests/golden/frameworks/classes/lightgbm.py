"""LightGBM: its metrics of classes, of scores that a model whose trees add nothing hands through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import Array, Data, Rng

VERSIONS = {"lightgbm": lightgbm.__version__}
MEAN = {"mean": ""}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What LightGBM answers; calls without an answer go to `raises`."""
    return answered("lightgbm", map(in_single, _questions(rng)), _names, raises)


def in_single(question: Question) -> Question:
    """The same with labels and weights of float32, which is what it makes of them."""
    label, weights = question.data.label, question.weights
    data = replace(question.data, label=None if label is None else label.astype(np.float32))
    return replace(question, data=data, weights=None if weights is None else weights.astype(np.float32))


def metric(name: str, label: Array, pred: Array, weight: Array | None = None, **options: Any) -> float:
    """The value that training prints: with an objective of ours the predictions are taken as they are."""
    several = {"num_class": pred.shape[1]} if pred.ndim > 1 else {}
    start = np.asarray(pred, dtype=np.float64)
    data = lightgbm.Dataset(
        np.arange(float(len(label)))[:, None],
        label=label,
        weight=weight,
        init_score=start,
        params={"min_data_in_bin": 1, "feature_pre_filter": False, "verbosity": -1, **several},
        free_raw_data=False,
    )

    def nothing(scores: Array, _: Any) -> tuple[Array, Array]:
        return np.zeros_like(scores), np.ones_like(scores)

    settings = {
        "objective": nothing,
        "metric": name,
        "verbosity": -1,
        "min_data_in_leaf": 1,
        **several,
        **options,
    }
    values: dict[str, Any] = {}
    lightgbm.train(settings, data, 1, valid_sets=[data], callbacks=[lightgbm.record_evaluation(values)])
    (found,) = values["training"].values()
    return float(found[0])


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"metric": metric, **question.data.arrays(), **weights}


def _way(loss: str, name: str, **more: Any) -> Way:
    call = f"metric('{name}', label, pred{{weights}}{{more}})"
    return Way(loss, name, call, MEAN, weights="w", **more)


def _questions(rng: Rng) -> Iterator[Question]:
    n, c = draw.sizes(rng)
    binary = [data for data in draw.binary_probs(rng, n, c, np.float64) if _usable(data) and data.pred.ndim == 1]
    hard = [data for data in binary if data.name != "soft"]
    for loss in ("sigmoid_cross_entropy", "log_loss"):
        yield from grid(_way(loss, "binary_logloss", arguments={"input": "probs"}), hard, rng, None)
    yield from grid(_way("zero_one", "binary_error", arguments={"input": "probs"}), hard, rng, None)
    classes = [data for data in draw.class_probs(rng, n, c, np.float64) if _usable(data)]
    for loss in ("softmax_cross_entropy", "log_loss"):
        yield from grid(_way(loss, "multi_logloss", arguments={"input": "probs"}), classes, rng, None)
    ties = Data("ties", rng.integers(0, 3, (n, c)).astype(np.float64), draw.classes(rng, n, c))
    more = tuple(Variant(f"multi_error_top_k={k}", {"k": k}, only=("plain", "ties")) for k in (2, 3))
    yield from grid(_way("top_k_error", "multi_error", variants=more), [*classes, ties], rng, None)
    plain = [data for data in classes if data.name == "plain"]
    way = _way("top_k_error", "multi_error", arguments={"input": "probs"})
    yield from grid(way.named("multi_error-probs"), plain, rng, None)


def _usable(data: Data) -> bool:
    return data.name not in ("empty", "nan", "single") and not data.name.startswith("label-")
