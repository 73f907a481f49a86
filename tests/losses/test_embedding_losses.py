"""Losses of embeddings: values by hand, formulas at 50 digits, the range of floats, sentences."""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath
import numpy as np
import pytest
from embeddings import FACES, ULP, bound, close, people, value
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core import registry
from losscli.core.errors import BadValue, DataProblem, UsageProblem
from losscli.losses.embeddings._distances import directions, distances, lengths

NAMES = ["center", "contrastive", "triplet", "sphereface", "cosface", "arcface"]


class Digits50:
    """The functions of a formula, at 50 digits."""

    sqrt, cos, acos, sin = mpmath.sqrt, mpmath.cos, mpmath.acos, mpmath.sin
    exp, log, floor, pi = mpmath.exp, mpmath.log, mpmath.floor, mpmath.pi
    sum = staticmethod(lambda values: mpmath.fsum(values))
    maximum = staticmethod(lambda a, b: max(a, b))

    @staticmethod
    def class_logs(values: Any, kind: str) -> list[Any]:
        assert kind == "logits"
        peak = max(values)
        total = mpmath.fsum(mpmath.exp(v - peak) for v in values)
        return [v - peak - mpmath.log(total) for v in values]


def exactly(value: Any) -> Any:
    """Floats as numbers of 50 digits, in lists."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [exactly(v) for v in value] if isinstance(value, list) else mpmath.mpf(value)


def truth(name: str, pred: Any, label: Any, **arguments: Any) -> np.ndarray:
    """Each row by the formula."""
    loss = registry.find(name)
    roles = {r.name: exactly(arguments.pop(r.name)) for r in loss.roles if r.name in arguments}
    whole = {r.name for r in loss.roles if not r.rows}
    if "input" in loss.context:
        arguments.setdefault("input", loss.pred[0])
    context = {"input": arguments.pop("input")} if "input" in arguments else {}
    params = loss.resolve(arguments)
    rows = []
    with mpmath.workdps(50):
        for i, row in enumerate(exactly(np.asarray(pred, dtype=float))):
            mine = {k: v if k in whole else v[i] for k, v in roles.items()}
            y = None if label is None else int(label[i])
            rows.append(float(loss.formula_function(Digits50, row, y, **context, **params, **mine)))
    return np.array(rows)


# -- hand values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "case"), [(n, c) for n in NAMES for c in registry.find(n).cases], ids=lambda x: getattr(x, "x", x)
)
def test_cases(name: str, case: Any) -> None:
    expect = case.expect
    if isinstance(expect, str):
        expect = {"ln 2": math.log(2), "2 / 3": 2 / 3, "0.04 / 3": 0.04 / 3}[expect]
    digits = 5e-5 if expect in (9.5162, 12.2297) else 5e-7
    close(value(name, **case.arguments), expect, digits)


def test_calling_a_loss_gives_rows() -> None:
    pred, label, weights = np.array([[1, 2], [2, -1]]), np.array([0, 1]), np.array([[1, 1], [1, -1], [-1, 0.5]])
    rows = registry.find("arcface")(pred, label, class_weights_matrix=weights, scale=8)
    close(rows, [0.0046393, 0.0526487], 5e-8)


@pytest.mark.parametrize("name", NAMES)
def test_declarations(name: str) -> None:
    loss = registry.find(name)
    assert loss.family == "embeddings and faces"
    assert all(registry.find(alias) is loss for alias in loss.aliases)
    assert loss.formula_function is not None
    assert len(loss.doc.splitlines()) > 3


PARAMS: dict[str, list[dict[str, Any]]] = {
    "arcface": [{}, {"scale": 8.0}, {"beyond_pi": "linear", "scale": 30.0}, {"margin": 0.0}],
    "cosface": [{}, {"scale": 30.0}, {"margin": 0.0, "scale": 1.0}],
    "sphereface": [{}, {"annealing": 5.0}, {"margin": 1}, {"margin": 3}, {"margin": 20}],
}


def around(rng: np.random.Generator, weights: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Embeddings at any angle to their class's weights: along them, against them, and a hair beside."""
    own = weights[label] / np.linalg.norm(weights[label], axis=1, keepdims=True)
    side = rng.normal(size=own.shape)
    side -= (side * own).sum(axis=1, keepdims=True) * own
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    angle = rng.choice([0.0, 1e-12, 1e-8, 1e-4, 0.3, 1.0, 2.0, 2.7], size=(len(label), 1))
    angle = np.where(rng.random(angle.shape) < 0.3, np.pi - angle, angle)
    return (np.cos(angle) * own + np.sin(angle) * side) * rng.uniform(0.2, 5.0, size=(len(label), 1))


# -- formulas at 50 digits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("width", [2, 16, 130])
def test_faces_from_embeddings(name: str, width: int) -> None:
    rng = np.random.default_rng(width)
    weights, label = rng.normal(size=(7, width)), rng.integers(0, 7, 40)
    pred = around(rng, weights, label)
    for params in PARAMS[name]:
        found = registry.find(name)(pred, label, class_weights_matrix=weights, **params)
        expected = truth(name, pred, label, class_weights_matrix=weights, input="embeddings", **params)
        scale = params.get("scale", 64.0) if name != "sphereface" else np.linalg.norm(pred, axis=1)
        folds = params.get("margin", 4) if name == "sphereface" else 1
        close(found, expected, 2 * scale * (width / 8 + 4 + 4 * folds) * ULP + 4 * ULP * expected)


@pytest.mark.parametrize("name", FACES)
def test_faces_from_cosines(name: str) -> None:
    rng = np.random.default_rng(3)
    pred, label = rng.uniform(-1, 1, size=(60, 5)), rng.integers(0, 5, 60)
    pred[:8, :] = [1.0, -1.0, 1 - 1e-16, -1 + 1e-15, 0.0]
    pred[8] = 1.0 + 5e-7  # float32 cosines may be a rounding beyond 1
    label[:8] = [0, 1, 2, 3, 4, 0, 1, 2]
    for params in PARAMS[name]:
        params = params if name != "sphereface" else {"scale": 3.5, **params}
        found = registry.find(name)(pred, label, input="cosines", **params)
        expected = truth(name, pred, label, input="cosines", **params)
        folds = params.get("margin", 4) if name == "sphereface" else 1
        close(found, expected, 2 * params.get("scale", 64.0) * (2 + 4 * folds) * ULP + 4 * ULP * expected)


@pytest.mark.parametrize("kind", ["distances", "embeddings"])
def test_contrastive(kind: str) -> None:
    rng = np.random.default_rng(4)
    pred = rng.exponential(size=50) if kind == "distances" else rng.normal(size=(50, 6))
    label = rng.integers(0, 2, 50)
    more = {} if kind == "distances" else {"other": pred + rng.normal(size=(50, 6)) * 0.2}
    for params in ({}, {"margin": 0.3}, {"same_value": 0, "margin": 4.0}):
        found = registry.find("contrastive")(pred, label, input=kind, **more, **params)
        expected = truth("contrastive", pred, label, input=kind, **more, **params)
        close(found, expected, 4 * ULP * (params.get("margin", 1.0) ** 2 + expected))


def test_center() -> None:
    rng = np.random.default_rng(5)
    pred, label, centers = rng.normal(size=(40, 9)), rng.integers(0, 4, 40), rng.normal(size=(4, 9))
    found = registry.find("center")(pred, label, centers=centers)
    close(found, truth("center", pred, label, centers=centers), 8 * ULP * found)


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("normalize", [False, True])
def test_triplet(distance: str, normalize: bool) -> None:
    rng = np.random.default_rng(6)
    pred, positive, negative = (rng.normal(size=(50, 5)) for _ in range(3))
    more = {"positive": positive, "negative": negative, "distance": distance, "normalize": normalize}
    found = registry.find("triplet")(pred, **more)
    close(found, truth("triplet", pred, None, **more), 20 * ULP * (1 + np.square(pred - negative).sum(axis=1)))
    assert (found == 0).any()


# -- the range of floats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e-170, 1e-160, 1.0, 1e150, 1e200, 1e307])
def test_lengths_and_directions_at_any_size(size: float) -> None:
    rows = np.array([[3.0, 4.0, 0.0], [1.0, -2.0, 2.0], [0.0, 0.0, 5.0]]) * size
    exact = [float(mpmath.sqrt(mpmath.fsum(x * x for x in map(mpmath.mpf, row)))) for row in rows.tolist()]
    close(lengths(rows), exact, 2 * ULP * np.array(exact) + 5e-324)
    unit = directions(rows, "pred")
    close(np.square(unit).sum(axis=1), [1.0, 1.0, 1.0], 4 * ULP)
    assert np.array_equal(unit[2], [0, 0, 1])


def test_lengths_of_what_is_not_finite() -> None:
    found = lengths(np.array([[0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0], [1.0, 0.0]]))
    assert np.array_equal(found, [0, np.inf, np.nan, 1], equal_nan=True)


@given(st.integers(1, 40), st.integers(1, 140), st.integers(0, 2**32))
@settings(max_examples=40)
def test_a_row_does_not_feel_its_neighbours(n: int, width: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(n, width))
    at = seed % n
    for function in (lengths, lambda r: directions(r, "pred"), lambda r: distances(r, r[0] * 0 + 1)):
        whole = function(rows)
        assert np.array_equal(whole[at : at + 2], function(rows[at : at + 2]))
        assert np.array_equal(whole, function(np.asfortranarray(rows)))


@pytest.mark.parametrize("name", ["cosface", "arcface"])
@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e200, 1e307])
def test_faces_do_not_mind_the_size_of_vectors(name: str, size: float) -> None:
    pred, label = np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([0, 1])
    weights = np.array([[1, 1], [1, -1], [-1, 0.5]])
    loss = registry.find(name)
    plain = loss(pred, label, class_weights_matrix=weights, scale=8)
    close(loss(pred * size, label, class_weights_matrix=weights, scale=8), plain, 1e-13)
    close(loss(pred, label, class_weights_matrix=weights * size, scale=8), plain, 1e-13)


def test_huge_and_tiny_distances() -> None:
    triplet, contrastive, center = map(registry.find, ("triplet", "contrastive", "center"))
    a, p, n = np.array([[0.0, 0.0]]), np.array([[3e200, 4e200]]), np.array([[1e200, 0.0]])
    close(triplet(a, positive=p, negative=n, distance="euclidean", margin=0), [4e200], 1e186)
    tiny = triplet(a, positive=p * 1e-100 * 1e-290, negative=n * 0, distance="euclidean", margin=0)
    close(tiny, [5e-190], 1e-204)
    assert triplet(a, positive=p, negative=n * 0)[0] == np.inf
    with pytest.raises(BadValue, match="distances leave the range of floats"):
        triplet(a, positive=p, negative=n)
    assert contrastive(np.array([np.inf, np.inf]), np.array([0, 1]))[0] == 0
    assert contrastive(np.array([1e200]), np.array([1]))[0] == np.inf
    assert center(p, np.array([0]), centers=np.zeros((1, 2)))[0] == np.inf
    assert center(p, np.array([0]))[0] == 0


def test_a_vector_at_its_own_place_costs_nothing() -> None:
    """Without an epsilon, distance 0 is 0."""
    x = np.array([[0.1, 0.2, 0.3]])
    assert registry.find("contrastive")(x, np.array([1]), input="embeddings", other=x)[0] == 0
    assert registry.find("triplet")(x, positive=x, negative=x + 9)[0] == 0


@pytest.mark.parametrize("name", NAMES)
def test_nan_goes_through_without_a_warning(name: str) -> None:
    pred = np.array([[1.0, np.nan], [1.0, 2.0], [np.nan, np.nan]])
    more: dict[str, Any] = {"label": np.array([0, 1, 1])}
    if name in FACES:
        more["class_weights_matrix"] = np.eye(2)
    if name == "contrastive":
        more |= {"input": "embeddings", "other": np.ones((3, 2))}
    if name == "triplet":
        more = {"positive": np.ones((3, 2)), "negative": np.ones((3, 2))}
    with np.errstate(all="raise", under="ignore"):
        found = registry.find(name)(pred, **more)
    assert np.array_equal(np.isnan(found), [True, False, True])


X, Y, W = np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([0, 1]), np.eye(2)
PAIR = {"positive": X, "negative": X}
MINED = {"label": Y, "mining": "all"}
SENTENCES: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("arcface", {"pred": X, "label": Y}, UsageProblem, "Embeddings need --class-weights-matrix SPEC"),
    ("cosface", {"pred": X / 9, "label": Y, "input": "cosines", "class_weights_matrix": W}, UsageProblem, "no part"),
    ("arcface", {"pred": X[0], "label": Y, "class_weights_matrix": W}, DataProblem, "takes 2-D predictions"),
    ("arcface", {"pred": X, "label": Y, "class_weights_matrix": np.ones((2, 3))}, DataProblem, "Give it transposed"),
    ("arcface", {"pred": X, "label": Y, "class_weights_matrix": np.ones((5, 4))}, DataProblem, "of 2 numbers"),
    (
        "arcface",
        {"pred": X, "label": Y, "class_weights_matrix": W - W},
        DataProblem,
        r"length 0 .* in row 0 \(from 0\)",
    ),
    ("arcface", {"pred": X, "label": Y, "class_weights_matrix": W * np.nan}, DataProblem, "not finite, in row 0"),
    ("arcface", {"pred": X, "label": Y + 1, "class_weights_matrix": W}, BadValue, r"label 2 is outside 0 \.\.\. 1"),
    ("cosface", {"pred": X * 0, "label": Y, "class_weights_matrix": W}, BadValue, "length 0 has no direction"),
    ("cosface", {"pred": X * np.inf, "label": Y, "class_weights_matrix": W}, BadValue, "length inf has no direction"),
    ("cosface", {"pred": X / 9, "label": Y * 2, "input": "cosines"}, BadValue, "label 2 is outside"),
    ("cosface", {"pred": X, "label": Y, "input": "cosines"}, BadValue, "outside .*the range of cosines"),
    ("arcface", {"pred": X, "label": Y, "class_weights_matrix": W, "margin": 28.6}, UsageProblem, "margin must be"),
    ("arcface", {"pred": X, "label": Y, "class_weights_matrix": W, "scale": 0}, UsageProblem, "scale must be"),
    ("sphereface", {"pred": X / 9, "label": Y, "input": "cosines"}, UsageProblem, "needs --scale"),
    ("sphereface", {"pred": X, "label": Y, "class_weights_matrix": W, "scale": 3}, UsageProblem, "--input cosines"),
    ("sphereface", {"pred": X, "label": Y, "class_weights_matrix": W, "margin": 1.5}, UsageProblem, "whole number"),
    ("sphereface", {"pred": X, "label": Y, "class_weights_matrix": W, "margin": 0}, UsageProblem, "margin must be"),
    ("center", {"pred": X, "label": Y, "centers": np.ones((2, 3))}, DataProblem, "Give it transposed"),
    (
        "center",
        {"pred": X, "label": Y, "centers": np.ones((1, 2))},
        BadValue,
        r"outside 0 \.\.\. 0, the rows of centers",
    ),
    (
        "center",
        {"pred": X, "label": Y * 10**9},
        BadValue,
        r"1000000001 centres of 2 numbers, in row 1 .*--centers SPEC",
    ),
    ("center", {"pred": X * np.inf, "label": Y}, BadValue, r"without a mean, in row 0"),
    ("contrastive", {"pred": np.abs(X), "label": Y}, DataProblem, "say --input embeddings"),
    ("contrastive", {"pred": X, "label": Y, "input": "embeddings"}, UsageProblem, "--other SPEC"),
    ("contrastive", {"pred": X[0], "label": Y, "other": X}, UsageProblem, "Leave it out"),
    ("contrastive", {"pred": X[0], "label": Y, "other": X, "input": "embeddings"}, DataProblem, "--input distances"),
    ("contrastive", {"pred": -X[0], "label": Y}, BadValue, "range of distances"),
    ("contrastive", {"pred": X[0], "label": Y + 1}, BadValue, "label 2 is not 0 or 1"),
    ("contrastive", {"pred": X[0], "label": Y, "margin": 0}, UsageProblem, "margin must be"),
    ("contrastive", {"pred": X[0], "label": Y, "same_value": 2}, UsageProblem, "one of 0, 1"),
    ("contrastive", {"pred": X, "label": Y, "other": X[:, :1], "input": "embeddings"}, DataProblem, r"shape \(n, 1\)"),
    ("triplet", {"pred": X}, UsageProblem, "needs --positive SPEC and --negative SPEC"),
    ("triplet", {"pred": X, "positive": X}, UsageProblem, "needs --positive SPEC and --negative SPEC"),
    ("triplet", {"pred": X, "label": Y}, UsageProblem, "Class labels need --mining"),
    ("triplet", {"pred": X, "label": Y, **PAIR}, UsageProblem, "have --positive and --negative, and no labels"),
    ("triplet", {"pred": X, "mining": "all"}, UsageProblem, "needs labels"),
    ("triplet", {"pred": np.ones((3, 2)), "label": [0, 0, 1], "mining": "all", "positive": X}, UsageProblem, "to mine"),
    ("triplet", {"pred": X, **MINED}, DataProblem, "There is no triplet"),
    ("triplet", {"pred": X, **MINED, "label": Y * 0}, DataProblem, "There is no triplet"),
    ("triplet", {"pred": X * np.nan, **MINED}, BadValue, r"finite embeddings, unlike row 0"),
    ("triplet", {"pred": X * 0, **MINED, "normalize": True}, BadValue, r"length 0 has no direction, in row 0"),
    ("triplet", {"pred": X, "positive": X * 0, "negative": X, "normalize": True}, BadValue, "length 0"),
    ("triplet", {"pred": X, **PAIR, "margin": -1}, UsageProblem, "margin must be"),
    ("triplet", {"pred": X, **MINED, "gallery": X}, UsageProblem, "no parameter 'gallery'"),
]

# -- sentences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arguments", "kind", "sentence"), SENTENCES)
def test_sentences(name: str, arguments: dict[str, Any], kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        registry.find(name)(**arguments)
    said = str(caught.value) + " " + getattr(caught.value, "hint", "")
    assert re.search(sentence, said), said


def test_internal_roles_are_not_offered() -> None:
    loss = registry.find("triplet")
    assert {r.name for r in loss.roles if not r.internal} == {"positive", "negative"}
    with pytest.raises(UsageProblem) as caught:
        loss.resolve({"zzz": 1})
    assert "gallery" not in caught.value.hint


def test_blocks_out_of_place_are_noticed() -> None:
    pred, label = people(15)
    run = bound("triplet", [{"pred": pred, "label": label}], mining="hard")
    with pytest.raises(DataProblem, match="Mined triplets need every row"):
        run.rows({"pred": pred[3:9], "label": label[3:9], "start": 2})


def test_weights_of_zero_leave_no_triplet() -> None:
    pred, label = people(16)
    with pytest.raises(DataProblem, match="No triplet has a weight above zero"):
        value("triplet", pred, label, mining="all", weight=np.zeros(len(label)))
