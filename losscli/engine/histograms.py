"""Sees every block of a run and adds up what pictures are drawn from: only where histograms are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.arrays.elements import elements_that_count
from ..core.arrays.inputs import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.binding.element_losses import losses_of_elements
from ..core.histograms.calibration_bins import CalibrationBins
from ..core.histograms.confusion_sums import MOST, ConfusionSums
from ..core.histograms.histogram_parts import HistogramParts
from ..core.histograms.loss_histogram import LossHistogram
from ..core.histograms.residual_grid import ResidualGrid
from ..core.scratch import Array
from .missing import FilteredBlock, by_policies

_PROBABLE = ("logits", "probs", "logprobs")  # kinds that stand for probabilities
_OF_CLASSES = ("index", "distribution")
_REAL = ("values", "rates")

Add = Callable[[], None]


class Histograms:
    """The histograms of a run, as far as its loss and its data have them. Blocks may come from any thread."""

    def __init__(self, bound: BoundLoss, nan: str = "error", missing: str = "error") -> None:
        self._bound = bound = by_policies(bound, nan, missing)
        self._lock = threading.Lock()
        terms = bound.finish_of_terms()
        row_losses = not bound.reduces and not bound.one_row
        self._losses = LossHistogram(whole=terms is None) if row_losses else None
        kind, form = bound.kind.name, bound.form_name
        alone = bound.parts is None and bound.form is not None
        one_by_one = alone and not (bound.counting.rows or bound.layout.masks or bound.layout.ragged)
        self._classes = classes = form in _OF_CLASSES and kind in _PROBABLE
        binary = form == "binary" and kind in ("logits", "probs")
        self._calibration = self._residuals = self._confusion = None
        if one_by_one and (classes or binary):
            self._calibration = CalibrationBins("top" if classes else "positive")
        if one_by_one and form == "values" and kind in _REAL:
            self._residuals = ResidualGrid()
        self._plain = bound.layout.plain and not bound.counting.of_elements
        self._by_rows = self._plain and len(bound.pred_shape) == (2 if classes else 1)
        folds = not classes or self._by_rows or bound.layout.folds
        number = bound.classes if classes else 2
        if self._calibration is not None and terms is None and folds and number <= MOST:
            inner = bound.layout.element_shape(bound.pred_shape)[1:]
            several = not self._by_rows and any(side != 1 for side in inner)
            self._confusion = ConfusionSums(number, elements=several)
        named = {"losses": self._losses, "calibration": self._calibration, "residuals": self._residuals}
        self.parts = HistogramParts({**named, "confusion": self._confusion})

    def __call__(self, filtered: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        adds: list[Add] = []
        several = len(terms) > 1 and self._bound.finish_of_terms() is not None
        if self._losses is not None and not several and len(terms[0]):
            adds.append(self._losses.prepared(terms[0], mass))
        if self._calibration is not None or self._residuals is not None:
            adds += self._of_elements(filtered, terms)
        with self._lock:
            for add in adds:
                add()

    def _of_elements(self, filtered: FilteredBlock, terms: list[Array]) -> list[Add]:
        """What adds the predictions and labels of a block, one by one."""
        bound, arrays = self._bound, filtered.arrays
        if isinstance(arrays["pred"], Ragged) or not len(filtered):
            return []
        shown: Any = arrays
        keep = own = None
        if not self._plain:
            blank, names = bound.loss.blank_is_nothing, (bound.form_name, bound.kind.name)
            seen = elements_that_count(bound.layout, bound.counting, *names, arrays, blank)
            if seen is None:
                return []
            shown, keep, own = seen
        chosen = None if bound.layout.folds else keep  # a loss that folds is shown none but those that count
        pred, label = (self._one_by_one(np.asarray(shown[role]), chosen) for role in ("pred", "label"))
        if len(pred) != len(label):
            return []
        weight = self._weights(arrays, own, keep, len(pred))
        losses = None
        if self._confusion is not None:
            losses = terms[0] if self._by_rows else self._losses_of(shown, chosen, weight)
        if weight is not None and not (counts := weight != 0).all():  # what weighs nothing does not count
            pred, label, weight = pred[counts], label[counts], weight[counts]
            losses = None if losses is None else losses[counts]
        if not len(pred):
            return []
        if self._residuals is not None:
            return [self._residuals.prepared(pred.astype(np.float64), label)]
        return self._of_probabilities(pred, label, weight, losses)

    def _one_by_one(self, values: Array, chosen: Array | None) -> Array:
        """An entry for each element that counts; predictions and shares of classes have their axis behind that."""
        flat = values if self._classes else values.reshape(-1)
        return flat if chosen is None else flat[chosen]

    def _weights(self, arrays: Mapping[str, Any], own: Array | None, keep: Array | None, count: int) -> Array | None:
        """What each element counts for, from its own weight and that of its row; None where all count alike."""
        weight = None if self._bound.counting.weight else arrays.get("weight")
        if weight is None:
            return own if own is None or keep is None else own[keep]
        whole = np.repeat(weight, (count if keep is None else keep.size) // len(weight)).astype(np.float64)
        if own is not None:
            whole *= own
        return whole if keep is None else whole[keep]

    def _losses_of(self, shown: Mapping[str, Any], chosen: Array | None, weight: Array | None) -> Array | None:
        """The loss of each element times its weight; None of losses that take the elements of a row together."""
        losses = losses_of_elements(self._bound, shown)
        if losses is None:
            return None
        losses = losses if chosen is None else losses[chosen]
        return losses if weight is None else np.multiply(losses, weight, out=np.zeros(len(losses)), where=weight != 0)

    def _of_probabilities(self, pred: Array, label: Array, weight: Array | None, losses: Array | None) -> list[Add]:
        rows = np.ones(len(pred), dtype=bool)
        if not self._classes:
            probs = _sigmoid(pred) if self._bound.kind.name == "logits" else pred.astype(np.float64)
            actual, predicted, chance, true = label >= 0.5, probs >= 0.5, probs, label.astype(np.float64)
        else:
            probs = self._of_classes(pred)
            predicted = np.argmax(probs, axis=1)
            chance = probs[np.arange(len(probs)), predicted]
            if label.ndim == 1:
                ignored = self._bound.params.get("ignore_index")
                rows = rows if ignored is None else label != ignored
                actual = label
                true = (label == predicted).astype(np.float64)
            else:
                actual = np.argmax(label, axis=1)
                true = label[np.arange(len(label)), predicted].astype(np.float64)
        assert self._calibration is not None
        held = None if weight is None else weight.astype(np.float64)
        adds = [_calibrating(self._calibration, chance, true, held, rows)]
        if self._confusion is not None and losses is not None:
            adds.append(self._confusion.prepared(actual[rows], predicted[rows], losses[rows]))
        return adds

    def _of_classes(self, pred: Array) -> Array:
        """Predictions (n, c) as probabilities."""
        values = pred.astype(np.float64)
        if self._bound.kind.name == "probs":
            return values
        top = values.max(axis=1, keepdims=True)
        powers = np.exp(values - np.where(np.isfinite(top), top, 0.0))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def absorb(self, parts: HistogramParts) -> None:
        """Add those of other rows of the same data."""
        with self._lock:
            self.parts.absorb(parts)

    def to_dict(self) -> dict[str, Any]:
        """What was gathered, as a report holds it."""
        return self.parts.to_dict()

    def to_exact(self) -> dict[str, Any]:
        """What was gathered, as a shard holds it."""
        return self.parts.to_exact()


def _calibrating(bins: CalibrationBins, probs: Array, came_true: Array, weight: Array | None, rows: Array) -> Add:
    known = np.isfinite(probs)
    if len(rows) == len(probs):
        known &= rows
    if not known.all():
        probs, came_true = probs[known], came_true[known]
        weight = None if weight is None else weight[known]
    return bins.prepared(np.clip(probs, 0.0, 1.0), came_true, weight)


def _sigmoid(logits: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-logits.astype(np.float64))))
