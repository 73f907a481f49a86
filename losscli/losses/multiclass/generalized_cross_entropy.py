from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._stable import softmax_label
from ._class_scores import log_of_label


@loss(
    "generalized_cross_entropy",
    aliases=("gce", "categorical_generalized_cross_entropy", "lq_loss"),
    family="multiclass",
    pred=("probs", "logits", "logprobs"),
    label=("index",),
    pred_dims=(2,),
    formula="(1 - p_label^q) / q",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Zhang and Sabuncu 2018, Generalized cross entropy loss, eq. 6", "arXiv:1805.07836"),
    like={
        "keras": call(
            "keras.losses.CategoricalGeneralizedCrossEntropy()(labels, probs)", input="probs", q=0.5, formula="keras"
        ),
        "paper": call("(1 - p^q) / q with q = 0.7", q=0.7),
    },
    example="digits/probs.npy digits/labels.npy",
)
def generalized_cross_entropy(
    pred: Array,
    label: Array,
    *,
    input: str,
    dtype: np.dtype[Any],
    q: Annotated[
        float,
        Param(
            "from near 0, the cross entropy, to 1, one minus the probability",
            Interval(0, 1, "right"),
            usual=(0.1, 0.3, 0.5, 0.7, 0.8, 1.0),
        ),
    ] = 0.7,
    formula: Annotated[
        str, Param("exact, or keras: 1 - p^q as written, in its floats", Choice("exact", "keras"), knob=True)
    ] = "exact",
) -> Array:
    """Cross entropy that is bounded, so that labels that are wrong cannot cost much.

    Use it for noisy labels; values of different q do not compare.
    Shapes: pred (n, c) with class numbers (n,). Its range is 0 to 1 / q.
    Notes: a probability of 0 costs 1 / q, one of 1 costs 0; rows are not made to sum to one.
    """
    if formula == "keras":
        if input != "probs":
            raise UsageProblem(f"--formula keras is for --input probs, not {input}.", "Leave out --formula.")
        own = pred[np.arange(len(pred)), label].astype(dtype)
        own[np.isnan(pred).any(axis=1)] = np.nan
        power = np.power(own.astype(np.float64), dtype.type(q).astype(np.float64)).astype(dtype)
        return np.asarray((dtype.type(1.0) - power) / dtype.type(q))
    own = -softmax_label(pred, label)[0] if input == "logits" else log_of_label(pred, label, input)
    return -np.expm1(q * own) / q


@generalized_cross_entropy.formula
def _(m: Any, pred: Any, label: Any, *, input: str, q: float) -> Any:
    return m.one_minus_exp(q * m.class_logs(pred, input)[label]) / q


_P = [[0.64, 0.36], [0.25, 0.75]]
generalized_cross_entropy.case(pred=_P, label=[0, 0], q=0.5, reduction="none", expect=[0.4, 1.0])
generalized_cross_entropy.case(pred=_P, label=[0, 0], q=1, expect="(0.36 + 0.75) / 2")
generalized_cross_entropy.case(pred=[[0.0, 1.0]], label=[0], expect="1 / 0.7")
