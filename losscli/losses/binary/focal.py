from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.scratch import Array
from .._class_formulas import NORMALIZE, guarded_logs
from .._classes import IGNORED, CountedRows, only_index, per_class
from .._guards import GUARD
from .._stable import times
from ._focal_exact import of_columns, one_class, sigmoid, soft_classes
from ._focal_formulas import (
    ALPHA_FORM,
    COUNT,
    FORMULA,
    alpha_of,
    check_knobs,
    class_factor,
    class_loss,
    per_positive,
    sigmoid_loss,
)

FORMS = {
    "auto": ("binary", "index"),
    "sigmoid": ("binary", "index"),
    "softmax": ("index", "distribution"),
}

SIGMOID: dict[str, Any] = {"input": "logits", "form": "binary", "activation": "sigmoid"}
KERAS_CLASSES: dict[str, Any] = {"activation": "softmax", "alpha": 0.25, "guard": "clip:1e-7", "normalize": "before"}
MONAI: dict[str, Any] = {
    "input": "logits",
    "inputs": "float32",
    "items": "float32",
    "alpha_form": "monai",
    "formula": "monai",
}
BALANCING = "alpha is that of apply_class_balancing=True"


@loss(
    "focal",
    aliases=("focal_loss", "binary_focal", "sigmoid_focal", "softmax_focal", "categorical_focal"),
    family="binary and multi-label",
    pred=("logits", "probs", "logprobs"),
    label=lambda params: FORMS[params["activation"]],
    formula="-alpha_t (1 - p_t)^gamma log p_t,  p_t = p where the label is 1, 1 - p where it is 0",
    unit="nats",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Lin et al. 2017, Focal loss for dense object detection, eq. 5", "arXiv:1708.02002"),
    like={
        "keras": (
            call(
                "keras.losses.BinaryFocalCrossentropy()(labels, probs)",
                **SIGMOID | {"input": "probs", "guard": "clip:1e-7", "note": BALANCING},
            ),
            call("keras.losses.CategoricalFocalCrossentropy()(onehot_labels, probs)", input="probs", **KERAS_CLASSES),
            call(
                "keras.losses.BinaryFocalCrossentropy(from_logits=True)(labels, logits)",
                **SIGMOID | {"formula": "tf", "note": BALANCING},
            ),
            call(
                "keras.losses.CategoricalFocalCrossentropy(from_logits=True)(onehot_labels, logits)",
                **KERAS_CLASSES | {"input": "logits", "squash": "softmax"},
            ),
        ),
        "torchvision": call(
            "torchvision.ops.sigmoid_focal_loss(logits, labels, reduction='mean')",
            **SIGMOID | {"alpha": 0.25, "formula": "torch", "note": "its alpha=-1 is our none"},
        ),
        "monai": (
            call("monai.losses.FocalLoss()(logits, labels)", **SIGMOID | MONAI),
            call(
                "monai.losses.FocalLoss(use_softmax=True)(logits, onehot_labels)",
                **MONAI | {"when": {"activation": "softmax"}, "note": "its mean is over rows and classes"},
            ),
            call(
                "monai.losses.FocalLoss(to_onehot_y=True)(logits, labels)",
                **MONAI | {"form": "index", "when": {"activation": "sigmoid"}},
            ),
        ),
        "smp": (
            call("smp.losses.FocalLoss('binary')(logits, labels)", **SIGMOID, formula="smp"),
            call(
                "smp.losses.FocalLoss('binary', from_logits=False)(probs, labels)",
                **SIGMOID | {"input": "probs", "guard": "clip:1e-7", "formula": "smp"},
            ),
            call("smp.losses.FocalLoss('multiclass')(logits, labels)", **SIGMOID | {"form": "index"}, formula="smp"),
        ),
        "optax": call("optax.sigmoid_focal_loss(logits, labels)", **SIGMOID, formula="optax"),
        "paper": call(
            "eq. 5 with alpha 0.25, divided by the number of positives",
            **SIGMOID | {"input": "", "alpha": 0.25, "count": "positives"},
        ),
        "document": call(
            "-1/m sum 0.25 (1 - p)^2 log p, p = softmax", input="logits", activation="softmax", alpha=0.25
        ),
    },
    elsewhere={"tfa": "tensorflow_addons.losses.SigmoidFocalCrossEntropy (alpha 0.25; the sum over columns)"},
    errata="Often described as a softmax loss with one alpha. The paper's is a sigmoid with alpha for positives and "
    "1 - alpha for negatives, and alpha = 0.25 was tuned for that; with softmax one alpha only rescales.",
    example="cancer/logits.npy cancer/labels.npy",
)
def focal(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    alpha: Annotated[
        float | None,
        Param(
            "weight of positives, negatives get 1 - alpha; softmax: the class's factor",
            Interval(0, 1),
            per="class",
            usual=(None, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9),
        ),
    ] = None,
    gamma: Annotated[
        float,
        Param(
            "focusing exponent; 0 is cross entropy",
            Interval(0, inf, "left"),
            usual=(0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0),
        ),
    ] = 2.0,
    activation: Annotated[
        str,
        Param("auto: softmax for class numbers beside several columns", Choice("auto", "sigmoid", "softmax")),
    ] = "auto",
    ignore_index: Annotated[int | None, Param("class number whose rows are left out", usual=IGNORED)] = None,
    class_weights: Annotated[
        float | None,
        Param(
            "weight of each class, which multiplies its loss and not the denominator",
            Interval(0, inf, "left"),
            per="class",
        ),
    ] = None,
    background: Annotated[bool, Param("whether class 0 counts (sigmoid of several classes)", knob=True)] = True,
    guard: Annotated[str, GUARD] = "none",
    normalize: Annotated[str, NORMALIZE] = "none",
    formula: Annotated[str, FORMULA] = "exact",
    alpha_form: Annotated[str, ALPHA_FORM] = "plain",
    count: Annotated[str, COUNT] = "rows",
) -> Array | Rows:
    """Cross entropy that fades on easy samples.

    Use it where negatives outnumber positives; values of different gamma or alpha do not compare.
    Shapes: sigmoid: pred and label (n,) or (n, c); softmax: pred (n, c) with class numbers (n,), or with labels (n, c)
    and --activation softmax. --activation sigmoid beside class numbers is one yes-or-no label a class, and the mean
    over classes. Soft labels y mix: p_t = y p + (1 - y)(1 - p).
    Notes: gamma 0 is cross entropy; nothing is clipped, so a sure wrong prediction costs inf and a sure right one 0.
    """
    only_index(ignore_index, form)
    factor: Any = None if alpha is None else per_class(alpha, pred, "alpha")
    weights: Any = None if class_weights is None else per_class(class_weights, pred, "class_weights")
    counted = CountedRows(label, ignore_index)
    one_each = form == "index" and activation == "sigmoid"
    if one_each:
        form, label = "binary", (counted.label[:, None] == np.arange(pred.shape[1])).view(np.uint8)
    check_knobs(form, input, guard, normalize, formula, count)
    if form == "binary":
        if formula == "exact" and guard == "none" and alpha_form == "plain":
            loss = sigmoid(pred, label, input, factor, gamma)
        else:
            loss = _sigmoid_like(pred, label, input, factor, gamma, guard, formula, alpha_form, dtype)
        loss = of_columns(loss, weights, background)
        if one_each and count == "rows":
            return counted.rows(loss)
        return loss if count == "rows" else per_positive(loss, label)
    if not background:
        raise UsageProblem(
            "--no-background is for --activation sigmoid: the classes of a softmax share a pixel.",
            "Give class 0 the weight 0 with --class-weights.",
            options=("background", "activation"),
        )
    if alpha_form != "plain":
        factor = class_factor(factor, alpha_form, pred.shape[1])
    if weights is not None:
        factor = weights if factor is None else factor * weights
    if guard != "none" or normalize != "none":
        pred, input = guarded_logs(pred, guard, normalize, dtype), "logprobs"
    if formula != "exact":
        return counted.rows(class_loss(pred, counted.label, factor, gamma, dtype, by_row=ignore_index is not None))
    if form == "distribution":
        return soft_classes(pred, label, input, factor, gamma)
    loss = one_class(pred, counted.label, input, gamma)
    if factor is not None:
        own = factor[counted.label] if isinstance(factor, np.ndarray) else np.asarray(factor)
        loss = times(own, loss, "focal balanced")
    return counted.rows(loss)


def _sigmoid_like(
    pred: Array,
    label: Array,
    kind: str,
    alpha: Any,
    gamma: float,
    guard: str,
    formula: str,
    alpha_form: str,
    dtype: np.dtype[Any],
) -> Array:
    """The loss of sigmoid columns by a framework's formula, guard or alpha."""
    if formula == "exact" and guard == "none":
        loss, dtype = sigmoid(pred, label, kind, None, gamma), pred.dtype
    else:
        loss = sigmoid_loss(pred, label, gamma, guard, formula, dtype)
    if alpha is None:
        return loss
    balance = alpha_of(label, alpha, alpha_form, dtype)
    return times(balance, loss, "focal balanced") if formula == "exact" else balance * loss


@focal.formula
def _formula(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    alpha: Any,
    gamma: float,
    activation: str,
    ignore_index: Any,
    class_weights: Any,
) -> Any:
    weights = class_weights if isinstance(class_weights, tuple) else [class_weights] * (form != "binary" and len(pred))
    weights = [1 if each is None else each for each in weights]
    if form == "index" and activation == "sigmoid":
        labels = m.onehot(label, len(pred))
        alphas = alpha if isinstance(alpha, tuple) else [alpha] * len(pred)
        said = {"input": input, "form": "binary", "gamma": gamma, "activation": "", "ignore_index": None}
        parts = zip(pred, labels, alphas, weights, strict=True)
        return m.sum(_formula(m, x, y, alpha=a, class_weights=w, **said) for x, y, a, w in parts) / len(pred)
    if form == "binary":
        log_p, log_q = m.binary_logs(pred, input)
        p, q = m.exp(log_p), m.exp(log_q)
        balance = 1 if alpha is None else label * alpha + (1 - label) * (1 - alpha)
        miss = label * q + (1 - label) * p
        loss = m.times(m.power(miss, gamma), m.times(label, log_p) + m.times(1 - label, log_q))
        return -m.times(balance * (1 if class_weights is None else class_weights), loss)
    logs = m.class_logs(pred, input)
    target = m.onehot(label, len(pred)) if form == "index" else label
    alphas = alpha if isinstance(alpha, tuple) else [1 if alpha is None else alpha] * len(pred)
    return -m.sum(
        m.times(a * w * y, m.times(m.power(m.one_minus_exp(log_p), gamma), log_p))
        for a, w, y, log_p in zip(alphas, weights, target, logs, strict=True)
    )


focal.case(pred=[0.0], label=[1], gamma=2, expect="0.25 * ln 2")
focal.case(pred=[2, -1, 0.5, -3], label=[1, 0, 1, 1], expect=0.7145789)
focal.case(pred=[2, -1, 0.5, -3], label=[1, 0, 1, 1], alpha=0.25, expect=0.181477)
focal.case(
    pred=[2, -1, 0.5, -3],
    label=[0.9, 0.1, 0.9, 0.9],
    reduction="none",
    expect=[0.0124777, 0.0410458, 0.0847066, 2.0426028],
)
focal.case(
    pred=[[2, 1, 0.1], [0.5, 2.5, -1], [1, 1, 1]],
    label=[0, 2, 1],
    reduction="none",
    expect=[0.0484923, 3.4663326, 0.4882721],
)
