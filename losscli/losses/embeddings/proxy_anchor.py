import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import CountedRows
from ._angles import FACES, IgnoreIndex
from ._proxies import Proxies, cosines_with_proxies

_OF_EMBEDDINGS: dict[str, Any] = {**FACES, "pred": ("embeddings",), "facts": {NONNEGATIVE}}


@loss(
    "proxy_anchor",
    aliases=("proxy_anchor_loss",),
    single=False,
    reductions=("mean",),
    formula="mean over classes that occur of log(1 + sum of exp(-a (cos - m)) over the class's rows) + mean over all "
    "classes of log(1 + sum of exp(a (cos + m)) over the other rows)",
    source=Paper("Kim et al. 2020, Proxy anchor loss for deep metric learning, eq. 4", "arXiv:2003.13911"),
    like={
        "pml": call("pytorch_metric_learning.losses.ProxyAnchorLoss(margin=, alpha=)(embeddings, labels)"),
        "paper": call("eq. 4, a = 32, m = 0.1"),
    },
    errata="It is one number for all rows, and grows with their number: compare values of data sets of one size.",
    example="faces/embeddings.npy faces/labels.npy --proxies faces/class_weights_matrix.npy",
    **_OF_EMBEDDINGS,
)
def proxy_anchor(
    pred: Array,
    label: Array,
    *,
    proxies: Proxies,
    alpha: Annotated[
        float, Param("what cosines are multiplied by, a", Interval(0, 500, "right"), usual=(1.0, 8.0, 16.0, 32.0, 64.0))
    ] = 32.0,
    margin: Annotated[
        float, Param("taken from cosines of a class, added to others, m", Interval(0, 1), usual=(0.0, 0.1, 0.2, 0.5))
    ] = 0.1,
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """How near the proxy of a class is to its rows, and how far from the others; hard rows count most.

    Use it for embeddings trained with it; proxy_nca is a mean over rows.
    Shapes: pred (n, d) with class numbers (n,), and proxies (c, d), one vector a class; both are taken at length one.
    Notes: an embedding or a proxy of length 0 has no direction and is an error. Rows are weighted by --weights in the
    sums of exponentials. There is no loss a row.
    """
    counted = CountedRows(label, ignore_index)
    near = cosines_with_proxies(pred, counted, proxies)
    own = counted.label[:, None] == np.arange(near.shape[1])
    there = np.ones((len(pred), 1), dtype=bool) if counted.left_out is None else ~counted.left_out[:, None]
    with np.errstate(under="ignore"):
        pulls = np.where(own & there, np.exp(-alpha * (near - margin)), 0.0)
        pushes = np.where(~own & there, np.exp(alpha * (near + margin)), 0.0)
    parts = (pulls, pushes, (own & there).astype(np.float64))
    unknown = np.isnan(near).any(axis=1)
    terms = tuple(np.where(unknown, np.nan, part[:, c]) for part in parts for c in range(near.shape[1]))
    left_out = 0 if counted.left_out is None else int(np.count_nonzero(counted.left_out))
    return Rows(terms, None if counted.left_out is None else there[:, 0].astype(np.float64), left_out)


@proxy_anchor.finish()
def _(sums: Sequence[float], *, alpha: float, margin: float, **_: Any) -> float:
    count = len(sums) // 3
    pulls, pushes, rows = sums[:count], sums[count : 2 * count], sums[2 * count :]
    present = sum(1 for each in rows if each)
    pull = math.fsum(map(math.log1p, pulls)) / present if present else 0.0
    return pull + math.fsum(map(math.log1p, pushes)) / count


@proxy_anchor.formula
def _(m: Any, pred: Any, label: Any, **_: Any) -> Any:
    return NotImplemented


_W = [[1, 0], [0, 2]]
proxy_anchor.case(
    pred=[[3, 0]], label=[0], proxies=_W, alpha=1, margin=0, expect="ln(1 + exp(-1)) + (0 + ln(1 + 1)) / 2"
)
proxy_anchor.case(
    pred=[[3, 0], [0, 1], [0, 3]],
    label=[0, 1, 1],
    proxies=_W,
    alpha=1,
    margin=0.5,
    expect="(ln(1 + exp(-0.5)) + ln(1 + 2 * exp(-0.5))) / 2 + (ln(1 + 2 * exp(0.5)) + ln(1 + exp(0.5))) / 2",
)
