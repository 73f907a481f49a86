"""TensorFlow 1: tf.compat.v1.losses and its neighbours, run eagerly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Array, Data, Rng

VERSIONS = {"tensorflow": tf.__version__}

ARGUMENT = {"mean": "", "sum": "reduction='weighted_sum'", "none": "reduction='none'"}
WRAPPED = {"mean": "tf.reduce_mean(CALL)", "sum": "tf.reduce_sum(CALL)", "none": "CALL"}


def sparse(label: Array, lengths: Array) -> tf.SparseTensor:
    """Label sequences as ctc_loss wants them."""
    inside = np.arange(label.shape[1]) < lengths[:, None]
    return tf.SparseTensor(np.argwhere(inside), label[inside].astype(np.int32), label.shape)


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TensorFlow answers; calls without an answer go to `raises`."""
    return answered("tf1", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    weights = {} if question.weights is None else {"w": question.weights}
    shared = {"tf": tf, "losses": tf.compat.v1.losses, "nn": tf.compat.v1.nn, "sparse": sparse}
    shared["distributions"] = tf.compat.v1.distributions
    return {**shared, **question.data.arrays(), **weights, **question.names}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        logits = list(draw.binary_logits(rng, n, c, dtype))
        classes = list(draw.class_logits(rng, n, c, dtype))
        yield from grid(_sigmoid(), logits, rng)
        yield from grid(_pos_weight(), [data for data in logits if data.name in ("plain", "columns", "saturated")], rng)
        yield from grid(_log_loss(), draw.binary_probs(rng, n, c, dtype), rng)
        yield from grid(_softmax(), draw.as_rows(rng, iter(classes), dtype), rng)
        yield from grid(_sparse(), classes, rng)
        yield from _hinge(rng, n, c, dtype)
        yield from grid(_kl(), draw.distributions(rng, n, c, dtype), rng)
        values = list(draw.values(rng, n, c, dtype))
        for way in _regression():
            yield from grid(way, values, rng)
        yield from _ctc(rng, dtype)


def _losses(loss: str, name: str, columns: str = "weights=w[:, None]", **more: Any) -> Way:
    call = f"losses.{name}(label, pred{{weights}}{{more}})"
    return Way(loss, name, call, ARGUMENT, weights="weights=w", weights_of_columns=columns, **more)


def _smoothings(*shares: float) -> tuple[Variant, ...]:
    return tuple(Variant(f"label_smoothing={share}", {"label_smoothing": share}) for share in shares)


def _sigmoid() -> Way:
    return _losses(
        "sigmoid_cross_entropy",
        "sigmoid_cross_entropy",
        arguments={"input": "logits"},
        variants=_smoothings(0.1, 0.4),
    )


def _pos_weight() -> Way:
    variants = tuple(Variant(f"pos_weight={factor}", {"pos_weight": factor}) for factor in (0.5, 3.0))
    name = "weighted_cross_entropy_with_logits"
    call, arguments = f"nn.{name}(label, pred{{more}})", {"input": "logits"}
    return Way("sigmoid_cross_entropy", name, call, WRAPPED, arguments=arguments, variants=variants, base=False)


def _log_loss() -> Way:
    return _losses("sigmoid_cross_entropy", "log_loss", arguments={"input": "probs"})


def _softmax() -> Way:
    return _losses(
        "softmax_cross_entropy",
        "softmax_cross_entropy",
        columns="weights=w",
        arguments={"input": "logits"},
        variants=_smoothings(0.1, 0.4),
    )


def _sparse() -> Way:
    return _losses(
        "softmax_cross_entropy",
        "sparse_softmax_cross_entropy",
        columns="weights=w",
        arguments={"input": "logits"},
    )


def _hinge(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    yield from grid(_losses("hinge", "hinge_loss"), draw.scores(rng, n, c, dtype, 0), rng)
    for data in draw.scores(rng, n, c, dtype, -1):
        if data.name in ("plain", "columns"):
            signed = Data(f"signed-{data.name}", data.pred, data.label)
            yield from grid(_losses("hinge", "hinge_loss", note="-1 is taken for a label of 2 x -1 - 1"), [signed], rng)


def _kl() -> Way:
    call = "distributions.kl_divergence(distributions.Categorical(probs=label), distributions.Categorical(probs=pred))"
    return Way("kl_divergence", "kl_divergence", call, WRAPPED, arguments={"input": "probs"})


def _regression() -> Iterator[Way]:
    yield _losses("mse", "mean_squared_error")
    yield _losses("mae", "absolute_difference")
    deltas = tuple(Variant(f"delta={delta}", {"delta": delta}) for delta in (0.5, 2.5))
    yield _losses("huber", "huber_loss", variants=deltas)
    yield Way("l2", "l2_loss", "tf.nn.l2_loss(pred - label)", {"sum": "CALL"})


def _ctc(rng: Rng, dtype: draw.Dtype) -> Iterator[Question]:
    call = "nn.ctc_loss(sparse(label, label_lengths), pred, input_lengths{more})"
    skip = Variant(
        "ignore_longer_outputs_than_inputs=True", {"infeasible": "zero"}, only=("plain", "ragged", "impossible")
    )
    shared = {"input": "logits"}
    batch = Way("ctc", "ctc_loss-ntc", call, WRAPPED, "time_major=False", {**shared, "layout": "ntc"})
    yield from grid(batch, draw.sequences(rng, dtype, -1, -1), rng)
    time = Way("ctc", "ctc_loss", call, WRAPPED, "", {**shared, "layout": "tnc"}, variants=(skip,))
    yield from grid(time, map(draw.time_major, draw.sequences(rng, dtype, -1, -1)), rng)
