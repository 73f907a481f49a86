"""scikit-learn: the metrics of sklearn.metrics that sort the rows."""

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

POOLED = {"pooled": ""}
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
        flat = [data for data in values if data.pred.ndim == 1]
        yield from grid(Way("max_error", "max_error", "metrics.max_error(label, pred)", POOLED), flat, rng, None)
        yield from grid(_way("median_absolute_error", "median_absolute_error", POOLED), values, rng, None)
        varied = [data for data in values if data.name not in ("single", "equal", "close", "huge")]
        mae = _way("d2", "d2_absolute_error_score", MEAN, arguments={"of": "mae"})
        yield from grid(mae, varied, rng, None)
        levels = (Variant(f"alpha={q}", {"of": f"pinball:quantile={q}"}) for q in (0.1, 0.3, 0.9))
        pinball = _way("d2", "d2_pinball_score", MEAN, base=False, variants=tuple(levels))
        yield from grid(pinball, varied, rng, None)


def _way(loss: str, name: str, reductions: dict[str, str], **more: Any) -> Way:
    call = f"metrics.{name}(label, pred{{more}}{{weights}})"
    return Way(loss, name, call, reductions, weights="sample_weight=w", **more)
