from typing import Annotated, Any

import numpy as np

from ...core.domain import Interval, inf
from ...core.loss import NONNEGATIVE, SHIFT_INVARIANT, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.param import Param
from ...core.scratch import Array, like
from .._class_formulas import FORMULA, NORMALIZE, check_knobs, guarded_logs, plain_products
from .._class_formulas import class_logs as framework_logs
from .._classes import IGNORED, SMOOTHINGS, CountedRows, only_index, per_class
from .._guards import GUARD
from .._hard import is_hard
from .._stable import class_logs, softmax_label, times


@loss(
    "softmax_cross_entropy",
    aliases=(
        "ce",
        "cross_entropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "sparse_softmax_cross_entropy",
    ),
    family="multiclass",
    pred=("logits", "probs", "logprobs"),
    label=("index", "distribution"),
    pred_dims=(2,),
    formula="-sum_c label_c log p_c,  p = softmax(pred)",
    unit="nats",
    facts={NONNEGATIVE, SHIFT_INVARIANT, ZERO_AT_PERFECT},
    source=Paper("Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"),
    like={
        "tf1": (
            call(
                "tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)",
                input="logits",
                form="index",
                inputs="input",
                formula="plain",
            ),
            call(
                "tf.compat.v1.losses.softmax_cross_entropy(onehot_labels, logits)",
                input="logits",
                form="distribution",
                inputs="input",
                formula="plain",
            ),
        ),
        "keras": (
            call(
                "keras.losses.SparseCategoricalCrossentropy()(labels, probs)",
                input="probs",
                form="index",
                guard="clip:1e-7",
                normalize="after",
                note="so on TensorFlow; other backends normalize before the guard",
            ),
            call(
                "keras.losses.CategoricalCrossentropy()(onehot_labels, probs)",
                input="probs",
                form="distribution",
                guard="clip:1e-7",
                normalize="before",
            ),
            call(
                "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)",
                input="logits",
                form="index",
                formula="plain",
            ),
            call(
                "keras.losses.CategoricalCrossentropy(from_logits=True)(onehot_labels, logits)",
                input="logits",
                form="distribution",
                formula="plain",
            ),
        ),
        "torch": (
            call(
                "torch.nn.functional.cross_entropy(logits, labels)",
                input="logits",
                form="index",
                denominator="weights",
                weights=False,
                formula="plain",
                ignore_index=-100,
            ),
            call(
                "torch.nn.functional.cross_entropy(logits, label_probs)",
                input="logits",
                form="distribution",
                weights=False,
                formula="plain",
                note="class weights do not count in the denominator",
            ),
            call(
                "torch.nn.functional.nll_loss(logprobs, labels)",
                input="logprobs",
                form="index",
                denominator="weights",
                weights=False,
                formula="plain",
                ignore_index=-100,
            ),
        ),
        "sklearn": call("sklearn.metrics.log_loss(labels, probs)", input="probs", form="index", guard="clip:eps"),
        "sklearn@0.24": call(
            "sklearn.metrics.log_loss(labels, probs, eps=1e-15)",
            input="probs",
            form="index",
            guard="clip:1e-15",
            normalize="after",
        ),
        "optax": (
            call(
                "optax.softmax_cross_entropy_with_integer_labels(logits, labels)",
                input="logits",
                form="index",
                formula="logsumexp",
            ),
            call(
                "optax.softmax_cross_entropy(logits, onehot_labels)",
                input="logits",
                form="distribution",
                formula="plain",
            ),
        ),
    },
    errata="Some summaries say one-hot labels are 0 for the right class: they are 1 there and 0 elsewhere.",
    example="digits/logits.npy digits/labels.npy",
)
def softmax_cross_entropy(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    class_weights: Annotated[
        float | None,
        Param("weight of each class, in the loss and in the denominator", Interval(0, inf, "left"), per="class"),
    ] = None,
    label_smoothing: Annotated[
        float,
        Param("share e of each label spread over all c classes: y (1 - e) + e / c", Interval(0, 1), usual=SMOOTHINGS),
    ] = 0.0,
    ignore_index: Annotated[int | None, Param("class number whose rows are left out", usual=IGNORED)] = None,
    guard: Annotated[str, GUARD] = "none",
    normalize: Annotated[str, NORMALIZE] = "none",
    formula: Annotated[str, FORMULA] = "exact",
) -> Array | Rows:
    """Cross entropy between a label and the softmax of a row of logits.

    Use it for one class out of several; for independent yes-or-no labels take sigmoid_cross_entropy.
    Shapes: pred (n, c); label (n,) class numbers, or (n, c) one-hot rows or probabilities, taken as they are.
    Edges: nothing is clipped or renormalised: probability 0 of the label's class costs inf; a logit of -inf is a
    probability of 0 and costs nothing where the label is 0. Class weights w count as
    sum_c w_c label_c in the denominator.
    """
    only_index(ignore_index, form)
    weights: Any = None if class_weights is None else per_class(class_weights, pred, "class_weights")
    check_knobs(input, guard, normalize, formula)
    if formula != "exact":
        logs = pred if input == "logprobs" else framework_logs(pred.astype(dtype), formula)
        return _plain(logs, label, weights, label_smoothing, ignore_index)
    if guard != "none" or normalize != "none":
        pred, input = guarded_logs(pred, guard, normalize, dtype), "logprobs"
    if form == "distribution":
        whole = is_hard(label) and not label_smoothing
        one = np.equal(label, 1, out=like("ce one", label, np.bool_)) if whole else None
        if one is None or (one.sum(axis=1) != 1).any():
            return _soft(pred, label, input, weights, label_smoothing)
        label = one.argmax(axis=1)  # the same labels, and the index road is shorter
    counted = CountedRows(label, ignore_index)
    loss = _hard(pred, counted.label, input)
    if weights is None and not label_smoothing:
        return counted.rows(loss)
    own = np.ones(1) if weights is None else _of_label(weights, pred, counted)
    loss = times(own * (1.0 - label_smoothing), loss, "ce own")
    if label_smoothing:
        even = _all_classes(pred, input, 1.0 if weights is None else weights)
        loss += even * (label_smoothing / pred.shape[1])
    return counted.rows(loss, None if weights is None else own)


def _of_label(weights: Any, pred: Array, counted: CountedRows) -> Array:
    """The weight of each row's class."""
    return np.asarray(np.broadcast_to(weights, pred.shape[1])[counted.label])  # a copy: the index is an array


def _plain(logs: Array, label: Array, weights: Any, smoothing: float, ignore_index: int | None) -> Rows:
    """The loss by a framework's formula, from its log-probabilities."""
    if label.ndim > 1:
        mass = None if weights is None else np.add.reduce(np.multiply(label, weights), axis=1, dtype=np.float64)
        return Rows((plain_products(logs, label, weights, smoothing),), mass)
    counted = CountedRows(label, ignore_index)
    loss = plain_products(logs, counted.label, weights, smoothing)
    return counted.rows(loss, None if weights is None else _of_label(weights, logs, counted))


def _hard(pred: Array, label: Array, kind: str) -> Array:
    """-log p of the label's class."""
    if kind == "logits":
        return softmax_label(pred, label)[0]
    chosen = pred[np.arange(len(label)), label]
    with np.errstate(divide="ignore"):
        return np.negative(chosen if kind == "logprobs" else np.log(chosen))


def _all_classes(pred: Array, kind: str, weights: Any) -> Array:
    """-sum_c w_c log p_c; a class of weight 0 does not count, whatever its probability."""
    part = times(np.broadcast_to(weights, pred.shape), class_logs(pred, kind), "ce all")
    return np.asarray(-np.add.reduce(part, axis=1))


def _soft(pred: Array, label: Array, kind: str, weights: Any, smoothing: float) -> Array | Rows:
    target = label
    if smoothing:
        target = np.multiply(label, 1.0 - smoothing, out=like("ce target", pred), dtype=pred.dtype)
        target += smoothing / pred.shape[1]
    if weights is not None:
        target = np.multiply(target, weights, out=like("ce target", pred), dtype=pred.dtype)
    loss = np.asarray(-np.add.reduce(times(target, class_logs(pred, kind), "ce"), axis=1))
    if weights is None:
        return loss
    return Rows((loss,), np.add.reduce(np.multiply(label, weights, dtype=pred.dtype), axis=1))


@softmax_cross_entropy.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    class_weights: Any,
    label_smoothing: float,
    ignore_index: Any,
) -> Any:
    target = m.onehot(label, len(pred)) if form == "index" else label
    weight = 1 if class_weights is None else class_weights
    weights = weight if isinstance(weight, tuple) else [weight] * len(pred)
    return -m.sum(
        m.times(w * (y * (1 - label_smoothing) + m.number(label_smoothing) / len(pred)), log_p)
        for w, y, log_p in zip(weights, target, m.class_logs(pred, input), strict=True)
    )


_Z = [[2, 1, 0.1], [0.5, 2.5, -1], [1, 1, 1]]
softmax_cross_entropy.case(pred=[[0.0, 0.0]], label=[1], expect="ln 2")
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], reduction="none", expect=[0.41703, 3.653178, 1.098612])
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), expect=2.262298)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), reduction="sum", expect=13.573789)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], ignore_index=1, expect=2.035104)
softmax_cross_entropy.case(
    pred=_Z, label=[0, 2, 1], label_smoothing=0.1, reduction="none", expect=[0.513697, 3.486511, 1.098612]
)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), label_smoothing=0.1, expect=2.203918)
softmax_cross_entropy.case(
    pred=_Z, label=[[1, 0, 0], [0, 0, 1], [0, 1, 0]], weight=[1, 2, 0], denominator="nonzero", expect=3.861693
)
