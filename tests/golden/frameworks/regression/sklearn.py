"""scikit-learn: the regression metrics of sklearn.metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sklearn
from sklearn import metrics

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng

VERSIONS = {"sklearn": sklearn.__version__}

MEAN = {"mean": ""}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scikit-learn answers; calls without an answer go to `raises`."""
    return answered("sklearn", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    return {"metrics": metrics, "np": np, **question.data.arrays(), **weights}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = [data for data in draw.values(rng, n, c, dtype) if "infinite" not in data.name]
        counts = list(draw.amounts(rng, n, c, dtype))
        amounts = list(draw.amounts(rng, n, c, dtype, zero=False))
        flat = [data for data in counts if data.pred.ndim == 1 and data.name != "single"]
        yield from grid(_way("rmse", "root_mean_squared_error"), values, rng, None)
        alphas = _numbers("alpha", "quantile", 0.0, 0.1, 0.9)
        yield from grid(_way("pinball", "mean_pinball_loss", variants=alphas), values, rng, None)
        varied = [data for data in values if data.name not in ("single", "equal", "close", "huge")]
        yield from grid(_way("r2", "r2_score"), varied, rng, None)
        yield from grid(_way("msle", "mean_squared_log_error"), counts, rng, None)
        yield from grid(_way("rmsle", "root_mean_squared_log_error"), counts, rng, None)
        yield from grid(_way("mape", "mean_absolute_percentage_error"), counts, rng, None)
        yield from grid(_way("poisson_deviance", "mean_poisson_deviance"), flat, rng, None)
        flat = [data for data in amounts if data.pred.ndim == 1 and data.name != "single"]
        yield from grid(_way("gamma_deviance", "mean_gamma_deviance"), flat, rng, None)
        powers = _numbers("power", "power", -1.0, 1.0, 1.5, 2.0, 3.0)
        yield from grid(_way("tweedie", "mean_tweedie_deviance", variants=powers), flat, rng, None)

        powers = (("1.5", "tweedie:power=1.5"), ("1.0", "poisson_deviance"), ("2.0", "gamma_deviance"))
        some = [data for data in flat if data.name in ("plain", "counts") and dtype == np.float64]
        variants = tuple(Variant(f"power={power}", {"of": of}, only=("plain", "counts")) for power, of in powers)
        yield from grid(_way("d2", "d2_tweedie_score", variants=variants), some, rng, None)


def _way(loss: str, name: str, **more: Any) -> Way:
    call = f"metrics.{name}(label, pred{{more}}{{weights}})"
    return Way(loss, name, call, MEAN, weights="sample_weight=w", **more)


def _numbers(theirs: str, ours: str, *values: float) -> tuple[Variant, ...]:
    return tuple(Variant(f"{theirs}={value}", {ours: value}) for value in values)
