"""Margins between the score of a row's class and the scores of the others."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array
from .._stable import class_logs, has_nan


def log_of_label(pred: Array, label: Array, kind: str) -> Array:
    """log p of the label's class from probs or logprobs; a row with a NaN anywhere has none."""
    own = class_logs(pred, kind)[np.arange(len(pred)), label]
    if has_nan(pred):
        own[np.isnan(pred).any(axis=1)] = np.nan
    return own


def behind(pred: Array, label: Array, margin: float) -> Array:
    """margin + score - the score of the label's class, of every other class; -inf for the class itself."""
    rows = np.arange(len(pred))
    with np.errstate(invalid="ignore"):
        apart = pred - pred[rows, label][:, None]
    apart += margin
    lost = np.isnan(pred[rows, label])
    apart[rows, label] = -np.inf
    apart[lost] = np.nan
    return apart
