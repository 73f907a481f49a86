"""TorchMetrics: torchmetrics.functional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torchmetrics

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng

VERSIONS = {"torchmetrics": torchmetrics.__version__, "torch": torch.__version__}

MEAN = {"mean": ""}
COSINES = {"sum": "", "mean": "reduction='mean'"}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TorchMetrics answers; calls without an answer go to `raises`."""
    return answered("torchmetrics", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    arrays = {key: torch.from_numpy(x) for key, x in question.data.arrays().items()}
    functional = torchmetrics.functional
    return {"functional": functional, "regression": functional.regression, "torch": torch, **arrays}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = [data for data in draw.values(rng, n, c, dtype) if data.name != "empty"]
        counts = [data for data in draw.amounts(rng, n, c, dtype) if data.name != "empty"]
        flat = [data for data in values if data.pred.ndim == 1]
        yield from grid(_way("mse", "mean_squared_error"), flat, rng)
        rooted = _way("rmse", "mean_squared_error", options="squared=False").named("root")
        yield from grid(rooted, flat, rng)
        yield from grid(_way("mae", "mean_absolute_error"), values, rng)
        yield from grid(
            _way("log_cosh", "", call="regression.log_cosh_error(pred, label)").named("log_cosh"), flat, rng
        )
        powers = tuple(Variant(f"p={p}", {"p": p}, only=("plain", "columns")) for p in (1.0, 1.5, 3.0))
        yield from grid(_way("minkowski", "minkowski_distance", variants=powers, base=False), values, rng)
        yield from grid(_way("msle", "mean_squared_log_error"), counts, rng)
        yield from grid(_way("mape", "mean_absolute_percentage_error"), counts, rng)
        symmetric = "symmetric_mean_absolute_percentage_error"
        yield from grid(_way("smape", symmetric), [*counts, *values[:1]][1:], rng)
        yield from grid(_way("wape", "weighted_mean_absolute_percentage_error"), counts, rng)
        powers = tuple(Variant(f"power={p}", {"power": p}) for p in (1.0, 1.5, 2.0, 3.0))
        above = [data for data in draw.amounts(rng, n, c, dtype, zero=False) if data.name != "empty"]
        yield from grid(_way("tweedie", "tweedie_deviance_score", variants=powers), above, rng)
        some = [data for data in flat if data.name == "plain"]
        yield from grid(_way("r2", "r2_score"), some, rng)
        yield from grid(_way("relative_squared_error", "relative_squared_error"), some, rng)
        way = Way("cosine_similarity", "cosine_similarity", "functional.cosine_similarity(pred, label{more})", COSINES)
        yield from grid(way, [data for data in draw.pairs(rng, n, c, dtype) if data.name != "empty"], rng)


def _way(loss: str, name: str, call: str = "", **more: Any) -> Way:
    return Way(loss, name, call or f"functional.{name}(pred, label{{more}})", MEAN, **more)
