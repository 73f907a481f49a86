"""The right column is taken of several; files of class weights are matched by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from named_columns import AT, FORMATS, PROBS, RNG, ROWS, save
from pyarrow import parquet

import losscli
from losscli.core.errors import UsageProblem
from losscli.sources.file_spec import without_index


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(*args: Any, **options: Any) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        losscli.compute(*args, **options)
    return caught.value


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "csv.gz"])
@pytest.mark.parametrize(
    ("pred", "label"),
    [
        ("yhat", "truth"),
        ("y_hat", "y_true"),
        ("preds", "targets"),
        ("y_score", "target_label"),
        ("predictions", "ground_truth"),
    ],
)
def test_usual_names(kind: str, pred: str, label: str) -> None:
    columns = {"id": [7, 8], pred: [1.0, 2.0], "note": [5, 6], label: [2.0, 4.0]}
    if kind == "npz":
        np.savez("x.npz", **{name: np.array(values) for name, values in columns.items()})
    data = "x.npz" if kind == "npz" else save("x", columns, kind)
    assert losscli.compute("mse", data).value == 2.5


def test_two_usual_names_are_asked_about() -> None:
    x = save("x", {"pred": [1.0, 2.0], "yhat": [1.5, 2.5], "y": [2.0, 4.0]})
    assert "may be any of pred, yhat" in str(refused("mse", x))
    assert refused("mse", x).fix == "--pred pred"
    words = save("w", {"pred": ["a", "b"], "yhat": [1.0, 2.0], "y": [2.0, 4.0], "label": ["u", "v"]})
    assert losscli.compute("mse", words).value == 2.5  # texts are neither predictions nor labels of a regression
    both = save("b", {"logit": [0.5, -1.0], "prob": [0.6, 0.3], "label": [1, 0]})
    assert losscli.compute("bce", both).value == losscli.compute("bce", [0.5, -1.0], [1, 0]).value
    assert (
        losscli.compute("bce", both, input="probs").value
        == losscli.compute("bce", [0.6, 0.3], [1, 0], input="probs").value
    )


def test_decided_classes_are_no_scores() -> None:
    scored = {"prediction": [0.0, 1.0, 1.0], "label": [0, 1, 0]}
    beside = save("x", {**scored, "probability": [0.1, 0.9, 0.6]})
    said = str(refused("bce", beside, input="probs"))
    assert "prediction" in said
    assert "probability" in said
    others = save("z", {**scored, "proba_0": [0.9, 0.1, 0.4], "proba_1": [0.1, 0.9, 0.6]})
    problem = refused("bce", others, input="probs")
    assert problem.fix == "--pred proba_0"
    assert losscli.compute("bce", others, pred="proba_1", input="probs").n == 3
    assert losscli.compute("mse", others).value == pytest.approx(1 / 3)  # a regression may be of whole numbers
    vector = pa.table({**scored, "probability": [[0.9, 0.1], [0.1, 0.9], [0.4, 0.6]]})
    parquet.write_table(vector, "v.parquet")
    assert losscli.compute("ce", "v.parquet", input="probs").value == pytest.approx(-np.log([0.9, 0.9, 0.4]).mean())
    assert "probability" in str(refused("bce", "v.parquet", input="probs"))


@pytest.mark.parametrize("index", ["Unnamed: 0", "index", "__index_level_0__", ""])
def test_an_index_without_a_name_is_no_data(index: str) -> None:
    save("p", {index: [0, 1], "anything": [1.0, 2.0]})
    save("y", {index: [0, 1], "other": [2.0, 4.0]})
    assert losscli.compute("mse", "p.csv", "y.csv").value == 2.5
    assert without_index((index,)) == (index,)


def test_columns_of_arrays(here: Path, run: Callable[[str], Any]) -> None:
    rows = RNG.normal(size=(ROWS, 5))
    np.save("x.npy", rows)
    np.save("f.npy", np.asfortranarray(rows))
    y = RNG.normal(size=ROWS)
    for name in ("x.npy", "f.npy"):
        assert losscli.compute("mse", f"{name}::1", y).value == losscli.compute("mse", rows[:, 1], y).value
        found = losscli.compute("mse", f"{name}::0,2:5", rows[:, :4]).value
        assert found == losscli.compute("mse", rows[:, [0, 2, 3, 4]], rows[:, :4]).value
        assert (
            losscli.compute("mse", name, "::4", pred="3").value == losscli.compute("mse", rows[:, 3], rows[:, 4]).value
        )
        assert losscli.compute("mse", f"{name}::3:", rows[:, 3:]).value == 0
    assert losscli.compute("mse", rows, y, pred="1").value == losscli.compute("mse", rows[:, 1], y).value
    (here / "d").mkdir()
    for part, cut in enumerate(np.split(rows, 2)):
        np.save(f"d/{part}.npy", cut)
    assert losscli.compute("mse", "d::2", y).value == losscli.compute("mse", rows[:, 2], y).value
    ended = run("compute mse x.npy::5 x.npy::0")
    assert (ended.code, "x.npy has 5 columns, 0 to 4" in ended.out + ended.err) == (2, True)
    for wrong in ("x.npy::3:3", "x.npy::4:7", "x.npy::a"):
        with pytest.raises(UsageProblem):
            losscli.compute("mse", wrong, y)
    np.save("one.npy", y)
    with pytest.raises(UsageProblem, match="two axes"):
        losscli.compute("mse", "one.npy::0", y)


CLASSES = ("cat", "dog", "owl")


WEIGHTS = {"cat": 1.0, "dog": 2.0, "owl": 4.0}


def weighted(weights: str, **options: Any) -> float:
    probs = PROBS[:, :3] / PROBS[:, :3].sum(axis=1, keepdims=True)
    data = save("p", {f"p_{name}": probs[:, i] for i, name in enumerate(CLASSES)})
    labels = np.array(CLASSES)[AT % 3]
    value = losscli.compute("ce", data, labels, pred="p_*", input="probs", class_weights=weights, **options).value
    assert value is not None
    return value


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_weights_of_classes_are_matched_by_name(kind: str) -> None:
    right = weighted(save("plain", {"w": list(WEIGHTS.values())}))
    turned = ["owl", "cat", "dog"]
    long = save("long", {"class": turned, "weight": [WEIGHTS[name] for name in turned]}, kind)
    more = save("more", {"name": turned, "count": [1, 2, 3], "weight": [WEIGHTS[name] for name in turned]}, kind)
    wide = save("wide", {name: [WEIGHTS[name]] for name in turned}, kind)
    prefixed = save("prefixed", {f"w_{name}": [WEIGHTS[name]] for name in turned}, kind)
    indexed = save("indexed", {"Unnamed: 0": [0, 1, 2], "w": list(WEIGHTS.values())}, kind)
    for file in (long, f"{long}::weight", more, f"{more}::weight", wide, prefixed, f"{prefixed}::w_*", indexed):
        assert weighted(file) == right, file
    for file in (
        save("unsure", {"a": [1.0, 2.0, 4.0], "b": [1.0, 1.0, 1.0]}, kind),
        save("strange", {"class": ["cat", "dog", "cow"], "weight": [1.0, 2.0, 4.0]}, kind),
    ):
        with pytest.raises(UsageProblem):
            weighted(file)


def test_weights_of_classes_that_are_numbers() -> None:
    long = save("long", {"class": [2, 0, 1], "weight": [4.0, 1.0, 2.0]})
    probs, at = PROBS[:, :3], AT % 3
    right = losscli.compute("ce", probs, at, input="probs", class_weights=[1.0, 2.0, 4.0]).value
    assert losscli.compute("ce", probs, at, input="probs", class_weights=long).value == right
    named = save("named", {"class": [5, 3, 4], "weight": [4.0, 1.0, 2.0]})
    data = save("p", {f"q{i + 3}": probs[:, i] for i in range(3)})
    assert losscli.compute("ce", data, at + 3, pred="q*", input="probs", class_weights=named).value == right
