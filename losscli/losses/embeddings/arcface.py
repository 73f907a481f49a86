from typing import Any

from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from ._added_angle import AddedAngle, BeyondPi, exact_with_added_angle, with_added_angle
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
    margin: AddedAngle = 0.5,
    beyond_pi: BeyondPi = "plain",
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax cross entropy over angles, with a margin added to the angle of the label's class.

    Use it for embeddings trained with it; margin 0 is softmax cross entropy over scaled cosines (NormFace).
    Shapes: pred (n, d) embeddings with class weights (c, d), both taken at length one; or (n, c) cosines.
    Notes: an embedding of length 0 has no angle and is an error; cosines a rounding beyond 1 count as 1.
    """

    def target(cos: Array, sin: Array) -> Array:
        return with_added_angle(cos, sin, margin, beyond_pi)

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
        return exact_with_added_angle(m, cos, margin, beyond_pi)

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
