from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import CountedRows
from .._stable import softmax_label
from ._angles import FACES, IgnoreIndex
from ._proxies import Proxies, cosines_of_row, cosines_with_proxies

_OF_EMBEDDINGS: dict[str, Any] = {**FACES, "pred": ("embeddings",)}


@loss(
    "normalized_softmax",
    aliases=("normalized_softmax_loss", "norm_softmax", "normface"),
    single=False,
    formula="-log softmax_label of cos(theta_c) / temperature",
    source=Paper("Zhai and Wu 2019, Classification is a strong baseline for deep metric learning", "arXiv:1811.12649"),
    like={
        "pml": call(
            "pytorch_metric_learning.losses.NormalizedSoftmaxLoss(temperature=)(embeddings, labels), W the proxies",
            temperature=0.05,
        ),
    },
    errata="It is cosface with margin 0, whose scale is 1 over the temperature.",
    example="faces/embeddings.npy faces/labels.npy --proxies faces/class_weights_matrix.npy",
    **_OF_EMBEDDINGS,
)
def normalized_softmax(
    pred: Array,
    label: Array,
    *,
    proxies: Proxies,
    temperature: Annotated[
        float,
        Param("what cosines are divided by", Interval(0, inf, "neither"), usual=(0.01, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0)),
    ] = 0.05,
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax cross entropy of the cosines between embeddings and one vector for each class.

    Use it for embeddings trained with it; cosface and arcface add a margin.
    Shapes: pred (n, d) with class numbers (n,), and proxies (c, d), one vector a class; both are taken at length one.
    Notes: an embedding or a proxy of length 0 has no direction and is an error.
    """
    counted = CountedRows(label, ignore_index)
    near = cosines_with_proxies(pred, counted, proxies)
    near /= temperature
    return counted.rows(np.array(softmax_label(near, counted.label)[0]))


@normalized_softmax.formula
def _(m: Any, pred: Any, label: Any, *, proxies: Any, temperature: Any, ignore_index: Any) -> Any:
    return -m.class_logs([c / temperature for c in cosines_of_row(m, pred, proxies)], "logits")[label]


_W = [[1, 0], [0, 2], [-1, 0]]
normalized_softmax.case(pred=[[3, 0]], label=[0], proxies=_W, temperature=1, expect="ln(exp(1) + 1 + exp(-1)) - 1")
normalized_softmax.case(
    pred=[[3, 0], [0, 1]],
    label=[1, 1],
    proxies=_W,
    temperature=0.5,
    reduction="none",
    expect=[2.1429316284, 0.2395447662],
)
