"""Keras on TensorFlow: classes last; weights of samples or of elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import losses

from ...case import Case, Raised
from ...draw import Rng
from . import Asked, cases_of, distributions, holes, numbers, one_hot, probs, with_classes

VERSIONS = {"keras": keras.__version__}
REDUCTIONS = {"mean": "reduction='sum_over_batch_size'", "sum": "reduction='sum'"}
VALUES = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "huber": "Huber", "log_cosh": "LogCosh",
    "msle": "MeanSquaredLogarithmicError", "poisson": "Poisson",
}  # fmt: skip


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers."""
    return cases_of("keras", rng, raises, _asked, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    return float(eval(call, {"losses": losses, **names}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    whole = with_classes(shape, classes, -1)
    logits, label = numbers(rng, whole, dtype), rng.integers(0, classes, shape)
    chances, hard = distributions(rng, shape, classes, -1, dtype), one_hot(label, classes, -1, dtype)
    weights = np.round(rng.uniform(0.2, 2, shape), 2).astype(dtype)
    for reduction, said in REDUCTIONS.items():
        for pred, given, kind in ((logits, "from_logits=True, ", "logits"), (chances, "", "probs")):
            sparse = f"losses.SparseCategoricalCrossentropy({given}{said})(label, pred)"
            said_of = {"input": kind}
            yield "softmax_cross_entropy", sparse, {"pred": pred, "label": label}, reduction, said_of
            dense = f"losses.CategoricalCrossentropy({given}{said})(label, pred)"
            yield "softmax_cross_entropy", dense, {"pred": pred, "label": hard}, reduction, said_of
            weighed = {"pred": pred, "label": label, "w": weights}
            call = sparse.replace("(label, pred)", "(label, pred, sample_weight=w)")
            yield "softmax_cross_entropy", call, weighed, reduction, {**said_of, "weights": weights}
            for name, labels in holes(rng, label, 255).items():
                if name != "all":
                    call = f"losses.SparseCategoricalCrossentropy({given}ignore_class=255, {said})(label, pred)"
                    ignoring = {**said_of, "ignore_index": 255}
                    yield "softmax_cross_entropy", call, {"pred": pred, "label": labels}, reduction, ignoring
            call = f"losses.BinaryCrossentropy({given}{said})(label, pred)"
            yield "sigmoid_cross_entropy", call, {"pred": pred, "label": hard}, reduction, said_of
        call = f"losses.KLDivergence({said})(label, pred)"
        soft = {"pred": chances, "label": distributions(rng, shape, classes, -1, dtype)}
        yield "kl_divergence", call, soft, reduction, {"input": "probs"}
        pair = {"pred": probs(rng, whole, dtype), "label": probs(rng, whole, dtype)}
        for loss, name in VALUES.items():
            yield loss, f"losses.{name}({said})(label, pred)", pair, reduction, {}
