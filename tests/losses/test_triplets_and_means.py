"""Mined triplets, class means, and many classes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from embeddings import FACES, bound, close, cut, people, value

from losscli.core import registry


def by_loops(x: np.ndarray, y: np.ndarray, mining: str, margin: float, distance: str) -> list[tuple[float, int]]:
    """(sum, number) of each anchor's triplets, in plain Python."""
    euclid: Callable[[float], float] = math.sqrt if distance == "euclidean" else float
    d = [[euclid(math.fsum((a - b) ** 2 for a, b in zip(u, v, strict=True))) for v in x] for u in x.tolist()]
    found = []
    for a in range(len(y)):
        near = [d[a][p] for p in range(len(y)) if p != a and y[p] == y[a]]
        far = [d[a][n] for n in range(len(y)) if y[n] != y[a]]
        if not near or not far:
            found.append((0.0, 0))
        elif mining == "hard":
            found.append((max(0.0, max(near) - min(far) + margin), 1))
        elif mining == "semihard":
            chosen = [min([n for n in far if n > p], default=max(far)) for p in near]
            found.append((math.fsum(max(0.0, p - n + margin) for p, n in zip(near, chosen, strict=True)), len(near)))
        else:
            found.append((math.fsum(max(0.0, p - n + margin) for p in near for n in far), len(near) * len(far)))
    return found


# -- mined triplets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mining", ["all", "hard", "semihard"])
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize(("normalize", "margin"), [(False, 0.2), (True, 0.2), (False, 0.0), (False, 50.0)])
def test_mined_triplets_are_those_of_plain_loops(mining: str, distance: str, normalize: bool, margin: float) -> None:
    pred, label = people(11)
    options = {"mining": mining, "distance": distance, "margin": margin, "normalize": normalize}
    x = pred / np.linalg.norm(pred, axis=1, keepdims=True) if normalize else pred
    expected = by_loops(x, label, mining, margin, distance)
    run = bound("triplet", [{"pred": pred, "label": label}], **options)
    rows = run.rows({"pred": pred, "label": label})
    most = np.array([n for _, n in expected]) * (60 + margin)
    close(rows.terms[0], [s for s, _ in expected], 1e-15 * most)
    counts = rows.mass if mining == "hard" else rows.terms[1]
    assert np.array_equal(counts, [n for _, n in expected])
    assert rows.ignored == (1 if mining == "hard" else 0)
    total, number = map(math.fsum, zip(*expected, strict=True))
    assert value("triplet", pred, label, **options) == pytest.approx(total / number, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("mining", ["all", "hard", "semihard"])
@pytest.mark.parametrize("blocks", [1, 2, 7, 41])
def test_mined_triplets_do_not_feel_the_size_of_blocks(mining: str, blocks: int) -> None:
    pred, label = people(12, width=17)
    for normalize in (False, True):
        options = {"mining": mining, "normalize": normalize, "distance": "euclidean"}
        whole = bound("triplet", [{"pred": pred, "label": label}], **options)
        expected = whole.rows({"pred": pred, "label": label}).terms
        parts = list(cut({"pred": pred, "label": label}, blocks))
        run = bound("triplet", parts, **options)
        found = [
            np.concatenate(t) for t in zip(*([np.array(x) for x in run.rows(p).terms] for p in parts), strict=True)
        ]
        for mine, theirs in zip(found, expected, strict=True):
            assert mine.tobytes() == theirs.tobytes()
        assert value("triplet", pred, label, blocks, **options) == value("triplet", pred, label, **options)


def test_a_gallery_of_several_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    pred, label = people(13)
    expected = value("triplet", pred, label, mining="all")
    monkeypatch.setattr("losscli.losses.embeddings._mining._TILE", 7)
    assert value("triplet", pred, label, mining="all") == expected


def test_all_triplets_never_cost_less_than_nothing() -> None:
    """Where losses are a rounding above 0, a difference of sums would fall below it."""
    pred = np.array([[0.0], [1.0], [1.2 - 1e-16], [1.2 - 2e-16], [-1.2 + 1e-16]])
    run = bound("triplet", [{"pred": pred, "label": np.array([0, 0, 1, 1, 1])}], mining="all", distance="euclidean")
    rows = run.rows({"pred": pred, "label": np.array([0, 0, 1, 1, 1])})
    assert 0 <= rows.terms[0][0] < 1e-14


def test_weights_weigh_anchors() -> None:
    pred, label = people(14)
    weight = np.random.default_rng(1).uniform(0, 2, len(label))
    expected = by_loops(pred, label, "all", 0.2, "squared")
    top = math.fsum(w * s for w, (s, _) in zip(weight, expected, strict=True))
    bottom = math.fsum(w * n for w, (_, n) in zip(weight, expected, strict=True))
    assert value("triplet", pred, label, mining="all", weight=weight) == pytest.approx(top / bottom, rel=1e-13)


def test_torch_is_ours_with_an_epsilon() -> None:
    """torch adds 1e-6 to every difference; with that, plain arithmetic gives its values."""
    a = np.array([[0.1, 0.2], [1.0, -1.0], [0.5, 0.5]])
    p = np.array([[0.3, 0.1], [1.5, -0.5], [0.5, 0.5]])
    n = np.array([[1.0, 1.0], [0.9, -1.2], [0.0, 0.4]])
    exact = registry.find("triplet")(a, positive=p, negative=n, distance="euclidean", margin=1)
    shifted = [max(0.0, math.dist(u + 1e-6, v) - math.dist(u + 1e-6, w) + 1) for u, v, w in zip(a, p, n, strict=True)]
    close(shifted, TORCH, 1e-15)
    assert 1e-8 < np.abs(exact - shifted).max() < 3e-6


# made with torch 2.13.0+cpu: triplet_margin_loss(a, p, n, margin=1.0, p=2, eps=1e-6, reduction="none") in float64
TORCH = [0.019448304434333652, 1.4834972275817726, 0.4900982861568698]

# -- class means -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocks", [1, 3, 30])
def test_centers_are_the_class_means_of_the_data(blocks: int) -> None:
    rng = np.random.default_rng(7)
    pred, label = rng.normal(size=(30, 4)) + 100, rng.choice([0, 1, 5], 30)
    centers = np.zeros((6, 4))
    for c in set(label.tolist()):
        centers[c] = [math.fsum(column) / (label == c).sum() for column in pred[label == c].T]
    expected = value("center", pred, label, centers=centers)
    assert value("center", pred, label, blocks) == pytest.approx(expected, rel=1e-12)


def test_class_means_are_weighted_like_the_loss() -> None:
    """So weight 2 is the row twice."""
    pred, label = np.array([[1.0], [4.0], [7.0]]), np.array([0, 0, 1])
    twice = value("center", pred[[0, 0, 1, 2]], label[[0, 0, 1, 2]])
    assert value("center", pred, label, weight=np.array([2.0, 1.0, 1.0])) == pytest.approx(twice, rel=1e-15)
    assert value("center", pred, label, weight=np.array([0.0, 1.0, 0.0])) == 0
    high = np.array([np.inf, 4.0, 7.0])[:, None]
    run = bound("center", [{"pred": high, "label": label, "weight": np.array([0, 1, 1])}])
    assert np.array_equal(run.whole["centers"], [[4.0], [7.0]])


def test_ignored_rows_leave_no_trace() -> None:
    pred, label = np.array([[1.0, 0.0], [3.0, 0.0], [9.0, 9.0], [0.0, 0.0]]), np.array([0, 0, -1, 1])
    assert value("center", pred, label, ignore_index=-1) == pytest.approx(1 / 3)
    weights = np.eye(2)
    for name in FACES:
        options = {"class_weights_matrix": weights, "ignore_index": 1}
        some = value(name, pred[[0, 1, 3]], label[[0, 1, 3]], **options)  # the vector of length 0 is left out
        assert some == value(name, pred[:2], label[:2], class_weights_matrix=weights)


# -- many classes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FACES)
def test_chunks_of_logits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    pred, weights, label = rng.normal(size=(20, 5)), rng.normal(size=(9, 5)), rng.integers(0, 9, 20)
    whole = registry.find(name)(pred, label, class_weights_matrix=weights)
    monkeypatch.setattr("losscli.losses.embeddings._angles._CHUNK", 27)
    close(registry.find(name)(pred, label, class_weights_matrix=weights), whole, 1e-12)


@pytest.mark.parametrize("name", FACES)
def test_embeddings_and_their_cosines_agree(name: str) -> None:
    rng = np.random.default_rng(9)
    pred, weights, label = rng.normal(size=(30, 8)), rng.normal(size=(5, 8)), rng.integers(0, 5, 30)
    pred *= 3 / np.linalg.norm(pred, axis=1, keepdims=True)
    cosines = pred @ (weights / np.linalg.norm(weights, axis=1, keepdims=True)).T / 3
    one = registry.find(name)(pred, label, class_weights_matrix=weights)
    more = {"scale": 3} if name == "sphereface" else {}
    close(registry.find(name)(cosines, label, input="cosines", **more), one, 1e-11)
