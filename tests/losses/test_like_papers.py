"""`--like paper`: numbers worked out by hand; and knobs of frameworks that cannot apply are refused, not ignored."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import DataProblem, UsageProblem

X, W = [[1, 2], [2, -1]], [[1, 1], [1, -1], [-1, 0.5]]  # cosines .948683 -.316228 0 and .316228 .948683 -1


def value(loss: str, pred: Any, label: Any = None, **arguments: Any) -> float:
    found = losscli.compute(loss, np.array(pred, float), label, like="paper", **arguments).value
    assert found is not None
    return found


def softmax_loss(own: float, *others: float) -> float:
    return math.log1p(sum(math.exp(other - own) for other in others))


def test_center_is_half_the_sum() -> None:
    rows = [[1, 2], [2, 0], [0, 1]]
    assert value("center", rows, [0, 0, 1], centers=[[1, 1], [0, 0]]) == 2.0
    assert value("center", rows, [0, 0, 1], centers=[[1, 1], [0, 0]], reduction="mean") == pytest.approx(2 / 3)


def test_contrastive_calls_pairs_of_the_same_0() -> None:
    assert value("contrastive", [0.2, 0.8, 1.5], [0, 1, 1]) == pytest.approx(0.04 / 3)
    found = losscli.compute("contrastive", np.array([0.2, 0.8, 1.5]), [0, 1, 1], like="paper", reduction="none")
    assert found.rows is not None
    assert found.rows.tolist() == pytest.approx([0.02, 0.02, 0.0])
    assert value("contrastive", [0.2, 0.8, 1.5], [1, 0, 0], same_value=1) == pytest.approx(0.04 / 3)


def test_triplet_is_a_sum_over_unit_vectors() -> None:
    rows = {"positive": [[0, 3], [7, 0]], "negative": [[5, 0], [0, 1]]}
    # (1, 0) is sqrt 2 from (0, 1): 2 - 0 + 0.2, then 0 - 2 + 0.2
    assert value("triplet", [[2, 0], [3, 0]], **rows) == pytest.approx(2.2)
    assert value("triplet", [[2, 0], [3, 0]], **rows, reduction="mean") == pytest.approx(1.1)
    assert value("triplet", [[2, 0], [3, 0], [0, 9]], [0, 0, 1], mining="hard") == 0.0


def test_faces_have_the_constants_of_their_papers() -> None:
    cos = (3 / math.sqrt(10), -1 / math.sqrt(10), 0.0)
    theta = math.acos(cos[0])
    row: dict[str, Any] = {"pred": [X[0]], "label": [0], "class_weights_matrix": W}
    cosface = softmax_loss(*(64 * c for c in (cos[0] - 0.35, cos[1], cos[2])))
    assert value("cosface", **row) == pytest.approx(cosface, rel=1e-9)
    arcface = softmax_loss(*(64 * c for c in (math.cos(theta + 0.5), cos[1], cos[2])))
    assert value("arcface", **row) == pytest.approx(arcface, rel=1e-9)
    assert value("sphereface", X, [0, 1], class_weights_matrix=W) == pytest.approx(0.674181, abs=1e-6)
    assert value("cosface", X, [0, 1], class_weights_matrix=W, scale=8) == pytest.approx(0.0541165, abs=1e-6)
    assert value("arcface", X, [0, 1], class_weights_matrix=W, scale=8) == pytest.approx(0.028644, abs=1e-6)


TRIPLET: dict[str, Any] = {"positive": [[1.0, 0.0]], "negative": [[0.0, 1.0]]}
ANCHOR, STEPS = np.array([[0.0, 0.0]]), np.zeros((1, 2, 3))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"p": 1}, 'p=1 belongs to formula="torch" or optax.'),
        ({"epsilon": 0.5}, 'epsilon=0.5 belongs to formula="torch" or optax.'),
        ({"formula": "torch"}, 'formula="torch" is for distance="euclidean".'),
        ({"like": "torch", "distance": "squared"}, "torch has no triplet with this distance."),
    ],
)
def test_knobs_of_triplet(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        losscli.compute("triplet", ANCHOR, **TRIPLET, **knobs)
    assert caught.value.message == message


def test_a_framework_mines_no_triplets() -> None:
    rows = np.array([[0.0], [1.0], [3.0]])
    with pytest.raises(UsageProblem, match=r'formula="torch" has no mining\.'):
        losscli.compute("triplet", rows, [0, 0, 1], mining="all", formula="torch", distance="euclidean")
    with pytest.raises(UsageProblem, match="torch has no triplet with this mining"):
        losscli.compute("triplet", rows, [0, 0, 1], mining="all", like="torch")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"formula": "optax", "input": "logprobs"}, 'formula="optax" is for input="logits".'),
        ({"formula": "tf2", "infeasible": "zero"}, 'infeasible="zero" is not for formula="tf2"'),
        ({"like": "optax", "infeasible": "zero"}, "optax has no ctc with this infeasible."),
    ],
)
def test_knobs_of_ctc(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        losscli.compute("ctc", STEPS, [[1, 2]], **knobs)
    assert caught.value.message.startswith(message)


def test_ctc_labels_without_an_alignment() -> None:
    """Two labels have no room in one step."""
    one = np.zeros((1, 1, 2), np.float32)
    with pytest.raises(DataProblem, match=r"2 labels have 1 steps, which is an error"):
        losscli.compute("ctc", one, [[0, 0]], like="tf1")
    assert losscli.compute("ctc", one, [[0, 0]], like="tf1", infeasible="zero").value == 0.0
    with pytest.raises(DataProblem, match="no empty label"):
        losscli.compute("ctc", one, np.array([[-1, -1]]), like="tf1")
    log_half = np.log(np.array([[[0.5, 0.5]]]))
    arguments = {"input_lengths": [1], "label_lengths": [2]}
    assert losscli.compute("ctc", log_half, [[1, 1]], like="torch", **arguments).value == math.inf
    assert losscli.compute("ctc", log_half, [[1, 1]], like="torch", infeasible="zero", **arguments).value == 0.0


def test_ctc_of_padded_labels() -> None:
    """Under keras 0 fills up short rows; a mean of torch is one of losses per label."""
    three = np.zeros((2, 3, 2))
    log2, log3 = math.log(2), math.log(3)
    rows = losscli.compute("ctc", three, [[1, 0], [1, 1]], like="keras", reduction="none").rows
    assert rows is not None
    assert rows.tolist() == pytest.approx([3 * log2 - math.log(6), 3 * log2])
    even = np.full((2, 2, 2), -log2)
    arguments = {"input_lengths": [2, 2], "label_lengths": [1, 0]}
    label = np.array([[1, 1], [0, 0]])
    found = losscli.compute("ctc", even, label, like="torch", **arguments)
    assert found.value == pytest.approx(((2 * log2 - log3) / 1 + 2 * log2) / 2)
    assert losscli.compute("ctc", even, label, like="torch", reduction="sum", **arguments).value == pytest.approx(
        4 * log2 - log3
    )
