from typing import Annotated, Any

from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._decisions import KINDS, THRESHOLD, wrong_classes, wrong_elements


@loss(
    "hamming",
    aliases=("hamming_loss", "hamming_distance"),
    family="binary and multi-label",
    pred=KINDS,
    label=("index", "match"),
    formula="share of labels whose decision is wrong",
    unit="share of labels",
    facts={NONNEGATIVE},
    source=Paper("Schapire and Singer 2000, BoosTexter, section 4", "doi:10.1023/A:1007649029923"),
    like={
        "sklearn": call("sklearn.metrics.hamming_loss(labels, classes, sample_weight=)", input="classes", form="match"),
        "catboost": (
            call("metric HammingLoss of the column Probability", input="probs", form="match"),
            call("metric HammingLoss of the raw column", input="logits", form="match"),
        ),
        "torchmetrics": call(
            "torchmetrics.functional.classification.binary_hamming_distance(probs, labels, threshold=)",
            input="probs",
            form="match",
        ),
    },
    errata="The share of rows with any wrong label, which is larger, is the loss zero_one.",
    example="digits/probs.npy digits/onehot.npy",
)
def hamming(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    threshold: Annotated[float | None, THRESHOLD] = None,
) -> Array:
    """Share of labels that are decided wrongly.

    Use it for several yes-or-no labels a row, each counted by itself; for one class a row it is zero_one.
    Shapes: pred and label (n,) or (n, c), a row's loss being the mean over its columns; pred (n, c) with class numbers
    (n,), where the largest prediction decides, the first of equal ones.
    Notes: a prediction equal to the threshold says 0. Decisions are --input classes; they are compared as they are.
    """
    if form == "index":
        if input == "classes":
            raise UsageProblem("Predicted classes stand one beside each label; several columns are scores or probs.")
        return wrong_classes(pred, label, threshold)
    return wrong_elements(pred, label, input, threshold)


@hamming.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, threshold: Any) -> Any:
    if form == "index":
        return int(pred.index(max(pred)) != label)
    if input == "classes":
        return int(pred != label)
    limit = threshold if threshold is not None else m.number(0.5 if input == "probs" else 0.0)
    return int((pred > limit) != (label == 1))


hamming.case(pred=[[0.9, 0.6, 0.1], [0.2, 0.8, 0.5]], label=[[1, 0, 0], [0, 1, 0]], expect="1 / 6")
hamming.case(pred=[[0.9, 0.6], [0.2, 0.8]], label=[[1, 0], [1, 0]], weight=[1, 3], expect="0.875")
hamming.case(pred=[[2.0, -1.0]], label=[[1, 1]], input="logits", expect="0.5")
hamming.case(pred=[2, 1, 0], label=[2, 0, 0], input="classes", expect="1 / 3")
