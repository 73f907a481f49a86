"""What Tversky's index is made of: the pixels that both masks have, and those that one of them has alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.record import record
from ...core.scratch import Array, like
from ...core.sums.exact import row_sums
from .._stable import complement
from ._class_masks import ClassMasks, mean_formula

POOL = Param("image: mean of a loss an image; batch: one loss over all pixels", Choice("image", "batch"))
FP_WEIGHT = Param(
    "weight of what is predicted and is not there (false positives)",
    Interval(0, inf, "left"),
    usual=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
FN_WEIGHT = Param(
    "weight of what is there and is not predicted (false negatives)",
    Interval(0, inf, "left"),
    usual=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
SMOOTH = Param(
    "added to numerator and denominator",
    Interval(0, inf, "left"),
    usual=(0.0, 1e-7, 1e-6, 5e-6, 1e-5, 1e-4, 0.1, 0.5, 1.0, 2.0),
)
QUOTIENT = Param(
    "exact, or 1 - a quotient in the framework's floats, 0 / 0 being NaN", Choice("exact", "floats"), knob=True
)

KNOBS = ("eps", "floor", "absent", "quotient")

_TINY = 1e-200  # sums below it are multiplied, lest their product with a weight is 0


def terms(pred: Array, label: Array, input: str, overlap: str = "product") -> tuple[Array, Array, Array]:
    """What both masks have, what the prediction has alone, and the label alone: of images, or of a 1-D mask's pixels.

    None of them is a difference of sums, so that nothing cancels near a perfect overlap.
    """
    p, q = complement(pred, input)
    y = like("tversky y", pred)
    np.copyto(y, label)
    return _of_images(*parts(p, q, y, overlap))


def parts(p: Array, q: Array, y: Array, overlap: str = "product") -> tuple[Array, Array, Array]:
    """The same of pixels; q is 1 - p, and it and y may be overwritten."""
    if overlap == "lesser":
        both = np.minimum(p, y, out=like("tversky both", p))
        excess, missed = p - both, np.subtract(y, both, out=y)
    else:
        both = np.multiply(p, y, out=like("tversky both", p))
        excess, missed = (1.0 - y) * p, np.multiply(y, q, out=y)
    return both, excess, missed


@record
class Tversky:
    """1 - (both + smooth) / (both + fp_weight excess + fn_weight missed + smooth), and what frameworks change."""

    fp_weight: float
    fn_weight: float
    smooth: float
    eps: float = 0.0
    floor: float = 0.0
    absent: str = "counts"
    quotient: str = "exact"

    @property
    def _plain(self) -> bool:
        """Whether the overlap and the weighted rest are all that it needs."""
        return (self.eps, self.floor, self.absent, self.quotient) == (0.0, 0.0, "counts", "exact")

    @property
    def _least(self) -> float:
        """The lesser weight, beside which all is taken: times a weight below 1 the smallest sums would be 0."""
        return min((each for each in (self.fp_weight, self.fn_weight) if each), default=1.0)

    def of_classes(self, masks: ClassMasks, overlap: str, *, pooled: bool) -> tuple[Array, ...]:
        """`terms` of each image and class; what the plain loss needs of them where they are pooled."""
        both, excess, missed = masks.sums(lambda p, q, y: parts(p, q, y, overlap))
        if pooled and self._plain:
            return both / self._least, self.fp_weight / self._least * excess + self.fn_weight / self._least * missed
        return both, excess, missed

    def of_terms(self, sums: Sequence[float], classes: int, dtype: np.dtype[Any]) -> Array:
        """The loss of each class from what `of_classes` gave, pooled."""
        rows = np.reshape(np.asarray(sums, dtype=np.float64), (-1, classes))
        if len(rows) == 2:
            return Tversky(1.0, 1.0, self.smooth / self._least).value((*rows, np.zeros(classes)), dtype)
        return self.value(tuple(rows), dtype)

    def value(self, sums: Sequence[Any], dtype: np.dtype[Any]) -> Array:
        """The loss from what both masks have, and each of them alone."""
        both, excess, missed = (np.asarray(each, dtype=np.float64) for each in sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = self._exact(both, excess, missed)
            if self.quotient == "floats":
                loss = self._rounded(both.astype(dtype), excess.astype(dtype), missed.astype(dtype), dtype)
        return np.where(both + missed <= 0, 0.0, loss) if self.absent == "zero" else loss

    def _exact(self, both: Array, excess: Array, missed: Array) -> Array:
        if not (self.smooth or self.eps or self.floor):  # a quotient of sums, however small they are
            tiny = np.maximum(np.maximum(both, excess), missed) < _TINY
            both, excess, missed = (np.where(tiny, each * 2.0**600, each) for each in (both, excess, missed))
        apart = self.fp_weight * excess + self.fn_weight * missed
        size = both + apart + self.smooth
        more = np.maximum(self.eps, self.floor - size)
        return np.where(size + more == 0, 0.0, (apart + more) / (size + more))

    def _rounded(self, both: Array, excess: Array, missed: Array, dtype: np.dtype[Any]) -> Array:
        one, smooth, eps, floor = map(dtype.type, (1.0, self.smooth, self.eps, self.floor))
        size = both + dtype.type(self.fp_weight) * excess + dtype.type(self.fn_weight) * missed + smooth + eps
        loss: Array = one - (both + smooth) / np.maximum(size, floor)
        return loss.astype(np.float64)


def formula(
    m: Any,
    pred: Any,
    label: Any,
    input: str,
    form: str,
    fp_weight: Any,
    fn_weight: Any,
    smooth: Any,
    power: Any = 1,
    **said: Any,
) -> Any:
    """The loss of one image over scalars, as the papers have it, to a power."""

    def one(p: Any, y: Any) -> Any:
        both = m.sum(a * b for a, b in zip(p, y, strict=True)) + m.number(smooth)
        excess = m.sum(a * (1 - b) for a, b in zip(p, y, strict=True))
        missed = m.sum((1 - a) * b for a, b in zip(p, y, strict=True))
        size = both + m.number(fp_weight) * excess + m.number(fn_weight) * missed
        return m.power(1 - both / size, m.number(power)) if size else m.number(0)

    return mean_formula(m, pred, label, one, input, form, **said)


def _of_images(*sums: Array) -> tuple[Array, Array, Array]:
    both, excess, missed = (each if each.ndim == 1 else row_sums(each.reshape(len(each), -1)) for each in sums)
    return both, excess, missed
