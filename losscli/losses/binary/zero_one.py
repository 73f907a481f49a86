from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._decisions import KINDS, THRESHOLD, wrong_classes, wrong_elements

_FORMS = {"auto": ("index", "match"), "sigmoid": ("match",), "softmax": ("index", "distribution")}


@loss(
    "zero_one",
    aliases=("zero_one_loss", "error_rate", "classification_error", "binary_error", "merror"),
    family="binary and multi-label",
    pred=KINDS,
    label=lambda params: _FORMS[params["activation"]],
    pred_dims=(1, 2),
    formula="1 if the decision is not the label, else 0",
    unit="share of rows",
    facts={NONNEGATIVE},
    source=Paper("Wald 1949, Statistical decision functions", "doi:10.1214/aoms/1177730030"),
    like={
        "sklearn": (
            call("sklearn.metrics.zero_one_loss(labels, classes, sample_weight=)", input="classes", form="match"),
        ),
        "lightgbm": call("metric binary_error", input="probs", form="match"),
        "xgboost": (
            call("eval_metric error, error@threshold", input="probs", form="match"),
            call("eval_metric merror", input="probs", form="index"),
        ),
        "catboost": (
            call("metric ZeroOneLoss of the column Probability", input="probs", form="match"),
            call("metric ZeroOneLoss of the raw column", input="logits", form="match"),
        ),
    },
    example="cancer/probs.npy cancer/labels.npy",
)
def zero_one(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    threshold: Annotated[float | None, THRESHOLD] = None,
    activation: Annotated[
        str,
        Param(
            "labels of several columns: sigmoid: each is decided by itself, and one that is wrong makes the row wrong; "
            "softmax: one-hot rows, of whose predictions the largest is taken",
            Choice("auto", "sigmoid", "softmax"),
        ),
    ] = "auto",
) -> Array:
    """Share of rows whose decision is wrong: one minus the accuracy.

    Use it to report how often decisions are right; it does not see how sure a prediction was, so train and compare
    with a cross entropy or brier.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; pred and label (n, c) with --activation, which says how they are meant.
    Notes: a prediction equal to the threshold says 0. Decisions are --input classes; they are compared as they are.
    """
    if form != "match":
        truth = label if form == "index" else label.argmax(axis=1)
        if input == "classes":
            raise UsageProblem("Predicted classes stand one beside each label; several columns are scores or probs.")
        return wrong_classes(pred, truth, threshold)
    if pred.ndim == 2 and pred.shape[1] > 1 and activation == "auto":
        raise UsageProblem(
            f"Labels of {label.shape[1]} columns may be independent, or one-hot rows.",
            "Say --activation sigmoid for independent ones (a row is wrong if one of them is), softmax for one-hot.",
        )
    wrong = wrong_elements(pred, label, input, threshold)
    return wrong if wrong.ndim == 1 else np.asarray(wrong.max(axis=1))


@zero_one.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, threshold: Any, activation: str) -> Any:
    if form != "match":
        return int(pred.index(max(pred)) != (label if form == "index" else label.index(max(label))))
    rows = zip(pred, label, strict=True) if isinstance(pred, list) else [(pred, label)]
    limit = threshold if threshold is not None else m.number(0.5 if input == "probs" else 0.0)
    return int(any(p != y if input == "classes" else (p > limit) != (y == 1) for p, y in rows))


_P = [0.9, 0.4, 0.5, 0.2]
zero_one.case(pred=_P, label=[1, 1, 1, 0], reduction="none", expect=[0.0, 1.0, 1.0, 0.0])
zero_one.case(pred=_P, label=[1, 1, 1, 0], threshold=0.3, expect="0")
zero_one.case(pred=_P, label=[1, 1, 1, 0], weight=[1, 2, 3, 4], expect="0.5")
zero_one.case(pred=[3, 1, 2, 2], label=[3, 2, 2, 1], input="classes", expect="0.5")
zero_one.case(pred=[[0.4, 0.4, 0.2], [0.1, 0.2, 0.7]], label=[1, 2], expect="0.5")
zero_one.case(pred=[[0.9, 0.1], [0.9, 0.9]], label=[[1, 0], [1, 0]], activation="sigmoid", expect="0.5")
zero_one.case(pred=[[0.4, 0.2], [0.9, 0.1]], label=[[1, 0], [0, 1]], activation="softmax", expect="0.5")
