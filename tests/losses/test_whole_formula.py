"""Losses of all rows together: their formula at 50 digits over whole data sets, and their standard error."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import losscli
from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.errors import DataProblem, UsageProblem
from losscli.testing import oracle

WHOLE = ("r2", "relative_squared_error")


def data(seed: int, shift: float = 0.0, shape: tuple[int, ...] = (400,)) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    label = rng.normal(size=shape) + shift
    return label + 0.4 * rng.normal(size=shape), label


def exact(name: str, pred: Any, label: Any, **params: Any) -> Any:
    formula = registry.find(name).formula_function
    assert formula is not None
    return formula(oracle.m, *(tuple(map(oracle.m.number, values.tolist())) for values in (pred, label)), **params)


@pytest.mark.parametrize("name", [*WHOLE, "explained_variance"])
@pytest.mark.parametrize(("shift", "digits"), [(0.0, 1e-14), (10.0, 1e-12), (1e3, 1e-8)])
def test_value_is_the_formula(name: str, shift: float, digits: float) -> None:
    pred, label = data(1, shift)
    value = losscli.compute(name, pred, label).value
    assert value == pytest.approx(float(exact(name, pred, label)), rel=digits)


@pytest.mark.parametrize("name", WHOLE)
def test_columns_are_averaged_or_pooled(name: str) -> None:
    pred, label = data(2, shape=(50, 3))
    each = [float(exact(name, pred[:, i], label[:, i])) for i in range(3)]
    assert losscli.compute(name, pred, label).value == pytest.approx(sum(each) / 3, rel=1e-13)
    errors, spread = ((pred - label) ** 2).sum(), ((label - label.mean(axis=0)) ** 2).sum()
    pooled = errors / spread if name != "r2" else 1 - errors / spread
    assert losscli.compute(name, pred, label, columns="all").value == pytest.approx(pooled, rel=1e-13)


@pytest.mark.parametrize(("name", "shift"), [("r2", 0.0), ("r2", 1e4), ("explained_variance", 10.0)])
def test_standard_error_is_that_of_repeated_draws(name: str, shift: float) -> None:
    """Also where the labels are far from 0, and differences of moments would cancel."""
    found = [losscli.compute(name, *data(seed, shift)) for seed in range(300)]
    spread = float(np.std([result.value for result in found]))
    reported = float(np.mean([result.stderr for result in found]))
    assert reported == pytest.approx(spread, rel=0.15)


def test_weight_two_is_the_row_twice() -> None:
    pred, label = data(4)
    weight = np.random.default_rng(5).integers(0, 3, size=len(pred))
    weighted = losscli.compute("r2", pred, label, weights=weight.astype(float)).value
    assert weighted == pytest.approx(losscli.compute("r2", pred.repeat(weight), label.repeat(weight)).value, rel=1e-12)


@pytest.mark.parametrize("name", WHOLE)
def test_labels_that_do_not_vary_are_an_error(name: str) -> None:
    pred = np.array([0.1, 0.2, 0.3])
    for constant in (0.0, 0.1, 1e8, 1 / 3):
        with pytest.raises(DataProblem, match="labels do not vary"):
            losscli.compute(name, pred, np.full(3, constant))
    with pytest.raises(DataProblem, match="vary too little"):
        losscli.compute(name, pred, np.array([1e6, 1e6 + 1, 1e6 + 2]))


def test_scikit_learn_has_a_finite_value_for_them() -> None:
    ones = np.ones(3)
    assert losscli.compute("r2", ones, ones, like="sklearn").value == 1.0
    assert losscli.compute("r2", 2 * ones, ones, like="sklearn").value == 0.0


def test_rmse_and_its_standard_error() -> None:
    """The root of mse; its standard error is that of mse over twice the root."""
    pred, label = data(6)
    mse, rmse = losscli.compute("mse", pred, label), losscli.compute("rmse", pred, label)
    assert rmse.value == math.sqrt(mse.value)
    assert rmse.stderr == pytest.approx(mse.stderr / (2 * rmse.value), rel=1e-6)


def test_wape_is_a_ratio_of_sums() -> None:
    pred, label = np.array([1.5, 2.0, 0.25]), np.array([1.0, 0.0, -0.5])
    errors = sum(abs(Fraction(p) - Fraction(y)) for p, y in zip(pred.tolist(), label.tolist(), strict=True))
    assert losscli.compute("wape", pred, label).value == float(errors / sum(map(abs, map(Fraction, label.tolist()))))
    with pytest.raises(DataProblem, match="labels are all 0"):
        losscli.compute("wape", pred, np.zeros(3))


@pytest.mark.parametrize("y", [0.0, 1.0, 0.5, 2.5, 7.25, 17.5, 1e3, 1e6 + 0.5, 255.0, 256.0, 1e15])
def test_log_factorial(y: float) -> None:
    from losscli.losses._logs import log_factorial

    want = mpmath.loggamma(mpmath.mpf(y) + 1)
    assert float(log_factorial(np.array([y]))[0]) == pytest.approx(float(want), rel=3e-15, abs=3e-15)
    assert math.isinf(log_factorial(np.array([np.inf]))[0])


BASES = ("mse", "poisson_deviance", "gamma_deviance", "tweedie:power=1.5", "tweedie:power=3", "tweedie:power=-1")


@pytest.mark.parametrize("of", BASES)
def test_d2_is_the_formula(of: str) -> None:
    pred, label = (np.exp(values) for values in data(7))
    assert losscli.compute("d2", pred, label, of=of).value == pytest.approx(
        float(exact("d2", pred, label, of=of)), rel=1e-11
    )
    with pytest.raises(DataProblem, match="labels do not vary"):
        losscli.compute("d2", pred, np.full(len(pred), 0.1), of=of)


@pytest.mark.parametrize("of", BASES)
def test_standard_error_of_d2(of: str) -> None:
    """Its own gradient is that of differences."""
    from losscli.core.sums.reduction import gradient
    from losscli.losses.variation import d2 as module

    pred, label = (np.exp(values) for values in data(8))
    bound = bind(registry.find("d2"), {"pred": pred.shape, "label": label.shape}, of=of)
    means = [float(term.mean()) for term in bound.rows({"pred": pred, "label": label}).terms]
    finish = bound.finish()
    assert finish is not None
    plain = gradient(lambda at: finish(at), means)
    assert module._slopes(means, of=of) == pytest.approx(plain, rel=1e-5)


AVERAGED = ("f_score", "precision_score", "recall_score", "jaccard_score")
OF_DECISIONS = [(name, {"average": each}) for name in AVERAGED for each in ("binary", "macro", "micro", "weighted")]
OF_DECISIONS += [(name, {}) for name in ("balanced_error", "cohen_kappa", "mcc")] + [
    ("f_score", {"average": "macro", "beta": 2.0})
]


@pytest.mark.parametrize(("name", "params"), OF_DECISIONS)
def test_scores_of_decisions_are_their_formulas(name: str, params: dict[str, Any]) -> None:
    """Of probabilities of two classes, of decided classes, one of which is never a label, and of several scores."""
    rng = np.random.default_rng(9)
    label, probs = rng.integers(0, 2, 60), rng.random(60)
    inputs = [(probs, label, {"input": "probs", "form": "match", "threshold": 0.3})]
    if params.get("average") != "binary":
        classes, scores = rng.integers(0, 4, 60), rng.normal(size=(60, 3))
        inputs += [
            (classes, np.minimum(classes, rng.integers(0, 3, 60)), {"input": "classes", "form": "match"}),
            (scores, rng.integers(0, 3, 60), {"input": "scores", "form": "index"}),
        ]
    formula = registry.find(name).formula_function
    assert formula is not None
    for pred, truth, given in inputs:
        context = {"beta": 1.0, "threshold": None, **params, **given}
        exactly = formula(oracle.m, tuple(pred.tolist()), tuple(truth.tolist()), **context)
        options = {key: value for key, value in {**params, **given}.items() if key != "form"}
        assert losscli.compute(name, pred, truth, **options).value == pytest.approx(float(exactly), rel=1e-14)


def test_d2_of_what_has_no_score() -> None:
    for of in (
        "pinball",
        "pinball:quantile=2",
        "pinball:quantile=x",
        "tweedie:power=0.5",
        "tweedie:power=x",
        "tweedie",
    ):
        with pytest.raises(UsageProblem, match="of must be one of mse, poisson_deviance, gamma_deviance"):
            losscli.compute("d2", np.ones(3), np.ones(3), of=of)
