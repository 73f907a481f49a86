"""Goldens that losscli does not meet, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .case import Case


@dataclass(frozen=True)
class Where:
    """Cases of a framework and a loss whose id matches."""

    framework: str
    loss: str
    id: str

    def match(self, case: Case) -> bool:
        """Whether the case is one of them."""
        return (
            re.fullmatch(self.framework, case.like) is not None
            and re.fullmatch(self.loss, case.loss) is not None
            and re.search(self.id, case.id) is not None
        )


_EXP = (
    "The library's float32 exp and log miss the last digit here and there; what stands beside 1 in a sum, and a power, "
    "show it as more."
)

EXCEPTIONS: dict[Where, str] = {
    Where("xgboost", ".*", "/(mlogloss|merror)/.*/zero-weights/mean$"): (
        "Its metrics of several classes of no weight are NaN, those of two classes are 0."
    ),
    Where(
        "catboost", "zero_one", "/zero-weights/mean$"
    ): "Its ZeroOneLoss of no weight is NaN, its other metrics are 0.",
    Where("optax", "l2", "/none$"): "l2 is one number for a data set, also as half a sum of squares: it has no rows.",
    Where("keras", "dice", "^dice/Dice/.*/(sum|(zero-)?weights/mean)$"): (
        "One loss for the whole batch has no sum, and no row for a weight: Keras multiplies it by each of them."
    ),
    Where("tf1", "kl_divergence", "/empty/mean$"): "tf1 has no mean of it: NaN is that of the test's own reduce_mean.",
    Where("optax", "softmax_cross_entropy", "_integer_labels/float32/label-(minus-one|too-large)/"): (
        "A label that is no class is refused; Optax takes -1 for the last class and gives NaN for one too large."
    ),
    Where("optax", "softmax_cross_entropy", "/float32/one-class/none$"): _EXP,
    Where("optax", "focal", "/float32/soft/(gamma=1.5|.*gamma=3.0)/none$"): _EXP,
    Where("optax", "focal", "/float64/plain/.*gamma=3.0/(mean|none)$"): _EXP,
    Where("smp", "focal", "^focal/FocalLoss-probs/float32/soft/(alpha=.*/)?none$"): _EXP,
    Where(
        "keras",
        "focal",
        "^focal/BinaryFocalCrossentropy-logits/float32/columns/(weights|apply_class_balancing.*)/none$",
    ): _EXP,
    Where("monai", "focal", "/(plain|columns|empty)/sum$"): (
        "For data of two dimensions the sum of MONAI is its mean: it takes mean(dim=[]), which torch takes of all."
    ),
}
