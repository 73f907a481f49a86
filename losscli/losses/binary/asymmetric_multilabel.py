from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from .._stable import binary_logs, complement, power, times


@loss(
    "asymmetric_multilabel",
    aliases=("asymmetric_loss", "asl"),
    family="binary and multi-label",
    pred=("logits", "probs"),
    label=("binary",),
    formula="-label (1 - p)^gamma_pos log p - (1 - label) p_m^gamma_neg log(1 - p_m),  p_m = max(p - margin, 0)",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper("Ridnik et al. 2021, Asymmetric loss for multi-label classification, eq. 7", "arXiv:2009.14119"),
    like={"paper": call("gamma- 4, gamma+ 0, m 0.05", gamma_neg=4.0, gamma_pos=0.0, margin=0.05)},
    elsewhere={"timm": "timm.loss.AsymmetricLossMultiLabel (gamma_pos 1; the sum, and a floor of 1e-8)"},
    example="cancer/logits.npy cancer/labels.npy",
)
def asymmetric_multilabel(
    pred: Array,
    label: Array,
    *,
    input: str,
    gamma_neg: Annotated[
        float, Param("focusing exponent of negatives", Interval(0, inf, "left"), usual=(0.0, 1.0, 2.0, 4.0))
    ] = 4.0,
    gamma_pos: Annotated[
        float, Param("focusing exponent of positives", Interval(0, inf, "left"), usual=(0.0, 1.0))
    ] = 0.0,
    margin: Annotated[
        float,
        Param("probability up to which a negative costs nothing", Interval(0, 1, "left"), usual=(0.0, 0.05, 0.1, 0.2)),
    ] = 0.05,
) -> Array:
    """Focal loss whose easy negatives fade faster than its positives, and vanish below a probability.

    Use it for many labels a row of which few are there; values of different exponents or margins do not compare.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns. Labels may be soft.
    Notes: a negative of a probability up to the margin costs 0; a sure wrong prediction of a positive costs inf.
    """
    hit, _ = binary_logs(pred, input)
    p, q = complement(pred, input)
    loss = times(label, hit, "asymmetric")
    loss = times(power(np.array(q), gamma_pos), loss, "asymmetric")
    shifted = np.maximum(p - margin, 0.0)
    with np.errstate(divide="ignore"):
        # 1 - (p - margin) is q + margin, which keeps the digits of a small q
        absent = np.where(shifted > 0, np.log(q + margin), 0.0) if margin else binary_logs(pred, input)[1]
    part = times(np.subtract(1.0, label, dtype=pred.dtype), absent, "asymmetric part")
    part = times(power(shifted, gamma_neg), part, "asymmetric part")
    return np.asarray(-(loss + part))


@asymmetric_multilabel.formula
def _(m: Any, pred: Any, label: Any, *, input: str, gamma_neg: float, gamma_pos: float, margin: float) -> Any:
    log_p, log_q = m.binary_logs(pred, input)
    p = pred if input == "probs" else m.exp(log_p)
    shifted = m.maximum(p - margin, 0)
    absent = m.log1p(-shifted) if margin else log_q
    positive = m.times(m.power(m.exp(log_q), gamma_pos), m.times(label, log_p))
    return -positive - m.times(m.power(shifted, gamma_neg), m.times(1 - label, absent))


asymmetric_multilabel.case(pred=[0.5], label=[1], input="probs", expect="ln 2")
asymmetric_multilabel.case(pred=[0.0], label=[1], gamma_pos=1, expect="ln 2 / 2")
asymmetric_multilabel.case(pred=[0.04, 0.55], label=[0, 0], input="probs", reduction="none", expect=[0.0, 0.043322])
