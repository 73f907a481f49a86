from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array


@loss(
    "rps",
    aliases=("ranked_probability_score", "rps_score"),
    family="scoring rules",
    pred=("probs",),
    label=("index", "distribution"),
    pred_dims=(2,),
    formula="sum over k of (p_1 + ... + p_k - [label <= k])^2",
    unit="probability, squared",
    facts={NONNEGATIVE},
    source=Paper("Epstein 1969, A scoring system for probability forecasts of ranked categories"),
    like={"scoringrules": call("scoringrules.rps_score(labels + 1, probs)")},
    errata="Some divide it by the number of classes less one; it is not divided here. With two classes it is brier.",
    example="digits/probs.npy digits/labels.npy",
)
def rps(pred: Array, label: Array, *, form: str) -> Array:
    """Ranked probability score: squared errors of the probabilities of each class and all before it.

    Use it for classes that are ordered, such as grades or categories of rain: a forecast two classes off costs more
    than one that is one class off, unlike brier.
    Shapes: pred (n, c) in the order of the classes, with class numbers (n,) or one-hot rows (n, c).
    Notes: rows of probabilities are not made to sum to one.
    """
    below = np.cumsum(pred, axis=1, dtype=np.float64)
    if form == "index":
        reached = np.arange(pred.shape[1]) >= label[:, None]
    else:
        reached = np.cumsum(label, axis=1, dtype=np.float64)
    apart = below - reached
    return np.asarray((apart * apart).sum(axis=1))


@rps.formula
def _(m: Any, pred: Any, label: Any, *, form: str) -> Any:
    truth = m.onehot(label, len(pred)) if form == "index" else label
    return m.sum(m.sum(pred[i] - truth[i] for i in range(k + 1)) ** 2 for k in range(len(pred)))


_P = [[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]
rps.case(pred=_P, label=[0, 0], reduction="none", expect=[0.3125, 1.25])
rps.case(pred=_P, label=[[1, 0, 0], [0, 0, 1]], reduction="none", expect=[0.3125, 0.25])
rps.case(pred=[[0.25, 0.75]], label=[1], expect="1 / 16")
