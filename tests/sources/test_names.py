"""Names carry identity: classes and columns are matched by name, and the right column is taken of several."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from named_columns import AT, PROBS, RNG, ROWS, TABULAR, cross_entropy, save

import losscli
from losscli.core.errors import DataProblem, UsageProblem


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize("template", ["prediction_{}", "{}", "p{}", "class_{}_prob", "p.{:02d}", "x_{}.0"])
def test_columns_numbered_as_the_classes_in_any_order(kind: str, template: str) -> None:
    order = sorted(range(12), key=str)
    columns = {template.format(i): PROBS[:, i] for i in order}
    data = save("p", columns, kind)
    labels = save("y", {"y": AT})
    right = pytest.approx(cross_entropy(PROBS, AT), rel=1e-12)
    if not (kind.startswith("csv") and template == "{}"):  # a line of numbers may be a row: --header says what it is
        assert losscli.compute("ce", data, labels, pred=",".join(columns), input="probs").value == right
        assert losscli.compute("ce", data, AT, pred="*", input="probs").value == right
    if "frame" in kind or "table" in kind:
        assert losscli.compute("ce", data, AT, input="probs").value == right


# by default each kind of labels with each numbering and with each kind of file, but not all three crossed
NUMBERED = [
    pytest.param(kind, label_kind, names, marks=[] if (i + j + k) % 2 == 0 else pytest.mark.slow)
    for i, kind in enumerate(TABULAR)
    for j, label_kind in enumerate(["csv", "parquet", "npy", "array", "floats"])
    for k, names in enumerate([(1, 2, 3), (5, 3, 4), (101, 7, 0), (-1, 0, 1)])
]


@pytest.mark.parametrize(("kind", "label_kind", "names"), NUMBERED)
def test_labels_are_the_numbers_in_the_names(kind: str, label_kind: str, names: tuple[int, ...]) -> None:
    probs, at = PROBS[:, :3] / PROBS[:, :3].sum(axis=1, keepdims=True), AT % 3
    data = save("p", {f"q_{name}": probs[:, i] for i, name in enumerate(names)}, kind)
    labels: Any = np.array(names)[at]
    if label_kind == "npy":
        np.save("y.npy", labels)
        labels = "y.npy"
    elif label_kind == "floats":
        labels = save("y", {"y": labels.astype(float)})
    elif label_kind != "array":
        labels = save("y", {"y": labels}, label_kind)
    right = pytest.approx(cross_entropy(probs, at), rel=1e-12)
    listed = ",".join(f"q_{name}" for name in names)
    classes = [list(names), sorted(names), [str(name) for name in names]]
    for pred in ("q_*", listed, ",".join(sorted(listed.split(",")))):
        assert losscli.compute("ce", data, labels, pred=pred, input="probs").value == right
        for each in classes:
            assert losscli.compute("ce", data, labels, pred=pred, input="probs", classes=each).value == right
    assert losscli.compute("ce", probs, labels, input="probs", classes=list(names)).value == right


def test_words_and_numbers_as_classes() -> None:
    probs = np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])
    columns = {f"p_{name}": probs[:, i] for i, name in enumerate(["101", "102", "foo"])}
    for kind in ("csv", "parquet"):
        data = save("x", {**columns, "y": ["101", "foo", "102"]}, kind)
        for classes in ((), ("101", "102", "foo"), ("foo", "101", "102")):
            found = losscli.compute("ce", data, pred="p_*", label="y", input="probs", classes=classes)
            assert found.value == pytest.approx(-np.log(0.8))
        numbers = save("n", {**columns, "y": [101, 102, 102]}, kind)
        found = losscli.compute("ce", numbers, pred="p_*", label="y", input="probs", classes=["101", "102", "foo"])
        assert found.value == pytest.approx(-np.log([0.8, 0.1, 0.8]).mean())


@pytest.mark.parametrize("kind", TABULAR)
def test_a_list_of_columns_names_classes_as_a_glob_does(kind: str) -> None:
    probs = PROBS[:, :3] / PROBS[:, :3].sum(axis=1, keepdims=True)
    words = np.array(["cat", "car", "dog"])
    for template in ("p_{}", "prob {}", "{}_score", "p{}", "{}"):
        columns = {template.format(word): probs[:, i] for i, word in enumerate(words)}
        data = save("x", columns, kind)
        right = pytest.approx(cross_entropy(probs, AT % 3), rel=1e-12)
        for order in itertools.permutations(columns):
            assert losscli.compute("ce", data, words[AT % 3], pred=",".join(order), input="probs").value == right


def test_booleans_and_the_names_false_and_true() -> None:
    probs, at = np.array([[0.3, 0.7], [0.8, 0.2]]), np.array([False, True])
    for kind in ("parquet", "frame"):
        data = save("x", {"p_True": probs[:, 0], "p_False": probs[:, 1]}, kind)
        found = losscli.compute("ce", data, at, pred="p_*", input="probs")
        assert found.value == pytest.approx(-np.log([0.7, 0.8]).mean())


def test_a_label_that_no_column_is_named_for() -> None:
    data = save("x", {"p1": [0.5, 0.2], "p2": [0.5, 0.8], "y": [1, 0]})
    with pytest.raises(
        DataProblem, match=r"label 0 in row 1 \(from 0\).*none of the classes 1, 2.*classes=.0,1. "
    ) as caught:
        losscli.compute("ce", data, pred="p*", label="y", input="probs")
    assert caught.value.fix == "--classes 0,1"
    with pytest.raises(DataProblem):  # what was typed is believed: labels count the columns
        losscli.compute(
            "ce", save("z", {"p1": [0.5], "p2": [0.5], "y": [2]}), pred="p*", label="y", input="probs", classes=[0, 1]
        )
    found = losscli.compute("ce", data, pred="p*", label="y", input="probs", classes=[0, 1])
    assert found.value == pytest.approx(-np.log([0.5, 0.2]).mean())


def test_an_ignored_label_is_no_class() -> None:
    data = save("x", {"p1": [0.5, 0.2, 0.5], "p2": [0.5, 0.8, 0.5], "y": [1, 2, -100]})
    found = losscli.compute("ce", data, pred="p*", label="y", input="probs", ignore_index=-100)
    assert (found.n, found.value) == (2, pytest.approx(-np.log([0.5, 0.8]).mean()))
    assert losscli.compute("ce", data, pred="p*", label="y", input="logits", like="torch").n == 2
    data = save("x", {"p1": [0.5, 0.2, 0.5], "p2": [0.5, 0.8, 0.5], "y": [1, 2, 255]})
    assert losscli.compute("ce", data, pred="p*", label="y", input="probs", ignore_index=255).value == found.value
    missing = save(
        "m", {"p1": [0.5, 0.2, 0.5], "p2": [0.5, 0.8, 0.5], "y": pd.array([1, 2, None], dtype="Int64")}, "parquet"
    )
    assert losscli.compute("ce", missing, pred="p*", label="y", input="probs", missing="omit").value == found.value


def test_classes_are_never_ignored() -> None:
    x = save("x", {"p_a": [0.5, 0.1], "p_b": [0.3, 0.1], "p_c": [0.2, 0.8], "y": [0, 2]})
    with pytest.raises(UsageProblem, match=r"classes names a, x, b, and the columns of x\.csv a, b, c") as caught:
        losscli.compute("ce", x, pred="p_*", label="y", input="probs", classes=["a", "x", "b"])
    assert caught.value.options == ("classes",)
    with pytest.raises(UsageProblem, match="4 classes"):
        losscli.compute("ce", np.ones((2, 3)), [0, 1], classes=list("wxyz"))
    with pytest.raises(UsageProblem, match="labels of this loss are numbers"):
        losscli.compute("mse", [1.0, 2.0], [1.0, 2.0], classes=["a", "b"])
    # a part of the classes: the others come after them
    found = losscli.compute(
        "ce",
        save("t", {"p_a": [0.5], "p_b": [0.3], "p_c": [0.2], "y": ["c"]}),
        pred="p_*",
        label="y",
        input="probs",
        classes=["c"],
    )
    assert found.value == pytest.approx(-np.log(0.2))


def test_columns_without_names_are_taken_as_they_stand() -> None:
    np.savetxt("p.csv", PROBS[:, :3], delimiter=",")
    probs = PROBS[:, :3]
    found = losscli.compute("ce", "p.csv", AT % 3, pred="*", input="probs")
    assert found.value == pytest.approx(cross_entropy(probs, AT % 3))
    np.save("p.npy", probs)
    assert losscli.compute("ce", "p.npy", AT % 3, input="probs").value == found.value


def test_embeddings_are_no_classes() -> None:
    rows, labels = RNG.normal(size=(ROWS, 4)), AT % 2
    data = save("e", {f"e_{i}": rows[:, i - 1] for i in (3, 1, 4, 2)})
    expected = losscli.compute("center", rows[:, [2, 0, 3, 1]], labels).value
    assert losscli.compute("center", data, labels, pred="e_*").value == expected
