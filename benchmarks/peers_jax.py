"""jax.jit, of optax's functions where it has one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from data import Case
from peers import Call


def kl(p: Any, q: Any) -> Any:
    """optax takes logarithms of predictions."""
    return optax.kl_divergence(jnp.log(p), q).mean()


def dice(p: Any, y: Any) -> Any:
    """optax's pools otherwise: a formula of our own, the mean of a loss an image."""
    overlap = (p * y).sum(axis=(1, 2))
    return (1 - 2 * overlap / (p.sum(axis=(1, 2)) + y.sum(axis=(1, 2)))).mean()


def softmax_focal(x: Any, y: Any) -> Any:
    """Over optax's cross entropy."""
    cross_entropy = optax.softmax_cross_entropy_with_integer_labels(x, y)
    return ((1 - jnp.exp(-cross_entropy)) ** 2 * cross_entropy).mean()


def ctc(x: Any, y: Any) -> Any:
    """Without padding."""
    return optax.ctc_loss(x, jnp.zeros(x.shape[:2], x.dtype), y, jnp.zeros(y.shape, x.dtype)).mean()


LOSSES: dict[str, Any] = {
    "mse": lambda x, y: jnp.mean((x - y) ** 2),
    "mae": lambda x, y: jnp.mean(jnp.abs(x - y)),
    "huber": lambda x, y: optax.huber_loss(x, y, delta=1.0).mean(),
    "hinge": lambda x, y: optax.hinge_loss(x, y).mean(),
    "sigmoid_cross_entropy": lambda x, y: optax.sigmoid_binary_cross_entropy(x, y).mean(),
    "focal": lambda x, y: optax.sigmoid_focal_loss(x, y, alpha=None, gamma=2.0).mean(),
    "kl_divergence": kl,
    "dice": dice,
    "softmax_cross_entropy": lambda x, y: optax.softmax_cross_entropy_with_integer_labels(x, y).mean(),
    "softmax_focal": softmax_focal,
    "ctc": ctc,
}


def prepare(case: Case) -> tuple[dict[str, Call], dict[str, str]]:
    """One call under jit; converting the result to a float waits for it."""
    jax.config.update("jax_enable_x64", True)  # float32 arrays stay float32
    labels = case.label.astype(np.int32) if case.label.dtype.kind == "i" else case.label
    x, y = jnp.asarray(case.pred), jnp.asarray(labels)
    compiled = jax.jit(LOSSES[case.kind])
    return {"jax.jit": lambda: float(compiled(x, y))}, {}
