"""Logits made probabilities before a loss sees them, in the floats they come in."""

from __future__ import annotations

import numpy as np

from ..record import record
from ..scratch import Array


@record
class Activation:
    """A function put on predictions before the kernel, and the kind that the kernel then takes them for."""

    function: str  # a key of ACTIVATIONS
    kind: str = "probs"

    def __call__(self, pred: Array) -> Array:
        return ACTIVATIONS[self.function](pred)


def _sigmoid(logits: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    powers = np.exp(shifted.astype(np.float64)).astype(logits.dtype)
    return np.asarray(powers * (logits.dtype.type(1.0) / powers.sum(axis=-1, keepdims=True)))


ACTIVATIONS = {"sigmoid": _sigmoid, "softmax": _softmax}  # from logits to probabilities
