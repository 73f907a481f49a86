"""Overlaps of masks: Jaccard and Tversky beside Dice, small numbers, channels, and calls of MONAI and smp."""

from __future__ import annotations

from pathlib import Path
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


MONAI_LOSSES = ["dice", "jaccard", "tversky", "generalized_dice", "dice_ce", "dice_focal"]


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 4, 1), (1, 3, 4)])
@pytest.mark.parametrize("loss", MONAI_LOSSES)
def test_monai_takes_axis_1_for_channels(loss: str, shape: tuple[int, ...]) -> None:
    """Whatever the other axes are; (n, 1, ...) is one mask an image, as (n, ...) is without a framework."""
    logits, label = RNG.normal(0, 2, shape), (RNG.random(shape) < 0.4).astype(float)
    given = {"like": "monai", "input": "logits", "activation": "sigmoid"}
    assert value(loss, logits, label, **given) == value(loss, logits, label, class_axis=1, **given)
    one = value(loss, logits[:, None], label[:, None], **given)
    assert one != value(loss, logits, label, **given)
    if loss in ("dice", "jaccard", "tversky"):
        assert one == value(loss, logits, label, channels="together", **given)


@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 3, 5, 6)])
def test_reconcile_names_monai_for_what_monai_prints_of_channels(shape: tuple[int, ...]) -> None:
    logits, label = RNG.normal(0, 2, shape), (RNG.random(shape) < 0.4).astype(float)
    expect = value("dice", logits, label, like="monai.losses.DiceLoss(sigmoid=True)")
    match = losscli.reconcile("dice", logits, label, expect=repr(expect))[0]
    assert (match.like, match.value) == ("monai", pytest.approx(expect, rel=1e-12))


@pytest.mark.parametrize("loss", MONAI_LOSSES)
def test_two_axes_are_refused_where_monai_reads_them_otherwise(loss: str) -> None:
    logits, label = RNG.normal(0, 2, (4, 6)), (RNG.random((4, 6)) < 0.4).astype(float)
    given = {"like": "monai", "input": "logits", "activation": "sigmoid"}
    with pytest.raises(UsageProblem, match=r"4 masks of 6 pixels.* axis 1 for 6 channels") as refused:
        value(loss, logits, label, **given)
    assert "batch" in refused.value.hint
    pooled = value(loss, logits, label, pool="batch", **given)
    assert pooled == pytest.approx(value(loss, logits.T[None], label.T[None], **given), rel=1e-6)
    if loss in ("dice", "jaccard", "tversky"):
        rows = value(loss, logits, label, channels="together", **given)
        assert rows == value(loss, logits[:, None], label[:, None], **given)


def test_files_of_an_image_each_are_one_mask_only_where_it_is_said(tmp_path: Path) -> None:
    """MONAI would take the lines of an image for channels."""
    logits, label = RNG.normal(0, 2, (3, 4, 5)), (RNG.random((3, 4, 5)) < 0.4).astype(float)
    for name, arrays in (("z", logits), ("y", label)):
        (tmp_path / name).mkdir()
        for number, array in enumerate(arrays):
            np.save(tmp_path / name / f"{number}.npy", array)
    files = [str(tmp_path / name / "*.npy") for name in ("z", "y")]
    given = {"like": "monai.losses.DiceLoss(sigmoid=True)", "stack": True}
    with pytest.raises(UsageProblem, match=r"shape \(4, 5\) is one mask .* 4 channels"):
        losscli.compute("dice", *files, **given)
    one = losscli.compute("dice", *files, channels="together", **given).value
    assert one == value("dice", logits[:, None], label[:, None], like=given["like"])
    assert losscli.compute("dice", *files, class_axis=1, **given).value == value(
        "dice", logits, label, like=given["like"]
    )


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        ("monai.losses.DiceLoss(sigmoid=True, weight=2.0)", (3, 1, 8)),
        ("monai.losses.DiceLoss(sigmoid=True, weight=[2.0])", (3, 1, 2, 4)),
        ("monai.losses.DiceLoss(sigmoid=True, include_background=False, weight=[2.0])", (3, 2, 4)),
        ("monai.losses.DiceLoss(sigmoid=True, jaccard=True, batch=True, weight=2.0)", (3, 1, 8)),
        ("monai.losses.DiceFocalLoss(sigmoid=True, weight=2.0)", (3, 1, 8)),
    ],
)
def test_the_weight_of_a_class_that_counts_alone_is_refused(call: str, shape: tuple[int, ...]) -> None:
    """MONAI leaves it out."""
    logits, label = RNG.normal(0, 2, shape), (RNG.random(shape) < 0.4).astype(float)
    with pytest.raises(UsageProblem, match="leaves out the weight of a class that counts alone"):
        value(read_call(call).loss.name, logits, label, like=call)


def test_a_column_has_no_last_axis() -> None:
    """One column may be (n,) or (n, 1), and Keras's axis=-1 is not the same of them."""
    with pytest.raises(UsageProblem, match=r"shape \(4,\) or \(4, 1\)"):
        value("dice", [[0.5]] * 4, [[1.0]] * 4, like="keras.losses.Dice(axis=-1)")


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


LOGITS = RNG.normal(size=(3, 4, 5, 6))
CLASSES = RNG.integers(0, 4, (3, 5, 6))
HOLES = np.where(RNG.random((3, 5, 6)) < 0.2, 255, CLASSES)


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


ONEHOT = np.moveaxis(np.eye(4)[CLASSES], -1, 1)


def dice_of_classes(keep: Any = 1.0, axes: tuple[int, ...] = (2, 3)) -> Any:
    """The Dice loss of each image and class, written a second time."""
    p, y = softmax(LOGITS) * keep, ONEHOT * keep
    return 1 - 2 * (p * y).sum(axes) / (p + y).sum(axes)


def test_the_dice_of_classes_is_that_of_each_image_and_class() -> None:
    each = dice_of_classes()
    assert value("dice", LOGITS, CLASSES, input="logits") == pytest.approx(each.mean(), rel=1e-13)
    assert value("dice", LOGITS, CLASSES, input="logits", reduction="sum") == pytest.approx(each.sum(), rel=1e-13)
    assert value("dice", softmax(LOGITS), CLASSES) == pytest.approx(each.mean(), rel=1e-13)
    chosen = value("dice", LOGITS, CLASSES, input="logits", count_classes=(1, 3))
    assert chosen == pytest.approx(each[:, [1, 3]].mean(), rel=1e-13)
    assert value("dice", LOGITS, CLASSES, input="logits", background=False) == pytest.approx(each[:, 1:].mean())
    weighted = value("dice", LOGITS, CLASSES, input="logits", class_weights=(1.0, 2.0, 3.0, 0.0))
    assert weighted == pytest.approx((each @ [1, 2, 3, 0]).mean() / 6, rel=1e-13)
    rows = losscli.compute("dice", LOGITS, CLASSES, input="logits", reduction="none").rows
    assert rows == pytest.approx(each.mean(axis=1), rel=1e-13)


@pytest.mark.parametrize("loss", ["dice", "jaccard", "tversky", "focal_tversky", "generalized_dice", "dice_ce"])
@pytest.mark.parametrize("pool", ["image", "batch"])
def test_classes_may_stand_anywhere_and_labels_be_one_hot(loss: str, pool: str) -> None:
    wanted = value(loss, LOGITS, CLASSES, input="logits", pool=pool)
    last = np.moveaxis(LOGITS, 1, -1)
    assert value(loss, last, CLASSES, input="logits", pool=pool) == pytest.approx(wanted, rel=1e-13)
    assert value(loss, LOGITS, CLASSES[:, None], input="logits", pool=pool) == pytest.approx(wanted, rel=1e-13)
    options = {"input": "logits", "pool": pool, "activation": "softmax"}
    for labels in (ONEHOT, ONEHOT.astype(np.uint8), ONEHOT.astype(bool)):
        assert value(loss, LOGITS, labels, class_axis=1, **options) == pytest.approx(wanted, rel=1e-13)
    last_labels = np.moveaxis(ONEHOT, 1, -1)
    assert value(loss, last, last_labels, class_axis=-1, **options) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("pool", ["image", "batch"])
def test_pixels_are_left_out_in_every_way(pool: str) -> None:
    keep = (HOLES != 255)[:, None]
    each = dice_of_classes(keep, (2, 3) if pool == "image" else (0, 2, 3))
    options: dict[str, Any] = {"input": "logits", "pool": pool}
    assert value("dice", LOGITS, HOLES, ignore_index=255, **options) == pytest.approx(each.mean(), rel=1e-13)
    assert value("dice", LOGITS, HOLES, ignore_label=255, **options) == pytest.approx(each.mean(), rel=1e-13)
    mask = keep[:, 0].astype(np.uint8)
    assert value("dice", LOGITS, HOLES, mask=mask, **options) == pytest.approx(each.mean(), rel=1e-13)
    gone = np.where(keep[:, 0], CLASSES, np.nan)
    assert value("dice", LOGITS, gone, nan="omit", **options) == pytest.approx(each.mean(), rel=1e-13)
    with pytest.raises(DataProblem, match="255"):
        value("dice", LOGITS, HOLES, **options)


def test_what_speaks_of_classes_needs_some() -> None:
    for said in ({"class_weights": (1.0, 2.0)}, {"background": False}, {"ignore_index": 1}):
        with pytest.raises(UsageProblem):
            value("dice", PROBS[0, 0], MASKS[0, 0], **said)
    with pytest.raises(UsageProblem, match="which axis holds the channels"):
        value("dice", LOGITS, ONEHOT, input="logits", channels="each")
    with pytest.raises(UsageProblem, match="together"):
        value("dice", LOGITS, CLASSES, input="logits", channels="together")
    with pytest.raises(UsageProblem, match="4 class"):
        value("dice", LOGITS, CLASSES, input="logits", class_weights=(1.0, 2.0))
    with pytest.raises(UsageProblem, match="0 to 3"):
        value("dice", LOGITS, CLASSES, input="logits", count_classes=(4,))
    with pytest.raises(UsageProblem, match="one pixel a row"):
        value("dice", softmax(LOGITS)[:, :, 0, 0], CLASSES[:, 0, 0])


def lovasz(errors: Any, label: Any) -> float:
    """Algorithm 1 of the paper."""
    order = np.argsort(-errors, kind="stable")
    errors, label = errors[order], label[order]
    jaccard = 1 - (label.sum() - label.cumsum()) / (label.sum() + (1 - label).cumsum())
    return float(np.maximum(errors, 0) @ np.diff(jaccard, prepend=0.0))


def test_lovasz_sorts_an_image_or_all() -> None:
    logits, masks = np.round(RNG.normal(size=(4, 5, 6)), 1), (RNG.random((4, 5, 6)) < 0.3).astype(int)
    masks[2] = 0
    errors = 1 - (2 * masks - 1) * logits
    each = [lovasz(e.ravel(), y.ravel()) for e, y in zip(errors, masks, strict=True)]
    options = {"input": "logits"}
    assert value("lovasz_hinge", logits, masks, **options) == pytest.approx(np.mean(each), rel=1e-12)
    whole = lovasz(errors.ravel(), masks.ravel())
    assert value("lovasz_hinge", logits, masks, pool="batch", **options) == pytest.approx(whole, rel=1e-12)
    keep = RNG.random(masks.shape) < 0.7
    part = lovasz(errors[keep], masks[keep])
    holes = np.where(keep, masks, 255)
    assert value("lovasz_hinge", logits, holes, pool="batch", ignore_label=255, **options) == pytest.approx(part)
    twice = [np.concatenate([each, each[:1]]) for each in (logits, masks)]
    weighted = value("lovasz_hinge", logits, masks, pool="batch", weights=[2.0, 1.0, 1.0, 1.0], **options)
    assert weighted == pytest.approx(value("lovasz_hinge", *twice, pool="batch", **options), rel=1e-12)


def test_lovasz_softmax_is_a_mean_over_classes_that_are_there() -> None:
    labels = np.where(CLASSES == 3, 0, CLASSES)
    p = softmax(LOGITS)
    parts = [lovasz(np.abs((labels == c) - p[:, c]).ravel(), (labels == c).ravel().astype(int)) for c in range(4)]
    options = {"input": "logits", "pool": "batch"}
    assert value("lovasz_softmax", LOGITS, labels, **options) == pytest.approx(np.mean(parts[:3]), rel=1e-12)
    assert value("lovasz_softmax", LOGITS, labels, of_classes="all", **options) == pytest.approx(np.mean(parts))
    with pytest.raises(DataProblem, match="between 0 and 1"):
        value("lovasz_softmax", PROBS, np.full(PROBS.shape, 0.5))


def test_axes_are_those_of_keras() -> None:
    p, y = np.moveaxis(softmax(LOGITS), 1, -1), np.moveaxis(ONEHOT, 1, -1)
    for axes, kept in (("1,2", (1, 2)), ("-3,-2", (1, 2)), ("0,1,2", (0, 1, 2)), ("1,2,3", (1, 2, 3))):
        each = 1 - 2 * (p * y).sum(kept) / ((p + y).sum(kept) + 1e-7)
        assert value("dice", p, y, axes=axes, like="keras") == pytest.approx(each.mean(), rel=1e-6)
        assert value("dice", p, y, like=f"keras.losses.Dice(axis=({axes}))") == pytest.approx(each.mean(), rel=1e-6)
    with pytest.raises(UsageProblem, match="axes"):
        value("dice", p, y, axes="1", like="keras")
    with pytest.raises(UsageProblem, match="pool"):
        value("dice", p, y, axes="1,2", pool="image", like="keras")
