from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_dots
from .._class_formulas import class_logs as framework_logs
from .._class_formulas import in_floats, plain_products
from .._stable import class_logs, softmax_label, times
from ._class_scores import log_of_label


@loss(
    "poly",
    aliases=("poly_loss", "poly1", "poly_cross_entropy"),
    family="multiclass",
    pred=("logits", "probs", "logprobs"),
    label=("index", "distribution"),
    pred_dims=(2,),
    formula="sum_c label_c (-log p_c + eps (1 - p_c))",
    unit="nats",
    source=Paper("Leng et al. 2022, PolyLoss, eq. 4 (Poly-1)", "arXiv:2204.12511"),
    like={
        "optax": call(
            "optax.poly_loss_cross_entropy(logits, onehot_labels)",
            input="logits",
            form="distribution",
            eps=2.0,
            formula="plain",
        ),
        "paper": call("cross entropy + eps (1 - p), eps = 2 for ImageNet", eps=2.0),
    },
    elsewhere={"timm": "timm.loss.PolyCrossEntropy (eps 1)"},
    example="digits/logits.npy digits/labels.npy",
)
def poly(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    eps: Annotated[
        float,
        Param(
            "weight of 1 - p, the first term of the series of -log p",
            Interval(-inf, inf, "neither"),
            usual=(-1.0, 1.0, 2.0),
        ),
    ] = 1.0,
    formula: Annotated[
        str,
        Param(
            "exact, limits included, or plain: as a framework writes it, in its floats",
            Choice("exact", "plain"),
            knob=True,
        ),
    ] = "exact",
) -> Array:
    """Cross entropy with more weight, or less, on the first term of its series in 1 - p.

    Use it where focal's exponent was tuned before: eps is tuned the same way; values of different eps do not compare.
    Shapes: pred (n, c); label (n,) class numbers, or (n, c) one-hot rows or probabilities, taken as they are.
    Notes: eps 0 is softmax_cross_entropy; below 0 the loss may be below 0. A sure wrong prediction costs inf.
    """
    rows = np.arange(len(pred))
    if formula == "plain":
        if input != "logits" or form != "distribution":
            raise UsageProblem("--formula plain is for logits with one-hot rows or probabilities.")
        x = pred.astype(dtype)
        with np.errstate(all="ignore"):
            powers = in_floats(np.exp, x - x.max(axis=1, keepdims=True, initial=-np.inf))
            p = powers / powers.sum(axis=1, keepdims=True)
            extra = (label * (dtype.type(1.0) - p)).sum(axis=1)
            return np.asarray(plain_products(framework_logs(x), label, None, 0.0) + eps * extra)
    if form == "index":
        if input == "logits":
            loss, miss = softmax_label(pred, label)
        else:
            own = log_of_label(pred, label, input)
            loss, miss = -own, 1.0 - pred[rows, label] if input == "probs" else -np.expm1(own)
        return loss + eps * miss
    logs = class_logs(pred, input)
    miss = 1.0 - pred if input == "probs" else -np.expm1(logs)
    share = np.asarray(label, dtype=pred.dtype)
    return np.asarray(eps * row_dots(miss, share) - times(share, logs, "poly").sum(axis=1))


@poly.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, eps: float) -> Any:
    truth = m.onehot(label, len(pred)) if form == "index" else label
    logs = m.class_logs(pred, input)
    misses = [1 - p for p in pred] if input == "probs" else [m.one_minus_exp(log) for log in logs]
    return m.sum(-m.times(y, log) + y * eps * q for y, log, q in zip(truth, logs, misses, strict=True))


poly.case(pred=[[0.0, 0.0]], label=[0], expect="ln 2 + 0.5")
poly.case(pred=[[0.0, 0.0]], label=[0], eps=-1, expect="ln 2 - 0.5")
poly.case(pred=[[0.25, 0.75]], label=[[0.5, 0.5]], input="probs", eps=2, expect="0.5 * (ln 4 - ln(0.75)) + 1")
