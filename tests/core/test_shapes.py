"""Arrays of any shape: where the classes stand, which elements count, and that no shape ends in a bug."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.arrays.layout import fit_to_elements, layout_of
from losscli.core.errors import DataProblem, LossCliError, UsageProblem

RNG = np.random.default_rng(15)
CE = ("index", "distribution")


def cross_entropies(logits: Any, labels: Any) -> Any:
    """Of logits with the classes last, one a label."""
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logs, labels[..., None], axis=-1)[..., 0]


@pytest.mark.parametrize(
    ("pred", "label", "axis"),
    [
        ((2, 5, 7), (2, 5), 2),
        ((2, 5, 7), (2, 7), 1),
        ((2, 3, 4, 5), (2, 4, 5), 1),
        ((2, 4, 5, 3), (2, 4, 5), 3),
        ((2, 3, 4, 5, 6), (2, 4, 5, 6), 1),
    ],
)
def test_the_class_axis_is_the_one_by_which_shapes_fit(pred: Any, label: Any, axis: int) -> None:
    form, layout = layout_of("ce", CE, pred, label, None, None)
    assert form is not None
    assert (form.name, layout.class_axis, layout.folds) == ("index", axis, True)
    logits, labels = RNG.normal(size=pred), RNG.integers(0, pred[axis], size=label)
    expected = cross_entropies(np.moveaxis(logits, axis, -1), labels).mean()
    result = losscli.compute("ce", logits, labels, input="logits")
    assert result.value == pytest.approx(expected, rel=1e-13)
    rows = cross_entropies(np.moveaxis(logits, axis, -1), labels).reshape(pred[0], -1).mean(axis=1)
    assert result.n == pred[0]
    assert result.stderr == pytest.approx(rows.std(ddof=1) / np.sqrt(pred[0]), rel=1e-9)  # rows vary, not pixels


def test_where_two_axes_fit_it_must_be_said() -> None:
    logits, labels = RNG.normal(size=(2, 4, 4, 5)), RNG.integers(0, 4, size=(2, 4, 5))
    with pytest.raises(UsageProblem, match=r"axis 1 \(4 classes\) or axis 2 \(4 classes\)") as caught:
        losscli.compute("ce", logits, labels)
    assert "class_axis=1" in str(caught.value)
    said = losscli.compute("ce", logits, labels, class_axis=1)
    assert said.value == pytest.approx(cross_entropies(np.moveaxis(logits, 1, -1), labels).mean(), rel=1e-13)
    assert losscli.compute("ce", logits, labels, like="torch").value == pytest.approx(said.value, rel=1e-6)
    soft = RNG.dirichlet(np.ones(4), size=(2, 4, 5)).transpose(0, 3, 1, 2)
    with pytest.raises(UsageProblem, match="class_axis"):
        losscli.compute("ce", logits, soft)


def test_a_framework_takes_its_own_axis() -> None:
    logits, labels = RNG.normal(size=(2, 3, 4, 5)), RNG.integers(0, 3, size=(2, 4, 5))
    with pytest.raises(LossCliError, match="do not fit"):
        losscli.compute("ce", logits, labels, like="keras", input="logits")
    with pytest.raises(UsageProblem, match="There is no class axis 4"):
        losscli.compute("ce", logits, labels, class_axis=4)


def test_what_counts() -> None:
    logits, labels = RNG.normal(size=(3, 6, 4)), RNG.integers(0, 4, size=(3, 6))
    every = cross_entropies(logits, labels)
    mask = RNG.integers(0, 2, size=(3, 6)).astype(bool)
    mask[0, 0] = True
    assert losscli.compute("ce", logits, labels, mask=mask).value == pytest.approx(every[mask].mean(), rel=1e-13)
    holes = np.where(mask, labels, 99)
    for options in ({"ignore_index": 99}, {"ignore_label": 99}):
        result = losscli.compute("ce", logits, holes, **options)
        assert result.value == pytest.approx(every[mask].mean(), rel=1e-13)
    summed = losscli.compute("ce", logits, holes, ignore_label=99, reduction="sum")
    assert summed.value == pytest.approx(every[mask].sum(), rel=1e-13)
    weights = RNG.uniform(0, 2, size=(3, 6))
    weighed = losscli.compute("ce", logits, labels, weights=weights)
    assert weighed.value == pytest.approx((weights * every).sum() / weights.sum(), rel=1e-13)
    assert weighed.to_dict()["elements"] == {"class_axis": 2, "weighted_elements": True, "left_out": 0}


def test_elements_of_values_are_left_out_one_by_one() -> None:
    pred, label = RNG.normal(size=(4, 5)), RNG.normal(size=(4, 5))
    holes = label.copy()
    holes[1, 2] = holes[3] = np.nan
    known = ~np.isnan(holes)
    errors = (pred - label) ** 2
    result = losscli.compute("mse", pred, holes, nan="omit")
    assert result.value == pytest.approx(errors[known].mean(), rel=1e-13)
    assert result.n == 3  # a row of which nothing counts is no row
    with pytest.raises(DataProblem, match="NaN"):
        losscli.compute("mse", pred, holes)
    mask = known.astype(np.uint8)
    assert losscli.compute("mse", pred, label, mask=mask).value == pytest.approx(errors[known].mean(), rel=1e-13)
    assert losscli.compute("rmse", pred, label, mask=mask).value == pytest.approx(
        errors[known].mean() ** 0.5, rel=1e-13
    )


def test_what_a_mask_leaves_out_is_not_looked_at() -> None:
    probs, labels = RNG.uniform(size=(3, 4)), RNG.integers(0, 2, size=(3, 4))
    labels[1, 1] = 255
    with pytest.raises(DataProblem, match="255"):
        losscli.compute("bce", probs, labels, input="probs")
    keep = labels != 255
    expected = -np.log(np.where(labels == 1, probs, 1 - probs))[keep].mean()
    assert losscli.compute("bce", probs, labels, input="probs", mask=keep).value == pytest.approx(expected, rel=1e-13)


def test_one_channel_is_dropped_and_nothing_else_is_broadcast() -> None:
    pred, label = RNG.normal(size=(2, 1, 3, 4)), RNG.normal(size=(2, 3, 4))
    expected = ((pred[:, 0] - label) ** 2).mean()
    assert losscli.compute("mse", pred, label).value == pytest.approx(expected, rel=1e-14)
    assert losscli.compute("mse", label, pred).value == pytest.approx(expected, rel=1e-14)
    for shape in ((2, 3, 1), (2, 1, 4), (2, 3)):
        with pytest.raises(DataProblem, match="do not fit"):
            losscli.compute("mse", pred, RNG.normal(size=shape))


def test_a_list_of_one_value_a_class_needs_the_axis() -> None:
    logits, labels = RNG.normal(size=(2, 3, 4, 3)), RNG.integers(0, 2, size=(2, 3, 4, 3))
    with pytest.raises(UsageProblem, match="class_axis=1"):
        losscli.compute("bce", logits, labels, pos_weight=[1, 2, 5])
    positive = np.log1p(np.exp(-logits)) * np.array([1, 2, 5]).reshape(3, 1, 1)
    expected = np.where(labels == 1, positive, np.log1p(np.exp(logits))).mean()
    said = losscli.compute("bce", logits, labels, pos_weight=[1, 2, 5], class_axis=1)
    assert said.value == pytest.approx(expected, rel=1e-13)


def test_distillation() -> None:
    student, teacher = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(3, 4, 5))

    def log_softmax(x: Any) -> Any:
        return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))

    own, other = log_softmax(teacher / 4), log_softmax(student / 4)
    expected = (np.exp(own) * (own - other)).sum(axis=-1).mean()
    options: dict[str, Any] = {"input": "logits", "label_input": "logits", "class_axis": -1, "temperature": 4}
    assert losscli.compute("kl", student, teacher, **options).value == pytest.approx(expected, rel=1e-12)
    squared = losscli.compute("kl", student, teacher, **options, temperature_squared=True)
    assert squared.value == pytest.approx(16 * expected, rel=1e-12)


def test_what_goes_along_the_elements() -> None:
    assert fit_to_elements((2, 3, 4), (2, 3, 4)) == (3, 4)
    assert fit_to_elements((2, 3), (2, 3, 4)) == (3, 1)
    assert fit_to_elements((2, 1, 3, 4), (2, 3, 4)) == (3, 4)
    assert fit_to_elements((2, 4), (2, 3, 4)) is None
    assert fit_to_elements((2, 3, 1), (2, 3, 4)) is None


FRAMEWORKS = ("torch", "keras", "tf1", "sklearn", "optax", "monai", "smp", "torchmetrics")


def _any_shapes(rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of predictions with up to five axes, and of labels that often fit them."""
    shape = tuple(rng.integers(1, 4, size=rng.integers(1, 6)).tolist())
    if rng.random() < 0.4:
        return shape, shape
    if rng.random() < 0.5 and len(shape) > 1:
        axis = int(rng.integers(1, len(shape)))
        return shape, shape[:axis] + shape[axis + 1 :]
    return shape, shape[:1] + tuple(rng.integers(1, 4, size=rng.integers(0, 5)).tolist())


def _any_options(rng: np.random.Generator, loss: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """What may be said of axes, elements, columns and reductions; `shape` is that of the labels."""
    options: dict[str, Any] = {
        "class_axis": int(rng.integers(-3, 4)),
        "mask": rng.integers(0, 2, size=shape[: rng.integers(1, len(shape) + 1)]),
        "weights": rng.uniform(size=shape[: rng.integers(1, len(shape) + 1)]),
        "ignore_label": 1,
        "shift": int(rng.integers(1, 3)),
        "count_classes": rng.integers(0, 3, size=rng.integers(1, 3)).tolist(),
        "column_weights": rng.uniform(size=rng.integers(1, 4)).tolist(),
        "macro_columns": True,
        "per_output": True,
        "reduction": str(rng.choice(["mean", "sum", "none"])),
        "denominator": str(rng.choice(["weights", "count", "nonzero", "elements", "rows"])),
        "nan": str(rng.choice(["omit", "propagate"])),
        "like": str(rng.choice(FRAMEWORKS)),
    }
    often = dict.fromkeys(("class_axis", "mask", "weights"), 0.3)
    options = {name: value for name, value in options.items() if rng.random() < often.get(name, 0.12)}
    for param in loss.params:
        if rng.random() < 0.15 and param.per:
            options[param.name] = rng.uniform(size=rng.integers(1, 4)).tolist()
        elif rng.random() < 0.1 and param.kind in (int, float):
            options[param.name] = param.kind(rng.integers(-1, 4))
    return options


@pytest.mark.parametrize("turns", [25, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(losscli.available()))
def test_no_shape_is_a_bug(name: str, turns: int) -> None:
    """Random shapes of up to five axes and random options end in a value or in a sentence."""
    rng = np.random.default_rng(sum(map(ord, name)))
    loss = losscli.loss(name)
    for _ in range(turns):
        shape, other = _any_shapes(rng)
        pred = rng.uniform(0.05, 0.9, size=shape)
        label = rng.integers(0, 2, size=other) if rng.random() < 0.7 else rng.uniform(0, 1, size=other)
        options = {"input": rng.choice(loss.pred), **_any_options(rng, loss, other)}
        if label.dtype.kind == "f" and "nan" in options:
            label.flat[int(rng.integers(label.size))] = np.nan
        try:
            result = losscli.compute(name, pred, label, **options)
        except LossCliError:
            continue
        assert (result.rows if options.get("reduction") == "none" else result.value) is not None


@pytest.mark.parametrize("said", [{"column_weights": [1, 2, 3]}, {"per_output": True}, {"count_classes": [1]}])
def test_a_shift_along_the_axis_of_the_columns_is_refused(said: dict[str, Any]) -> None:
    pred, label = RNG.normal(size=(2, 3, 3)), RNG.normal(size=(2, 3, 3))
    with pytest.raises(UsageProblem, match="shift goes along axis 1 of the predictions, and so does"):
        losscli.compute("mse", pred[..., 0], label[..., 0], shift=1, **said)
    assert losscli.compute("mse", pred, label, shift=1, class_axis=2, **said).value is not None


@pytest.mark.parametrize("name", ["dice", "generalized_dice", "jaccard"])
def test_a_mask_of_each_class_goes_beside_class_numbers_as_beside_one_hot_labels(name: str) -> None:
    pred, labels = RNG.uniform(size=(2, 3, 4, 5)), RNG.integers(0, 3, size=(2, 4, 5))
    mask = RNG.integers(0, 2, size=pred.shape)
    one_hot = np.moveaxis(np.eye(3)[labels], -1, 1)
    said = {"input": "probs", "class_axis": 1, "mask": mask, "activation": "softmax"}
    value = losscli.compute(name, pred, labels, **said).value
    assert value == pytest.approx(losscli.compute(name, pred, one_hot, **said).value, rel=1e-12)
    labels[:] = np.where(mask.any(axis=1), labels, 99)  # what counts for no class is not looked at
    assert losscli.compute(name, pred, labels, **said).value == value
