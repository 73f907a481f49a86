from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, SHIFT_INVARIANT, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.scratch import Array
from .._class_formulas import FORMULA, NORMALIZE
from .._classes import ClassWeights, IgnoreIndex, LabelSmoothing
from .._guards import GUARD
from ._cross_entropy import cross_entropy


@loss(
    "softmax_cross_entropy",
    aliases=(
        "ce",
        "cross_entropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "sparse_softmax_cross_entropy",
    ),
    family="multiclass",
    pred=("logits", "probs", "logprobs"),
    label=("index", "distribution"),
    pred_dims=(2,),
    columns_together=True,
    formula="-sum_c label_c log p_c,  p = softmax(pred)",
    unit="nats",
    facts={NONNEGATIVE, SHIFT_INVARIANT, ZERO_AT_PERFECT},
    source=Paper("Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"),
    like={
        "tf1": (
            call(
                "tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)",
                input="logits",
                form="index",
                inputs="input",
                formula="plain",
            ),
            call(
                "tf.compat.v1.losses.softmax_cross_entropy(onehot_labels, logits)",
                input="logits",
                form="distribution",
                inputs="input",
                formula="plain",
            ),
        ),
        "keras": (
            call(
                "keras.losses.SparseCategoricalCrossentropy()(labels, probs)",
                input="probs",
                form="index",
                guard="clip:1e-7",
                normalize="after",
                note="so on TensorFlow; other backends normalize before the guard",
            ),
            call(
                "keras.losses.CategoricalCrossentropy()(onehot_labels, probs)",
                input="probs",
                form="distribution",
                guard="clip:1e-7",
                normalize="before",
            ),
            call(
                "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)",
                input="logits",
                form="index",
                formula="plain",
            ),
            call(
                "keras.losses.CategoricalCrossentropy(from_logits=True)(onehot_labels, logits)",
                input="logits",
                form="distribution",
                formula="plain",
            ),
        ),
        "torch": (
            call(
                "torch.nn.functional.cross_entropy(logits, labels)",
                input="logits",
                form="index",
                denominator="weights",
                weights=False,
                formula="plain",
                ignore_index=-100,
            ),
            call(
                "torch.nn.functional.cross_entropy(logits, label_probs)",
                input="logits",
                form="distribution",
                weights=False,
                formula="plain",
                note="class weights do not count in the denominator",
            ),
            call(
                "torch.nn.functional.nll_loss(logprobs, labels)",
                input="logprobs",
                form="index",
                denominator="weights",
                weights=False,
                formula="plain",
                ignore_index=-100,
            ),
        ),
        "sklearn": call("sklearn.metrics.log_loss(labels, probs)", input="probs", form="index", guard="clip:eps"),
        "sklearn@0.24": call(
            "sklearn.metrics.log_loss(labels, probs, eps=1e-15)",
            input="probs",
            form="index",
            guard="clip:1e-15",
            normalize="after",
        ),
        "optax": (
            call(
                "optax.softmax_cross_entropy_with_integer_labels(logits, labels)",
                input="logits",
                form="index",
                formula="logsumexp",
            ),
            call(
                "optax.softmax_cross_entropy(logits, onehot_labels)",
                input="logits",
                form="distribution",
                formula="plain",
            ),
        ),
        "xgboost": call("eval_metric mlogloss", input="probs", form="index", guard="floor:1e-16"),
        "lightgbm": call("metric multi_logloss", input="probs", form="index", guard="floor:9.99999997205607e-16"),
        "catboost": (
            call("metric MultiClass of the raw columns", input="logits", form="index"),
            call("metric MultiClass of the columns Probability", input="probs", form="index"),
        ),
    },
    errata="Some summaries say one-hot labels are 0 for the right class: they are 1 there and 0 elsewhere.",
    example="digits/logits.npy digits/labels.npy",
)
def softmax_cross_entropy(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    class_weights: ClassWeights = None,
    label_smoothing: LabelSmoothing = 0.0,
    ignore_index: IgnoreIndex = None,
    temperature: Annotated[float, Param("logits are divided by it", Interval(0, inf, "neither"))] = 1.0,
    guard: Annotated[str, GUARD] = "none",
    normalize: Annotated[str, NORMALIZE] = "none",
    formula: Annotated[str, FORMULA] = "exact",
) -> Array | Rows:
    """Cross entropy between a label and the softmax of a row of logits.

    Use it for one class out of several; for independent yes-or-no labels take sigmoid_cross_entropy.
    Shapes: pred (n, c); label (n,) class numbers, or (n, c) one-hot rows or probabilities, taken as they are.
    Notes: nothing is clipped or renormalised: probability 0 of the label's class costs inf; a logit of -inf is a
    probability of 0 and costs nothing where the label is 0. Class weights w count as
    sum_c w_c label_c in the denominator.
    """
    if temperature != 1.0:
        if input != "logits":
            raise UsageProblem(
                f"--temperature divides logits, and these predictions are {input}.",
                "Leave it out, or declare logits with --input logits.",
                options=("temperature", "input"),
            )
        pred = pred / pred.dtype.type(temperature)
    return cross_entropy(
        pred,
        label,
        input,
        form,
        dtype,
        class_weights=class_weights,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        guard=guard,
        normalize=normalize,
        formula=formula,
    )


@softmax_cross_entropy.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    class_weights: Any,
    label_smoothing: float,
    ignore_index: Any,
    temperature: float,
) -> Any:
    if input == "logits":
        pred = [x / m.number(temperature) for x in pred]
    target = m.onehot(label, len(pred)) if form == "index" else label
    weight = 1 if class_weights is None else class_weights
    weights = weight if isinstance(weight, tuple) else [weight] * len(pred)
    return -m.sum(
        m.times(w * (y * (1 - label_smoothing) + m.number(label_smoothing) / len(pred)), log_p)
        for w, y, log_p in zip(weights, target, m.class_logs(pred, input), strict=True)
    )


_Z = [[2, 1, 0.1], [0.5, 2.5, -1], [1, 1, 1]]
softmax_cross_entropy.case(pred=[[0.0, 0.0]], label=[1], expect="ln 2")
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], reduction="none", expect=[0.41703, 3.653178, 1.098612])
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), expect=2.262298)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), reduction="sum", expect=13.573789)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], ignore_index=1, expect=2.035104)
softmax_cross_entropy.case(
    pred=_Z, label=[0, 2, 1], label_smoothing=0.1, reduction="none", expect=[0.513697, 3.486511, 1.098612]
)
softmax_cross_entropy.case(pred=_Z, label=[0, 2, 1], class_weights=(1, 2, 3), label_smoothing=0.1, expect=2.203918)
softmax_cross_entropy.case(
    pred=_Z, label=[[1, 0, 0], [0, 0, 1], [0, 1, 0]], weight=[1, 2, 0], denominator="nonzero", expect=3.861693
)
