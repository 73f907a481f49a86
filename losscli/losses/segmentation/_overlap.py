"""The Dice loss as frameworks have it: a constant in the denominator alone, overlaps of soft masks, absent objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.declarations.conventions import Call, call
from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE
from ...core.record import record
from ...core.scratch import Array
from ...core.sums.exact import row_sums
from .._stable import sigmoid
from ._class_masks import ClassMasks

FORMS = {"auto": ("binary", "index"), "sigmoid": ("binary", "index"), "softmax": ("index", "distribution")}
# What losses of a predicted and a true mask declare alike.
MASKS: dict[str, Any] = {
    "pred": ("probs", "logits"),
    "label": lambda params: FORMS[params["activation"]],
    "flat_is_one_row": True,
    "class_masks": True,
    "blank_is_nothing": True,
    "facts": {NONNEGATIVE},
    "example": "masks/probs.npy masks/masks.npy",
}
EPS = Param("added to the denominator alone", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-7, 1e-5))
FLOOR = Param("the least that the denominator is", Interval(0, inf, "left"), knob=True, usual=(0.0, 2e-7))
OVERLAP = Param(
    "what p and y share in a pixel: their product, or the lesser of them; the same for labels of 0 and 1",
    Choice("product", "lesser"),
    knob=True,
)
ABSENT = Param("whether a mask without an object counts or costs 0", Choice("counts", "zero"), knob=True)
QUOTIENT = Param(
    "exact, or 1 - overlap / size in the framework's floats, 0 / 0 being NaN: size as a sum of both masks, or of parts "
    "(what they share and half of what they do not)",
    Choice("exact", "sum", "parts"),
    knob=True,
)

DICE_WEIGHT = Param("factor of the Dice loss", Interval(0, inf, "left"), usual=(0.0, 0.5, 1.0, 2.0))
KNOBS = ("eps", "floor", "overlap", "absent", "quotient")

_KERAS: dict[str, Any] = {"input": "probs", "eps": 1e-7, "quotient": "sum"}
_MONAI: dict[str, Any] = {"smooth": 1e-5, "quotient": "parts", "class_mean": "plain"}
_SMP: dict[str, Any] = {"pool": "batch", "floor": 2e-7, "overlap": "lesser", "absent": "zero", "quotient": "parts"}
_DOUBLED = "its smooth is half of losscli's"


def calls_of_keras(name: str, **knobs: Any) -> tuple[Call, Call]:
    """Keras's call over everything, and that over the axes of an image."""
    return (
        call(f"keras.losses.{name}()(labels, probs)", when={"pool": "batch"}, weights=False, **knobs),
        call(
            f"keras.losses.{name}(axis=those of an image)(labels, probs, sample_weight)",
            when={"pool": "image"},
            **knobs,
        ),
    )


def calls_of_monai(name: str, option: str = "", *, of_logits: bool = False, **knobs: Any) -> tuple[Call, ...]:
    """MONAI's calls for probabilities, for a sigmoid of masks, a softmax of classes, and a sigmoid of each class.

    With `of_logits` there is none for probabilities.
    """
    sigmoid = {"input": "logits", "when": {"activation": "sigmoid"}, **knobs}
    softmax = {"input": "logits", "when": {"activation": "softmax"}, **knobs}
    before = f"monai.losses.{name}({option}" + ", " * bool(option)
    plain = call(f"monai.losses.{name}({option})(probs, labels)", input="probs", **knobs)
    return (
        *(() if of_logits else (plain,)),
        call(f"{before}sigmoid=True)(logits, labels)", form="binary", **sigmoid),
        call(f"{before}softmax=True)(logits, labels)", **softmax),
        call(f"{before}sigmoid=True, to_onehot_y=True)(logits, labels)", form="index", **sigmoid),
    )


def calls_of_smp(name: str, option: str = "", **knobs: Any) -> tuple[Call, ...]:
    """smp's calls for two classes (or several labels a pixel), and for several classes."""
    more = f", {option}" if option else ""
    several = {"form": "index", **knobs}
    return (
        call(f"smp.losses.{name}('binary'{more})(logits, labels)", input="logits", form="binary", **knobs),
        call(
            f"smp.losses.{name}('binary', from_logits=False{more})(probs, labels)",
            input="probs",
            form="binary",
            **knobs,
        ),
        call(f"smp.losses.{name}('multiclass'{more})(logits, labels)", input="logits", **several),
        call(f"smp.losses.{name}('multiclass', from_logits=False{more})(probs, labels)", input="probs", **several),
    )


LIKE = {
    "keras": calls_of_keras("Dice", **_KERAS),
    "optax": call(
        "optax.losses.binary_dice_loss(logits, labels)", input="logits", smooth=2.0, quotient="parts", note=_DOUBLED
    ),
    "monai": calls_of_monai("DiceLoss", **_MONAI),
    "smp": calls_of_smp("DiceLoss", note=_DOUBLED, **_SMP),
    "paper": call("1 - 2 sum p y / (sum p^2 + sum y^2)", power=2),
    "document": call("1 - 2 sum p y / (sum p + sum y + 1e-5), sums over all", input="probs", pool="batch", eps=1e-5),
}


@record
class OverlapConvention:
    """Everything about the loss that a framework may have otherwise."""

    smooth: float
    power: int
    eps: float = 0.0
    floor: float = 0.0
    overlap: str = "product"
    absent: str = "counts"
    quotient: str = "exact"

    @property
    def neutral(self) -> bool:
        """Whether no framework's convention is asked for."""
        return self == OverlapConvention(self.smooth, self.power)

    @property
    def _by_difference(self) -> bool:
        """Whether the overlap is half of what the sizes have more than the difference."""
        return self.power == 2 or self.overlap == "lesser"

    def sums(self, pred: Array, label: Array, input: str) -> tuple[Array, Array, Array]:
        """What p and y are apart, or their overlap, and the size of each: of every image, or of a 1-D mask's pixels."""
        if self.overlap == "lesser" and self.power != 1:
            raise UsageProblem("--overlap lesser is for --power 1.", "Leave out --power.", options=("overlap", "power"))
        p = sigmoid(pred, "dice p") if input == "logits" else pred
        first, p, y = self.pixels(p, 1.0 - p, label.astype(pred.dtype))
        return _of_images(first), _of_images(p), _of_images(y)

    def pixels(self, p: Array, q: Array, y: Array) -> tuple[Array, Array, Array]:
        """For each pixel what p and y are apart, or their overlap, and the size of each; q is 1 - p."""
        if self.power == 2:
            return (p - y) ** 2, p * p, y * y
        if self.overlap == "lesser":
            return np.abs(p - y), p, y
        return y * q + (1.0 - y) * p if self.quotient == "exact" else p * y, p, y

    def of_classes(self, masks: ClassMasks, *, pooled: bool) -> tuple[Array, ...]:
        """`sums` for each image and class; what the exact loss needs of them where they are pooled."""
        if self.overlap == "lesser" and self.power != 1:
            raise UsageProblem("--overlap lesser is for --power 1.", "Leave out --power.", options=("overlap", "power"))
        first, p, y = masks.sums(self.pixels)
        return (first, p + y) if pooled and self.neutral else (first, p, y)

    def of_terms(self, sums: Sequence[float], classes: int, dtype: np.dtype[Any]) -> Array:
        """The loss of each class from what `of_classes` gave, pooled."""
        rows = np.reshape(np.asarray(sums, dtype=np.float64), (-1, classes))
        return self.value((*rows, 0.0) if len(rows) == 2 else tuple(rows), dtype)

    def value(self, sums: Sequence[Any], dtype: np.dtype[Any]) -> Array:
        """The loss from `sums`."""
        first, p, y = (np.asarray(each, dtype=np.float64) for each in sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = self._exact(first, p + y) if self.quotient == "exact" else self._rounded(first, p, y, dtype)
        return np.where(y > 0, loss, 0.0) if self.absent == "zero" else loss

    def _exact(self, apart: Array, size: Array) -> Array:
        size = size + self.smooth
        more = np.maximum(self.eps, self.floor - size)
        return np.where(size + more == 0, 0.0, (apart + more) / (size + more))

    def _rounded(self, first: Array, p: Array, y: Array, dtype: np.dtype[Any]) -> Array:
        first, p, y = first.astype(dtype), p.astype(dtype), y.astype(dtype)
        one, two, smooth, eps, floor = map(dtype.type, (1.0, 2.0, self.smooth, self.eps, self.floor))
        if self.power == 2:  # as squares of norms
            first, p, y = np.sqrt(first) ** 2, np.sqrt(p) ** 2, np.sqrt(y) ** 2
        both = (p + y - first) / two if self._by_difference else first
        size = y + p if self.quotient == "sum" else two * (both + (p - both) / two + (y - both) / two)
        loss: Array = one - (two * both + smooth) / np.maximum(size + smooth + eps, floor)
        return loss.astype(np.float64)


def _of_images(pixels: Array) -> Array:
    return pixels if pixels.ndim == 1 else row_sums(pixels.reshape(len(pixels), -1))
