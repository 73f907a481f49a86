import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from ._angles import FACES, ClassWeights, IgnoreIndex, Scale, margin_formula, margin_softmax


@loss(
    "arcface",
    aliases=("arc_face", "arcface_loss", "additive_angular_margin"),
    single=False,
    formula="-log softmax_label of s cos(theta_c), for the label's class s cos(theta + m)",
    source=Paper("Deng et al. 2019, ArcFace, eq. 3", "arXiv:1801.07698"),
    like={"paper": call("mean of -log softmax, s = 64, m = 0.5", scale=64.0, margin=0.5, beyond_pi="plain")},
    elsewhere={
        "insightface": "insightface ArcFace (--beyond-pi linear; rows of label -1 are --ignore-index -1)",
        "pml": "pytorch_metric_learning.losses.ArcFaceLoss (margin in degrees, 28.6; --beyond-pi linear)",
    },
    errata="Summaries often have a heading without a formula. The margin is in radians and added to the "
    "angle, not taken from the cosine (as in cosface). Beyond pi - m the formula turns back; libraries go on "
    "in a line.",
    example="faces/embeddings.npy faces/labels.npy --class-weights-matrix faces/class_weights_matrix.npy",
    **FACES,
)
def arcface(
    pred: Array,
    label: Array,
    *,
    input: str,
    class_weights_matrix: ClassWeights = None,
    scale: Scale = 64.0,
    margin: Annotated[
        float,
        Param(
            "radians added to the label's angle, m", Interval(0, math.pi), usual=(0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.5)
        ),
    ] = 0.5,
    beyond_pi: Annotated[
        str,
        Param(
            "where theta + m exceeds pi; plain: the formula; linear: cos(theta) - m sin(m)",
            Choice("plain", "linear"),
        ),
    ] = "plain",
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax cross entropy over angles, with a margin added to the angle of the label's class.

    Use it for embeddings trained with it; margin 0 is softmax cross entropy over scaled cosines (NormFace).
    Shapes: pred (n, d) embeddings with class weights (c, d), both taken at length one; or (n, c) cosines.
    Notes: an embedding of length 0 has no angle and is an error; cosines a rounding beyond 1 count as 1.
    """
    shift, lift = math.cos(margin), math.sin(margin)

    def target(cos: Array, sin: Array) -> Array:
        moved = cos * shift - sin * lift
        if beyond_pi == "linear":  # theta > pi - m is cos < -cos m
            moved = np.where(cos < -shift, cos - margin * lift, moved)
        return moved

    return margin_softmax(pred, label, input, class_weights_matrix, ignore_index, scale, target)


@arcface.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    scale: Any,
    margin: Any,
    beyond_pi: str,
    ignore_index: Any,
    class_weights_matrix: Any = None,
) -> Any:
    def target(cos: Any) -> Any:
        theta = m.acos(cos)
        if beyond_pi == "linear" and theta > m.pi - margin:
            return cos - margin * m.sin(margin)
        return m.cos(theta + margin)

    return margin_formula(m, pred, label, input, class_weights_matrix, scale, target)


_W = [[1, 1], [1, -1], [-1, 0.5]]
arcface.case(
    pred=[[1, 2], [2, -1]],
    label=[0, 1],
    class_weights_matrix=_W,
    scale=8,
    reduction="none",
    expect=[0.0046393, 0.0526487],
)
arcface.case(pred=[[-1, -1.1]], label=[0], class_weights_matrix=_W, scale=8, expect=9.5162)
arcface.case(pred=[[-1, -1.1]], label=[0], class_weights_matrix=_W, scale=8, beyond_pi="linear", expect=12.2297)
arcface.case(pred=[[0.0, 0.0]], label=[1], input="cosines", margin=0, expect="ln 2")
