"""LightGBM: what Booster.eval returns of predictions that are handed to it as the initial score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightgbm as lgb
import numpy as np

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Rng

VERSIONS = {"lightgbm": lgb.__version__}


def evaluated(metric: str, pred: Array, label: Array, weight: Array | None = None, **options: Any) -> float:
    """The metric of a booster without trees, whose predictions are the initial score as it is."""
    fixed = {"verbose": -1, "min_data_in_bin": 1, "feature_pre_filter": False}

    def dataset(**more: Any) -> Any:
        features, score = np.zeros((len(pred), 1)), pred.astype(np.float64)
        return lgb.Dataset(features, label=label, weight=weight, init_score=score, params=fixed, **more)

    train = dataset(free_raw_data=False)
    settings = {"objective": "regression", "boost_from_average": False, "metric": metric, **fixed, **options}
    booster = lgb.Booster(settings, train)
    booster.add_valid(dataset(reference=train), "valid")
    return float(booster.eval_valid()[0][2])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What LightGBM answers; calls without an answer go to `raises`."""
    return answered("lightgbm", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"evaluated": evaluated, **question.data.arrays(), **weights}


def flat(datas: Iterator[Data], *without: str) -> list[Data]:
    """Those of one column, and not of these names."""
    return [data for data in datas if data.pred.ndim == 1 and data.name not in (*without, "nan", "empty", "single")]


def _questions(rng: Rng) -> Iterator[Question]:
    rates = {"input": "rates"}
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = flat(draw.values(rng, n, c, dtype), "infinite", "both-infinite", "huge", "tiny")
        counts = flat(draw.amounts(rng, n, c, dtype))
        amounts = flat(draw.amounts(rng, n, c, dtype, zero=False))
        yield from grid(_way("mse", "l2"), values, rng)
        yield from grid(_way("l2", "l2").named("l2-mean"), values, rng)
        yield from grid(_way("rmse", "rmse"), values, rng)
        yield from grid(_way("mae", "l1"), values, rng)
        yield from grid(_way("huber", "huber", variants=_numbers("alpha", "delta", 0.5, 2.0)), values, rng)
        yield from grid(_way("fair", "fair", variants=_numbers("fair_c", "scale", 0.5, 2.0)), values, rng)
        yield from grid(_way("pinball", "quantile", variants=_numbers("alpha", "quantile", 0.1)), values, rng)
        yield from grid(_way("mape", "mape"), counts, rng)
        yield from grid(_way("poisson_nll", "poisson", arguments=rates), counts, rng)
        yield from grid(_way("gamma_nll", "gamma", arguments=rates), amounts, rng)
        way = Way("gamma_deviance", "gamma_deviance", _call("gamma_deviance"), {"sum": ""}, weights="w")
        yield from grid(way, amounts, rng)
        powers = _numbers("tweedie_variance_power", "power", 1.2, 1.8)
        yield from grid(_way("tweedie_nll", "tweedie", arguments=rates, variants=powers), counts, rng)


def _call(name: str) -> str:
    return f"evaluated('{name}', pred, label{{weights}}{{more}})"


def _way(loss: str, name: str, **more: Any) -> Way:
    return Way(loss, name, _call(name), {"mean": ""}, weights="w", **more)


def _numbers(theirs: str, ours: str, *values: float) -> tuple[Variant, ...]:
    return tuple(Variant(f"{theirs}={value}", {ours: value}, only=("plain", "close")) for value in values)
