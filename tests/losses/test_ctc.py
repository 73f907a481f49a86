"""CTC against enumeration and 50 digits, at its edges, and that a row's bits do not depend on its block."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from ctc_oracle import CTC, NEG, agree, log_softmax, run
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.arrays.inputs import Ragged
from losscli.core.binding.binding import bind
from losscli.core.errors import BadValue, UsageProblem

CASE_VALUES = [2 * math.log(2) - math.log(3)] + [3 * math.log(2)] * 2 + [2 * math.log(2) - math.log(3), 3 * math.log(2)]


CASE_VALUES += [math.inf, 0.0, 2 * math.log(2) - math.log(3), 4 * math.log(2) - math.log(5)]


def enumerated(pred: np.ndarray, label: list[int], blank: int, kind: str) -> float:
    """-log of the sum over all paths that collapse to the label."""
    p = np.exp(log_softmax(pred) if kind == "logits" else pred)
    total = 0.0
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        said = [a for a, _ in itertools.groupby(path) if a != blank]
        if said == label:
            total += math.prod(p[t, a] for t, a in enumerate(path))
    return -math.log(total) if total else math.inf


@pytest.mark.parametrize(("case", "value"), list(zip(CTC.cases, CASE_VALUES, strict=True)))
def test_case(case: Any, value: float) -> None:
    agree(run(**case.arguments), [value])


@st.composite
def batches(draw: Any) -> tuple[np.ndarray, list[list[int]], np.ndarray, int]:
    n, steps, classes = draw(st.integers(1, 4)), draw(st.integers(0, 5)), draw(st.integers(2, 4))
    blank = draw(st.integers(0, classes - 1))
    symbol = st.sampled_from([c for c in range(classes) if c != blank])
    labels = draw(st.lists(st.lists(symbol, max_size=4), min_size=n, max_size=n))
    value = st.one_of(st.floats(-5, 5), st.sampled_from([0.0, NEG]))
    flat = draw(st.lists(value, min_size=n * steps * classes, max_size=n * steps * classes))
    pred = np.array(flat, dtype=float).reshape(n, steps, classes)
    lengths = np.array(draw(st.lists(st.integers(0, steps), min_size=n, max_size=n)))
    return pred, labels, lengths, blank


def ragged(labels: list[list[int]]) -> Ragged:
    return Ragged(np.array([a for row in labels for a in row], dtype=np.int64), np.cumsum([0, *map(len, labels)]))


def padded(labels: list[list[int]], filler: int, more: int = 0) -> np.ndarray:
    wide = np.full((len(labels), max(map(len, labels)) + more), filler)
    for row, label in zip(wide, labels, strict=True):
        row[: len(label)] = label
    return wide


def call(pred: np.ndarray, label: Any, kind: str, blank: int, **roles: Any) -> np.ndarray:
    """Through bind and rows, as the engine does; Ragged labels only come that way."""
    arrays = {"pred": pred, "label": label, **roles}
    bound = bind(CTC, {k: v.shape for k, v in arrays.items()}, input=kind, blank=blank)
    with np.errstate(all="raise"):
        return bound.rows(arrays).terms[0]


@settings(max_examples=80)
@given(batches(), st.sampled_from(["logits", "logprobs"]))
def test_all_alignments_enumerated(batch: Any, kind: str) -> None:
    pred, labels, lengths, blank = batch
    if kind == "logprobs":
        pred = np.minimum(pred - 2.0, 0.0)
    else:
        pred[..., blank] = np.maximum(pred[..., blank], -5.0)  # a softmax of nothing but -inf is NaN
    wanted = [enumerated(p[:t], a, blank, kind) for p, a, t in zip(pred, labels, lengths, strict=True)]
    sizes = np.array(list(map(len, labels)))
    found = call(pred, padded(labels, 99), kind, blank, input_lengths=lengths, label_lengths=sizes)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)
    others = [
        call(pred, padded(labels, -1, 2), kind, blank, input_lengths=lengths),
        call(pred, ragged(labels), kind, blank, input_lengths=lengths.astype(float)),
        call(pred, ragged(labels), kind, blank, input_lengths=lengths, label_lengths=sizes),
    ]
    for other in others:
        assert other.tobytes() == found.tobytes()


@pytest.mark.parametrize("kind", ["logits", "logprobs"])
def test_a_row_has_the_same_bits_in_any_block(kind: str) -> None:
    """Rows of all three roads together, alone, reversed, and with wider padding of steps and labels."""
    random = np.random.default_rng(8)
    n, steps, classes, width = 21, 70, 11, 9
    pred = random.normal(size=(n, steps, classes)) * np.geomspace(0.1, 400, n)[:, None, None]
    lengths, sizes = random.integers(0, steps + 1, n), random.integers(0, width + 1, n)
    label = random.integers(1, classes, (n, width))
    for row in range(0, n, 3):  # sure of an alignment: a small loss
        path = np.zeros(steps, dtype=int)
        path[1 : 2 * sizes[row] : 2] = label[row, : sizes[row]]
        pred[row, np.arange(steps), path] += pred[row].max(axis=1) + 15.0
        lengths[row] = max(lengths[row], 2 * sizes[row] + 1)
    if kind == "logprobs":
        pred = np.minimum(log_softmax(pred), 0.0)
    roles = {"input_lengths": lengths, "label_lengths": sizes}
    together = run(pred, label, input=kind, **roles)
    assert (together < 1e-3).sum() > 3
    assert (together > 1000).sum() > 3
    alone = [
        run(
            pred[i : i + 1],
            label[i : i + 1],
            input=kind,
            input_lengths=lengths[i : i + 1],
            label_lengths=sizes[i : i + 1],
        )
        for i in range(n)
    ]
    tight = [run(p[None, :t], a[None, :k], input=kind) for p, a, t, k in zip(pred, label, lengths, sizes, strict=True)]
    back = run(pred[::-1], label[::-1], input=kind, **{k: v[::-1] for k, v in roles.items()})[::-1]
    wide = np.full((n, steps + 13, classes), np.nan)
    wide[:, :steps] = pred
    stretched = run(wide, np.pad(label, ((0, 0), (0, 4)), constant_values=-7), input=kind, **roles)
    time_major = np.ascontiguousarray(pred.transpose(1, 0, 2)).transpose(1, 0, 2)
    for other in (alone, tight, back, stretched, run(time_major, label, input=kind, **roles)):
        np.testing.assert_array_equal(np.ravel(other), together)


def test_steps_beyond_the_length_may_hold_anything() -> None:
    pred = np.random.default_rng(1).normal(size=(3, 6, 4))
    label, lengths = [[1, 2], [3, 3], [2, 1]], [4, 3, 6]
    clean = run(pred, label, input_lengths=lengths)
    for junk in (np.nan, np.inf, NEG, 1e300):
        pred[0, 4:], pred[1, 3:] = junk, junk
        assert run(pred, label, input_lengths=lengths).tobytes() == clean.tobytes()


@pytest.mark.parametrize("kind", ["logits", "logprobs"])
def test_nan_in_a_used_step_stays_in_its_row(kind: str) -> None:
    pred = np.full((4, 4, 3), -1.0)
    pred[1, 3, 2] = np.nan  # not even a class of the label
    pred[2, 0, 0] = np.nan  # and a row that has no alignment
    found = run(pred, [[1, 1], [1, 1], [1, 1], [1, 1]], input=kind, input_lengths=[4, 4, 2, 4])
    assert np.isnan(found).tolist() == [False, True, True, False]


def test_impossible_labels() -> None:
    pred = np.zeros((5, 3, 3))
    label = np.array([[1, 1, 2], [1, 2, 1], [1, 1, -1], [1, -1, -1], [-1, -1, -1]])
    lengths = [3, 2, 2, 0, 0]
    assert run(pred, label, input_lengths=lengths).tolist() == [math.inf] * 4 + [0.0]
    assert run(pred, label, input_lengths=lengths, infeasible="zero").tolist() == [0.0] * 5
    never = np.array([[[0.0, NEG, 0.0]] * 3])  # enough steps, but the label's class has no probability
    for kind in ("logits", "logprobs"):
        assert run(never, [[1]], input=kind).tolist() == [math.inf]
        assert run(never, [[1]], input=kind, infeasible="zero").tolist() == [0.0]


def test_infinite_logits() -> None:
    pred = np.array(
        [[[0.0, NEG, 1.0], [NEG, NEG, 5.0], [0.0, 0.0, NEG]], [[math.inf, 0, 1], [1, 0, math.inf], [0, 0, 0]]]
    )
    agree(run(pred, [[2], [2]]), [enumerated(pred[0], [2], 0, "logits"), math.log(3) - math.log(2)])


def test_nothing_at_all() -> None:
    assert run(np.zeros((0, 4, 3)), np.zeros((0, 2), dtype=int)).shape == (0,)
    assert run(np.zeros((2, 0, 3)), np.zeros((2, 0), dtype=int)).tolist() == [0.0, 0.0]


def test_logprobs_are_not_normalised() -> None:
    agree(run(np.zeros((1, 3, 2)), [[1]], input="logprobs"), [-math.log(6)])


def test_tiny_logprobs_keep_their_digits() -> None:
    pred = np.full((1, 3, 2), NEG)
    pred[0, :, 1] = -1e-20
    agree(run(pred, [[1]], input="logprobs"), [3e-20])


WRONG = [
    ({"label": [[1, 3]]}, "label", 0, "label 3 is outside 0 ... 2", "Labels count from 0."),
    ({"label": [[1, 7]]}, "label", 0, "label 7 is outside 0 ... 2", "--layout says which"),
    ({"label": [[-1, 1]]}, "label", 0, "label -1 is outside 0 ... 2", ""),
    ({"label": [[1, -2]]}, "label", 0, "label -2 is outside 0 ... 2", ""),
    ({"label": [[1, 0]]}, "label", 0, "label 0 is the blank", "--label-lengths"),
    ({"label": [[1, 2]], "blank": 2}, "label", 0, "label 2 is the blank", "--blank"),
    ({"label": [[1, -1]], "label_lengths": [2]}, "label", 0, "label -1 is outside 0 ... 2", ""),
    (
        {"input_lengths": [5]},
        "input_lengths",
        0,
        "input length 5 is outside 0 ... 4, the steps of its row",
        "--layout says which",
    ),
    (
        {"input_lengths": [-1]},
        "input_lengths",
        0,
        "input length -1 is outside 0 ... 4, the steps of its row",
        "",
    ),
    ({"input_lengths": [1.5]}, "input_lengths", 0, "input length 1.5 is not a whole number", ""),
    ({"input_lengths": [np.nan]}, "input_lengths", 0, "input length nan is not a whole number", ""),
    (
        {"label_lengths": [3]},
        "label_lengths",
        0,
        "label length 3 is outside 0 ... 2, the labels of its row",
        "",
    ),
]


@pytest.mark.parametrize(("given_", "role", "row", "message", "hint"), WRONG)
def test_wrong_values(given_: dict[str, Any], role: str, row: int, message: str, hint: str) -> None:
    arguments: dict[str, Any] = {"label": [[1, 2]], **given_}
    good: dict[str, Any] = {"label": [[1, 1]], "input_lengths": [4], "label_lengths": [2]}
    both = {k: good[k] + v if isinstance(v, list) else v for k, v in arguments.items()}
    with pytest.raises(BadValue) as problem:
        run(np.zeros((2, 4, 3)), **both)
    assert (problem.value.role, problem.value.index, problem.value.message) == (role, row + 1, message)
    assert hint in problem.value.hint


@pytest.mark.parametrize("blank", [3, -1])
def test_blank_must_be_a_class(blank: int) -> None:
    with pytest.raises(UsageProblem, match="blank must be"):
        run(np.zeros((1, 4, 3)), [[1]], blank=blank)
