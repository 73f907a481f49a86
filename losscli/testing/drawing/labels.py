"""Labels to try a loss with, in each form and in the dtypes that files hold them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.scratch import Array
from .random_numbers import distributions, mixed, probabilities

K = 4  # classes where the predictions do not say how many there are
HARD = ("index", "class", "pair", "sequence")
BY_CLASS = ("index", "distribution", "class_scores")

STYLES = {
    "index": ("int64", "uint8", "float64", "int32"),
    "class": ("int64", "uint8", "float64"),
    "pair": ("int64", "bool", "uint8", "float64"),
    "match": ("int64", "bool", "uint8", "float64"),
    "binary": ("soft", "bool", "uint8", "int64", "float64", "float32", "soft float32"),
    "distribution": ("soft", "int64", "float64", "bool", "soft float32"),
    "class_scores": ("float64", "float32"),
    "sign": ("int64", "float64", "uint8", "bool", "zero one"),
    "values": ("float64", "int64", "float32"),
    "sequence": ("int64", "float64"),
    "number": ("float64", "int64", "float32"),
    "bounds": ("float64", "int64", "float32"),
    "none": ("",),
}


def _bounds(rng: np.random.Generator, n: int, style: str) -> Array:
    """Times above 0 that are known, or lie between, below or above bounds."""
    low = np.exp(rng.normal(0.0, 3.0, n)) if style != "int64" else rng.integers(1, 9, n).astype(float)
    high = low * (1.0 + (np.exp(rng.normal(-1.0, 4.0, n)) if style != "int64" else rng.integers(1, 4, n)))
    kind = rng.integers(4, size=n)
    if style == "int64":
        return np.stack([np.where(kind == 2, 0, low), np.where(kind == 0, low, high)], axis=1).astype(np.int64)
    label = np.stack(
        [np.where(kind == 2, 0.0, low), np.where(kind == 0, low, np.where(kind == 1, np.inf, high))], axis=1
    )
    return label.astype(np.float32) if style == "float32" else label


def labels(rng: np.random.Generator, form: str, style: str, pred: Array, params: dict[str, Any]) -> Array | None:
    """Labels of a form in a style, for predictions that are drawn; None of the form that has none."""
    n, shape, width = len(pred), pred.shape, pred.shape[-1]
    if form == "none":
        return None
    drawn: Array
    if form in ("index", "class"):
        drawn = rng.integers(width if form == "index" else K, size=n)
        if params.get("ignore_index") is not None and not (style == "uint8" and params["ignore_index"] < 0):
            drawn[rng.random(n) < 0.3] = params["ignore_index"]
        return drawn.astype(style)
    if form == "pair":
        return rng.integers(2, size=n).astype(style)
    if form == "number":
        return labels(rng, "values", style, pred[:, int(rng.integers(width))], params)
    if form == "bounds":
        return _bounds(rng, n, style)
    if form == "sequence":
        blank = params.get("blank", 0)
        symbols = [c for c in range(width) if c != blank]
        return rng.choice(symbols, size=(n, 2)).astype(style)
    if form == "match":
        if (pred == np.floor(pred)).all() and pred.max(initial=0) > 1 and style not in ("bool",):  # classes
            with np.errstate(invalid="ignore"):  # of infinite ones
                return np.where(rng.random(shape) < 0.5, pred, rng.integers(6, size=shape)).astype(style)
        return rng.integers(2, size=shape).astype(style)
    if form == "binary":
        if style.startswith("soft"):
            return _single(probabilities(rng, shape), style)
        return rng.integers(2, size=shape).astype(style)
    if form == "distribution":
        if style.startswith("soft"):
            return _single(distributions(rng, shape), style)
        drawn = np.eye(width)[rng.integers(width, size=n)].reshape(shape).astype(style)
        return drawn
    if form == "class_scores":
        logs: Array = np.log(np.maximum(distributions(rng, shape), 1e-12))
        scores = logs if params["label_input"] == "logprobs" else logs + rng.normal(size=(n, 1))
        drawn = np.clip(scores, -1e30, 1e30).astype(np.float32 if style == "float32" else np.float64)
        return drawn
    if form == "sign":
        zero_one = rng.integers(2, size=shape)
        if style in ("uint8", "bool"):
            return zero_one.astype(style)
        drawn = zero_one if style == "zero one" else (2 * zero_one - 1).astype(style)
        return drawn
    if style == "int64":
        return rng.integers(-3, 9, size=shape)
    drawn = mixed(rng, shape, low=-np.inf, high=np.inf)
    near = rng.random(shape)
    drawn = np.where((near < 0.3) & np.isfinite(pred), pred, drawn)
    drawn = np.where((near > 0.9) & np.isfinite(pred), pred * (1 + 1e-9), drawn)
    if style == "float32":
        return np.clip(drawn, -1e30, 1e30).astype(np.float32)
    return drawn


def _single(drawn: Array, style: str) -> Array:
    with np.errstate(under="ignore"):
        return drawn.astype(np.float32) if style.endswith("float32") else drawn
