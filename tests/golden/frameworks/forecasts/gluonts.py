"""GluonTS: gluonts.evaluation.metrics, functions of two arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gluonts
import numpy as np
from gluonts.evaluation import metrics

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng

VERSIONS = {"gluonts": gluonts.__version__}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What GluonTS answers; calls without an answer go to `raises`."""
    return answered("gluonts", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return {"metrics": metrics, "np": np, **question.data.arrays()}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = [d for d in draw.values(rng, n, c, dtype) if d.pred.ndim == 1 and "infinite" not in d.name]
        amounts = [d for d in draw.amounts(rng, n, c, dtype, zero=False) if d.pred.ndim == 1]
        yield from grid(_way("mse", "mse", "mean"), values, rng, None)
        yield from grid(_way("l1", "abs_error", "sum"), values, rng, None)
        levels = tuple(Variant(f"q={q}", {"quantile": q}) for q in (0.1, 0.5, 0.9))
        yield from grid(_way("pinball", "quantile_loss", "sum", base=False, variants=levels), values, rng, None)
        yield from grid(_way("mape", "mape", "mean"), amounts, rng, None)
        yield from grid(_way("smape", "smape", "mean"), amounts, rng, None)


def _way(loss: str, name: str, reduction: str, **more: Any) -> Way:
    return Way(loss, name, f"metrics.{name}(label, pred{{more}})", {reduction: ""}, **more)
