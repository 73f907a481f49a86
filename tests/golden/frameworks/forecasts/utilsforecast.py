"""utilsforecast: utilsforecast.losses of a pandas DataFrame that holds one series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from utilsforecast import losses

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Rng

VERSIONS = {"utilsforecast": version("utilsforecast"), "pandas": pd.__version__}


def evaluated(function: Callable[..., Any], pred: Array, label: Array, **options: Any) -> float:
    """The value of a series whose forecasts stand in a column called model."""
    frame = pd.DataFrame({"unique_id": "a", "y": label, "model": pred})
    return float(function(frame, models=["model"], **options)["model"].iloc[0])


def quantile_loss(pred: Array, label: Array, q: float) -> float:
    """The same of a quantile."""
    frame = pd.DataFrame({"unique_id": "a", "y": label, "model": pred})
    return float(losses.quantile_loss(frame, models={"model": "model"}, q=q)["model"].iloc[0])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What utilsforecast answers; calls without an answer go to `raises`."""
    return answered("utilsforecast", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return {"losses": losses, "evaluated": evaluated, "quantile_loss": quantile_loss, **question.data.arrays()}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        drawn = [d for d in draw.values(rng, n, c, dtype) if d.pred.ndim == 1 and "infinite" not in d.name]
        values = [d for d in drawn if d.name not in ("empty", "nan", "huge", "tiny")]
        amounts = [d for d in draw.amounts(rng, n, c, dtype, zero=False) if d.pred.ndim == 1 and d.name != "empty"]
        zeros = Data("zeros", np.array([0.0, 2.0, 0.0, 3.0], dtype), np.array([0.0, 0.0, 1.0, 4.0], dtype))
        for name in ("mae", "mse", "rmse"):
            yield from grid(_way(name, name), values, rng, None)
        for name in ("mape", "smape"):
            yield from grid(_way(name, name), [*amounts, zeros], rng, None)
        yield from grid(_way("wape", "nd"), amounts, rng, None)
        levels = tuple(Variant(f"q={q}", {"quantile": q}) for q in (0.1, 0.5, 0.9))
        pinball = Way(
            "pinball", "quantile_loss", "quantile_loss(pred, label{more})", {"mean": ""}, base=False, variants=levels
        )
        yield from grid(pinball, values, rng, None)


def _way(loss: str, name: str) -> Way:
    return Way(loss, name, f"evaluated(losses.{name}, pred, label)", {"mean": ""})
