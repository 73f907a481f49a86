"""Values of columns and classes: weights of columns, means of their values, classes that count, shifted labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import LossCliError, UsageProblem

RNG = np.random.default_rng(26)


def binary_losses(x: Any, y: Any) -> Any:
    return np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))


def cross_entropies(logits: Any, labels: Any) -> Any:
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logs, labels[..., None], axis=-1)[..., 0]


X, Y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, size=(40, 3)).astype(float)
LOSSES = binary_losses(X, Y)


def test_weights_of_columns_weigh_the_elements() -> None:
    weights = RNG.uniform(0.5, 2, size=40)
    expected = np.average(np.average(LOSSES, axis=0, weights=weights), weights=[0.2, 0.3, 0.5])
    result = losscli.compute("bce", X, Y, weights=weights, column_weights=[0.2, 0.3, 0.5])
    assert result.value == pytest.approx(expected, rel=1e-13)
    assert "column_weights:[0.2,0.3,0.5]" in result.signature
    both = losscli.compute("mse", X, Y, weights=weights, like="sklearn", column_weights="2,3,5")
    squares = np.average((X - Y) ** 2, axis=0, weights=weights)
    assert both.value == pytest.approx(np.average(squares, weights=[2, 3, 5]), rel=1e-13)
    roots = losscli.compute("rmse", X, Y, weights=weights, like="sklearn", column_weights="2,3,5")
    assert roots.value == pytest.approx(np.average(np.sqrt(squares), weights=[2, 3, 5]), rel=1e-13)


def test_weights_of_columns_come_from_a_file(tmp_path: Any) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("a,b,c\n1,2,4\n")
    frame = tmp_path / "pred.csv"
    frame.write_text("c,a,b\n1,2,3\n4,5,6\n")
    labels = tmp_path / "label.csv"
    labels.write_text("c,a,b\n0,0,0\n0,0,0\n")
    result = losscli.compute(
        "mae", str(frame), str(labels), pred="c,a,b", label="c,a,b", column_weights=f"{path}::a,b,c", per_output=True
    )
    assert [each["output"] for each in result.outputs] == ["c", "a", "b"]
    assert result.elements is not None
    assert result.elements["column_weights"] == [4.0, 1.0, 2.0]  # matched by the names of the columns
    assert result.value == pytest.approx((4 * 2.5 + 1 * 3.5 + 2 * 4.5) / 7)


def test_the_mean_of_the_columns_with_holes() -> None:
    known = RNG.random((40, 3)) < 0.6
    holes = np.where(known, Y, np.nan)
    of_columns = (LOSSES * known).sum(axis=0) / known.sum(axis=0)
    result = losscli.compute("bce", X, holes, nan="omit", macro_columns=True, per_output=True)
    assert result.value == pytest.approx(of_columns.mean(), rel=1e-13)
    assert [each["value"] for each in result.outputs] == pytest.approx(of_columns.tolist(), rel=1e-13)
    pooled = losscli.compute("bce", X, holes, nan="omit", per_output=True)
    assert pooled.value == losscli.compute("bce", X, holes, nan="omit").value  # to the bit
    assert pooled.stderr == losscli.compute("bce", X, holes, nan="omit").stderr
    weighed = losscli.compute("bce", X, holes, nan="omit", macro_columns=True, column_weights=(1, 2, 0))
    assert weighed.value == pytest.approx((of_columns[0] + 2 * of_columns[1]) / 3, rel=1e-13)


def test_a_column_of_which_nothing_counts_has_no_value() -> None:
    holes = Y.copy()
    holes[:, 1] = np.nan
    result = losscli.compute("bce", X, holes, nan="omit", macro_columns=True, per_output=True)
    assert result.value == pytest.approx(LOSSES[:, [0, 2]].mean(), rel=1e-13)
    assert result.to_dict()["outputs"][1] == {"output": 1, "value": None, "stderr": None, "status": "nan"}


def test_the_standard_error_of_a_column_is_that_of_its_rows() -> None:
    result = losscli.compute("bce", X, Y, per_output=True)
    expected = LOSSES.std(axis=0, ddof=1) / np.sqrt(40)
    assert [each["stderr"] for each in result.outputs] == pytest.approx(expected.tolist(), rel=1e-6)
    macro = losscli.compute("bce", X, Y, macro_columns=True)
    assert macro.stderr == pytest.approx(LOSSES.mean(axis=1).std(ddof=1) / np.sqrt(40), rel=1e-6)


def test_classes_that_count_alone() -> None:
    labels = RNG.integers(0, 3, size=40)
    of_rows = cross_entropies(X, labels)
    counted = losscli.compute("ce", X, labels, count_classes=[1, 2])
    assert counted.value == pytest.approx(of_rows[labels > 0].mean(), rel=1e-13)
    assert counted.to_dict()["elements"]["count_classes"] == [1, 2]
    columns = losscli.compute("bce", X, Y, count_classes="1,2", per_output=True)
    assert columns.value == pytest.approx(LOSSES[:, 1:].mean(), rel=1e-13)
    assert [each["output"] for each in columns.outputs] == [1, 2]
    for strange in ("3", "-1", "1,1", "a"):
        with pytest.raises(UsageProblem):
            losscli.compute("bce", X, Y, count_classes=strange)


def test_the_values_of_classes_are_those_of_their_labels() -> None:
    logits, labels = RNG.normal(size=(8, 4, 5, 6)), RNG.integers(0, 4, size=(8, 5, 6))
    labels[0, 0] = 255
    result = losscli.compute("ce", logits, labels, ignore_index=255, per_output=True)
    losses = cross_entropies(np.moveaxis(logits, 1, -1), np.where(labels == 255, 0, labels))
    expected = [losses[labels == each].mean() for each in range(4)]
    assert [each["value"] for each in result.outputs] == pytest.approx(expected, rel=1e-12)
    assert result.value == losscli.compute("ce", logits, labels, ignore_index=255).value


def test_channels_are_columns_where_the_axis_is_said() -> None:
    pred, label = RNG.normal(size=(4, 3, 5, 2)), RNG.integers(0, 2, size=(4, 3, 5, 2)).astype(float)
    losses = binary_losses(pred, label)
    with pytest.raises(UsageProblem, match="class_axis"):
        losscli.compute("bce", pred, label, per_output=True)
    for axis in (1, 2, -1):
        result = losscli.compute("bce", pred, label, per_output=True, class_axis=axis)
        others = tuple(each for each in range(4) if each != axis % 4)
        values = [each["value"] for each in result.outputs]
        assert values == pytest.approx(losses.mean(axis=others).tolist(), rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("cosine_distance", {"macro_columns": True}),
        ("bce", {"macro_columns": True, "reduction": "sum"}),
        ("bce", {"per_output": True, "reduction": "none"}),
        ("bce", {"column_weights": [1, 2]}),
        ("bce", {"column_weights": [0, 0, 0]}),
        ("bce", {"column_weights": [1, -1, 0]}),
        ("bce", {"shift": 3}),
        ("cosine_distance", {"shift": 1}),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(loss: str, options: Any) -> None:
    with pytest.raises(LossCliError) as caught:
        losscli.compute(loss, X, Y, input="logits" if loss == "bce" else None, **options)
    assert caught.value.options
    if loss == "bce":
        with pytest.raises(LossCliError):
            losscli.compute(loss, X[:, 0], Y[:, 0], input="logits", **options)


def test_columns_with_values_may_be_compared() -> None:
    comparison = losscli.compare("bce", X, X + 0.1, Y, macro_columns=True, column_weights=(1, 2, 3))
    apart = (binary_losses(X + 0.1, Y) - LOSSES).mean(axis=0)
    assert comparison.difference == pytest.approx(np.average(apart, weights=[1, 2, 3]), rel=1e-9)


def test_labels_further_on() -> None:
    logits, labels = RNG.normal(size=(5, 7, 4)), RNG.integers(0, 4, size=(5, 7))
    labels[1, 2:] = -100
    following = cross_entropies(logits[:, :-1], np.where(labels[:, 1:] == -100, 0, labels[:, 1:]))
    result = losscli.compute("ce", logits, labels, ignore_index=-100, shift=1)
    assert result.value == pytest.approx(following[labels[:, 1:] != -100].mean(), rel=1e-13)
    assert "shift:1" in result.signature
    mask = RNG.random((5, 7)) < 0.5
    counts = mask[:, 2:] & (labels[:, 2:] != -100)
    losses = cross_entropies(logits[:, :-2], np.where(labels[:, 2:] == -100, 0, labels[:, 2:]))
    two = losscli.compute("ce", logits, labels, ignore_index=-100, shift=2, mask=mask)
    assert two.value == pytest.approx(losses[counts].mean(), rel=1e-13)
    first = losscli.compute("ce", np.moveaxis(logits, -1, 1), labels, ignore_index=-100, shift=1)
    assert first.value == pytest.approx(result.value, rel=1e-13)
    shifted = losscli.compute("bce", X, Y, input="logits", shift=1)
    assert shifted.value == pytest.approx(binary_losses(X[:, :-1], Y[:, 1:]).mean(), rel=1e-13)
    with pytest.raises(UsageProblem, match="leaves nothing"):
        losscli.compute("ce", logits, labels, ignore_index=-100, shift=7)


def test_an_array_of_weights_says_its_axis() -> None:
    pred, label = RNG.normal(size=(2, 3, 4, 3)), RNG.integers(0, 2, size=(2, 3, 4, 3)).astype(float)
    weights = np.array([1.0, 2.0, 5.0])
    factor = np.where(label == 1, weights[:, None, None], 1.0)
    expected = (factor * binary_losses(pred, label)).mean()
    for like in (None, "torch"):
        result = losscli.compute("bce", pred, label, pos_weight=weights.reshape(3, 1, 1), like=like)
        assert result.value == pytest.approx(expected, rel=1e-6)
    listed = losscli.compute("bce", pred, label, pos_weight=(1.0, 2.0, 5.0), class_axis=1)
    assert losscli.compute("bce", pred, label, pos_weight=weights.reshape(3, 1, 1)).value == listed.value
    with pytest.raises(UsageProblem, match="class_axis"):
        losscli.compute("bce", pred, label, pos_weight=weights.reshape(3, 1, 1), class_axis=-1)


def test_perplexity_of_sequences_takes_the_logits_that_models_return() -> None:
    logits, labels = RNG.normal(size=(3, 6, 5)), RNG.integers(0, 5, size=(3, 6))
    labels[0, 3:] = -100
    expected = np.exp(cross_entropies(logits, np.where(labels < 0, 0, labels))[labels >= 0].mean())
    result = losscli.compute("perplexity", logits, labels, ignore_index=-100)
    assert result.input == "logits"
    assert result.value == pytest.approx(expected, rel=1e-12)
    assert losscli.compute("perplexity", [-1.0, -2.0]).input == "logprobs"
