"""Losses with one term a row: a mask or a label leaves out rows, and vectors may lie along any axis of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import DataProblem, UsageProblem

RNG = np.random.default_rng(20)
KEEP = np.array([1, 0, 1, 1, 0, 1], dtype=bool)
VECTORS, OTHERS = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 4))
CLASSES = RNG.integers(0, 4, size=6)


@pytest.mark.parametrize(
    ("loss", "pred", "label", "said"),
    [
        ("cosine_similarity", VECTORS, OTHERS, {}),
        ("endpoint_error", VECTORS, OTHERS, {}),
        ("generalized_kl", np.abs(VECTORS), np.abs(OTHERS), {}),
        ("max_error", VECTORS, OTHERS, {}),
        ("arcface", np.tanh(VECTORS), CLASSES, {"input": "cosines"}),
        ("crps_ensemble", VECTORS, OTHERS[:, 0], {}),
        ("contrastive", np.abs(VECTORS[:, 0]), CLASSES % 2, {}),
        ("center", VECTORS, CLASSES, {}),
    ],
)
def test_a_mask_leaves_out_rows_at_which_nothing_looks(loss: str, pred: Any, label: Any, said: dict[str, Any]) -> None:
    expected = losscli.compute(loss, pred[KEEP], label[KEEP], **said)
    spoilt = np.array(label)
    spoilt[~KEEP] = -77  # a value that no loss of classes or of amounts takes
    for mask in (KEEP, KEEP.astype(np.uint8)[:, None]):
        result = losscli.compute(loss, pred, spoilt, mask=mask, **said)
        assert result.value == pytest.approx(expected.value, rel=1e-15)
        assert (result.n, result.counts["ignored"]) == (4, 2)
    if spoilt.ndim == 1:
        result = losscli.compute(loss, pred, spoilt, ignore_label=-77, **said)
        assert (result.value, result.n) == (pytest.approx(expected.value, rel=1e-15), 4)
    wrong = np.array(spoilt)
    wrong[2] = np.where(wrong[2] == 0, -77, -77)
    if loss in ("generalized_kl", "arcface", "center"):
        with pytest.raises(DataProblem, match="row 2"):  # the row of the file, not of what is left of it
            losscli.compute(loss, pred, wrong, mask=KEEP, **said)


def test_a_mask_of_elements_does_not_go_beside_a_loss_of_rows() -> None:
    mask = np.ones((6, 4), dtype=bool)
    with pytest.raises(UsageProblem, match="has one loss a row"):
        losscli.compute("generalized_kl", np.abs(VECTORS), np.abs(OTHERS), mask=mask)
    with pytest.raises(UsageProblem, match="weight of 0"):  # a batch without some of its rows is another batch
        losscli.compute("ntxent", VECTORS, CLASSES, mask=KEEP)


def test_vectors_lie_along_the_axis_that_is_said() -> None:
    pred, label = RNG.normal(size=(3, 4, 2, 5)), RNG.normal(size=(3, 4, 2, 5))
    for axis in (1, 2, -1):
        cosines = (pred * label).sum(axis) / np.linalg.norm(pred, axis=axis) / np.linalg.norm(label, axis=axis)
        distances = np.linalg.norm(pred - label, axis=axis)
        mask = RNG.random(cosines.shape) < 0.6
        for loss, rows in (("cosine_similarity", cosines), ("cosine_distance", 1 - cosines),
                           ("endpoint_error", distances)):  # fmt: skip
            value = losscli.compute(loss, pred, label, class_axis=axis).value
            assert value == pytest.approx(rows.mean(), rel=1e-12), (loss, axis)
            summed = losscli.compute(loss, pred, label, class_axis=axis, reduction="sum", mask=mask).value
            assert summed == pytest.approx(rows[mask].sum(), rel=1e-12), (loss, axis)
    with pytest.raises(UsageProblem, match="may hold the vectors of cosine_similarity"):
        losscli.compute("cosine_similarity", pred, label)
    last = np.linalg.norm(pred - label, axis=-1)
    mask = RNG.random(last.shape) < 0.6
    assert losscli.compute("endpoint_error", pred, label, mask=mask).value == pytest.approx(
        last[mask].mean(), rel=1e-12
    )


@pytest.mark.parametrize("loss", ["d2", "wape", "rmse", "perplexity", "median_absolute_error"])
def test_a_block_of_which_nothing_counts_has_as_many_terms_as_the_others(loss: str) -> None:
    rows = 300_000  # more than a block
    pred, label = RNG.uniform(0.1, 1, rows), RNG.uniform(0.1, 1, rows)
    keep = np.arange(rows) >= 280_000
    pred = -pred if loss == "perplexity" else pred  # log-probabilities of tokens
    labels = None if loss == "perplexity" else label
    expected = losscli.compute(loss, pred[keep], None if labels is None else labels[keep]).value
    masked = losscli.compute(loss, pred, labels, mask=keep)
    assert (masked.value, masked.n) == (pytest.approx(expected, rel=1e-12), 20_000)


@pytest.mark.parametrize("side", [6, 800])  # several images in a block, and one
def test_an_image_of_which_no_pixel_counts_agrees_whatever_its_size(side: int) -> None:
    pred, label = RNG.random((3, side, side)), RNG.integers(0, 2, size=(3, side, side))
    mask = np.ones(pred.shape, dtype=bool)
    mask[1] = False
    for loss in ("dice", "dice_ce"):
        seen = losscli.compute(loss, pred[[0, 2]], label[[0, 2]], input="probs")
        masked = losscli.compute(loss, pred, label, mask=mask, input="probs")
        assert (masked.value, masked.n) == (pytest.approx(seen.value * 2 / 3, rel=1e-12), 3)


@pytest.mark.parametrize("loss", ["dice_ce", "dice_focal"])
def test_the_mean_beside_an_overlap_is_over_the_pixels_that_count(loss: str) -> None:
    pred, label = RNG.random((1, 8, 9)), RNG.integers(0, 2, size=(1, 8, 9))
    mask = RNG.random(pred.shape) < 0.5
    counted = losscli.compute(loss, pred[mask][None, None], label[mask][None, None], input="probs").value
    assert losscli.compute(loss, pred, label, mask=mask, input="probs").value == pytest.approx(counted, rel=1e-12)


def test_calls_of_which_only_defaults_are_known_may_say_them() -> None:
    probs, hot = RNG.dirichlet(np.ones(4), 6).astype(np.float32), np.eye(4, dtype=np.float32)[CLASSES]
    plain = losscli.compute(None, probs, hot, like="keras.losses.CategoricalFocalCrossentropy()(y, p)").value
    said = "keras.losses.CategoricalFocalCrossentropy(label_smoothing=0.0)(y, p)"
    assert losscli.compute(None, probs, hot, like=said).value == plain
    rates = np.exp(OTHERS)
    named = "nn.PoissonNLLLoss()(log_input=x, target=y)"
    assert (
        losscli.compute(None, VECTORS, rates, like=named).value
        == losscli.compute(None, VECTORS, rates, like="F.poisson_nll_loss(x, y)").value
    )
