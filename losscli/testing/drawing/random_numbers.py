"""Numbers to try a loss with: everyday ones, huge and tiny ones, exact zeros, the ends of a domain, infinities."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array

Shape = tuple[int, ...]

TINY = (1e-310, 5e-324, 2.2e-308, 1e-17, 1e-9)
HUGE = (700.0, 745.0, 40.0, 36.7, 20.0)
BELOW_ONE = float(np.nextafter(1.0, 0.0))


def mixed(rng: np.random.Generator, shape: Shape, *, low: float, high: float) -> Array:
    """Everyday numbers, and a good share of huge, tiny and zero ones of both signs, within bounds."""
    usual = rng.normal(size=shape) * rng.choice([0.1, 1.0, 5.0], size=shape)
    odd = rng.choice([*TINY, *HUGE, 0.0, 0.5, 1.0], size=shape) * rng.choice([-1.0, 1.0], size=shape)
    numbers: Array = np.clip(np.where(rng.random(shape) < 0.55, usual, odd), low, high)
    return numbers


def probabilities(rng: np.random.Generator, shape: Shape) -> Array:
    """Numbers of [0, 1]: at random, and its ends and what lies next to them."""
    odd = rng.choice([0.0, 1.0, 0.5, 1e-310, 1e-17, 1e-9, BELOW_ONE, 1 - 1e-9], size=shape)
    return np.where(rng.random(shape) < 0.5, rng.random(shape), odd)


def distributions(rng: np.random.Generator, shape: Shape) -> Array:
    """Rows of probabilities: smooth, sharp, one-hot, with zeros, and with a tiny one."""
    rows = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]).reshape(-1, shape[-1])
    for row in rows:
        match rng.integers(6):
            case 0:
                row[:] = np.eye(len(row))[rng.integers(len(row))]
            case 1:
                row[:] = np.eye(len(row))[rng.integers(len(row))] * BELOW_ONE
                row[row == 0] = 1e-310
            case 2:
                row[rng.integers(len(row))] = 0.0
                row /= row.sum() or 1.0
            case 3:
                row[:] = 1.0 / len(row)
    return np.minimum(rows, 1.0).reshape(shape)


def _class_logits(rng: np.random.Generator, shape: Shape, limits: bool) -> Array:
    rows = rng.normal(size=shape).reshape(-1, shape[-1]) * 3
    for row in rows:
        match rng.integers(6):
            case 0:
                row[:] = mixed(rng, row.shape, low=-np.inf, high=np.inf)
            case 1:
                row[rng.integers(len(row))] += rng.choice([-700.0, 700.0, 40.0, 30.0])
            case 2:
                row[:] = row[0]
            case 3:
                row[:] = rng.choice([0.0, -0.0, 1e-310, -1e-310], size=len(row))
        if limits:
            sure = rng.integers(len(row))
            lost = (rng.random(len(row)) < 0.4) & (np.arange(len(row)) != sure)
            row[lost] = -np.inf
            if rng.random() < 0.5:
                row[sure] = np.inf
    return rows.reshape(shape)


def logs(probs: Array) -> Array:
    """Their logarithms; 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.minimum(np.log(probs), 0.0)


def predictions(rng: np.random.Generator, kind: str, shape: Shape, by_class: bool, limits: bool) -> Array:
    """Predictions of a kind; `by_class` where a row is one distribution, `limits` where some may be infinite."""
    if kind == "logits" and by_class:
        return _class_logits(rng, shape, limits)
    if kind in ("probs", "logprobs") and by_class:
        drawn = distributions(rng, shape)
        return drawn if kind == "probs" else logs(drawn)
    if kind == "probs":
        return probabilities(rng, shape)
    if kind == "logprobs":
        some = np.where(
            rng.random(shape) < 0.5, logs(probabilities(rng, shape)), -np.abs(mixed(rng, shape, low=-750, high=0))
        )
        return np.where(limits & (rng.random(shape) < 0.3), -np.inf, some)
    if kind == "classes":
        return rng.integers(6, size=shape).astype(np.float64)
    if kind == "cosines":
        odd = rng.choice([-1.0, 1.0, 0.0, BELOW_ONE, 1e-9], size=shape)
        return np.where(rng.random(shape) < 0.7, rng.uniform(-1, 1, shape), odd)
    if kind == "embeddings":
        vectors: Array = rng.normal(size=shape)
        vectors *= rng.choice([0.1, 1.0, 10.0], size=(shape[0], *[1] * (len(shape) - 1)))
        return vectors
    signless = kind in ("distances", "rates")
    drawn = mixed(rng, shape, low=0.0 if kind == "distances" else -np.inf, high=np.inf)
    drawn = np.abs(drawn) if kind == "rates" else drawn
    if limits:
        drawn[rng.random(shape) < 0.35] = np.inf
        if not signless:
            drawn *= rng.choice([-1.0, 1.0], size=shape)
    return drawn
