"""XGBoost: what Booster.eval prints of predicted times whose logarithms are handed to it as the base margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost as xgb

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Dtype, Rng

VERSIONS = {"xgboost": xgb.__version__}


def evaluated(pred: Array, label: Array, weight: Array | None = None, distribution: str = "normal") -> float:
    """The metric aft-nloglik of a booster without trees; its objective has another scale, which the metric ignores."""
    data = xgb.DMatrix(np.zeros((len(pred), 1)), weight=weight, base_margin=np.log(pred))
    data.set_float_info("label_lower_bound", label[:, 0])
    data.set_float_info("label_upper_bound", label[:, 1])
    settings = {"objective": "survival:aft", "eval_metric": "aft-nloglik", "aft_loss_distribution": distribution}
    booster = xgb.train({**settings, "aft_loss_distribution_scale": 1.2}, data, num_boost_round=0)
    return float(booster.eval(data).rpartition(":")[2])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What XGBoost answers; calls without an answer go to `raises`."""
    return answered("xgboost", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"evaluated": evaluated, **question.data.arrays(), **weights}


def _questions(rng: Rng) -> Iterator[Question]:
    others = tuple(Variant(f"distribution='{name}'", {"distribution": name}) for name in ("logistic", "extreme"))
    for dtype in FLOATS:
        for data in (Data("plain", *_times(rng, 12, dtype)), Data("columns", *_far(dtype))):
            way = Way("aft", "aft-nloglik", "evaluated(pred, label{weights}{more})", {"mean": ""}, weights="w")
            yield from grid(Way(**{**vars(way), "variants": others}), [data], rng, None)


def _times(rng: Rng, n: int, dtype: Dtype) -> tuple[Array, Array]:
    """Predicted times, and times that are known, or lie above, below or between bounds."""
    pred = np.round(np.exp(rng.normal(1.0, 0.7, n)), 3).astype(dtype)
    low = np.round(np.exp(rng.normal(1.0, 1.0, n)), 3)
    kind = np.arange(n) % 4
    high = np.where(kind == 0, low, np.where(kind == 1, np.inf, low + 2.5))
    return pred, np.stack([np.where(kind == 2, 0.0, low), high], axis=1).astype(dtype)


def _far(dtype: Dtype) -> tuple[Array, Array]:
    """Times that are next to impossible."""
    pred = np.array([1.0, 1.0, 1e6, 1e-5], dtype)
    return pred, np.array([[1e9, 1e9], [1e9, np.inf], [0.0, 1e-3], [1e4, 2e4]], dtype)
