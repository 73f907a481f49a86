from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_sums
from ._divergences import BASES, NORMALIZE


@loss(
    "js_divergence",
    aliases=("js", "jensen_shannon", "jensen_shannon_divergence"),
    family="divergences",
    pred=("probs",),
    label=("distribution",),
    pred_dims=(2,),
    formula="(KL(label || m) + KL(pred || m)) / 2,  m = (label + pred) / 2",
    unit="nats",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Lin 1991, Divergence measures based on the Shannon entropy, eq. 3.7", "doi:10.1109/18.61115"),
    like={
        "torchmetrics": call(
            "torchmetrics.functional.regression.jensen_shannon_divergence(label_probs, probs)",
            input="probs",
            normalize="both",
        ),
    },
    elsewhere={"scipy": "scipy.spatial.distance.jensenshannon(labels, probs, base), which is --root --normalize both"},
    errata="scipy's jensenshannon is the distance, which is the square root.",
    example="digits/probs.npy digits/teacher.npy",
)
def js_divergence(
    pred: Array,
    label: Array,
    *,
    base: Annotated[str, Param("base of the logarithms", Choice("e", "2", "10"))] = "e",
    root: Annotated[bool, Param("whether a row's loss is the square root: the Jensen-Shannon distance")] = False,
    normalize: Annotated[str, NORMALIZE] = "neither",
) -> Array:
    """Jensen-Shannon divergence: how far two distributions are from the one halfway between them.

    Use it to compare distributions where neither is the truth, or where one has zeros: it is symmetric and at most
    log 2; kl_divergence is neither.
    Shapes: pred and label (n, c), a distribution a row. Neither is made to sum to one.
    Notes: a class of probability 0 on one side costs a finite amount; disjoint distributions cost log 2.
    """
    p, q = label.astype(pred.dtype), pred
    with np.errstate(divide="ignore", invalid="ignore"):
        if normalize == "both":
            p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
        total = row_sums(_parts(p, q))
    total *= 0.5 / BASES[base]
    return np.sqrt(total, out=total) if root else total


def _parts(p: Array, q: Array) -> Array:
    """p log(p / m) + q log(q / m) of each class; where p and q are near, by a form that does not cancel."""
    m = 0.5 * (p + q)
    x = 0.5 * (p - q) / m
    near = m * (np.log1p(-x * x) + 2.0 * x * np.arctanh(x))
    far = np.where(p == 0, 0.0, p * np.log(p / m)) + np.where(q == 0, 0.0, q * np.log(q / m))
    losses = np.where(np.abs(x) < 0.5, near, far)
    return np.where((p == 0) & (q == 0), 0.0, losses)


@js_divergence.formula
def _(m: Any, pred: Any, label: Any, *, base: str, root: bool) -> Any:
    def part(a: Any, b: Any) -> Any:
        return 0 if a == 0 else a * m.log(2 * a / (a + b))

    total = m.sum(part(y, p) + part(p, y) for p, y in zip(pred, label, strict=True)) / 2
    total = total if base == "e" else total / m.log(m.number(int(base)))
    return m.sqrt(total) if root else total


js_divergence.case(pred=[[0.5, 0.3, 0.2]], label=[[0.7, 0.2, 0.1]], expect=0.0219012)
js_divergence.case(pred=[[0.5, 0.3, 0.2]], label=[[0.7, 0.2, 0.1]], root=True, expect=0.1479905)
js_divergence.case(pred=[[0.5, 0.3, 0.2]], label=[[0.7, 0.2, 0.1]], base="2", expect=0.0315967)
js_divergence.case(pred=[[0.0, 1.0]], label=[[1, 0]], expect="ln 2")
js_divergence.case(pred=[[0.25, 0.75]], label=[[0.25, 0.75]], expect="0")
