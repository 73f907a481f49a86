"""What losses with a margin between angles share: softmax cross entropy over cosines, one of them replaced.

A loss says only how the cosine of the label's class changes (`target`). The sine of that class's angle comes
from differences of unit vectors, |u - w| |u + w| = 2 sin: so it keeps its digits near 0 and pi, where a
cosine has lost half of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import BadValue, DataProblem, UsageProblem
from ...core.loss import NONNEGATIVE, Rows
from ...core.scratch import Array, scratch
from .._classes import CountedRows
from .._stable import softmax_label
from ._distances import check_class, directions, lengths, matrix

FACES: dict[str, Any] = {
    "family": "embeddings and faces",
    "pred": ("embeddings", "cosines"),
    "label": ("class",),
    "pred_dims": (2,),
    "unit": "nats",
    "facts": {NONNEGATIVE},
}
ClassWeights = Annotated[
    Array | None, Role("weights of the classes, one row a class (with embeddings)", "(c, d)", rows=False)
]
IgnoreIndex = Annotated[int | None, Param("class number whose rows are left out")]
Scale = Annotated[
    float,
    Param(
        "what cosines are multiplied by, s",
        Interval(0, inf, "neither"),
        usual=(1.0, 8.0, 10.0, 16.0, 30.0, 32.0, 64.0),
    ),
]

_CHUNK = 1 << 18  # logits held at a time: what bounds the memory of a hundred thousand classes

Fill = Callable[[slice, Array], object]


def margin_softmax(
    pred: Array,
    label: Array,
    input: str,
    weights: Array | None,
    ignore_index: int | None,
    scale: float | None,
    target: Callable[[Array, Array], Array],
) -> Rows:
    """Cross entropy of the logits `scale` x cosine, the label's cosine being `target(cos, sin)`.

    `scale` None takes the embedding's length. A logit is within scale x (d + 16) x 2^-52 of the true one for
    embeddings, scale x 2^-52 for cosines; the loss is within twice that and 4 ulp.
    """
    counted = CountedRows(label, ignore_index)
    if input == "cosines":
        fill, cos, sin, classes = _from_cosines(pred, counted, weights)
    else:
        fill, cos, sin, classes = _from_embeddings(pred, counted, weights)
    loss = np.empty(len(pred))
    step = max(1, _CHUNK // max(1, classes))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        size = lengths(pred) if scale is None else np.full(len(pred), scale)
        own = target(cos, sin) * size
        for at in range(0, len(pred), step):
            part = slice(at, at + step)
            answer = counted.label[part]
            logits = scratch("margin logits", (len(answer), classes))
            fill(part, logits)
            np.clip(logits, -1.0, 1.0, out=logits)
            logits *= size[part, None]
            logits[np.arange(len(answer)), answer] = own[part]
            loss[part] = softmax_label(logits, answer)[0]
    return counted.rows(loss)


def _from_embeddings(pred: Array, counted: CountedRows, weights: Array | None) -> tuple[Fill, Array, Array, int]:
    if weights is None:
        raise UsageProblem(
            "Embeddings need --class-weights-matrix SPEC: the weights of the classes, one row a class.",
            "If the predictions are cosines already, say --input cosines.",
            options=("class-weights-matrix", "input"),
        )
    weights = matrix(weights, "class_weights_matrix", pred.shape[1])
    check_class(counted.label, len(weights), "class_weights_matrix")
    try:
        weights = directions(weights, "class_weights_matrix")
    except BadValue as bad:
        raise DataProblem(f"class_weights_matrix: {bad.message}, in row {bad.index} (from 0).") from None
    unit = directions(pred, "pred", counted.left_out)
    own = weights[counted.label]
    with np.errstate(under="ignore", invalid="ignore"):
        cos = np.clip(np.einsum("ij,ij->i", unit, own), -1.0, 1.0)
        sin = 0.5 * lengths(unit - own) * lengths(unit + own)
    return lambda part, out: np.matmul(unit[part], weights.T, out=out), cos, sin, len(weights)


def _from_cosines(pred: Array, counted: CountedRows, weights: Array | None) -> tuple[Fill, Array, Array, int]:
    if weights is not None:
        raise UsageProblem(
            "Cosines are between rows and classes already, so --class-weights-matrix has no part in them.",
            "Leave it out, or say --input embeddings.",
            options=("class-weights-matrix", "input"),
        )
    check_class(counted.label, pred.shape[1], "the classes")
    cos = np.clip(pred[np.arange(len(pred)), counted.label], -1.0, 1.0)
    with np.errstate(invalid="ignore"):
        sin = np.sqrt((1.0 - cos) * (1.0 + cos))
    return lambda part, out: np.copyto(out, pred[part]), cos, sin, pred.shape[1]


def margin_formula(
    m: Any, pred: Any, label: Any, input: str, weights: Any, scale: Any, target: Callable[[Any], Any]
) -> Any:
    """The same for one row of scalars."""
    cosines = pred
    if input == "embeddings":
        size = m.sqrt(m.sum(x * x for x in pred))
        scale = size if scale is None else scale
        cosines = [
            m.sum(x * w for x, w in zip(pred, row, strict=True)) / size / m.sqrt(m.sum(w * w for w in row))
            for row in weights
        ]
    cosines = [-m.maximum(-m.maximum(c, -1), -1) for c in cosines]
    logits = [scale * c for c in cosines]
    logits[label] = scale * target(cosines[label])
    return -m.class_logs(logits, "logits")[label]
