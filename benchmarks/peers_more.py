"""scikit-learn, keras (on torch), tensorflow and torchmetrics, where they have the loss."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from data import Case
from measure import short
from peers import Call


def prepare(case: Case) -> tuple[dict[str, Call], dict[str, str]]:
    """Calls by peer; one that lacks the loss is left out without a word."""
    warnings.simplefilter("ignore")
    calls: dict[str, Call] = {}
    missing: dict[str, str] = {}
    makers: dict[str, Callable[[Case], Call | None]] = {
        "scikit-learn": _sklearn,
        "keras": _keras,
        "tensorflow": _tensorflow,
        "torchmetrics": _torchmetrics,
    }
    for name, make in makers.items():
        try:
            call = make(case)
        except Exception as problem:
            missing[name] = short(problem)
            continue
        if call is not None:
            calls[name] = call
    return calls, missing


def _sklearn(case: Case) -> Call | None:
    from sklearn import metrics

    x, y = case.pred, case.label
    plain = {"mse": metrics.mean_squared_error, "mae": metrics.mean_absolute_error, "hinge": metrics.hinge_loss}
    if case.kind in plain:
        return lambda: float(plain[case.kind](y, x))
    if case.kind == "sigmoid_cross_entropy":  # log_loss takes probabilities: made before the clock starts
        p = 1 / (1 + np.exp(-x))
        return lambda: float(metrics.log_loss(y, p))
    if case.kind == "softmax_cross_entropy":
        e = np.exp(x - x.max(axis=1, keepdims=True))
        e /= e.sum(axis=1, keepdims=True)
        return lambda: float(metrics.log_loss(y, e, labels=np.arange(e.shape[1])))
    return None


def _keras(case: Case) -> Call | None:
    if case.kind in ("ctc", "softmax_focal"):  # another task; labels as one-hot rows only
        return None
    import keras
    import torch

    keras.config.set_floatx(case.dtype)
    k = keras.losses
    losses: dict[str, Any] = {
        "mse": k.mean_squared_error,
        "mae": k.mean_absolute_error,
        "huber": k.huber,
        "hinge": k.hinge,
        "sigmoid_cross_entropy": lambda y, x: k.binary_crossentropy(y, x, from_logits=True),
        "focal": lambda y, x: k.binary_focal_crossentropy(y, x, gamma=2.0, from_logits=True),
        "kl_divergence": k.kl_divergence,
        "dice": lambda y, p: k.dice(y, p, axis=(1, 2)),
        "softmax_cross_entropy": lambda y, x: k.sparse_categorical_crossentropy(y, x, from_logits=True),
    }
    x, y = torch.from_numpy(case.pred), torch.from_numpy(case.label)
    x, y = (t[..., None] if case.kind == "dice" else t for t in (x, y))  # channels last
    loss = losses[case.kind]
    return lambda: float(keras.ops.mean(loss(y, x)))


def _tensorflow(case: Case) -> Call | None:
    if case.kind not in ("mse", "mae", "hinge", "sigmoid_cross_entropy", "softmax_cross_entropy", "ctc"):
        return None
    if case.params.get("input") == "logprobs":
        return None
    if case.kind == "ctc" and case.dtype == "float64":
        raise TypeError("tf.nn.ctc_loss takes float32 alone")
    import tensorflow as tf

    mean = tf.reduce_mean
    losses: dict[str, Any] = {
        "mse": lambda x, y: mean(tf.math.squared_difference(x, y)),
        "mae": lambda x, y: mean(tf.abs(x - y)),
        "hinge": lambda x, y: mean(tf.maximum(1 - x * y, 0)),
        "sigmoid_cross_entropy": lambda x, y: mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x)),
        "softmax_cross_entropy": lambda x, y: mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)),
    }
    if case.kind == "ctc":
        steps, sizes = (tf.fill([len(case.pred)], n) for n in (case.pred.shape[1], case.label.shape[1]))
        losses["ctc"] = lambda x, y: mean(
            tf.nn.ctc_loss(tf.cast(y, tf.int32), x, sizes, steps, logits_time_major=False, blank_index=0)
        )
    with tf.device("/CPU:0"):
        x, y = tf.constant(case.pred), tf.constant(case.label)
        graph = tf.function(losses[case.kind])
    return lambda: float(graph(x, y))


def _torchmetrics(case: Case) -> Call | None:
    if case.kind not in ("mse", "mae", "kl_divergence"):
        return None
    import torch
    from torchmetrics import functional as f

    losses: dict[str, Any] = {
        "mse": f.mean_squared_error,
        "mae": f.mean_absolute_error,
        "kl_divergence": lambda p, q: f.kl_divergence(q, p),
    }
    x, y, loss = torch.from_numpy(case.pred), torch.from_numpy(case.label), losses[case.kind]
    return lambda: float(loss(x, y))
