"""Sound data sets of 56 kinds for `inspect`: none of them may be accused, however bad the model is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
DataSet = tuple[Array, Array, dict[str, Any]]  # predictions, labels, and what inspect takes beside
KINDS: dict[str, Callable[[Any, int], DataSet]] = {}


def sigmoid(values: Array) -> Array:
    """The sigmoid of each value."""
    return 1.0 / (1.0 + np.exp(-values))


def softmax(rows: Array) -> Array:
    """The softmax of each row."""
    high = np.exp(rows - rows.max(axis=1, keepdims=True))
    return high / high.sum(axis=1, keepdims=True)


def kind(name: str) -> Callable[[Callable[[Any, int], DataSet]], Callable[[Any, int], DataSet]]:
    """Declares a kind of data sets, made of a generator of random numbers and a number of rows."""

    def declared(make: Callable[[Any, int], DataSet]) -> Callable[[Any, int], DataSet]:
        KINDS[name] = make
        return make

    return declared


# -- two classes ---------------------------------------------------------------------------------------------


def binary(rng: Any, n: int, base: float = 0.5, skill: float = 1.5, sure: float = 1.0) -> tuple[Array, Array]:
    """Labels and logits that are calibrated where `sure` is 1."""
    label = (rng.random(n) < base).astype(int)
    logits = skill * (skill * (label - 0.5) + rng.normal(size=n)) + np.log(base / (1 - base))
    return sure * logits, label


for _base in (0.5, 0.2, 0.05, 0.01):
    for _skill in (0.5, 2.0):
        KINDS[f"binary, {_base:.0%} of ones, skill {_skill}"] = lambda rng, n, b=_base, s=_skill: (  # type: ignore[misc]
            *binary(rng, n, b, s), {"input": "logits"}
        )  # fmt: skip
for _sure in (0.3, 3.0):
    KINDS[f"binary, logits times {_sure}"] = lambda rng, n, s=_sure: (*binary(rng, n, 0.3, 1.5, s), {})  # type: ignore[misc]


@kind("binary, probabilities")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n, 0.3)
    return sigmoid(logits), label, {"input": "probs"}


@kind("binary, decisions")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n)
    return (logits > 0).astype(float), label, {}


@kind("binary, a model that knows nothing and says so")
def _(rng: Any, n: int) -> DataSet:
    return 0.3 * rng.normal(size=n), (rng.random(n) < 0.4).astype(int), {"input": "logits"}


@kind("binary, uniform random probabilities")
def _(rng: Any, n: int) -> DataSet:
    return rng.random(n), (rng.random(n) < 0.5).astype(int), {"input": "probs"}


@kind("binary, a constant predictor")
def _(rng: Any, n: int) -> DataSet:
    return np.full(n, 0.3) + 1e-9 * rng.normal(size=n), (rng.random(n) < 0.3).astype(int), {"input": "probs"}


@kind("binary, sorted by label")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n, 0.3)
    order = np.argsort(label, kind="stable")
    return logits[order], label[order], {}


@kind("binary, sorted by score")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n, 0.3)
    order = np.argsort(logits)
    return logits[order], label[order], {}


@kind("binary, labels wrong in a fifth")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n, 0.5, 3.0)
    return logits, np.where(rng.random(n) < 0.2, 1 - label, label), {}


@kind("binary, a Markov chain and its forecast")
def _(rng: Any, n: int) -> DataSet:
    stay = rng.random(n) < rng.choice([0.55, 0.65, 0.9])
    label = np.cumsum(~stay) % 2
    before = np.concatenate([[0], label[:-1]])
    return np.where(before == 1, 0.3 + 0.4 * stay.mean(), 0.7 - 0.4 * stay.mean()), label, {"input": "probs"}


@kind("binary, signs and scores")
def _(rng: Any, n: int) -> DataSet:
    logits, label = binary(rng, n)
    return logits, 2 * label - 1, {"loss": "hinge"}


@kind("binary, groups of users with their own rates")
def _(rng: Any, n: int) -> DataSet:
    groups = np.sort(rng.integers(max(2, n // 30), size=n))
    rate = rng.normal(size=groups.max() + 1)[groups]
    return rate, (rng.random(n) < sigmoid(rate)).astype(int), {"input": "logits"}


@kind("several labels a row")
def _(rng: Any, n: int) -> DataSet:
    label = (rng.random((n, 6)) < [0.5, 0.3, 0.3, 0.2, 0.1, 0.05]).astype(int)
    return 2 * (2 * label - 1) + 2 * rng.normal(size=(n, 6)), label, {}


# -- several classes -----------------------------------------------------------------------------------------


def classes(rng: Any, n: int, width: int, skill: float, share: Array | None = None, sure: float = 1.0) -> Any:
    """Logits, calibrated where `sure` is 1, and class numbers."""
    share = np.full(width, 1.0 / width) if share is None else share
    label = rng.choice(width, size=n, p=share)
    rows = rng.normal(size=(n, width))
    rows[np.arange(n), label] += skill
    return sure * (skill * rows + np.log(share)), label


for _width in (3, 10, 50):
    for _skill in (0.5, 2.0):
        KINDS[f"{_width} classes, skill {_skill}"] = lambda rng, n, w=_width, s=_skill: (  # type: ignore[misc]
            *classes(rng, n, w, s), {"input": "logits"}
        )  # fmt: skip
KINDS["10 classes, too sure"] = lambda rng, n: (*classes(rng, n, 10, 2.0, None, 3.0), {})
KINDS["10 classes, not sure enough"] = lambda rng, n: (*classes(rng, n, 10, 2.0, None, 0.3), {})


def _rare(rng: Any, n: int) -> DataSet:
    share = rng.dirichlet(np.full(10, 0.7)) + 1e-9
    return (*classes(rng, n, 10, 1.5, share / share.sum()), {})


KINDS["10 classes, rare ones"] = _rare


@kind("10 classes, probabilities")
def _(rng: Any, n: int) -> DataSet:
    logits, label = classes(rng, n, 10, 2.0)
    return softmax(logits), label, {"input": "probs"}


@kind("10 classes, a random start")
def _(rng: Any, n: int) -> DataSet:
    return rng.normal(size=(n, 10)), rng.integers(10, size=n), {"input": "logits"}


@kind("10 classes, sorted by label")
def _(rng: Any, n: int) -> DataSet:
    logits, label = classes(rng, n, 10, 2.0)
    order = np.argsort(label, kind="stable")
    return logits[order], label[order], {}


@kind("10 classes, pairs that look alike")
def _(rng: Any, n: int) -> DataSet:
    label = rng.integers(10, size=n)
    rows = rng.normal(size=(n, 10))
    rows[np.arange(n), label] += 2.5
    rows[np.arange(n), label ^ 1] += 2.0
    return 2.0 * rows, label, {}


@kind("5 classes, a part of the file is harder")
def _(rng: Any, n: int) -> DataSet:
    label = rng.integers(5, size=n)
    skill = np.where(np.arange(n) < n // 3, 0.7, 2.0)
    rows = rng.normal(size=(n, 5))
    rows[np.arange(n), label] += skill
    return skill[:, None] * rows, label, {}


# -- real numbers --------------------------------------------------------------------------------------------


def real(rng: Any, label: Array, skill: float) -> Array:
    """Calibrated predictions whose correlation with normal labels is `skill`."""
    spread = label.std() + 1e-12
    noise = spread * skill * np.sqrt(1 - skill**2) * rng.normal(size=len(label))
    return np.asarray(label.mean() + skill**2 * (label - label.mean()) + noise)


for _skill in (0.1, 0.5, 0.9):
    KINDS[f"regression, correlation {_skill}"] = lambda rng, n, s=_skill: (  # type: ignore[misc]
        real(rng, label := rng.normal(size=n), s), label, {}
    )  # fmt: skip


@kind("regression, labels with noise on top of predictions that are not shrunk")
def _(rng: Any, n: int) -> DataSet:
    label = rng.normal(size=n)
    return label + rng.normal(size=n), label, {"loss": "mse"}


@kind("regression, a model that knows nothing and says so")
def _(rng: Any, n: int) -> DataSet:
    return 0.2 * rng.normal(size=n), rng.normal(size=n), {}


@kind("regression, heavy tails (Student, 1.5 degrees)")
def _(rng: Any, n: int) -> DataSet:
    guess = rng.standard_t(1.5, size=n)
    return guess, guess + rng.standard_t(1.5, size=n), {}


@kind("regression, prices (lognormal)")
def _(rng: Any, n: int) -> DataSet:
    logs = 1.5 * rng.normal(size=n)
    return np.exp(logs), np.exp(logs + 0.6 * rng.normal(size=n)), {}


@kind("regression, counts")
def _(rng: Any, n: int) -> DataSet:
    rate = rng.gamma(1.0, 2.0, size=n)
    return rate, rng.poisson(rate), {}


@kind("regression, mostly zeros")
def _(rng: Any, n: int) -> DataSet:
    rate = rng.gamma(0.1, 1.0, size=n)
    return rate, rng.poisson(rate), {}


@kind("regression, few values and many ties")
def _(rng: Any, n: int) -> DataSet:
    label = rng.integers(1, 6, size=n)
    return np.clip(np.round(label + rng.normal(size=n)), 1, 5), label, {}


@kind("regression, sorted by label")
def _(rng: Any, n: int) -> DataSet:
    label = np.sort(rng.normal(size=n))
    return real(rng, label, 0.7), label, {}


@kind("regression, sorted by prediction")
def _(rng: Any, n: int) -> DataSet:
    guess = np.sort(rng.normal(size=n))
    return guess, guess + rng.normal(size=n), {}


@kind("regression, groups of which only the mean is known")
def _(rng: Any, n: int) -> DataSet:
    groups = np.sort(rng.integers(max(2, n // 25), size=n))
    means = rng.normal(size=groups.max() + 1)[groups]
    return means, means + rng.normal(size=n), {}


@kind("regression, noise that grows along the file")
def _(rng: Any, n: int) -> DataSet:
    guess = rng.normal(size=n)
    return guess, guess + np.linspace(0.2, 4.0, n) * rng.normal(size=n), {}


@kind("regression, three outputs")
def _(rng: Any, n: int) -> DataSet:
    label = rng.normal(size=(n, 3))
    return 0.6 * label + 0.4 * rng.normal(size=(n, 3)), label, {}


# -- series --------------------------------------------------------------------------------------------------


def autoregressive(rng: Any, n: int, *phi: float) -> Array:
    """A series of which each value is these multiples of those before, and noise."""
    noise, series = rng.normal(size=n + 200), np.zeros(n + 200)
    for at in range(len(phi), n + 200):
        series[at] = sum(p * series[at - lag] for lag, p in enumerate(phi, 1)) + noise[at]
    return series[200:]


for _phi in (0.05, 0.2, 0.5, 0.8, 0.95):

    def _forecast(rng: Any, n: int, phi: float = _phi) -> DataSet:
        series = autoregressive(rng, n + 1, phi)
        return phi * series[:-1], series[1:], {}

    KINDS[f"series, best forecast of AR(1) {_phi}"] = _forecast


@kind("series, best forecast of AR(2)")
def _(rng: Any, n: int) -> DataSet:
    series = autoregressive(rng, n + 2, 0.5, 0.3)
    return 0.5 * series[1:-1] + 0.3 * series[:-2], series[2:], {}


@kind("series, forecast of white noise with a fitted coefficient")
def _(rng: Any, n: int) -> DataSet:
    series = rng.normal(size=n + 1)
    phi = float(series[:-1] @ series[1:] / (series[:-1] @ series[:-1]))
    return phi * series[:-1], series[1:], {}


@kind("series, yesterday's value of a random walk")
def _(rng: Any, n: int) -> DataSet:
    series = np.cumsum(rng.normal(size=n + 1))
    return series[:-1], series[1:], {}


@kind("series, five steps ahead of AR(1) 0.9")
def _(rng: Any, n: int) -> DataSet:
    series = autoregressive(rng, n + 5, 0.9)
    return 0.9**5 * series[:-5], series[5:], {}


@kind("series, last year's value (seasonal)")
def _(rng: Any, n: int) -> DataSet:
    series = 2 * np.sin(np.arange(n + 12) * 2 * np.pi / 12) + rng.normal(size=n + 12)
    return series[:-12], series[12:], {}


@kind("series, the season and a trend")
def _(rng: Any, n: int) -> DataSet:
    mean = 2 * np.sin(np.arange(n) * 2 * np.pi / 7) + np.linspace(0, 3, n)
    return mean, mean + autoregressive(rng, n, 0.6), {}


@kind("series, two random walks that have nothing in common")
def _(rng: Any, n: int) -> DataSet:
    return np.cumsum(rng.normal(size=n)), np.cumsum(rng.normal(size=n)), {}


@kind("series, newest first, best forecast of AR(1) 0.6")
def _(rng: Any, n: int) -> DataSet:
    series = autoregressive(rng, n + 1, 0.6)
    return 0.6 * series[:-1][::-1], series[1:][::-1], {}


@kind("series, smooth predictions of a noisy series")
def _(rng: Any, n: int) -> DataSet:
    state = autoregressive(rng, n, 0.97)
    return state, state + 3 * rng.normal(size=n), {}
