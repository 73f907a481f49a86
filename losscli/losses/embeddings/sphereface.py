from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from ._angles import FACES, ClassWeights, IgnoreIndex, margin_formula, margin_softmax


@loss(
    "sphereface",
    aliases=("sphere_face", "a_softmax", "sphereface_loss", "angular_softmax"),
    single=False,
    formula="-log softmax_label of |x| cos(theta_c), for the label's class |x| psi(theta), "
    "psi = (-1)^k cos(m theta) - 2k, k = floor(m theta / pi)",
    source=Paper("Liu et al. 2017, SphereFace, eq. 7", "arXiv:1704.08063"),
    like={"paper": call("mean of -log softmax, m = 4, no annealing", margin=4, annealing=0.0)},
    elsewhere={"pml": "pytorch_metric_learning.losses.SphereFaceLoss (no annealing)"},
    errata="Summaries often have a heading without a formula. The class weights are taken at length one, the "
    "embedding is not; and cos(m theta) alone is not the loss: psi goes on falling beyond pi / m.",
    example="faces/embeddings.npy faces/labels.npy --class-weights-matrix faces/class_weights_matrix.npy",
    **FACES,
)
def sphereface(
    pred: Array,
    label: Array,
    *,
    input: str,
    class_weights_matrix: ClassWeights = None,
    scale: Annotated[
        float | None, Param("with cosines: the length |x| of the embeddings", Interval(0, inf, "neither"))
    ] = None,
    margin: Annotated[
        int, Param("what the label's angle is multiplied by, m", Interval(1, inf, "left"), usual=(1, 2, 3, 4))
    ] = 4,
    annealing: Annotated[
        float, Param("lambda in (lambda cos + psi) / (1 + lambda), for training", Interval(0, inf, "left"))
    ] = 0.0,
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Softmax cross entropy over angles, with the angle of the label's class multiplied (A-Softmax).

    Use it for embeddings trained with it; it depends on their length. Margin 1 is softmax cross entropy.
    Shapes: pred (n, d) embeddings with class weights (c, d), or (n, c) cosines with --scale; label (n,).
    Notes: an embedding of length 0 has no angle and is an error; cosines a rounding beyond 1 count as 1.
    """
    if input == "cosines" and scale is None:
        raise UsageProblem(
            "Cosines do not tell the length of embeddings: sphereface needs --scale with them.", options=("scale",)
        )
    if input == "embeddings" and scale is not None:
        raise UsageProblem(
            "sphereface takes the length of embeddings for its scale.",
            "--scale belongs to --input cosines.",
            options=("scale", "input"),
        )

    def target(cos: Array, sin: Array) -> Array:
        turned = margin * np.arctan2(sin, cos)
        fold = np.floor(turned / np.pi)  # a rounding at a fold does no harm: psi is continuous there
        psi = (1.0 - 2.0 * (fold % 2.0)) * np.cos(turned) - 2.0 * fold
        mixed: Array = (annealing * cos + psi) / (1.0 + annealing)
        return mixed

    return margin_softmax(pred, label, input, class_weights_matrix, ignore_index, scale, target)


@sphereface.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    scale: Any,
    margin: Any,
    annealing: Any,
    ignore_index: Any,
    class_weights_matrix: Any = None,
) -> Any:
    def target(cos: Any) -> Any:
        theta = m.acos(cos)
        k = int(m.floor(margin * theta / m.pi))
        psi = (-1) ** k * m.cos(margin * theta) - 2 * k
        return (annealing * cos + psi) / (1 + annealing)

    return margin_formula(m, pred, label, input, class_weights_matrix, scale, target)


_W = [[1, 1], [1, -1], [-1, 0.5]]
_X = [[1, 2], [2, -1]]
sphereface.case(pred=_X, label=[0, 1], class_weights_matrix=_W, reduction="none", expect=[0.5868441, 0.7615178])
sphereface.case(pred=_X, label=[0, 1], class_weights_matrix=_W, expect=0.674181)
sphereface.case(
    pred=_X,
    label=[0, 1],
    class_weights_matrix=_W,
    annealing=5,
    reduction="none",
    expect=[0.2067138, 0.2839429],
)
