"""Single precision, the memory budget, and sums that lose nothing."""

from __future__ import annotations

import math
from typing import Any

import draw
import numpy as np
import pytest

import losscli
from losscli.api.evaluation import evaluate
from losscli.api.requests.request import LossRequest, request_from
from losscli.core import loss_spec, registry
from losscli.core.binding.binding import bind
from losscli.core.errors import DataProblem, UsageProblem

RNG = np.random.default_rng(5)
N = 3000
LOGITS = (3 * RNG.normal(size=(N, 5))).astype(np.float32)
PROBS = RNG.dirichlet(np.ones(5), size=N).astype(np.float32)
DATA: dict[str, tuple[Any, Any]] = {
    "dice": (PROBS, RNG.integers(0, 2, size=(N, 5))),
    "focal": (LOGITS, RNG.integers(0, 5, size=N)),
    "hinge": (LOGITS, RNG.choice([-1, 1], size=(N, 5))),
    "lovasz_hinge": (LOGITS, RNG.integers(0, 2, size=(N, 5))),
    "lovasz_softmax": (PROBS, RNG.integers(0, 2, size=(N, 5))),
    "kl_divergence": (PROBS, RNG.dirichlet(np.ones(5), size=N).astype(np.float32)),
    "sigmoid_cross_entropy": (LOGITS, RNG.integers(0, 2, size=(N, 5))),
    "softmax_cross_entropy": (LOGITS, RNG.integers(0, 5, size=N)),
}


ROLES = {"gaussian_nll": {"variance": np.exp(LOGITS[:, 2])}}


def data(name: str) -> tuple[Any, Any]:
    """Predictions and labels of the first kind and form; by default two columns of real numbers."""
    if name in DATA:
        return DATA[name]
    loss = registry.find(name)
    (form, *_), kind = draw.forms(loss, {}), loss.pred[0]
    wide = form in draw.BY_CLASS or 1 not in (loss.pred_dims or (1,))
    pred = {"probs": PROBS, "logprobs": np.log(PROBS), "distances": np.abs(LOGITS)}.get(kind, LOGITS)
    pred = pred if wide else pred[:, 0]
    if name in draw.OF_PAIRS:
        return pred[:, :2], np.log(PROBS[:, 2:4])
    if form == "bounds":
        return np.abs(pred), np.cumsum(np.abs(LOGITS[:, :2]), axis=1)
    if name in draw.POSITIVE:
        return np.abs(pred), np.abs(RNG.normal(size=pred.shape))
    if form == "index":
        return pred, RNG.integers(0, 5, size=N)
    if form == "distribution":
        return pred, RNG.dirichlet(np.ones(5), size=N)
    if form == "sign":
        return pred, RNG.choice([-1, 1], size=pred.shape)
    if form in ("binary", "match"):
        return pred, RNG.integers(0, 2, size=pred.shape)
    if wide and form != "number":
        return pred, LOGITS[:, ::-1]
    pair = pred, LOGITS[:, 1]
    return tuple(map(np.abs, pair)) if draw.positive(loss) else pair


ALONE = {name: loss for name, loss in registry.everything().items() if not any(role.required for role in loss.roles)}
SINGLE = [name for name, loss in ALONE.items() if loss.single]
DOUBLE = [name for name, loss in registry.everything().items() if not loss.single]


@pytest.mark.parametrize("name", SINGLE)
def test_single_is_near_double_and_says_so(name: str) -> None:
    pred, label = data(name)
    roles = ROLES.get(name, {})
    single = losscli.compute(name, pred, label, precision="single", **roles)
    double = losscli.compute(name, pred, label, **roles)
    assert single.value == pytest.approx(double.value, rel=2e-6)
    assert single.stderr == (None if double.stderr is None else pytest.approx(double.stderr, rel=1e-5))
    assert "precision:single" in single.signature
    assert single.to_dict()["precision"] == "single"


@pytest.mark.parametrize("name", SINGLE)
def test_single_leaves_double_predictions_alone(name: str) -> None:
    pred, label = data(name)
    pred, roles = pred.astype(np.float64), ROLES.get(name, {})
    single, double = (losscli.compute(name, pred, label, precision=each, **roles) for each in ("single", "double"))
    assert single.value == double.value


@pytest.mark.parametrize("scale", [1.0, 1e4, 1e30])
def test_single_softmax_meets_huge_logits(scale: float) -> None:
    """Powers of a float32 overflow from 89 on; the shifted road takes over."""
    pred, label = np.array([[scale, 0, -scale], [-scale, scale, 0]], dtype=np.float32), [0, 0]
    single = losscli.compute("ce", pred, label, precision="single", reduction="none").rows
    double = losscli.compute("ce", pred, label, reduction="none").rows
    np.testing.assert_allclose(single, double, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", DOUBLE)
def test_losses_in_double_only_refuse_single(name: str) -> None:
    seen = {"pred": (3, 4, 5), "label": (3, 2)} if name == "ctc" else shapes(name)
    with pytest.raises(UsageProblem, match=f"{name} is computed in double precision only"):
        bind(registry.find(name), seen, precision="single")


def shapes(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"pred": (3, 4), "label": (3,)}
    if name == "triplet":
        del found["label"]
        found |= {"positive": (3, 4), "negative": (3, 4)}
    if name == "cosine_embedding":
        found["other"] = (3, 4)
    if name == "info_nce":
        del found["label"]
        found["other"] = (3, 4)
    if name == "contrastive":
        found["pred"] = (3,)
    if registry.find(name).label == ("values",):
        found["label"] = found["pred"]
    if registry.find(name).label == ("bounds",):
        found |= {"pred": (3,), "label": (3, 2)}
    alike = ("scale", "baseline", "proxies")
    found |= {role.name: found["pred"] for role in registry.find(name).roles if role.required and role.name in alike}
    return found


def test_a_large_sum_of_single_terms_is_double() -> None:
    """20 million times 0.1 in float32: a float32 sum stops growing at 2^21 or so."""
    pred = np.full(5_000_000, 0.1, dtype=np.float32)
    found = losscli.compute("mae", pred, np.zeros_like(pred), precision="single")
    assert found.value == float(np.float32(0.1))


@pytest.mark.parametrize("kind", ["spread over 600 decades", "cancelling weights of size", "one sign"])
def test_sums_equal_fsum(kind: str) -> None:
    """The reported sum is that of the exact rows, within 1e-15, however they are conditioned."""
    rng = np.random.default_rng(1)
    error = rng.normal(size=700_001)
    if kind.startswith("spread"):
        error *= 10.0 ** rng.uniform(-150, 150, size=error.shape)
    rows = losscli.compute("mse", error, np.zeros_like(error), reduction="none").rows
    exact = math.fsum(rows)
    assert losscli.compute("mse", error, np.zeros_like(error), reduction="sum").value == pytest.approx(exact, rel=1e-15)
    if kind.startswith("cancelling"):
        p, q = np.abs(error), np.abs(error[::-1])
        p, q = p / p.max(), q / q.max()
        found = losscli.compute("kl_divergence", p[:, None] * [1.0, 0.5], q[:, None] * [1.0, 0.5], reduction="sum")
        rows = losscli.compute("kl_divergence", p[:, None] * [1.0, 0.5], q[:, None] * [1.0, 0.5], reduction="none").rows
        assert (rows < 0).any()
        assert (rows > 0).any()
        assert found.value == pytest.approx(math.fsum(rows), rel=1e-15)


def test_budget_refuses_before_reading() -> None:
    pred = np.zeros((10, 1000))
    with pytest.raises(DataProblem, match=r"mse of predictions needs about \d+ MiB .* max_memory allows"):
        losscli.compute("mse", pred, pred, max_memory=1 << 20)


def test_budget_changes_threads_and_no_bit() -> None:
    rng = np.random.default_rng(2)
    pred, label = rng.normal(size=2_000_000), rng.normal(size=2_000_000)
    tight = losscli.compute("huber", pred, label, threads=4, max_memory=64 << 20)
    assert tight == losscli.compute("huber", pred, label, threads=4)


def test_an_infinite_value_names_its_first_row() -> None:
    pred = np.full(600_000, 0.5)
    pred[[300_007, 300_011]] = 0.0
    losses = [LossRequest(loss_spec.read("sigmoid_cross_entropy"))]
    files = {"pred": pred, "label": np.ones(len(pred))}
    report = evaluate(request_from("losscli.compute", {"input": "probs"}, losses, files))
    assert report.results[0].to_dict()["status"] == "inf"
    assert report.results[0].counts["infinite"] == 2
    assert report.warnings == ["sigmoid_cross_entropy: 2 rows cost inf, the first is row 300007 (from 0)."]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.bool_])
@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "focal"])
def test_logits_beyond_the_range_of_exp_are_their_own_loss(name: str, kind: Any, precision: str) -> None:
    pred = np.array([84, 86, 100, 699, 701, 1e30, math.inf, 0, -800, -math.inf], dtype=np.float32)
    expect = np.array([84, 86, 100, 699, 701, np.float32(1e30), math.inf, math.log(2), 0, 0])
    expect[7] /= 4 if name == "focal" else 1
    for sign, label in ((1, np.zeros(10, kind)), (-1, np.ones(10, kind))):
        rows = losscli.compute(name, sign * pred, label, precision=precision, reduction="none").rows
        np.testing.assert_allclose(rows, expect, rtol=1e-6 if precision == "single" else 1e-15, atol=1e-300)


def test_a_probability_of_minus_zero_is_zero() -> None:
    assert losscli.compute("dice", [[-0.0, 1.0]], [[0.0, 1.0]]).value == 0.0
    assert losscli.compute("dice", [[0.0, 1.0]], [[-0.0, 1.0]]).value == 0.0
