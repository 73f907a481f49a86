from typing import Annotated, Any

import numpy as np

from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.scratch import Array
from .._class_formulas import NORMALIZE
from .._guards import GUARD, guarded_binary
from .._stable import binary_cross_entropy
from ..binary._binary_formulas import check_knobs
from ._cross_entropy import cross_entropy

_BOOSTED: dict[str, Any] = {"input": "probs", "guard": "floor:9.99999997205607e-16"}


@loss(
    "log_loss",
    aliases=("logloss", "logistic_log_loss", "binary_logloss", "multi_logloss", "mlogloss"),
    family="multiclass",
    pred=("probs", "logits"),
    label=("index", "distribution", "binary"),
    pred_dims=(1, 2),
    formula="-sum_c label_c log p_c;  of one column -(label log p + (1 - label) log(1 - p))",
    unit="nats",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Good 1952, Rational decisions", "doi:10.1111/j.2517-6161.1952.tb00104.x"),
    like={
        "tf1": call(
            "tf.compat.v1.losses.log_loss(labels, probs)",
            input="probs",
            form="binary",
            guard="add:1e-7",
        ),
        "sklearn": (
            call("sklearn.metrics.log_loss(labels, probs)", input="probs", form="binary", guard="clip:eps"),
            call(
                "sklearn.metrics.log_loss(labels, probs)",
                input="probs",
                form="index",
                guard="clip:eps",
                note="its columns stand in the order of the sorted labels",
            ),
        ),
        "sklearn@0.24": (
            call(
                "sklearn.metrics.log_loss(labels, probs, eps=1e-15)", input="probs", form="binary", guard="clip:1e-15"
            ),
            call(
                "sklearn.metrics.log_loss(labels, probs, eps=1e-15)",
                input="probs",
                form="index",
                guard="clip:1e-15",
                normalize="after",
            ),
        ),
        "xgboost": (
            call("eval_metric logloss", input="probs", form="binary", guard="floor:1e-16"),
            call("eval_metric mlogloss", input="probs", form="index", guard="floor:1e-16"),
        ),
        "lightgbm": (
            call("metric binary_logloss", form="binary", **_BOOSTED),
            call("metric multi_logloss", form="index", **_BOOSTED),
        ),
        "catboost": (
            call("metric Logloss of the raw column", input="logits", form="binary"),
            call("metric MultiClass of the raw columns", input="logits", form="index"),
            call("metric Logloss of the column Probability", input="probs", form="binary"),
            call("metric MultiClass of the columns Probability", input="probs", form="index"),
        ),
    },
    elsewhere={"scoringrules": "log_score; rls_score for classes in an order"},
    errata="scikit-learn takes columns in the order of the sorted labels, and does not divide rows by their sum since "
    "1.5; halving all probabilities then adds log 2.",
    example="digits/probs.npy digits/labels.npy",
)
def log_loss(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    guard: Annotated[str, GUARD] = "none",
    normalize: Annotated[str, NORMALIZE] = "none",
) -> Array | Rows:
    """Cross entropy of probabilities, of two classes or of several.

    Use it for what predict_proba and boosting libraries write; from logits softmax_cross_entropy and
    sigmoid_cross_entropy have class weights and smoothing too.
    Shapes: pred and label (n,), the probability of 1; pred (n, c) with class numbers (n,), or with rows (n, c) that are
    one-hot or distributions. Several independent labels a row are sigmoid_cross_entropy.
    Notes: nothing is clipped or renormalised, so a probability of 0 for what happened costs inf.
    """
    if form == "binary":
        if normalize != "none":
            raise UsageProblem("--normalize is for several columns of probabilities, one a class.")
        check_knobs(input, guard, "exact")
        if guard == "none":
            return binary_cross_entropy(pred, label, input)
        hit, miss = guarded_binary(pred, guard, dtype)
        return np.asarray(-(label * hit + (1.0 - label) * miss))
    return cross_entropy(pred, label, input, form, dtype, guard=guard, normalize=normalize)


@log_loss.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str) -> Any:
    if form == "binary":
        log_p, log_q = m.binary_logs(pred, input)
        return -(m.times(label, log_p) + m.times(1 - label, log_q))
    truth = m.onehot(label, len(pred)) if form == "index" else label
    return -m.sum(m.times(y, log) for y, log in zip(truth, m.class_logs(pred, input), strict=True))


log_loss.case(pred=[0.5, 0.75], label=[1, 0], expect="(ln 2 + ln 4) / 2")
log_loss.case(pred=[[0.5, 0.25, 0.25], [0.2, 0.7, 0.1]], label=[2, 0], reduction="none", expect=[1.386294, 1.609438])
log_loss.case(pred=[[0.5, 0.25, 0.25]], label=[[0.5, 0.5, 0]], expect="1.5 * ln 2")
log_loss.case(
    pred=[[0.7, 0.2, 0.1], [0.1, 0, 0.9]], label=[0, 1], guard="clip:1e-7", expect="(-ln(0.7) - ln(1e-7)) / 2"
)
log_loss.case(pred=[1.0, 0.5], label=[0, 1], expect="inf")
