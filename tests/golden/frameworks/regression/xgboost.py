"""XGBoost: what Booster.eval prints of predictions that are handed to it as the base margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost as xgb

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Rng

VERSIONS = {"xgboost": xgb.__version__}


def evaluated(metric: str, pred: Array, label: Array, weight: Array | None = None, **options: Any) -> float:
    """The metric of a booster without trees, whose predictions are the base margin as it is."""
    data = xgb.DMatrix(np.zeros((len(pred), 1)), label=label, weight=weight, base_margin=pred)
    settings = {"objective": "reg:squarederror", "base_score": 0.0, "disable_default_eval_metric": True}
    booster = xgb.train({**settings, "eval_metric": metric, **options}, data, num_boost_round=0)
    return float(booster.eval(data).rpartition(":")[2])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What XGBoost answers; calls without an answer go to `raises`."""
    return answered("xgboost", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"evaluated": evaluated, **question.data.arrays(), **weights}


def flat(datas: Iterator[Data], *without: str) -> list[Data]:
    """Those of one column, and not of these names."""
    return [data for data in datas if data.pred.ndim == 1 and data.name not in (*without, "nan", "empty")]


def _questions(rng: Rng) -> Iterator[Question]:
    rates = {"input": "rates"}
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = flat(draw.values(rng, n, c, dtype), "infinite", "both-infinite", "huge", "tiny")
        counts = flat(draw.amounts(rng, n, c, dtype))
        amounts = flat(draw.amounts(rng, n, c, dtype, zero=False))
        yield from grid(_way("rmse", "rmse"), values, rng)
        yield from grid(_way("mae", "mae"), values, rng)
        yield from grid(_way("pseudo_huber", "mphe", variants=_numbers("huber_slope", "delta", 0.5, 2.0)), values, rng)
        quantiles = _numbers("quantile_alpha", "quantile", 0.1, 0.8)
        yield from grid(_way("pinball", "quantile", variants=quantiles, base=False), values, rng)
        yield from grid(_way("rmsle", "rmsle"), counts, rng)
        yield from grid(_way("mape", "mape"), amounts, rng)
        yield from grid(_way("poisson_nll", "poisson-nloglik", arguments=rates), counts, rng)
        yield from grid(_way("gamma_nll", "gamma-nloglik", arguments=rates), amounts, rng)
        yield from grid(_way("gamma_deviance", "gamma-deviance"), amounts, rng)
        for power in (1.2, 1.5, 1.8):
            way = _way("tweedie_nll", f"tweedie-nloglik@{power}", arguments={**rates, "power": power})
            yield from grid(way, counts, rng)


def _way(loss: str, name: str, **more: Any) -> Way:
    return Way(loss, name, f"evaluated('{name}', pred, label{{weights}}{{more}})", {"mean": ""}, weights="w", **more)


def _numbers(theirs: str, ours: str, *values: float) -> tuple[Variant, ...]:
    return tuple(Variant(f"{theirs}={value}", {ours: value}, only=("plain", "close", "single")) for value in values)
