"""Goldens that losscli does not meet, each with its reason.

Where the reason is how exp and log are rounded, which is the processor's and the library's, the exception is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from .case import Case

ROUNDING = 8.0  # times the tolerance: libraries and processors round exp and log differently, and a power multiplies it


@dataclass(frozen=True)
class Where:
    """Cases of a framework and a loss whose id matches, and how many times the tolerance they may be off."""

    framework: str
    loss: str
    id: str
    within: float = inf

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

_CANCELS = (
    "Where predictions are nearly right the library's formula is a difference of nearly equal numbers, of which only "
    "roundings are left; losscli's is not."
)

EXCEPTIONS: dict[Where, str] = {
    Where("scoringrules", "log_score_normal", "/float32/far/"): (
        "In float32 its density is 0 from about 14 standard deviations on, and the score infinite; losscli's is not."
    ),
    Where("xgboost", ".*", "/(mlogloss|merror)(-probs)?/.*/zero-weights/mean$"): (
        "Its metrics of several classes of no weight are NaN, those of two classes are 0."
    ),
    Where(
        "catboost", "zero_one", "/zero-weights/mean$"
    ): "Its ZeroOneLoss of no weight is NaN, its other metrics are 0.",
    Where("utilsforecast", "wape", "/nan/mean$"): (
        "A row of NaN is left out of the sum of its errors there, but not of that of the sizes of its labels."
    ),
    Where("optax", "l2", "/none$"): "l2 is one number for a data set, also as half a sum of squares: it has no rows.",
    Where("keras", "dice", "^dice/Dice/.*/(sum|(zero-)?weights/mean)$"): (
        "One loss for the whole batch has no sum, and no row for a weight: Keras multiplies it by each of them."
    ),
    Where("tf1", "kl_divergence", "/empty/mean$"): "tf1 has no mean of it: NaN is that of the test's own reduce_mean.",
    Where("optax", "softmax_cross_entropy", "_integer_labels/float32/label-(minus-one|too-large)/"): (
        "A label that is no class is refused; Optax takes -1 for the last class and gives NaN for one too large."
    ),
    Where("optax", "softmax_cross_entropy", "/float32/one-class/none$", ROUNDING): _EXP,
    Where("optax", "focal", "/float32/soft/(gamma=1.5|.*gamma=3.0)/none$", ROUNDING): _EXP,
    Where("optax", "focal", "/float64/plain/.*gamma=3.0/(mean|none)$", ROUNDING): _EXP,
    Where("smp", "focal", "^focal/FocalLoss-(logits|probs)/float32/.*none$", ROUNDING): (
        "It computes 1 - exp(-cross entropy): a last digit of float32 exp, in which processors differ too, is many of "
        "the difference's where that is small, and twice as many of its square."
    ),
    Where(
        "keras",
        "focal",
        "^focal/BinaryFocalCrossentropy-logits/float32/columns/(weights|apply_class_balancing.*)/none$",
        ROUNDING,
    ): _EXP,
    Where("monai", "focal", "/(plain|columns|empty)/sum$"): (
        "For data of two dimensions the sum of MONAI is its mean: it takes mean(dim=[]), which torch takes of all. "
        "It is refused here, with --reduction mean for its number."
    ),
    Where("utilsforecast", "linex", "/float64/close/"): _CANCELS,
    Where("utilsforecast", "linex", "/float32/plain/a=0.1/mean$", ROUNDING): _EXP,
    Where(
        "trl", "preference", "/exo_pair/float64/"
    ): "The share of smoothed labels, and its logarithms, are float32 there.",
    Where("scoringrules", "crps_parametric", "/float32/plain/none$", ROUNDING): _EXP,
    Where("optax", "multiclass_sparsemax", "/plain/none$", 3 * ROUNDING): (
        "In float32 its sums are rounded in another order, and what they leave of 1 is small."
    ),
    Where("pml", "normalized_softmax", "/float32/several/mean$", ROUNDING): _EXP,
    Where("sklearn", "(poisson|gamma)_deviance", "/close/mean$"): _CANCELS,
    Where("catboost", "msle", "/(close|equal|single)/mean$"): _CANCELS,
    Where("catboost", "fair", "/float64/close/mean$"): _CANCELS,
    Where(
        "catboost", "r2", "/zero-weights/mean$"
    ): "Without any weight CatBoost's R2 is 1, where its other metrics are 0.",
    Where("keras", "r2", "/zero-weights/mean$"): "Without any weight Keras's R2Score is NaN, where its losses are 0.",
    Where("sklearn|xgboost", "r?msle", "/float32/single/mean$"): _EXP,
    Where("xgboost", "poisson_nll", "/close/mean$"): _EXP,
}
