from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import BadValue, DataProblem
from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import ClassWeights, IgnoreIndex, LabelSmoothing
from ._cross_entropy import cross_entropy


@loss(
    "linear_cross_entropy",
    aliases=("linear_cross_entropy_loss",),
    family="multiclass",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    formula="softmax cross entropy of pred W' + bias",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper("Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"),
    like={
        "torch": call(
            "torch.nn.functional.linear_cross_entropy(hidden, class_weights_matrix, labels)",
            denominator="weights",
            weights=False,
            ignore_index=-100,
        ),
    },
    example="faces/embeddings.npy faces/labels.npy --class-weights-matrix faces/class_weights_matrix.npy",
)
def linear_cross_entropy(
    pred: Array,
    label: Array,
    *,
    dtype: np.dtype[Any],
    class_weights_matrix: Annotated[Array, Role("weights of the last layer, a row a class", "(c, d)", rows=False)],
    bias: Annotated[Array | None, Role("bias of the last layer, a number a class", "(c,)", rows=False)] = None,
    class_weights: ClassWeights = None,
    label_smoothing: LabelSmoothing = 0.0,
    ignore_index: IgnoreIndex = None,
) -> Array | Rows:
    """Softmax cross entropy of the last hidden layer, which is multiplied by the weights of the classes first.

    Use it where a model wrote its hidden states and logits would be too large a file (a language model's vocabulary);
    from logits take softmax_cross_entropy.
    Shapes: pred (n, d) with class numbers (n,); class weights matrix (c, d), as torch.nn.Linear keeps them.
    Notes: as those of softmax_cross_entropy; the products are summed in double precision.
    """
    matrix = np.asarray(class_weights_matrix, dtype=pred.dtype)
    if matrix.ndim != 2 or matrix.shape[1] != pred.shape[1]:
        raise DataProblem(f"The class weights matrix must be (c, {pred.shape[1]}), got {matrix.shape}.")
    beyond = label >= len(matrix)
    if ignore_index is not None:
        beyond &= label != ignore_index
    if beyond.any():
        at = int(np.argmax(beyond))
        raise BadValue("label", at, f"label {label[at]} is outside 0 ... {len(matrix) - 1}, the rows of the matrix")
    with np.errstate(invalid="ignore"):
        logits = pred @ matrix.T
    if bias is not None:
        logits += np.asarray(bias, dtype=pred.dtype)
    return cross_entropy(
        logits,
        label,
        "logits",
        "index",
        dtype,
        class_weights=class_weights,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
    )


@linear_cross_entropy.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    class_weights_matrix: Any,
    bias: Any,
    class_weights: Any,
    label_smoothing: float,
) -> Any:
    logits = [m.sum(a * b for a, b in zip(pred, row, strict=True)) for row in class_weights_matrix]
    logits = logits if bias is None else [z + b for z, b in zip(logits, bias, strict=True)]
    c = len(logits)
    weights = class_weights if isinstance(class_weights, tuple) else [1 if class_weights is None else class_weights] * c
    share = [y * (1 - label_smoothing) + m.number(label_smoothing) / c for y in m.onehot(label, c)]
    return -m.sum(m.times(w * y, log) for w, y, log in zip(weights, share, m.class_logs(logits, "logits"), strict=True))


_M = [[1, 0], [0, 1], [1, 1]]
linear_cross_entropy.case(pred=[[2, 1]], label=[0], class_weights_matrix=_M, expect="ln(exp(2) + exp(1) + exp(3)) - 2")
linear_cross_entropy.case(pred=[[0, 0]], label=[2], class_weights_matrix=_M, expect="ln 3")
linear_cross_entropy.case(pred=[[0, 0]], label=[0], class_weights_matrix=_M, bias=[0, 0, 0], expect="ln 3")
