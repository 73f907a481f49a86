"""Kinds and forms: what counts as a bound, and the digits that a message shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.arrays.fault_digits import outside_digits
from losscli.core.arrays.inputs import FORMS, KINDS
from losscli.core.errors import BadValue, LossCliError

EPS32 = float(np.finfo(np.float32).eps)
HAIRS = [("probs", 1.0 + EPS32, 1.0), ("probs", -EPS32, 0.0), ("probs", 1.0 + 8e-7, 1.0), ("logprobs", EPS32, 0.0)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kind", "value", "bound"), HAIRS)
def test_a_rounding_beyond_a_bound_counts_as_the_bound(kind: str, value: float, bound: float, dtype: Any) -> None:
    values = np.array([[bound, -0.0], [value, np.nan]], dtype)
    given = values.copy()
    checked = KINDS[kind].check(values)
    assert checked[1, 0] == bound
    assert np.signbit(checked[0, 1])  # those within keep their bits
    assert np.isnan(checked[1, 1])
    assert values.tobytes() == given.tobytes()


@pytest.mark.parametrize("values", [[0.0, 0.5, 1.0], [-0.0, 1.0, 0.25], [np.nan, 0.5, 1.0]])
def test_values_within_bounds_are_handed_on_as_they_are(values: list[float]) -> None:
    array = np.array(values)
    assert KINDS["probs"].check(array) is array


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [("probs", 1.0 + 2e-6, "1.000002"), ("probs", -2e-6, "-2e-06"), ("probs", 7.07292, "7.07292"),
     ("rates", -EPS32, "-1.19209e-07")],
)  # fmt: skip
def test_more_than_a_rounding_is_refused_with_the_digits_that_show_it(kind: str, value: float, says: str) -> None:
    with pytest.raises(BadValue, match=f"^{says} is outside") as caught:
        KINDS[kind].check(np.array([0.5, value, 3.0]))
    assert caught.value.index == 1


def test_the_digits_are_as_few_as_show_it() -> None:
    for value in (1.0000002, np.float32(1.0000002), np.nextafter(1.0, 2.0), 1.25, -5e-324):
        text = outside_digits(value, 0.0, 1.0)
        assert not 0.0 <= float(text) <= 1.0
    assert outside_digits(1.0000002, 0.0, 1.0) == "1.0000002"
    assert outside_digits(1.25, 0.0, 1.0) == "1.25"


def test_soft_labels_likewise() -> None:
    labels = np.array([0.25, 1.0 + EPS32, -EPS32])
    assert FORMS["binary"].check(labels, 1, None).tolist() == [0.25, 1.0, 0.0]
    with pytest.raises(BadValue, match=r"label 1\.00001 is outside \[0, 1\]"):
        FORMS["binary"].check(np.array([0.25, 1.00001]), 1, None)
    with pytest.raises(BadValue, match=r"^1\.0000001 is not a whole number"):
        FORMS["index"].check(np.array([0.0, 1.0000001]), 2, None)


@pytest.mark.parametrize(
    ("loss", "kind", "pred", "label"),
    [("sigmoid_cross_entropy", "probs", [0.2, 1.0, 0.5], [0, 1, 1]), ("brier", "probs", [0.2, 1.0, 0.0], [0, 1, 0]),
     ("softmax_cross_entropy", "logprobs", [[-20.0, 0.0], [0.0, -20.0]], [1, 0]),
     ("nll", "logprobs", [[-20.0, 0.0]], [1]),
     ("kl_divergence", "probs", [[0.0, 1.0], [0.5, 0.5]], [[0.0, 1.0], [0.25, 0.75]])],
)  # fmt: skip
def test_the_loss_is_that_of_the_bound(loss: str, kind: str, pred: Any, label: Any, tmp_path: Path) -> None:
    exact = np.array(pred)
    hair = np.where(exact == exact.max(), exact + EPS32, exact)
    want = losscli.compute(loss, exact, np.array(label), input=kind)
    assert losscli.compute(loss, hair, np.array(label), input=kind).value == want.value
    np.save(tmp_path / "p.npy", hair)
    np.save(tmp_path / "y.npy", np.array(label))
    read = losscli.compute(loss, str(tmp_path / "p.npy"), str(tmp_path / "y.npy"), input=kind, threads=2)
    assert (read.value, read.stderr) == (want.value, want.stderr)


def test_a_rounding_in_one_block_of_several_moves_nothing_else() -> None:
    draw = np.random.default_rng(3)
    exact, label = draw.random(600_000), draw.integers(0, 2, 600_000)
    exact[400_000], label[400_000] = 1.0, 1
    hair = exact.copy()
    hair[400_000] += EPS32
    one, other = (losscli.compute("bce", pred, label, input="probs", reduction="none").rows for pred in (exact, hair))
    assert one is not None
    assert other is not None
    assert one.tobytes() == other.tobytes()


def test_what_is_further_out_is_refused_as_ever() -> None:
    with pytest.raises(LossCliError, match=r"1\.00001 is outside \[0, 1\], the range of probs, in row 1"):
        losscli.compute("bce", np.array([0.5, 1.00001]), np.array([0, 1]), input="probs")
