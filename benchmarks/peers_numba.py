"""numba: a parallel loop a loss, without fastmath, as stable as the others' formulas."""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np
from data import Case
from peers import Call

nb.set_num_threads(min(2, nb.config.NUMBA_NUM_THREADS))
parallel = nb.njit(parallel=True, fastmath=False, error_model="numpy")


@parallel
def mse(x, y):  # type: ignore[no-untyped-def]
    """Mean squared error."""
    total = 0.0
    for i in nb.prange(x.size):
        e = x[i] - y[i]
        total += e * e
    return total / x.size


@parallel
def mae(x, y):  # type: ignore[no-untyped-def]
    """Mean absolute error."""
    total = 0.0
    for i in nb.prange(x.size):
        total += abs(x[i] - y[i])
    return total / x.size


@parallel
def huber(x, y):  # type: ignore[no-untyped-def]
    """Huber loss, delta 1."""
    total = 0.0
    for i in nb.prange(x.size):
        e = abs(x[i] - y[i])
        c = min(e, x.dtype.type(1))
        total += c * (e - c / 2)
    return total / x.size


@parallel
def hinge(x, y):  # type: ignore[no-untyped-def]
    """Hinge loss, labels -1 and 1."""
    total = 0.0
    for i in nb.prange(x.size):
        total += max(0.0, 1 - x[i] * y[i])
    return total / x.size


@parallel
def sigmoid_cross_entropy(x, y):  # type: ignore[no-untyped-def]
    """Cross entropy from logits."""
    total = 0.0
    for i in nb.prange(x.size):
        total += max(x[i], 0) - x[i] * y[i] + math.log1p(math.exp(-abs(x[i])))
    return total / x.size


@parallel
def focal(x, y):  # type: ignore[no-untyped-def]
    """Focal loss from logits, gamma 2."""
    total = 0.0
    for i in nb.prange(x.size):
        e = math.exp(-abs(x[i]))
        p = (1 if x[i] >= 0 else e) / (1 + e)
        miss = p * (1 - y[i]) + (1 - p) * y[i]
        total += miss * miss * (max(x[i], 0) - x[i] * y[i] + math.log1p(e))
    return total / x.size


@parallel
def kl_divergence(p, q):  # type: ignore[no-untyped-def]
    """Kullback-Leibler divergence of rows."""
    total = 0.0
    for i in nb.prange(p.shape[0]):
        for j in range(p.shape[1]):
            if q[i, j] > 0:
                total += q[i, j] * math.log(q[i, j] / p[i, j])
    return total / p.shape[0]


@parallel
def dice(p, y):  # type: ignore[no-untyped-def]
    """The mean of a loss an image."""
    total = 0.0
    for i in nb.prange(p.shape[0]):
        both, size = 0.0, 0.0
        for j in range(p.shape[1]):
            for k in range(p.shape[2]):
                both += p[i, j, k] * y[i, j, k]
                size += p[i, j, k] + y[i, j, k]
        total += 1 - 2 * both / size
    return total / p.shape[0]


@nb.njit(error_model="numpy")
def _one(row, label):  # type: ignore[no-untyped-def]
    top = row.max()
    mass = 0.0
    for j in range(row.size):
        mass += math.exp(row[j] - top)
    return math.log(mass) + top - row[label]


@parallel
def softmax_cross_entropy(x, y):  # type: ignore[no-untyped-def]
    """Cross entropy of class numbers."""
    total = 0.0
    for i in nb.prange(x.shape[0]):
        total += _one(x[i], y[i])
    return total / x.shape[0]


@parallel
def softmax_focal(x, y):  # type: ignore[no-untyped-def]
    """Focal loss of class numbers, gamma 2."""
    total = 0.0
    for i in nb.prange(x.shape[0]):
        loss = _one(x[i], y[i])
        total += (1 - math.exp(-loss)) ** 2 * loss
    return total / x.shape[0]


ROWWISE = (kl_divergence, dice, softmax_cross_entropy, softmax_focal)
LOSSES: dict[str, Any] = {
    loss.__name__: loss for loss in (mse, mae, huber, hinge, sigmoid_cross_entropy, focal, *ROWWISE)
}


def prepare(case: Case) -> tuple[dict[str, Call], dict[str, str]]:
    """One call, compiled when it is checked."""
    if case.kind not in LOSSES:
        return {}, {"numba": f"no {case.kind} here"}
    loss, x, y = LOSSES[case.kind], np.ascontiguousarray(case.pred), case.label
    return {"numba": lambda: float(loss(x, y))}, {}
