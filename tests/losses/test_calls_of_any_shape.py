"""`--like "CALL"` of arrays with three axes and more: values by NumPy, as the framework's source has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import LossCliError, UsageProblem

RNG = np.random.default_rng(1515)
SHAPE = (3, 4, 2, 3)


def softmax(logits: Any, axis: int) -> Any:
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def entropies(logits: Any, labels: Any, pos_weight: Any = 1.0) -> Any:
    """Sigmoid cross entropies of elements."""
    p = 1 / (1 + np.exp(-logits))
    return -(pos_weight * labels * np.log(p) + (1 - labels) * np.log(1 - p))


LOGITS, LABELS = RNG.normal(size=SHAPE), RNG.integers(0, 2, SHAPE).astype(float)
P, Q = softmax(RNG.normal(size=SHAPE), 1), softmax(RNG.normal(size=SHAPE), 1)


def value(call: str, pred: Any, label: Any) -> float | None:
    return losscli.compute(None, pred, label, like=call).value


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        (np.array([0.5, 2.0, 1.5]), "torch.tensor([0.5, 2.0, 1.5])"),
        (np.array([[0.5], [2.0]]), "torch.tensor([[0.5], [2.0]])"),
        (np.arange(1.0, 5).reshape(4, 1, 1), "torch.arange(4).view(4, 1, 1)"),
    ],
)
def test_weights_in_a_call_of_torch_go_along_the_last_axes(weight: Any, text: str) -> None:
    if "arange" in text:
        text, weight = "torch.tensor([1., 2., 3., 4.]).view(-1, 1, 1)", weight
    expected = (weight * entropies(LOGITS, LABELS)).mean()
    call = f"F.binary_cross_entropy_with_logits(x, y, weight={text})"
    assert value(call, LOGITS, LABELS) == pytest.approx(expected, rel=1e-12)
    square = LOGITS[:, :3, 0, 0], LABELS[:, :3, 0, 0]  # as many rows as columns: still the columns
    if weight.shape == (3,):
        assert value(call, *square) == pytest.approx((weight * entropies(*square)).mean(), rel=1e-12)


def test_weights_in_a_call_that_go_along_nothing_are_refused() -> None:
    with pytest.raises(UsageProblem, match=r"weights of shape \(2,\) stand in the call"):
        value("F.binary_cross_entropy_with_logits(x, y, weight=torch.tensor([1., 2.]))", LOGITS, LABELS)


def test_pos_weight_in_a_call_of_torch_goes_along_the_last_axis_unless_its_shape_says_another() -> None:
    last, second = np.array([0.5, 2.0, 3.0]), np.array([0.5, 2.0, 3.0, 1.0])
    call = "nn.BCEWithLogitsLoss(pos_weight=torch.tensor({}))(x, y)"
    expected = entropies(LOGITS, LABELS, last).mean()
    assert value(call.format([0.5, 2.0, 3.0]), LOGITS, LABELS) == pytest.approx(expected, rel=1e-12)
    column = call.replace("))(", ").view(-1, 1, 1))(").format([0.5, 2.0, 3.0, 1.0])
    expected = entropies(LOGITS, LABELS, second.reshape(4, 1, 1)).mean()
    assert value(column, LOGITS, LABELS) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4), (2, 3, 1, 4)])
def test_batchmean_divides_the_sum_by_the_rows(shape: Any) -> None:
    p, q = softmax(RNG.normal(size=shape), 1), softmax(RNG.normal(size=shape), 1)
    terms = q * (np.log(q) - np.log(p))
    for call in ("F.kl_div(x, y, reduction='batchmean')", "nn.KLDivLoss(reduction='batchmean')(x, y)"):
        assert value(call, np.log(p), q) == pytest.approx(terms.sum() / shape[0], rel=1e-12)
    logs = "F.kl_div(x, y, reduction='batchmean', log_target=True)"
    assert value(logs, np.log(p), np.log(q)) == pytest.approx(terms.sum() / shape[0], rel=1e-12)
    assert value("F.kl_div(x, y, log_target=True)", np.log(p), np.log(q)) == pytest.approx(terms.mean(), rel=1e-12)


@pytest.mark.parametrize("denominator", ["rows", "elements", "weights"])
def test_a_mean_over_rows_takes_the_sums_over_their_elements(denominator: str) -> None:
    squares = (LOGITS - LABELS) ** 2
    result = losscli.compute("mse", LOGITS, LABELS, denominator=denominator)
    divisor = SHAPE[0] if denominator == "rows" else squares.size
    assert result.value == pytest.approx(squares.sum() / divisor, rel=1e-12)
    if denominator == "rows":
        sums = squares.reshape(3, -1).sum(axis=1)
        assert result.stderr == pytest.approx(sums.std(ddof=1) / np.sqrt(3), rel=1e-9)


def test_rows_are_what_a_mean_of_classes_may_divide_by() -> None:
    labels = RNG.integers(0, 4, (3, 2, 3))
    logs = np.log(softmax(LOGITS, 1))
    own = -np.take_along_axis(logs, labels[:, None], axis=1)
    result = losscli.compute("ce", LOGITS, labels, input="logits", denominator="rows", class_axis=1)
    assert result.value == pytest.approx(own.sum() / 3, rel=1e-12)


@pytest.mark.parametrize("shape", [(4, 5, 1), (1, 2, 1), (2, 3, 1, 1)])
def test_one_element_a_row_is_an_element_and_not_a_row(shape: Any) -> None:
    logits, labels = RNG.normal(size=shape), RNG.integers(0, shape[1], (shape[0], *shape[2:]))
    expected = -np.take_along_axis(np.log(softmax(logits, 1)), labels[:, None], axis=1).mean()
    assert value("F.cross_entropy(x, y)", logits, labels) == pytest.approx(expected, rel=1e-12)
    assert losscli.compute("ce", logits, labels, input="logits", class_axis=1).value == pytest.approx(expected)


def test_what_keras_takes_along_the_last_axis_is_refused_along_another() -> None:
    labels = np.moveaxis(np.eye(4)[RNG.integers(0, 4, (3, 2, 3))], -1, 1)
    with pytest.raises(UsageProblem, match="smooths labels by the length of the last axis, 3, not by the 4 classes"):
        value("keras.losses.CategoricalCrossentropy(axis=1, label_smoothing=0.1)(y, x)", P, labels)
    with pytest.raises(UsageProblem, match="takes alpha along the last axis"):
        value("keras.losses.CategoricalFocalCrossentropy(axis=1, alpha=[0.1, 0.2, 0.3, 0.4])(y, x)", P, labels)
    assert value("keras.losses.CategoricalCrossentropy(axis=1)(y, x)", P, labels) is not None


@pytest.mark.parametrize("reduction", ["sum", "sum_over_batch_size", "mean_with_sample_weight"])
@pytest.mark.parametrize("name", ["Dice", "Tversky"])
def test_one_number_of_a_batch_is_its_own_sum_and_mean(name: str, reduction: str) -> None:
    plain = value(f"keras.losses.{name}()(y, x)", P, LABELS)
    assert value(f"keras.losses.{name}(reduction='{reduction}')(y, x)", P, LABELS) == plain


def test_the_sum_of_smp_of_several_classes_is_the_mean_of_their_sums() -> None:
    labels = RNG.integers(0, 4, (3, 2, 3))
    mean = value("smp.losses.FocalLoss('multiclass')(x, y)", LOGITS, labels)
    total = value("smp.losses.FocalLoss('multiclass', reduction='sum')(x, y)", LOGITS, labels)
    assert mean is not None
    assert total == pytest.approx(mean * labels.size, rel=1e-6)
    left_out = np.where(labels == 1, 255, labels)
    assert value("smp.losses.FocalLoss('multiclass', ignore_index=255)(x, y)", LOGITS, left_out) is not None
    with pytest.raises(UsageProblem, match="the mean of the masks' sums"):
        value("smp.losses.FocalLoss('multilabel', reduction='sum')(x, y)", LOGITS, LABELS)


def test_the_sum_of_monai_without_pixels_is_refused() -> None:
    with pytest.raises(UsageProblem, match="is the mean, where predictions have no axes behind that of the channels"):
        value("monai.losses.FocalLoss(reduction='sum')(x, y)", LOGITS[:, :, 0, 0], LABELS[:, :, 0, 0])
    assert value("monai.losses.FocalLoss(reduction='sum')(x, y)", LOGITS, LABELS) is not None


def test_the_reason_is_that_of_the_signature_the_call_has() -> None:
    with pytest.raises(LossCliError, match="squared_pred=True cannot be computed"):
        value("monai.losses.DiceLoss(sigmoid=True, squared_pred=True, jaccard=True)(x, y)", LOGITS, LABELS)
    call = "keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, label_smoothing=0.1)(y, x)"
    with pytest.raises(LossCliError, match="only label_smoothing="):
        value(call, P, LABELS)


def test_the_log_loss_of_tensorflow_takes_elements_of_any_shape() -> None:
    q = P.astype(np.float32)
    expected = -(LABELS * np.log(q + 1e-7) + (1 - LABELS) * np.log(1 - q + 1e-7)).mean()
    assert value("tf.compat.v1.losses.log_loss(y, x)", q, LABELS.astype(np.float32)) == pytest.approx(expected, 1e-5)


def test_what_is_refused_is_named_as_in_the_call() -> None:
    with pytest.raises(UsageProblem, match=r"with axis=\[2, 3\] cannot be computed"):
        value("optax.softmax_cross_entropy_with_integer_labels(x, y, axis=(2, 3))", LOGITS, LABELS[..., 0])


def test_r2_that_is_not_forced_to_be_finite_is_that_of_labels_that_vary() -> None:
    pred, label = RNG.normal(size=9), RNG.normal(size=9)
    expected = 1 - ((pred - label) ** 2).sum() / ((label - label.mean()) ** 2).sum()
    call = "r2_score(y_true, y_pred, force_finite=False)"
    assert value(f"sklearn.metrics.{call}", pred, label) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(LossCliError, match="do not vary"):
        value(f"sklearn.metrics.{call}", pred, np.ones(9))
