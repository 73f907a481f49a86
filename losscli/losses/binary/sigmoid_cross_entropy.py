from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array, like
from .._classes import SMOOTHINGS, per_class
from .._guards import GUARD, guarded_binary
from .._stable import binary_cross_entropy
from ._binary_formulas import FORMULA, check_knobs, from_logits


@loss(
    "sigmoid_cross_entropy",
    aliases=("bce", "binary_crossentropy", "binary_cross_entropy", "bce_with_logits"),
    family="binary and multi-label",
    pred=("logits", "probs", "logprobs"),
    label=("binary",),
    formula="-(label log p + (1 - label) log(1 - p)),  p = sigmoid(pred)",
    unit="nats",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Good 1952, Rational decisions", "doi:10.1111/j.2517-6161.1952.tb00104.x"),
    like={
        "tf1": (
            call(
                "tf.compat.v1.losses.sigmoid_cross_entropy(labels, logits)",
                input="logits",
                inputs="input",
                formula="tf",
            ),
            call("tf.compat.v1.losses.log_loss(labels, probs)", input="probs", guard="add:1e-7"),
        ),
        "keras": (
            call("keras.losses.BinaryCrossentropy()(labels, probs)", input="probs", guard="clip:1e-7"),
            call("keras.losses.BinaryCrossentropy(from_logits=True)(labels, logits)", input="logits", formula="tf"),
        ),
        "torch": (
            call(
                "torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)", input="logits", formula="torch"
            ),
            call("torch.nn.functional.binary_cross_entropy(probs, labels)", input="probs", guard="clamp:100"),
        ),
        "sklearn": call("sklearn.metrics.log_loss(labels, probs)", input="probs", guard="clip:eps"),
        "sklearn@0.24": call("sklearn.metrics.log_loss(labels, probs, eps=1e-15)", input="probs", guard="clip:1e-15"),
        "optax": call("optax.sigmoid_binary_cross_entropy(logits, labels)", input="logits", formula="optax"),
        "xgboost": call("eval_metric logloss", input="probs", guard="floor:1e-16"),
        "lightgbm": call("metric binary_logloss", input="probs", guard="floor:9.99999997205607e-16"),
        "catboost": (
            call("metric Logloss, CrossEntropy of the raw column", input="logits"),
            call("metric Logloss, CrossEntropy of the column Probability", input="probs"),
        ),
        "document": call("1/2 of the sigmoid cross entropy", input="logits", factor=0.5),
    },
    errata="Some summaries put a factor 1/2 in front: no framework has it.",
    example="cancer/logits.npy cancer/labels.npy",
)
def sigmoid_cross_entropy(
    pred: Array,
    label: Array,
    *,
    input: str,
    dtype: np.dtype[Any],
    pos_weight: Annotated[
        float | tuple[float, ...],
        Param(
            "factor on the loss of positives",
            Interval(0, inf, "left"),
            per="class",
            usual=(0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0),
        ),
    ] = 1.0,
    label_smoothing: Annotated[
        float,
        Param("share e of each label moved to 1/2: y (1 - e) + e / 2", Interval(0, 1), usual=SMOOTHINGS),
    ] = 0.0,
    guard: Annotated[str, GUARD] = "none",
    formula: Annotated[str, FORMULA] = "exact",
) -> Array:
    """Cross entropy of independent yes-or-no labels.

    Use it for binary and multi-label tasks; for one class out of several take softmax_cross_entropy.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns. Labels may be soft.
    Notes: nothing is clipped, so a sure wrong prediction (probability 0 or 1, an infinite logit) costs inf and a sure
    right one 0.
    """
    if label_smoothing:
        label = np.multiply(label, 1.0 - label_smoothing, out=like("bce smooth", pred), dtype=pred.dtype)
        label += 0.5 * label_smoothing
    weight = per_class(pos_weight, pred, "pos_weight")
    check_knobs(input, guard, formula)
    if guard != "none":
        hit, miss = guarded_binary(pred, guard, dtype)
        return np.asarray(-(weight * label * hit + (1.0 - label) * miss))
    if formula != "exact":
        return from_logits(pred, label, weight, formula, dtype)
    return binary_cross_entropy(pred, label, input, weight)


@sigmoid_cross_entropy.formula
def _(m: Any, pred: Any, label: Any, *, input: str, pos_weight: float, label_smoothing: float) -> Any:
    y = label * (1 - label_smoothing) + label_smoothing / 2
    log_p, log_q = m.binary_logs(pred, input)
    return -(m.times(pos_weight * y, log_p) + m.times(1 - y, log_q))


sigmoid_cross_entropy.case(pred=[0.0], label=[1], expect="ln 2")
sigmoid_cross_entropy.case(
    pred=[2, -1, 0.5, -3],
    label=[1, 0, 1, 1],
    reduction="none",
    expect=[0.126928, 0.313262, 0.474077, 3.048587],
)
sigmoid_cross_entropy.case(pred=[2, -1, 0.5, -3], label=[1, 0, 1, 1], weight=[1, 2, 0, 2], expect=1.370125)
sigmoid_cross_entropy.case(pred=[2, -1, 0.5, -3], label=[1, 0, 1, 1], label_smoothing=0.2, expect=1.003213)
sigmoid_cross_entropy.case(pred=[2, -1, 0.5, -3], label=[1, 0, 1, 1], pos_weight=3, expect=2.815510)
sigmoid_cross_entropy.case(pred=[0, 1, 0.5, 1], label=[1, 0, 1, 1], input="probs", expect="inf")
