"""Several columns of predictions and labels are paired by the names that both have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from named_columns import AT, PROBS, RNG, ROWS, TABULAR, cross_entropy, save, words

import losscli
from losscli.core.errors import UsageProblem
from losscli.sources.columns.column_names import names_of, places_by_name
from losscli.sources.file_spec import glob_parts

VALUES, TRUTHS = RNG.normal(size=(2, ROWS, 3))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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


@pytest.mark.parametrize("kind", TABULAR)
def test_labels_of_0_and_1_are_not_taken_for_the_numbers_in_names(kind: str) -> None:
    """Several columns are not one of lists whose texts are names of classes, as [18, 25] may be."""
    truths, shares = (TRUTHS > 0).astype(int), 1 / (1 + np.exp(-VALUES))
    columns = {f"pred_{part}": shares[:, at] for at, part in enumerate((1, 2, 10))}
    data = save("data", {**columns, "gt_10": truths[:, 2], "gt_1": truths[:, 0], "gt_2": truths[:, 1]}, kind)
    value = losscli.compute("mse", data, pred="pred_*", label="gt_*").value
    assert value == pytest.approx(np.mean((shares - truths) ** 2))
    binary = -np.mean(np.log(np.where(truths == 1, shares, 1 - shares)))
    assert losscli.compute("bce", data, pred="pred_*", label="gt_*", input="probs").value == pytest.approx(binary)


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


@pytest.mark.parametrize("kind", TABULAR)
def test_letter_case_makes_no_other_name(kind: str) -> None:
    preds = save("p", {f"p_{name}": VALUES[:, i] for i, name in enumerate("xyz")}, kind)
    labels = save("y", {f"T_{name}": TRUTHS[:, "XYZ".index(name)] for name in "ZXY"}, kind)
    assert (
        losscli.compute("mse", preds, labels, pred="p_*", label="T_*").value
        == losscli.compute("mse", VALUES, TRUTHS).value
    )
    other = save("o", {f"T_{name}": TRUTHS[:, i] for i, name in enumerate("ZXW")}, kind)
    with pytest.raises(UsageProblem, match="By name and by position different columns belong together"):
        losscli.compute("mse", preds, other, pred="p_*", label="T_*")


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize("role", ["weights", "mask", "weight"])
def test_weights_and_masks_of_columns_go_by_name(kind: str, role: str) -> None:
    part = np.arange(VALUES.size).reshape(VALUES.shape) % 3 if role == "mask" else np.abs(VALUES) + 0.5
    columns = {f"p_{name}": VALUES[:, i] for i, name in enumerate("xyz")}
    columns |= {f"y_{name}": TRUTHS[:, i] for i, name in enumerate("xyz")}
    turned = {f"w_{name}": part[:, "xyz".index(name)] for name in "zxy"}
    given: dict[str, Any]
    if role == "weight":
        preds = save("p", columns | turned, kind)
        given = {"weight": "w_*"}
    else:
        preds, own = save("p", columns, kind), save("w", turned, kind)
        given = {role: f"{own}::w_*" if isinstance(own, str) else own}
    labels = None if isinstance(preds, str) else preds
    got = losscli.compute("mse", preds, labels, pred="p_*", label="y_*", **given)
    share = (part != 0).astype(float) if role == "mask" else part
    assert np.isclose(got.value, np.average((VALUES - TRUTHS) ** 2, weights=share), rtol=1e-12)
    assert any("columns paired with the predictions' by name" in note for note in got.notes)
