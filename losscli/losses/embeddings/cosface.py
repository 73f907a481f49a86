from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from ._angles import FACES, ClassWeights, IgnoreIndex, Scale, margin_formula, margin_softmax


@loss(
    "cosface",
    aliases=("cos_face", "am_softmax", "cosface_loss", "large_margin_cosine"),
    single=False,
    formula="-log softmax_label of s cos(theta_c), for the label's class s (cos(theta) - m)",
    source=Paper("Wang et al. 2018, CosFace, eq. 4", "arXiv:1801.09414"),
    like={"paper": call("mean of -log softmax, s = 64, m = 0.35", scale=64.0, margin=0.35)},
    elsewhere={
        "insightface": "insightface CosFace (margin 0.4; rows of label -1 are --ignore-index -1)",
        "pml": "pytorch_metric_learning.losses.CosFaceLoss",
    },
    errata="Summaries often have a heading without a formula. AM-Softmax is the same loss with s = 30. Its "
    "margin is taken from the cosine, not added to the angle (that is arcface).",
    example="faces/embeddings.npy faces/labels.npy --class-weights-matrix faces/class_weights_matrix.npy",
    **FACES,
)
def cosface(
    pred: Array,
    label: Array,
    *,
    input: str,
    class_weights_matrix: ClassWeights = None,
    scale: Scale = 64.0,
    margin: Annotated[
        float,
        Param(
            "taken from the label's cosine, m", Interval(0, inf, "left"), usual=(0.0, 0.1, 0.2, 0.25, 0.35, 0.4, 0.5)
        ),
    ] = 0.35,
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax cross entropy over cosines, with a margin taken from the cosine of the label's class.

    Use it for embeddings trained with it; margin 0 is softmax cross entropy over scaled cosines (NormFace).
    Shapes: pred (n, d) embeddings with class weights (c, d), both taken at length one; or (n, c) cosines.
    Notes: an embedding of length 0 has no angle and is an error; cosines a rounding beyond 1 count as 1.
    """
    return margin_softmax(pred, label, input, class_weights_matrix, ignore_index, scale, lambda cos, sin: cos - margin)


@cosface.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    scale: Any,
    margin: Any,
    ignore_index: Any,
    class_weights_matrix: Any = None,
) -> Any:
    return margin_formula(m, pred, label, input, class_weights_matrix, scale, lambda cos: cos - margin)


cosface.case(
    pred=[[1, 2], [2, -1]],
    label=[0, 1],
    class_weights_matrix=[[1, 1], [1, -1], [-1, 0.5]],
    scale=8,
    reduction="none",
    expect=[0.0089395, 0.0992935],
)
cosface.case(pred=[[0.5, 0.0]], label=[0], input="cosines", scale=1, margin=0.5, expect="ln 2")
