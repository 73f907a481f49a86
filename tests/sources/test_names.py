"""Names carry identity: classes and columns are matched by name, and the right column is taken of several."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

import losscli
from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.columns.column_names import names_of, places_by_name
from losscli.sources.file_spec import glob_parts, without_index

RNG = np.random.default_rng(5)
ROWS = 40
FORMATS = ("csv", "csv.gz", "parquet", "arrow", "npz", "frame", "arrow table")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, columns: Mapping[str, Any], kind: str = "csv") -> Any:
    """A file of the columns, or what holds them in memory."""
    frame = pd.DataFrame(dict(columns))
    path = f"{name}.{kind}"
    if kind.startswith("csv"):
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        feather.write_feather(pa.Table.from_pandas(frame), path)
    elif kind == "frame":
        return frame
    elif kind == "arrow table":
        return pa.Table.from_pandas(frame)
    return path


def softmax(values: Any) -> Any:
    grown = np.exp(values)
    return grown / grown.sum(axis=1, keepdims=True)


def cross_entropy(probs: Any, at: Any) -> float:
    return float(-np.log(probs[np.arange(len(at)), at]).mean())


@pytest.fixture
def run(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.chdir(tmp_path)
    return lambda command: cli(*shlex.split(command))


# -- classes --------------------------------------------------------------------------------------------------

TABULAR = tuple(kind for kind in FORMATS if kind != "npz")
PROBS = softmax(RNG.normal(size=(ROWS, 12)))
AT = RNG.integers(0, 12, ROWS)


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


# -- columns beside columns -----------------------------------------------------------------------------------

VALUES, TRUTHS = RNG.normal(size=(2, ROWS, 3))
BY_NAME = [
    (("temp", "wind", "hum"), ("wind", "hum", "temp"), "*", "*"),
    (("tree", "water", "road"), ("road", "water", "tree"), "[trw]*", "[trw]*"),
    (("pred_x", "pred_y", "pred_z"), ("true_z", "true_x", "true_y"), "pred_*", "true_*"),
    (("pred_x", "pred_y", "pred_z"), ("true_z", "true_x", "true_y"), "pred_x,pred_y,pred_z", "true_z,true_x,true_y"),
    (("x_hat", "y_hat", "z_hat"), ("z", "x", "y"), "*_hat", "z,x,y"),
    (("p1", "p2", "p10"), ("y1", "y10", "y2"), "p*", "y*"),
]


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize(("ours", "theirs", "pred", "label"), BY_NAME)
@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_columns_of_the_same_names_belong_together(
    kind: str, ours: tuple[str, ...], theirs: tuple[str, ...], pred: str, label: str, loss: str
) -> None:
    def part(name: str) -> str:
        return name.removeprefix("pred_").removeprefix("true_").removesuffix("_hat").lstrip("py")  # py: of p1, y1

    if pred == "*_hat":
        order = [ours.index(f"{name}_hat") for name in theirs]
    else:
        order = [[part(n) for n in ours].index(part(name)) for name in theirs]
    preds = save("p", dict(zip(ours, VALUES.T, strict=True)), kind)
    labels = save("y", {name: TRUTHS[:, i] for name, i in zip(theirs, order, strict=True)}, kind)
    right = losscli.compute(loss, VALUES, TRUTHS).value
    found = losscli.compute(loss, preds, labels, pred=pred, label=label)
    assert found.value == right
    if kind == "frame" and pred == "*":
        assert losscli.compute(loss, preds, labels).value == right


def test_names_that_say_half_are_an_error_whose_advice_works(run: Callable[[str], Any]) -> None:
    preds = save("p", {"a": VALUES[:, 0], "b": VALUES[:, 1]})
    labels = save("y", {"c": TRUTHS[:, 0], "a": TRUTHS[:, 1]})
    with pytest.raises(UsageProblem, match=r"predictions are a, b, and the labels of y\.csv c, a") as caught:
        losscli.compute("mse", preds, labels, pred="*", label="*")
    assert caught.value.kind == "names_differ"
    with pytest.raises(UsageProblem, match="same place"):
        losscli.compute("mse", preds, labels, pred="a,b", label="c,a")
    found = losscli.compute("mse", preds, labels, pred="b,a", label="c,a")
    assert found.value == losscli.compute("mse", VALUES[:, [1, 0]], TRUTHS[:, :2]).value
    turned = save("t", {"b": TRUTHS[:, 1], "a": TRUTHS[:, 0]})
    assert (
        "columns paired with the predictions' by name: a, b."
        in run(f"compute mse {preds} {turned} --pred * --label *").err
    )
    # nothing in common: positions
    labels = save("z", {"u": TRUTHS[:, 0], "v": TRUTHS[:, 1]})
    assert (
        losscli.compute("mse", preds, labels, pred="*", label="*").value
        == losscli.compute("mse", VALUES[:, :2], TRUTHS[:, :2]).value
    )


def test_candidates_and_other_roles_follow_the_names() -> None:
    base, cand = VALUES, VALUES + RNG.normal(scale=0.1, size=VALUES.shape)
    names = ("x", "y", "z")
    a = save("a", {f"pred_{n}": base[:, i] for i, n in enumerate(names)})
    b = save("b", {f"other_{names[i]}": cand[:, i] for i in (2, 0, 1)})
    y = save("y", {f"true_{names[i]}": TRUTHS[:, i] for i in (1, 2, 0)})
    right = losscli.compare("mse", base, cand, TRUTHS)
    found = losscli.compare("mse", f"{a}::pred_*", f"{b}::other_*", f"{y}::true_*")
    assert (found.difference, found.stderr) == (right.difference, right.stderr)
    variance = np.exp(RNG.normal(size=VALUES.shape))
    v = save("v", {f"var_{names[i]}": variance[:, i] for i in (2, 1, 0)})
    found_nll = losscli.compute("gaussian_nll", f"{a}::pred_*", f"{y}::true_*", variance=f"{v}::var_*")
    assert found_nll.value == losscli.compute("gaussian_nll", base, TRUTHS, variance=variance).value


def test_frames_as_candidates_follow_the_base() -> None:
    names = ("x", "y", "z")
    frames = [pd.DataFrame(values, columns=names) for values in (VALUES, VALUES + 1, TRUTHS)]
    right = losscli.compare("mse", *(frame.to_numpy() for frame in frames))
    turned = [frames[0], frames[1][["z", "x", "y"]], frames[2][["y", "x", "z"]]]
    assert losscli.compare("mse", *turned).difference == right.difference


def test_batch_inspect_reconcile_and_suites_follow_the_names(run: Callable[[str], Any]) -> None:
    order = sorted(range(12), key=str)
    columns = {f"p_{i}": PROBS[:, i] for i in order}
    save("x", {**columns, "y": AT})
    right = cross_entropy(PROBS, AT)
    ended = run("batch x.csv --pred p_* --label y --input probs -l ce -l focal --format json")
    found = json.loads(ended.out)["results"]
    assert found[0]["value"] == pytest.approx(right)
    assert found[1]["value"] == losscli.compute("focal", PROBS, AT, input="probs").value
    ended = run(f"reconcile ce x.csv --pred p_* --label y --input probs --expect {right:.6f} --format json")
    assert ended.code == 0, ended.out + ended.err
    Path("suite.toml").write_text(
        '[[data]]\npred = "p_*"\nlabel = "y"\npreds = "x.csv"\ninput = "probs"\n[[loss]]\nloss = "ce"\n'
    )
    assert losscli.inspect("x.csv", pred="p_*", label="y", loss="ce", input="probs").alarms == []


def test_a_batch_gives_each_loss_its_own_columns(run: Callable[[str], Any]) -> None:
    save("x", {"p1": [0.2, 0.9], "p2": [0.8, 0.1], "y": [1, 2]})
    ended = run("batch x.csv --pred p1,p2 --label y --input probs -l ce --format json")
    assert json.loads(ended.out)["results"][0]["value"] == pytest.approx(-np.log([0.2, 0.1]).mean())


# -- the right column -----------------------------------------------------------------------------------------


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


# -- one value a class ----------------------------------------------------------------------------------------

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


# -- names themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "columns", "parts"),
    [
        ("p_*", ("p_a", "p_b"), ("a", "b")),
        ("*_hat", ("x_hat", "y_hat"), ("x", "y")),
        ("[trw]*", ("tree", "road"), ("tree", "road")),
        ("p_[ab]", ("p_a", "p_b"), ("a", "b")),
        ("p_?_s", ("p_a_s", "p_b_s"), ("a", "b")),
        ("c*_p*", ("c1_p2", "c3_p4"), ("1_p2", "3_p4")),
    ],
)
def test_parts_of_globs(pattern: str, columns: tuple[str, ...], parts: tuple[str, ...]) -> None:
    assert glob_parts(pattern, columns) == parts


def test_readings_never_cut_a_number_or_a_word_first() -> None:
    assert names_of(("p10", "p11", "p12"), ("p10", "p11", "p12")).readings[1] == ("10", "11", "12")
    assert names_of(("p_cat", "p_car"), ("p_cat", "p_car")).readings[1] == ("cat", "car")
    assert names_of(("p_1*",), ("p_10", "p_11")).readings[0] == ("10", "11")


words = st.text("abcxyz", min_size=1, max_size=4)


@given(
    st.lists(words, min_size=2, max_size=6, unique=True),
    st.randoms(use_true_random=False),
    st.sampled_from(["p_{}", "{}_hat", "{}"]),
)
def test_places_by_name_undo_any_order(names: list[str], random: Any, template: str) -> None:
    turned = random.sample(names, len(names))
    ours = names_of((template.format("*"),), tuple(template.format(name) for name in names))
    theirs = names_of(("true_*",), tuple(f"true_{name}" for name in turned))
    places = places_by_name(ours, theirs)
    assert places is not None
    assert [turned[place] for place in places] == names
