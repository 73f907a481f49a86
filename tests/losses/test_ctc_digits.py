"""CTC at fifty digits: unlikely labels, long sequences, underflow."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from ctc_oracle import NEG, agree, log_softmax, run

from losscli.losses.sequences import _alignments


def fifty_digits(pred: np.ndarray, label: list[int], blank: int = 0, kind: str = "logits") -> Any:
    """The recursion over one list of states, in mpmath; a float only at the very end."""
    with mpmath.workdps(400 if kind == "logits" else 50):
        states = [blank] + [s for a in label for s in (a, blank)]
        alpha = [mpmath.mpf(1)] + [mpmath.mpf(0)] * (len(states) - 1)
        for row in pred:
            p = [mpmath.exp(mpmath.mpf(float(v))) for v in row]
            whole = mpmath.fsum(p) if kind == "logits" else 1
            alpha = [
                (
                    alpha[s]
                    + (alpha[s - 1] if s else 0)
                    + (alpha[s - 2] if s > 1 and a not in (blank, states[s - 2]) else 0)
                )
                * p[a]
                / whole
                for s, a in enumerate(states)
            ]
        total = alpha[-1] + (alpha[-2] if len(alpha) > 1 else 0)
        return float(-mpmath.log(total)) if total else math.inf


SCALES = [0.0, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 700.0]


@pytest.mark.parametrize("kind", ["logits", "logprobs"])
@pytest.mark.parametrize("scale", SCALES)
def test_random_predictions_at_fifty_digits(scale: float, kind: str) -> None:
    random = np.random.default_rng(int(scale * 10))
    for steps, classes, size in ((1, 2, 1), (7, 3, 3), (12, 5, 4), (40, 4, 9)):
        pred = random.uniform(-1, 1, (2, steps, classes)) * scale
        if kind == "logprobs":
            pred = np.minimum(log_softmax(pred), 0.0)
        label = random.integers(0, classes - 1, (2, size))
        wanted = [fifty_digits(p, a.tolist(), classes - 1, kind) for p, a in zip(pred, label, strict=True)]
        found = run(pred, label, blank=classes - 1, input=kind)
        if kind == "logits":
            agree(found, wanted)
        else:  # from rounded logarithms a loss near 0 is a difference of numbers near 1
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=2e-15)


@pytest.mark.parametrize("sure", [0.5, 3.0, 10.0, 30.0, 200.0, 340.0])
def test_sure_predictions_keep_their_digits(sure: float) -> None:
    """Losses from 1 down to 1e-300: 1 - P is summed, not subtracted."""
    random = np.random.default_rng(3)
    pred = random.normal(size=(6, 16, 6))
    label = np.array([[1, 2, 2, 3]] * 4 + [[5, 4, 5, -1], [-1] * 4])
    path = [0, 1, 1, 0, 2, 2, 0, 2, 3, 3, 3, 0, 0, 0, 0, 0]
    pred[np.arange(16) * 0 + np.arange(4)[:, None], np.arange(16), path] += 2 * sure
    pred[1, 3, 1] = pred[1, 3, 0] + 0.01  # two alignments share the mass
    pred[2, 5, [0, 2]] = 2 * sure
    pred[3, 8, [0, 2, 3]] = 2 * sure  # and three: all that may follow
    pred[4, np.arange(16), [5] * 3 + [0] * 3 + [4] * 4 + [5] * 6] += 2 * sure
    pred[5, :, 0] += 2 * sure
    wanted = [fifty_digits(p, [a for a in row if a >= 0]) for p, row in zip(pred, label.tolist(), strict=True)]
    agree(run(pred, label), wanted)
    assert (run(pred, label) >= 0).all()


def test_two_hundred_steps() -> None:
    random = np.random.default_rng(5)
    pred = random.normal(size=(2, 200, 4)) * 2
    label = random.integers(1, 4, (2, 25))
    agree(run(pred, label), [fifty_digits(p, a.tolist()) for p, a in zip(pred, label, strict=True)])


def peaked(steps: int, kind: str = "wrong") -> tuple[np.ndarray, np.ndarray]:
    """Predictions that are sure of another label than the one given: scaled probabilities underflow."""
    random = np.random.default_rng(steps)
    pred = random.normal(size=(4, steps, 6))
    pred[0, :, 0] += 60.0  # blank everywhere: the empty label holds all the mass
    pred[1, :, 5] += 60.0
    pred[2, :, 0] += np.where(np.arange(steps) % 2, 700.0, -700.0)
    pred[3, : steps // 2, 4] += 300.0
    return pred, random.integers(1, 5, (4, 20))


def fast_road(logs: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the fast road finds, of which rows it is sure, and what the road in logarithms finds; blank 0."""
    n, steps, classes = logs.shape
    frames, size = logs.reshape(-1, classes), np.full(n, label.shape[1])
    these = _alignments.Sequences(frames, np.full(n, steps), label.T.copy(), size, 0)
    cells, probs = _alignments.cells_like(frames, "test", 0.0)
    with np.errstate(all="ignore"):
        probs[:] = np.exp(frames)
        found, sure = _alignments.in_probs(these, cells, probs.sum(axis=1))
        return found, sure, _alignments.in_logs(these, frames)


def test_scaled_probabilities_that_underflow_are_noticed() -> None:
    pred, label = peaked(500)
    _, sure, _ = fast_road(log_softmax(pred), label)
    assert not sure[[0, 2]].any()
    reference = [_in_log_space(log_softmax(p), a.tolist()) for p, a in zip(pred, label, strict=True)]
    agree(run(pred, label), reference, 1e-12)
    agree(run(log_softmax(pred), label, input="logprobs"), reference, 1e-12)


SLOW = [pytest.param(scale, marks=pytest.mark.slow) for scale in (0.1, 1.0, 4.0)]


@pytest.mark.parametrize("scale", [2.0, 8.0, *SLOW])
def test_an_unlikely_label_takes_the_fast_road(scale: float) -> None:
    """Labels that have nothing to do with the predictions: P down to 2^-4000, its states 2^-2000 apart."""
    random = np.random.default_rng(2)
    pred = random.normal(size=(16, 200, 50)) * scale
    label = random.integers(1, 50, (16, 30))
    found, sure, _ = fast_road(log_softmax(pred), label)
    assert sure.all()
    wanted = [fifty_digits(pred[0], label[0].tolist())]
    agree(found[:1], wanted, 1e-14)
    agree(run(pred[:1], label[:1]), wanted, 1e-14)


def hostile(kind: str, high: float) -> tuple[np.ndarray, list[int]]:
    """One sequence of logits, 6 classes, and a label; high is how far the classes are apart."""
    random = np.random.default_rng(int(high))
    steps = 40 if kind.startswith("tight") else 120
    time, pred = np.arange(steps), random.normal(size=(steps, 6))
    label = random.integers(1, 6, 12).tolist()
    if kind == "peaked":
        pred *= high
    elif kind == "one class never":  # at most 1e-300 for 300
        pred[:, label[5]] -= high * 2.3
    elif kind == "one class never, now and then":
        pred[::7, label[5]] -= high * 2.3
    elif kind == "alternating":
        pred[time, np.where(time % 2, 0, label[0])] += high
    elif kind == "first blanks, then labels":  # what falls behind in the first half leads in the second
        pred[:60, 0] += high
        pred[60:, 1:] += high
    elif kind == "first labels, then blanks":
        pred[:60, label[-1]] += high
        pred[60:, 0] += high
    elif kind == "one label, blanks between":  # best held all the time, though a blank leads by far in the middle
        label = [1]
        pred[:, 1] += high
        pred[48:72, 0] += 2 * high
    elif kind == "empty label":  # one state, and it may fall far in a step
        label = []
        pred[::3, 3] += high
    elif kind == "tight":  # as many steps as labels: one alignment, and it is the least likely state at each step
        label = [1, 2] * 20
        pred[time, 2 - time % 2] += high
    elif kind == "tight by one":  # two diagonals; the one behind is likelier at first, the one before in the end
        label = [1, 2] * 19 + [1]
        pred[time, 1 + (time + (time < 15)) % 2] += high
    elif kind == "repeats":
        label = [2] * 12
        pred[:, 2] += high
    elif kind == "hopeless":
        label = [1, 1, 2]
        pred[:, 5] += high
    return pred, label


KINDS = ["peaked", "one class never", "one class never, now and then", "alternating", "first blanks, then labels"]


KINDS += ["first labels, then blanks", "one label, blanks between", "empty label", "tight", "tight by one"]


KINDS += ["repeats", "hopeless"]


HIGH = [20.0, 60.0, 100.0, 300.0, 370.0, 720.0, 735.0, 2000.0]


# by default each kind with every third of them, in turn
HOSTILE = [
    pytest.param(kind, high, marks=[] if (i + j) % 3 == 0 else pytest.mark.slow)
    for i, kind in enumerate(KINDS)
    for j, high in enumerate(HIGH)
]


@pytest.mark.parametrize(("kind", "high"), HOSTILE)
def test_hostile_predictions_at_fifty_digits(kind: str, high: float) -> None:
    pred, label = hostile(kind, high)
    wanted = fifty_digits(pred, label)
    assert math.isfinite(wanted)
    agree(run(pred[None], np.array([label], dtype=int)), [wanted], 1e-14)
    logs = log_softmax(pred)
    agree(run(logs[None], np.array([label], dtype=int), input="logprobs"), [fifty_digits(logs, label, 0, "p")], 2e-14)


def test_a_state_that_was_lost_within_a_stride_is_noticed() -> None:
    """Probabilities of 2^-1060 have 14 bits; what they leave is the larger of its states, and looks well."""
    logs = np.log(np.full((1, 200, 3), 0.3))
    logs[0, ::50] = -735.3
    found, sure, wanted = fast_road(logs, np.zeros((1, 0), dtype=int))
    assert abs(found[0] / wanted[0] - 1) > 1e-9
    assert not sure[0]


@pytest.mark.parametrize("mass", [0.3, 1.0, 1.9, 2.1, 1e3])
def test_frames_that_sum_to_anything(mass: float) -> None:
    """Log-probabilities are taken as they are."""
    random = np.random.default_rng(6)
    logs = log_softmax(random.normal(size=(3, 100, 5)) * [[[1.0]], [[10.0]], [[40.0]]])
    logs = np.minimum(logs + math.log(mass), 0.0)
    label = random.integers(1, 5, (3, 15))
    wanted = [fifty_digits(p, a.tolist(), 0, "logprobs") for p, a in zip(logs, label, strict=True)]
    agree(run(logs, label, input="logprobs"), wanted)
    found, sure, _ = fast_road(logs, label)
    agree(found[sure], np.array(wanted)[sure])


def test_where_scaled_probabilities_are_sure_they_are_right() -> None:
    random = np.random.default_rng(11)
    sure_rows = unsure_rows = 0
    for _ in range(60):
        steps, classes, size = random.integers(1, 300), random.integers(2, 8), random.integers(0, 20)
        pred = random.normal(size=(8, steps, classes)) * random.choice([0.1, 1.0, 5.0, 20.0])
        height = random.choice([10.0, 40.0, 100.0, 300.0, 700.0], 8)
        pred[:2, :, 0] += height[:2, None]
        pred[2:4, : random.integers(0, steps), random.integers(0, classes)] += height[2:4, None]
        pred[4:6, np.arange(steps), random.integers(0, classes, steps)] += height[4:6, None] * random.random(steps)
        pred[6:, :: random.integers(1, 9), random.integers(0, classes)] -= height[6:, None]
        label = random.integers(1, classes, (8, size))
        found, sure, wanted = fast_road(log_softmax(pred), label)
        assert not (sure & np.isinf(wanted)).any()
        np.testing.assert_allclose(found[sure], wanted[sure], rtol=1e-13, atol=1e-13)
        sure_rows, unsure_rows = sure_rows + sure.sum(), unsure_rows + (~sure).sum()
    assert sure_rows > 100
    assert unsure_rows > 100


def test_underflow_at_fifty_digits() -> None:
    pred, label = peaked(60)
    agree(run(pred, label), [fifty_digits(p, a.tolist()) for p, a in zip(pred, label, strict=True)])


def _in_log_space(logs: np.ndarray, label: list[int]) -> float:
    """The recursion by logaddexp, one state after the other."""
    states = [0] + [s for a in label for s in (a, 0)]
    alpha = np.full(len(states), NEG)
    alpha[0] = 0.0
    skips = np.array([s > 1 and a not in (0, states[s - 2]) for s, a in enumerate(states)])
    for row in logs:
        before = np.logaddexp(alpha, np.concatenate(([NEG], alpha[:-1])))
        skipped = np.where(skips, np.concatenate(([NEG, NEG], alpha[:-2])), NEG)
        alpha = np.logaddexp(before, skipped) + row[states]
    return -float(np.logaddexp(alpha[-1], alpha[-2]))
