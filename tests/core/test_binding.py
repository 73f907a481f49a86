"""A declared loss, bound to shapes and called on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.declarations.declaration import Loss
from losscli.core.errors import DataProblem, UsageProblem
from losscli.losses.regression.huber import huber

ROWS = {"pred": (None,), "label": (None,)}
CLASSES = {"pred": (None, 3), "label": (None,)}


def test_a_public_loss_is_the_declared_one_and_a_function_of_arrays() -> None:
    assert losscli.loss("huber") is registry.find("huber") is huber
    assert isinstance(huber, Loss)
    np.testing.assert_array_equal(huber([0.0, 3.0], [1.0, 0.0], delta=2.0), [0.5, 4.0])
    sums = losscli.loss("dice")([0.5, 1.0], [1, 1], input="probs", pool="batch")
    assert isinstance(sums, tuple)
    np.testing.assert_array_equal(sums, [[0.5, 0.0], [1.5, 2.0]])


def test_binding_decides_everything() -> None:
    bound = bind(registry.find("focal"), CLASSES, input="probs", gamma=3, precision="single")
    assert (bound.kind.name, bound.form and bound.form.name, bound.params["gamma"]) == ("probs", "index", 3.0)
    assert (bound.reduction.name, bound.reduction.denominator, bound.precision) == ("mean", "weights", "single")
    assert bound.preset is None


def test_a_convention_takes_the_first_call_that_fits_the_labels() -> None:
    bound = bind(registry.find("ce"), CLASSES, like="keras", input="probs", dtypes={"pred": "float64"})
    assert bound.preset is not None
    assert bound.preset.call.text == "keras.losses.SparseCategoricalCrossentropy()(labels, probs)"
    assert bound.params["guard"] == "clip:1e-7"
    onehot = bind(registry.find("ce"), {"pred": (9, 3), "label": (9, 3)}, like="keras", input="probs")
    assert onehot.preset is not None
    assert onehot.preset.call.text == "keras.losses.CategoricalCrossentropy()(onehot_labels, probs)"


@pytest.mark.parametrize(
    ("name", "shapes", "options", "kind", "text"),
    [
        ("mse", {"pred": (3,)}, {}, UsageProblem, "mse needs labels"),
        ("mse", ROWS, {"gamma": 2}, UsageProblem, "mse has no parameter 'gamma'"),
        ("mse", ROWS, {"input": "logits"}, UsageProblem, "input of mse must be one of values, got logits"),
        ("mse", {**ROWS, "other": (3,)}, {}, UsageProblem, "mse has no parameter 'other'"),
        ("ce", ROWS, {}, DataProblem, "takes 2-D predictions, got shape"),
        ("ce", {"pred": (9, 3), "label": (9, 4)}, {}, DataProblem, "do not fit predictions of shape"),
        ("mse", ROWS, {"like": "nonesuch"}, UsageProblem, "There is no framework 'nonesuch'"),
        ("mse", ROWS, {"like": "keras", "gamma": 2}, UsageProblem, "mse has no parameter 'gamma'"),
        ("mse", ROWS, {"precision": "half"}, UsageProblem, "precision must be one of double, single, got half"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, shapes: dict[str, Any], options: dict[str, Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        bind(registry.find(name), shapes, **options)
