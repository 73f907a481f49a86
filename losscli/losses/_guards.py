"""Guards against log 0, as frameworks have them. Their arithmetic is done in the framework's own floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.declarations.domain import Guard
from ..core.declarations.param import Param
from ..core.errors import UsageProblem
from ..core.scratch import Array

GUARD = Param(
    "what keeps a logarithm of probs finite: clip:E into [E, 1 - E], add:E to the probability, floor:E: p and "
    "1 - p at least E; clamp:L below -L; E may be eps, that of the floats",
    Guard(),
    knob=True,
    usual=("none", "clip:1e-7", "add:1e-7", "clamp:100", "clip:eps", "clip:1e-15", "clip+add:1e-7", "floor:1e-16"),
)


def guarded_binary(prob: Array, guard: str, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """log p and log(1 - p) under a guard, in float64; 1 - p is taken in `dtype`."""
    p = prob.astype(dtype)
    means, amount = Guard.parse(guard, float(np.finfo(dtype).eps))
    one, e = dtype.type(1.0), dtype.type(amount)
    if "clip" in means:
        p = np.clip(p, e, one - e)
    q = one - p
    if "add" in means:
        p, q = p + e, q + e
    if means == "floor":
        p, q = np.maximum(p, e), np.maximum(q, e)
    if means == "clamp":  # torch takes log1p(-p), which keeps the digits of a small p
        q = np.log1p(-p.astype(np.float64))
        return _log(p, means, amount), np.maximum(q, -amount)
    return _log(p, means, amount), _log(q, means, amount)


def guarded_classes(prob: Array, guard: str, dtype: np.dtype[Any]) -> Array:
    """log p of every class under a guard."""
    p = prob.astype(dtype)
    means, amount = Guard.parse(guard, float(np.finfo(dtype).eps))
    one, e = dtype.type(1.0), dtype.type(amount)
    if "clip" in means:
        p = np.clip(p, e, one - e)
    if "add" in means:
        p = p + e
    if means == "floor":
        p = np.maximum(p, e)
    return _log(p, means, amount)


def clipped(prob: Array, guard: str) -> Array:
    """The probabilities, in their own floats, under a guard that clips them."""
    means, amount = Guard.parse(guard, float(np.finfo(prob.dtype).eps))
    if means != "clip":
        raise UsageProblem(f"--guard {guard} is not for this formula, which clips probabilities.", options=("guard",))
    one, e = prob.dtype.type(1.0), prob.dtype.type(amount)
    return np.clip(prob, e, one - e)


def _log(values: Array, means: str, amount: float) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Array = np.log(values.astype(np.float64))
    return np.maximum(logs, -amount) if "clamp" in means else logs
