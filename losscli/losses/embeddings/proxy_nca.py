from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import CountedRows
from .._stable import softmax_label
from ._angles import FACES, IgnoreIndex
from ._batches import log_sum_exp
from ._proxies import Proxies, cosines_of_row, cosines_with_proxies

_OF_EMBEDDINGS: dict[str, Any] = {**FACES, "pred": ("embeddings",), "facts": ()}


@loss(
    "proxy_nca",
    aliases=("proxynca", "proxy_nca_loss"),
    single=False,
    best=None,
    formula="-log (exp(-s |x - p_label|^2) / sum over classes c of exp(-s |x - p_c|^2)),  vectors of length one",
    source=Paper("Movshovitz-Attias et al. 2017, No fuss distance metric learning using proxies", "arXiv:1703.07464"),
    like={
        "pml": call("pytorch_metric_learning.losses.ProxyNCALoss(softmax_scale=)(embeddings, labels)", among="all"),
        "paper": call("eq. 4: of the classes other than the label's", among="others"),
    },
    errata="The paper leaves the label's class out of the sum, so that its loss may be below 0; libraries keep it, "
    "which is a softmax.",
    example="faces/embeddings.npy faces/labels.npy --proxies faces/class_weights_matrix.npy",
    **_OF_EMBEDDINGS,
)
def proxy_nca(
    pred: Array,
    label: Array,
    *,
    proxies: Proxies,
    scale: Annotated[
        float,
        Param("what squared distances are multiplied by, s", Interval(0, inf, "neither"), usual=(1.0, 3.0, 9.0, 32.0)),
    ] = 1.0,
    among: Annotated[
        str,
        Param("all: the sum is over all classes; others: over those other than the label's", Choice("all", "others")),
    ] = "all",
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax over the squared distances between an embedding and one proxy for each class.

    Use it for embeddings trained with proxies, where pairs within a batch are too few; proxy_anchor weighs them by how
    hard they are.
    Shapes: pred (n, d) with class numbers (n,), and proxies (c, d), one vector a class; both are taken at length one.
    Notes: an embedding or a proxy of length 0 has no direction and is an error. Of others a single class costs -inf.
    """
    counted = CountedRows(label, ignore_index)
    near = cosines_with_proxies(pred, counted, proxies)
    near *= 2.0 * scale  # -s |x - p|^2 is 2 s cos - 2 s
    if among == "all":
        return counted.rows(np.array(softmax_label(near, counted.label)[0]))
    rest = np.ones(near.shape, dtype=bool)
    rest[np.arange(len(pred)), counted.label] = False
    return counted.rows(log_sum_exp(near, rest)[:, 0] - near[np.arange(len(pred)), counted.label])


@proxy_nca.formula
def _(m: Any, pred: Any, label: Any, *, proxies: Any, scale: Any, among: str, ignore_index: Any) -> Any:
    logits = [-scale * (2 - 2 * c) for c in cosines_of_row(m, pred, proxies)]
    if among == "all":
        return -m.class_logs(logits, "logits")[label]
    others = [z for c, z in enumerate(logits) if c != label]
    return m.log_sum_exp(others) - logits[label] if others else -m.inf


_W = [[1, 0], [0, 2], [-1, 0]]
proxy_nca.case(pred=[[3, 0]], label=[0], proxies=_W, expect="ln(1 + exp(-2) + exp(-4))")
proxy_nca.case(pred=[[3, 0]], label=[0], proxies=_W, scale=0.5, expect="ln(1 + exp(-1) + exp(-2))")
proxy_nca.case(pred=[[3, 0]], label=[0], proxies=_W, among="others", expect="ln(exp(-2) + exp(-4))")
