"""CatBoost: catboost.utils.eval_metric of raw predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import catboost
import numpy as np
from catboost.utils import eval_metric

from ... import draw
from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Rng

VERSIONS = {"catboost": catboost.__version__}


def evaluated(metric: str, pred: Array, label: Array, weight: Array | None = None) -> float:
    """The one value of a metric."""
    return float(eval_metric(label, pred.astype(np.float64), metric, weight=weight)[0])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What CatBoost answers; calls without an answer go to `raises`."""
    return answered("catboost", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"evaluated": evaluated, **question.data.arrays(), **weights}


def flat(datas: Iterator[Data], *without: str) -> list[Data]:
    """Those of one column, and not of these names."""
    return [data for data in datas if data.pred.ndim == 1 and data.name not in (*without, "nan", "empty", "single")]


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = flat(draw.values(rng, n, c, dtype), "infinite", "both-infinite", "huge", "tiny")
        counts = flat(draw.amounts(rng, n, c, dtype))
        for way in _ways():
            yield from grid(way, values, rng)
        yield from grid(_way("r2", "R2"), [data for data in values if data.name in ("plain", "equal")], rng)
        for loss, name in (("mape", "MAPE"), ("smape", "SMAPE"), ("msle", "MSLE")):
            yield from grid(_way(loss, name), counts, rng)
        logs = [
            Data(data.name, np.round(np.log(data.pred), 4).astype(dtype), data.label, reductions=data.reductions)
            for data in counts
        ]
        yield from grid(_way("poisson_nll", "Poisson", input="log_rates"), logs, rng)


def _ways() -> Iterator[Way]:
    yield _way("rmse", "RMSE")
    for q in (1.0, 1.5, 3.0):
        yield _way("minkowski", f"Lq:q={q}", p=q)
    for alpha in (0.3, 0.5):
        yield _way("pinball", f"Quantile:alpha={alpha}", quantile=alpha)
        yield _way("expectile", f"Expectile:alpha={alpha}", alpha=alpha)
    for scale in (1.5, 2.0):
        yield _way("huber", f"Huber:delta={scale}", delta=scale)
        yield _way("fair", f"FairLoss:smoothness={scale}", scale=scale)


def _way(loss: str, name: str, **arguments: Any) -> Way:
    call = f"evaluated('{name}', pred, label{{weights}})"
    return Way(loss, name, call, {"mean": ""}, weights="w", arguments=arguments)
