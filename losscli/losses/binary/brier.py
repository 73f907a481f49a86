from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array, like
from ...core.sums.exact import row_dots
from .._hard import is_hard
from .._stable import complement, log_softmax

_FORMS = {"auto": ("index", "binary"), "sigmoid": ("binary",), "softmax": ("index", "distribution")}


@loss(
    "brier",
    aliases=("brier_score", "brier_score_loss", "quadratic_score"),
    family="binary and multi-label",
    pred=("probs", "logits"),
    label=lambda params: _FORMS[params["activation"]],
    pred_dims=(1, 2),
    formula="sum over classes of (p_c - label_c)^2, halved for two classes: (p - label)^2",
    unit="probability, squared",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Brier 1950, Verification of forecasts expressed in terms of probability, eq. 2"),
    like={
        "sklearn": (
            call("sklearn.metrics.brier_score_loss(labels, probs, sample_weight=)", input="probs", form="binary"),
            call("sklearn.metrics.brier_score_loss(labels, probs, sample_weight=)", input="probs", form="index"),
        ),
        "catboost": (
            call("metric BrierScore of the column Probability", input="probs", form="binary"),
            call("metric BrierScore of the raw column", input="logits", form="binary"),
        ),
        "scoringrules": call("scoringrules.brier_score(labels, probs)", input="probs", form="binary"),
        "properscoring": call("properscoring.brier_score(labels, probs)", input="probs", form="binary"),
        "paper": call("1/n sum over rows and classes of (p - label)^2, also for two classes", scale_by_half="no"),
    },
    errata="Brier's own score adds both classes and is twice what is mostly reported for two. The mean squared error "
    "over the elements of one-hot rows divides by the number of classes as well.",
    example="cancer/probs.npy cancer/labels.npy",
)
def brier(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    scale_by_half: Annotated[
        str,
        Param(
            "whether the sum over classes is halved; auto: for fewer than three classes", Choice("auto", "yes", "no")
        ),
    ] = "auto",
    activation: Annotated[
        str,
        Param(
            "labels of several columns: sigmoid: independent, a score each; softmax: rows of one distribution",
            Choice("auto", "sigmoid", "softmax"),
        ),
    ] = "auto",
) -> Array:
    """Squared distance of probabilities from what happened.

    Use it to judge probabilities, calibration included; unlike a cross entropy it is never more than 1 (two classes)
    or 2, so it does not punish a sure wrong prediction of a rare class much.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,); pred and label (n, c) with --activation, which
    says how they are meant. Labels may be soft.
    Notes: rows of probabilities are not made to sum to one. A sure right prediction costs 0.
    """
    if form == "binary":
        if pred.ndim == 2 and pred.shape[1] > 1 and activation == "auto":
            raise UsageProblem(
                f"Labels of {label.shape[1]} columns may be independent, or rows of one distribution.",
                "Say --activation sigmoid for independent ones, softmax for one-hot rows and probabilities of classes.",
            )
        apart = _two_sided(pred, label, input)
        apart *= apart
        return apart if scale_by_half != "no" else np.multiply(apart, 2.0, out=apart)
    total = _classes(pred, label, input)
    halved = scale_by_half == "yes" or (scale_by_half == "auto" and pred.shape[1] < 3)
    return np.multiply(total, 0.5, out=total) if halved else total


def _two_sided(pred: Array, label: Array, input: str) -> Array:
    """p - label, with all digits where the label is 0 or 1."""
    p, q = complement(pred, input)
    if not is_hard(label):
        np.subtract(p, label, out=p)
    np.copyto(p, q, where=np.equal(label, 1, out=like("brier one", pred, np.bool_)))
    return p


def _classes(pred: Array, label: Array, input: str) -> Array:
    """The sum of (p - label)^2 of each row, with all digits of 1 - p where the label is 1."""
    if input == "logits":
        logs = log_softmax(pred)
        p, q = np.exp(logs, out=like("brier p", pred)), np.expm1(logs, out=logs)
    else:
        p, q = np.array(pred), np.subtract(1.0, pred, out=like("brier q", pred))
    if label.ndim == 2:
        one = label == 1
        p -= label
        np.copyto(p, q, where=one)
    else:
        rows = np.arange(len(pred))
        p[rows, label] = q[rows, label]
    return row_dots(np.array(p), p)


@brier.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, scale_by_half: str, activation: str) -> Any:
    if form == "binary":
        p = pred if input == "probs" else m.exp(m.binary_logs(pred, input)[0])
        return (p - label) ** 2 * (2 if scale_by_half == "no" else 1)
    p = pred if input == "probs" else [m.exp(log) for log in m.class_logs(pred, input)]
    truth = m.onehot(label, len(pred)) if form == "index" else label
    total = m.sum((a - y) ** 2 for a, y in zip(p, truth, strict=True))
    return total / (2 if scale_by_half == "yes" or (scale_by_half == "auto" and len(pred) < 3) else 1)


_P = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]
brier.case(pred=[0.9, 0.4, 0.2], label=[1, 1, 0], reduction="none", expect=[0.01, 0.36, 0.04])
brier.case(pred=[0.9, 0.4, 0.2], label=[1, 1, 0], scale_by_half="no", expect="0.82 / 3")
brier.case(pred=[[0.1, 0.9], [0.6, 0.4]], label=[1, 1], reduction="none", expect=[0.01, 0.36])
brier.case(pred=_P, label=[0, 1, 0], reduction="none", expect=[0.14, 0.26, 1.04])
brier.case(pred=_P, label=[0, 1, 0], scale_by_half="yes", weight=[1, 2, 0], expect=0.11)
brier.case(pred=_P[:1], label=[[0.5, 0.5, 0]], activation="softmax", expect=0.14)
brier.case(pred=[0.0], label=[1], input="logits", expect="0.25")
