from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import CountedRows
from .._stable import softmax_label
from ._added_angle import AddedAngle, BeyondPi, exact_with_added_angle, with_added_angle
from ._angles import FACES, IgnoreIndex, Scale
from ._distances import directions, lengths
from ._proxies import Proxies, cosines_of_row, cosines_with_proxies

_OF_EMBEDDINGS: dict[str, Any] = {**FACES, "pred": ("embeddings",), "facts": {NONNEGATIVE}}


@loss(
    "subcenter_arcface",
    aliases=("sub_center_arcface", "subcenter_arcface_loss"),
    single=False,
    formula="-log softmax_label of s max over sub-centres of cos(theta), for the label's class s cos(theta + m)",
    source=Paper("Deng et al. 2020, Sub-center ArcFace, eq. 2", "doi:10.1007/978-3-030-58621-8_43"),
    like={"paper": call("mean of -log softmax, s = 64, m = 0.5, 3 sub-centres", sub_centers=3, beyond_pi="plain")},
    elsewhere={
        "pml": "pytorch_metric_learning.losses.SubCenterArcFaceLoss (margin in degrees, 28.6; --beyond-pi linear)",
    },
    errata="With one sub-centre, the default, it is arcface; papers and libraries take three.",
    example="faces/embeddings.npy faces/labels.npy --proxies faces/class_weights_matrix.npy",
    **_OF_EMBEDDINGS,
)
def subcenter_arcface(
    pred: Array,
    label: Array,
    *,
    proxies: Proxies,
    sub_centers: Annotated[
        int, Param("how many vectors a class has, one after the other", Interval(1, inf, "left"), usual=(1, 2, 3, 5))
    ] = 1,
    scale: Scale = 64.0,
    margin: AddedAngle = 0.5,
    beyond_pi: BeyondPi = "plain",
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """ArcFace with several vectors for each class, of which the nearest counts.

    Use it for embeddings trained with it, on labels with noise: rows that are labelled wrongly gather at another
    sub-centre.
    Shapes: pred (n, d) with class numbers (n,); proxies (c k, d), the k vectors of class 0 first. Both are taken at
    length one.
    Notes: an embedding or a proxy of length 0 has no direction and is an error.
    """
    counted = CountedRows(label, ignore_index)
    every = cosines_with_proxies(pred, counted, proxies, sub_centers)
    grouped = every.reshape(len(pred), -1, sub_centers)
    rows = np.arange(len(pred))
    nearest = counted.label * sub_centers + grouped[rows, counted.label].argmax(axis=1)
    own = directions(np.asarray(proxies, dtype=np.float64), "proxies")[nearest]
    unit = directions(pred, "pred", counted.left_out)
    cos, sin = every[rows, nearest], 0.5 * lengths(unit - own) * lengths(unit + own)
    logits = grouped.max(axis=2)
    with np.errstate(under="ignore", invalid="ignore"):
        logits[rows, counted.label] = with_added_angle(cos, sin, margin, beyond_pi)
        logits *= scale
    return counted.rows(np.array(softmax_label(logits, counted.label)[0]))


@subcenter_arcface.formula
def _(m: Any, pred: Any, label: Any, *, proxies: Any, sub_centers: int, scale: Any, margin: Any, beyond_pi: str,
      ignore_index: Any) -> Any:  # fmt: skip
    every = cosines_of_row(m, pred, proxies)
    if len(every) % sub_centers:
        return NotImplemented
    logits = [max(every[at : at + sub_centers]) for at in range(0, len(every), sub_centers)]
    cos = -m.maximum(-m.maximum(logits[label], -1), -1)
    logits[label] = exact_with_added_angle(m, cos, margin, beyond_pi)
    return -m.class_logs([scale * z for z in logits], "logits")[label]


_W = [[1, 1], [1, -1], [-1, 0.5], [1, 1], [1, -1], [-1, 0.5]]
subcenter_arcface.case(
    pred=[[1, 2], [2, -1]],
    label=[0, 1],
    proxies=_W[:3],
    sub_centers=1,
    scale=8,
    reduction="none",
    expect=[0.0046393, 0.0526487],
)
subcenter_arcface.case(pred=[[1, 1]], label=[0], proxies=_W, sub_centers=3, margin=0, expect="ln 2")
