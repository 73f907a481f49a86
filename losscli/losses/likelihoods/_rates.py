"""What the losses of counts and amounts share: rates, their logarithms, and labels from 0 up."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.scratch import Array
from .._domains import refuse_below, refuse_up_to


def counts(label: Array, dtype: np.dtype[Any]) -> Array:
    """Labels from 0 up as floats; one below 0 is an error."""
    refuse_below(label, 0.0, "label", hint="Counts and amounts begin at 0.")
    return np.asarray(label, dtype=dtype)


def amounts(label: Array, dtype: np.dtype[Any]) -> Array:
    """Labels above 0 as floats; one that is not is an error."""
    refuse_up_to(label, 0.0, "label", hint="A loss of the gamma distribution needs amounts above 0.")
    return np.asarray(label, dtype=dtype)


def log_rate(pred: Array, input: str) -> Array:
    """The logarithm of the rate."""
    if input == "log_rates":
        return pred
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(pred))


def rate(pred: Array, input: str) -> Array:
    """The rate."""
    if input == "rates":
        return pred
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(pred))


def minus_times(value: Array, label: Array, log: Array) -> Array:
    """value - label x log, with 0 x (+-inf) = 0 and no inf - inf: a rate outgrows its logarithm."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        part = np.where(label == 0, 0.0, label * log)
        losses = np.asarray(value - part)
    losses[(value == np.inf) & (label < np.inf)] = np.inf
    return losses


def as_rate(m: Any, pred: Any, input: str) -> Any:
    """The rate for a formula."""
    return m.exp(pred) if input == "log_rates" else pred


def as_log_rate(m: Any, pred: Any, input: str) -> Any:
    """Its logarithm for a formula."""
    return pred if input == "log_rates" else m.log(pred)
