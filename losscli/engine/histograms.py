"""Sees every block of a run and adds up what pictures are drawn from: only where histograms are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.arrays.elements import as_kernels_see
from ..core.arrays.inputs import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.histograms.calibration_bins import CalibrationBins
from ..core.histograms.confusion_sums import MOST, ConfusionSums
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
        self.losses = LossHistogram(whole=terms is None) if row_losses else None
        kind, form = bound.kind.name, bound.form_name
        alone = bound.parts is None and bound.form is not None
        simple = bound.layout.folds or not bound.counting.leaves_out
        one_by_one = alone and simple and not (bound.layout.masks or bound.layout.ragged)
        classes = form in _OF_CLASSES and kind in _PROBABLE
        binary = form == "binary" and kind in ("logits", "probs")
        self.calibration = self.residuals = self.confusion = None
        if one_by_one and (classes or binary):
            self.calibration = CalibrationBins("top" if classes else "positive")
        if one_by_one and form == "values" and kind in _REAL:
            self.residuals = ResidualGrid()
        number = 2 if binary else bound.classes
        rows = len(bound.pred_shape) == (1 if binary else 2) and bound.layout.plain and not bound.counting.of_elements
        if one_by_one and rows and terms is None and (classes or binary) and number <= MOST:
            self.confusion = ConfusionSums(number)

    def __call__(self, filtered: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        adds: list[Add] = []
        several = len(terms) > 1 and self._bound.finish_of_terms() is not None
        if self.losses is not None and not several and len(terms[0]):
            adds.append(self.losses.prepared(terms[0], mass))
        adds += self._of_elements(filtered, terms)
        with self._lock:
            for add in adds:
                add()

    def _of_elements(self, filtered: FilteredBlock, terms: list[Array]) -> list[Add]:
        """What adds the predictions and labels of a block."""
        if self.calibration is None and self.residuals is None and self.confusion is None:
            return []
        shown = self._shown(filtered)
        if shown is None:
            return []
        pred, label, weight = shown
        if weight is not None and not (counts := weight != 0).all():  # what weighs nothing does not count
            pred, label, weight, terms = pred[counts], label[counts], weight[counts], [term[counts] for term in terms]
        if not len(pred):
            return []
        if self.residuals is not None:
            return [self.residuals.prepared(pred.astype(np.float64).reshape(-1), label.reshape(-1))]
        return self._of_probabilities(pred, label, weight, terms)

    def _of_probabilities(self, pred: Array, label: Array, weight: Array | None, terms: list[Array]) -> list[Add]:
        rows = np.ones(len(pred), dtype=bool)
        if self.calibration is not None and self.calibration.of == "positive":
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
        adds = []
        if self.calibration is not None:
            held = None
            if weight is not None:
                held = np.repeat(weight, chance.size // len(weight)).astype(np.float64)
            adds.append(_calibrating(self.calibration, chance.reshape(-1), true.reshape(-1), held, rows))
        if self.confusion is not None:
            adds.append(self.confusion.prepared(actual[rows], predicted[rows], terms[0][rows]))
        return adds

    def _of_classes(self, pred: Array) -> Array:
        """Predictions (n, c) as probabilities."""
        values = pred.astype(np.float64)
        if self._bound.kind.name == "probs":
            return values
        top = values.max(axis=1, keepdims=True)
        powers = np.exp(values - np.where(np.isfinite(top), top, 0.0))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def _shown(self, filtered: FilteredBlock) -> tuple[Array, Array, Array | None] | None:
        """Predictions and labels as the kernel sees them, and the weights of rows where rows are what it sees."""
        bound, arrays = self._bound, filtered.arrays
        if isinstance(arrays["pred"], Ragged) or not len(filtered):
            return None
        shown: Any = arrays
        if not bound.layout.plain or bound.counting.of_elements:
            blank = bound.loss.blank_is_nothing
            shown = as_kernels_see(bound.layout, bound.counting, bound.form_name, bound.kind.name, arrays, blank)
        if shown is None:
            return None
        pred, label = np.asarray(shown["pred"]), np.asarray(shown["label"])
        weight = arrays.get("weight")
        rows_alone = weight is not None and weight.ndim == 1 and pred.size % len(weight) == 0
        return pred, label, weight if rows_alone and len(pred) == len(filtered) else None

    def gathered(self) -> dict[str, Any]:
        """The histograms by name, None where the loss or the data have none."""
        return {
            "losses": self.losses,
            "calibration": self.calibration,
            "residuals": self.residuals,
            "confusion": self.confusion,
        }

    def absorb(self, gathered: dict[str, Any]) -> None:
        """Add those of other rows of the same data."""
        with self._lock:
            for name, part in self.gathered().items():
                if part is not None:
                    part.absorb(gathered[name])

    def to_dict(self) -> dict[str, Any]:
        """What was gathered, as a report holds it."""
        return {name: part.to_dict() for name, part in self.gathered().items() if part}


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
