"""PyTorch: classes at axis 1, elements behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from ...case import Case, Raised
from ...draw import Rng
from . import Asked, cases_of, distributions, holes, numbers, one_hot, probs, with_classes

VERSIONS = {"torch": torch.__version__}
VALUES = {
    "mse": "mse_loss", "mae": "l1_loss", "huber": "huber_loss", "smooth_l1": "smooth_l1_loss",
    "poisson_nll": "poisson_nll_loss",
}  # fmt: skip


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What PyTorch answers; calls whose value is not finite go to `raises`."""
    return cases_of("torch", rng, raises, _asked, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    tensors = {key: torch.from_numpy(value) for key, value in names.items()}
    return float(eval(call, {"torch": torch, "F": torch.nn.functional, **tensors}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    logits = numbers(rng, with_classes(shape, classes, 1), dtype)
    label = rng.integers(0, classes, shape)
    weights = np.round(rng.uniform(0.2, 3, classes), 2).astype(dtype)
    listed = tuple(float(str(each)) for each in weights)
    for reduction in ("mean", "sum"):
        said = f"reduction='{reduction}'"
        names = {"pred": logits, "label": label}
        yield "softmax_cross_entropy", f"F.cross_entropy(pred, label, {said})", names, reduction, {}
        for labels in holes(rng, label, -100).values():
            ignoring = {"pred": logits, "label": labels}
            yield "softmax_cross_entropy", f"F.cross_entropy(pred, label, {said})", ignoring, reduction, {}
        for labels in holes(rng, label, 1).values():
            call = f"F.cross_entropy(pred, label, weight=w, ignore_index=1, label_smoothing=0.1, {said})"
            given = {"class_weights": listed, "ignore_index": 1, "label_smoothing": 0.1}
            yield "softmax_cross_entropy", call, {"pred": logits, "label": labels, "w": weights}, reduction, given
        soft = {"pred": logits, "label": distributions(rng, shape, classes, 1, dtype)}
        yield "softmax_cross_entropy", f"F.cross_entropy(pred, label, {said})", soft, reduction, {}
        logs = {"pred": np.log(distributions(rng, shape, classes, 1, dtype)), "label": label}
        yield "nll", f"F.nll_loss(pred, label, {said})", logs, reduction, {}
        yield from _elements(rng, logits, label, classes, listed, weights, dtype, reduction)
        both = {"pred": logs["pred"], "label": soft["label"]}
        named = "elementwise_mean" if reduction == "mean" else reduction
        yield "kl_divergence", f"F.kl_div(pred, label, {said})", both, named, {"input": "logprobs"}


def _elements(
    rng: Rng, logits: Any, label: Any, classes: int, listed: Any, weights: Any, dtype: Any, reduction: str
) -> Iterator[Asked]:
    said = f"reduction='{reduction}'"
    hard = one_hot(label, classes, 1, dtype)
    loss, name = "sigmoid_cross_entropy", "F.binary_cross_entropy_with_logits"
    yield loss, f"{name}(pred, label, {said})", {"pred": logits, "label": hard}, reduction, {"input": "logits"}
    factors = weights.reshape(classes, *[1] * (label.ndim - 1))
    call = f"{name}(pred, label, pos_weight=w, {said})"
    given = {"input": "logits", "pos_weight": listed, "class_axis": 1}
    yield loss, call, {"pred": logits, "label": hard, "w": factors}, reduction, given
    chances = probs(rng, logits.shape, dtype)
    call = f"F.binary_cross_entropy(pred, label, {said})"
    yield loss, call, {"pred": chances, "label": hard}, reduction, {"input": "probs"}
    targets = np.abs(numbers(rng, logits.shape, dtype))
    for each, function in VALUES.items():
        given = {"input": "log_rates"} if each == "poisson_nll" else {}
        yield each, f"F.{function}(pred, label, {said})", {"pred": logits, "label": targets}, reduction, given
    signs = (2 * hard - 1).astype(dtype)
    yield "soft_margin", f"F.soft_margin_loss(pred, label, {said})", {"pred": logits, "label": signs}, reduction, {}
