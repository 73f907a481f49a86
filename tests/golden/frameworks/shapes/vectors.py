"""Losses that take one axis together, in arrays with more axes: cosines along any axis, labels along the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import keras
import numpy as np
import optax
import tensorflow as tf
import torch

from ...case import Case, Raised
from ...draw import Rng
from . import Asked, cases_of, numbers, one_hot, with_classes

VERSIONS = {
    "torch": torch.__version__,
    "keras": keras.__version__,
    "optax": optax.__version__,
    "tensorflow": tf.__version__,
}
jax.config.update("jax_enable_x64", True)


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What each framework answers."""
    for framework, (ask, array, names) in ASKED.items():
        yield from cases_of(framework, rng, raises, ask, _evaluated(array, names))


def _evaluated(array: Callable[[Any], Any], modules: Mapping[str, Any]) -> Callable[[str, Mapping[str, Any]], float]:
    def evaluated(call: str, names: Mapping[str, Any]) -> float:
        return float(eval(call, {**modules, **{key: array(value) for key, value in names.items()}}))

    return evaluated


def _pairs(rng: Rng, shape: tuple[int, ...], size: int, axis: int, dtype: Any) -> dict[str, Any]:
    whole = with_classes(shape, size, axis)
    return {"pred": numbers(rng, whole, dtype), "label": numbers(rng, whole, dtype)}


def _positive(rng: Rng, shape: tuple[int, ...], size: int, axis: int, dtype: Any) -> dict[str, Any]:
    """Pairs whose cosines are above 0 and below 1, so that float32 sums of them, or of 1 less them, keep their digits.

    They are a little shorter than 1, since TensorFlow's distance takes vectors as they are.
    """
    pairs = {role: np.abs(values) + dtype(0.1) for role, values in _pairs(rng, shape, size, axis, dtype).items()}
    return {
        role: values / np.linalg.norm(values, axis=axis, keepdims=True) * dtype(0.9) for role, values in pairs.items()
    }


def _torch(rng: Rng, shape: tuple[int, ...], size: int, dtype: Any) -> Iterator[Asked]:
    for reduction in ("mean", "sum"):
        along = _pairs(rng, shape, size, 1, dtype)
        yield "cosine_similarity", f"F.cosine_similarity(pred, label).{reduction}()", along, reduction, {}
        last = _pairs(rng, shape, size, -1, dtype)
        call = f"F.cosine_similarity(pred, label, dim=-1).{reduction}()"
        yield "cosine_similarity", call, last, reduction, {"class_axis": -1}
        hard = one_hot(rng.integers(0, size, shape), size, -1, dtype)
        names = {"pred": last["pred"], "label": hard}
        call = f"F.multilabel_soft_margin_loss(pred, label, reduction='{reduction}')"
        yield "multilabel_soft_margin", call, names, reduction, {}
        weights = np.round(rng.uniform(0.2, 3, size), 2).astype(dtype)
        listed = tuple(float(str(each)) for each in weights)
        call = f"F.multilabel_soft_margin_loss(pred, label, weight=w, reduction='{reduction}')"
        yield "multilabel_soft_margin", call, {**names, "w": weights}, reduction, {"class_weights": listed}


def _keras(rng: Rng, shape: tuple[int, ...], size: int, dtype: Any) -> Iterator[Asked]:
    for reduction, word in (("mean", "sum_over_batch_size"), ("sum", "sum")):
        last, along = _positive(rng, shape, size, -1, dtype), _positive(rng, shape, size, 1, dtype)
        call = f"keras.losses.CosineSimilarity(reduction='{word}')(label, pred)"
        yield "cosine_similarity", call, last, reduction, {}
        weights = rng.uniform(0, 2, shape).astype(dtype)
        weighted = f"keras.losses.CosineSimilarity(reduction='{word}')(label, pred, sample_weight=w)"
        yield "cosine_similarity", weighted, {**last, "w": weights}, reduction, {"weights": weights}
        call = f"keras.losses.CosineSimilarity(axis=1, reduction='{word}')(label, pred)"
        yield "cosine_similarity", call, along, reduction, {"class_axis": 1}


def _optax(rng: Rng, shape: tuple[int, ...], size: int, dtype: Any) -> Iterator[Asked]:
    for reduction in ("mean", "sum"):
        for loss in ("cosine_similarity", "cosine_distance"):
            last, along = _pairs(rng, shape, size, -1, dtype), _pairs(rng, shape, size, 1, dtype)
            yield loss, f"optax.{loss}(pred, label).{reduction}()", last, reduction, {}
            yield loss, f"optax.{loss}(pred, label, axis=1).{reduction}()", along, reduction, {"class_axis": 1}


def _tf1(rng: Rng, shape: tuple[int, ...], size: int, dtype: Any) -> Iterator[Asked]:
    for reduction, word in (("mean", "weighted_mean"), ("sum", "weighted_sum")):
        for axis in (1, -1):
            names = _positive(rng, shape, size, axis, dtype)
            call = f"losses.cosine_distance(label, pred, axis={axis}, reduction='{word}')"
            yield "cosine_distance", call, names, reduction, {"class_axis": axis}


ASKED: Mapping[str, tuple[Any, Callable[[Any], Any], Mapping[str, Any]]] = {
    "torch": (_torch, torch.from_numpy, {"F": torch.nn.functional}),
    "keras": (_keras, np.asarray, {"keras": keras}),
    "optax": (_optax, jax.numpy.asarray, {"optax": optax}),
    "tf1": (_tf1, np.asarray, {"losses": tf.compat.v1.losses}),
}
