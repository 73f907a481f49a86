"""Optax: classes last; its losses are elementwise, and users take their mean or sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
import optax

from ...case import Case, Raised
from ...draw import Rng
from . import Asked, cases_of, distributions, numbers, one_hot, with_classes

VERSIONS = {"optax": optax.__version__, "jax": jax.__version__}
jax.config.update("jax_enable_x64", True)


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers."""
    return cases_of("optax", rng, raises, _asked, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    arrays = {key: jax.numpy.asarray(value) for key, value in names.items()}
    return float(eval(call, {"optax": optax, "jnp": jax.numpy, **arrays}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    logits = numbers(rng, with_classes(shape, classes, -1), dtype)
    label = rng.integers(0, classes, shape)
    hard, soft = one_hot(label, classes, -1, dtype), distributions(rng, shape, classes, -1, dtype)
    logs = np.log(distributions(rng, shape, classes, -1, dtype))
    index, rows = {"pred": logits, "label": label}, {"pred": logits, "label": soft}
    for reduction in ("mean", "sum"):
        end = f".{reduction}()"
        call = f"optax.softmax_cross_entropy_with_integer_labels(pred, label){end}"
        yield "softmax_cross_entropy", call, index, reduction, {}
        yield "softmax_cross_entropy", f"optax.softmax_cross_entropy(pred, label){end}", rows, reduction, {}
        pair = {"pred": logits, "label": hard}
        call = f"optax.sigmoid_binary_cross_entropy(pred, label){end}"
        yield "sigmoid_cross_entropy", call, pair, reduction, {"input": "logits"}
        call = f"optax.kl_divergence(pred, label){end}"
        yield "kl_divergence", call, {"pred": logs, "label": soft}, reduction, {"input": "logprobs"}
        values = {"pred": logits, "label": numbers(rng, logits.shape, dtype)}
        yield "mse", f"optax.squared_error(pred, label){end}", values, reduction, {}
        yield "half_squared_error", f"optax.l2_loss(pred, label){end}", values, reduction, {}
        yield "huber", f"optax.huber_loss(pred, label, delta=0.5){end}", values, reduction, {"delta": 0.5}
        yield "log_cosh", f"optax.log_cosh(pred, label){end}", values, reduction, {}
