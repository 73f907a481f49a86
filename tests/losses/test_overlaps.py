"""Overlaps of masks: Jaccard and Tversky beside Dice, small numbers, channels, and calls of MONAI and smp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.calls.reading import read_call
from losscli.core.errors import DataProblem, UsageProblem

RNG = np.random.default_rng(11)
PROBS = RNG.random((3, 4, 5))
MASKS = (RNG.random((3, 4, 5)) < 0.4).astype(float)


def value(loss: str, pred: Any = PROBS, label: Any = MASKS, **options: Any) -> float:
    result = losscli.compute(loss, np.asarray(pred), np.asarray(label), **options).value
    assert result is not None
    return float(result)


@pytest.mark.parametrize("pool", ["image", "batch"])
def test_tversky_is_dice_and_jaccard_at_its_weights(pool: str) -> None:
    assert value("tversky", pool=pool) == pytest.approx(value("dice", pool=pool), rel=1e-14)
    weights = {"fp_weight": 1.0, "fn_weight": 1.0}
    assert value("tversky", pool=pool, **weights) == pytest.approx(value("jaccard", pool=pool), rel=1e-14)
    assert value("focal_tversky", pool=pool, gamma=1.0, **weights) == pytest.approx(
        value("jaccard", pool=pool), rel=1e-14
    )


def test_jaccard_of_an_image_follows_from_its_dice() -> None:
    for pred, label in zip(PROBS, MASKS, strict=True):
        dice = value("dice", pred[None], label[None])
        assert value("jaccard", pred[None], label[None]) == pytest.approx(2 * dice / (1 + dice), rel=1e-13)


def test_weights_are_those_of_what_they_name() -> None:
    """A prediction that covers too much costs by fp_weight alone, one that covers too little by fn_weight alone."""
    assert value("tversky", [[1.0, 1.0]], [[1, 0]], fp_weight=0.25, fn_weight=9.0) == pytest.approx(0.2)
    assert value("tversky", [[1.0, 0.0]], [[1, 1]], fp_weight=9.0, fn_weight=0.25) == pytest.approx(0.2)


@pytest.mark.parametrize("loss", ["jaccard", "tversky", "focal_tversky"])
def test_a_small_wrong_prediction_of_an_empty_mask_costs_1(loss: str) -> None:
    """However small it is: the smallest float times a weight below 1 would be 0."""
    assert value(loss, [[5e-324, 0.0]], [[0, 0]]) == pytest.approx(1.0)
    assert value(loss, [[-745.0]], [[0]], input="logits") == pytest.approx(1.0)


@pytest.mark.parametrize("loss", ["jaccard", "tversky"])
def test_monai_takes_the_mean_over_channels(loss: str) -> None:
    pred, label = RNG.random((2, 3, 4, 5)), (RNG.random((2, 3, 4, 5)) < 0.4).astype(float)
    each = [value(loss, pred[:, [i]], label[:, [i]], like="monai") for i in range(3)]
    assert value(loss, pred, label, like="monai") == pytest.approx(np.mean(each), rel=1e-6)
    assert value(loss, pred, label, like="monai", reduction="sum") == pytest.approx(3 * 2 * np.mean(each), rel=1e-6)
    pooled = [value(loss, pred[:, [i]], label[:, [i]], like="monai", pool="batch") for i in range(3)]
    assert value(loss, pred, label, like="monai", pool="batch") == pytest.approx(np.mean(pooled), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "loss", "arguments"),
    [
        ("monai.losses.DiceLoss(smooth_nr=0, smooth_dr=1e-5)", "dice", {"smooth": 0.0, "eps": 1e-5}),
        ("monai.losses.DiceLoss(smooth_nr=0, smooth_dr=0.1, jaccard=True)", "jaccard", {"smooth": 0.0, "eps": 0.05}),
        ("monai.losses.DiceLoss(squared_pred=True, batch=True, smooth_dr=1.5)", "dice", {"power": 2, "pool": "batch"}),
        ("monai.losses.TverskyLoss(alpha=0.3, beta=0.7, smooth_nr=0.25, smooth_dr=1)", "tversky", {"eps": 0.75}),
        ("smp.losses.DiceLoss('binary', smooth=1.0, eps=0.5)", "dice", {"smooth": 2.0, "floor": 1.0}),
        ("smp.losses.TverskyLoss(mode='binary', gamma=0.75)", "focal_tversky", {"gamma": 0.75, "fp_weight": 0.5}),
        ("segmentation_models_pytorch.losses.JaccardLoss('binary', from_logits=False)", "jaccard", {}),
    ],
)
def test_a_call_is_read(call: str, loss: str, arguments: dict[str, Any]) -> None:
    meaning = read_call(call)
    assert meaning.loss.name == loss
    assert arguments.items() <= meaning.arguments.items()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("monai.losses.DiceLoss(other_act=torch.tanh)", "torch.tanh"),
        ("monai.losses.DiceLoss(smooth_dr=0)", "smooth_dr=0 .*at least smooth_nr"),
        ("monai.losses.DiceLoss(smooth_dr='small')", "smooth_dr='small' .*no number"),
        ("monai.losses.DiceLoss(smooth=1)", "no argument smooth"),
        ("smp.losses.JaccardLoss('binary', log_loss=True)", "log_loss=True"),
        ("smp.losses.TverskyLoss('binary', classes=[1])", "classes="),
        ("smp.losses.TverskyLoss('binary', class_weights=[1.0])", "class_weights="),
        ("smp.losses.FocalLoss('binary', normalized=True)", "normalized=True"),
        ("DiceLoss()", "monai.losses.DiceLoss or smp.losses.DiceLoss"),
    ],
)
def test_an_argument_that_is_not_computed_is_refused_by_its_name(call: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        read_call(call)


def test_ignored_pixels_are_left_out() -> None:
    label = MASKS[:, None].copy()
    label[0, 0, 0, :3] = 255
    counted, pred = label[label != 255], PROBS[:, None]
    for call, loss in (("DiceLoss", "dice"), ("JaccardLoss", "jaccard"), ("TverskyLoss", "tversky")):
        like = f"smp.losses.{call}('binary', from_logits=False, ignore_index=255)"
        wanted = value(loss, pred[label != 255], counted)
        assert value(loss, pred, label, like=like) == pytest.approx(wanted, rel=1e-6)
        with pytest.raises(DataProblem, match="255"):
            value(loss, pred, label, like=f"smp.losses.{call}('binary', from_logits=False)")
