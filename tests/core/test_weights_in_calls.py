"""Weights and other arrays that stand in a call: whose they are, which axis they go along, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.calls.reading import read_call
from losscli.core.errors import UsageProblem

WEIGHTED = "F.mse_loss(x, y, weight=w)"
NO_FILE = "given weight=w, and no file says what that is. Say --weights FILE"


@pytest.mark.parametrize(
    "words",
    [
        ["compute", "mse", "x.npy", "y.npy", "--like", WEIGHTED],
        ["compute", "x.npy", "y.npy", "--like", WEIGHTED],
        ["batch", "x.npy", "--labels", "y.npy", "-l", "mse", "--like", WEIGHTED],
        ["batch", "x.npy", "--labels", "y.npy", "-l", f"mse:like={WEIGHTED}"],
        ["compare", "x.npy", "q.npy", "y.npy", "-l", f"mse:like={WEIGHTED}"],
        ["compare", "x.npy", "q.npy", "y.npy", "-l", "mse", "--like", WEIGHTED],
    ],
)
def test_weights_in_a_call_need_a_file(
    words: list[str], cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = _weighted_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, _, err = cli(*words)
    assert code == 2
    assert NO_FILE in err
    code, out, err = cli(*words, "--weights", "w.npy", "--json")
    assert code == 0, err
    assert repr(value) in out


def _weighted_files(folder: Path) -> float:
    """Predictions of two models, labels and weights in files, and what PyTorch makes of the first."""
    rng = np.random.default_rng(3)
    arrays = dict(zip("xqyw", np.abs(rng.normal(size=(4, 12))), strict=True))
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    value = losscli.compute("mse", arrays["x"], arrays["y"], like="torch", weights=arrays["w"]).value
    assert value is not None
    assert not np.isclose(value, np.mean((arrays["x"] - arrays["y"]) ** 2), rtol=0.01)
    return value


@pytest.mark.parametrize(
    "losses",
    [
        f"""loss = ["mse:like={WEIGHTED}"]""",
        f"""loss = ["mse"]\nlike = "{WEIGHTED}" """,
        f"""[[loss]]\nname = "mse"\nlike = "{WEIGHTED}" """,
    ],
)
def test_weights_in_a_call_of_a_suite_need_a_file(losses: str, cli: Callable[..., Any], tmp_path: Path) -> None:
    value = _weighted_files(tmp_path)
    data = "[[data]]\npred = 'x.npy'\nlabel = 'y.npy'\n"
    suite = tmp_path / "suite.toml"
    suite.write_text(data + losses + "\n")
    code, _, err = cli("batch", suite)
    assert code == 2
    assert NO_FILE in err
    suite.write_text(f"{data}weight = 'w.npy'\n{losses}\n")
    code, out, err = cli("batch", suite, "--json")
    assert code == 0, err
    assert repr(value) in out


def test_weights_in_a_call_need_an_array_in_python() -> None:
    x, y, w = np.abs(np.random.default_rng(4).normal(size=(3, 9)))
    value = losscli.compute("mse", x, y, like="torch", weights=w).value
    for loss in (f"mse:like={WEIGHTED}", ("mse", {"like": WEIGHTED})):
        with pytest.raises(UsageProblem, match="given weight=w, and no file says"):
            losscli.evaluate([loss], x, y)
        assert losscli.evaluate([loss], x, y, weights=w).results[0].value == value
    for compute in (losscli.compute, lambda *data, **words: losscli.compare(*data[:2], *data[1:], **words)):
        with pytest.raises(UsageProblem, match="given weight=w, and no file says"):
            compute("mse", x, y, like=WEIGHTED)
    assert losscli.compute("mse", x, y, like=WEIGHTED, weights=w).value == value


@pytest.mark.parametrize(
    ("call", "weight"),
    [
        ("tf.compat.v1.losses.absolute_difference(labels, preds, weights=2.0)", 2.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, tf.constant(0.5))", 0.5),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, weights=0)", 0.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, 3, reduction=tf.compat.v1.losses.Reduction.SUM)", 3.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, [2, 1, 0, 0.5])", [2, 1, 0, 0.5]),
        ("keras.losses.MeanAbsoluteError()(y_true, y_pred, sample_weight=[[0.7], [0.3], [1], [0]])", [0.7, 0.3, 1, 0]),
        ("sklearn.metrics.mean_absolute_error(y, x, sample_weight=np.array([1, 2, 3, 4]) / 2)", [0.5, 1, 1.5, 2]),
    ],
)
def test_weights_that_a_call_holds(call: str, weight: Any) -> None:
    x, y = np.abs(np.random.default_rng(5).normal(size=(2, 4)))
    like = call.partition(".")[0].replace("tf", "tf1")
    reduction = {"reduction": "sum"} if "SUM" in call else {}
    want = losscli.compute("mae", x, y, like=like, weights=np.broadcast_to(weight, 4).copy(), **reduction)
    assert losscli.compute("mae", x, y, like=call).value == want.value
    other = np.array([1.0, 0, 0, 0])
    beside = losscli.compute("mae", x, y, like=call, weights=other)  # what is given beside the call wins
    assert beside.value == losscli.compute("mae", x, y, like=like, weights=other, **reduction).value
    both = losscli.evaluate([f"mae:like={call}", f"mae:like={like}"], x, y).results
    assert [each.value for each in both] == [
        losscli.compute("mae", x, y, like=call).value,
        losscli.compute("mae", x, y, like=like).value,
    ]


@pytest.mark.parametrize("weight", ["-1.0", "[1, -2]", "'a'", "[[1], [2, 3]]", "True", "float('inf')", "[]"])
def test_weights_that_are_none_are_refused_by_name(weight: str) -> None:
    with pytest.raises(UsageProblem, match=r"sample_weight=.* weights are numbers of at least 0"):
        read_call(f"keras.losses.MeanAbsoluteError()(y, x, sample_weight={weight})")


def test_a_report_of_weights_that_a_call_holds_can_be_verified(cli: Callable[..., Any], tmp_path: Path) -> None:
    _weighted_files(tmp_path)
    call = "tf.compat.v1.losses.absolute_difference(labels, preds, weights=2.0)"
    table = tmp_path / "t.csv"
    table.write_text("x,y,k\n" + "".join(f"{i}.5,{i * i},{i}\n" for i in range(9)))
    other = tmp_path / "other.csv"
    other.write_text("y,k\n" + "".join(f"{i % 4},{i}\n" for i in reversed(range(9))))
    for files, extra in (
        ([tmp_path / "x.npy", tmp_path / "y.npy"], []),
        ([table, "--pred", "x", "--label", "y", "--where", "k>2"], []),
        ([table, other, "--pred", "x", "--label", "y", "--join", "k"], []),
    ):
        report, plain = tmp_path / "report.json", tmp_path / "plain.json"
        assert cli("compute", "mae", *files, *extra, "--like", "tf1", "--json", "-o", plain).code == 0
        assert cli("compute", "mae", *files, *extra, "--like", call, "--json", "-o", report).code == 0
        value, half = (json.loads(each.read_text())["results"][0]["value"] for each in (report, plain))
        assert np.isclose(value, 2 * half, rtol=1e-6)
        ran = cli("verify", report)
        assert ran.code == 0, ran.out
    code, out, _ = cli("show", "--like", call)
    assert code == 0
    assert f"losscli compute mae --like '{call}' PREDICTIONS LABELS" in out


PIXELS = ["torch.tensor([1., 2., 5.]).view(3, 1, 1)", "torch.tensor([1., 2., 5.]).reshape((1, -1, 1, 1))",
          "torch.tensor([1., 2., 5.])[:, None, None]", "np.array([0.5, 1, 2.5])[None, :, None, None] * 2",
          "torch.tensor([1., 2., 5.]).unsqueeze(-1).unsqueeze(-1).cuda()",
          "torch.tensor([[[1]], [[2]], [[5]]])"]  # fmt: skip


@pytest.mark.parametrize("written", PIXELS)
def test_an_array_in_a_call_says_by_its_shape_which_axis_it_goes_along(written: str) -> None:
    rng = np.random.default_rng(6)
    pred, label = rng.normal(size=(2, 3, 4, 3)), rng.integers(0, 2, (2, 3, 4, 3)).astype(float)
    call = f"nn.BCEWithLogitsLoss(pos_weight={written})"
    along = np.array([1.0, 2, 5])[:, None, None]
    terms = label * along * np.log1p(np.exp(-pred)) + (1 - label) * np.log1p(np.exp(pred))
    assert np.isclose(losscli.compute("bce", pred, label, like=call).value, terms.mean(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 3, 4), (2, 3, 4, 3)])
@pytest.mark.parametrize(("written", "number"), [("torch.tensor([3.])", 3.0), ("torch.ones(1, 1) * 2", 2.0)])
def test_one_value_in_an_array_is_for_all_classes(written: str, number: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(8)
    pred, label = rng.normal(size=shape), rng.integers(0, 2, shape).astype(float)
    value = losscli.compute("bce", pred, label, like=f"nn.BCEWithLogitsLoss(pos_weight={written})").value
    assert value == losscli.compute("bce", pred, label, like="torch", pos_weight=number).value


@pytest.mark.parametrize(
    "written", ["torch.tensor([1., 2.]).view(7)", "torch.ones(10**9)", "torch.ones(99999, 99999)", "torch.ones(0)",
                "torch.ones(x)", "torch.tensor([1., 2.])[0]", "x.view(3, 1, 1)", "torch.tensor('a').view(1)"],
)  # fmt: skip
def test_arrays_that_cannot_be_made_are_not_in_the_call(written: str) -> None:
    with pytest.raises(UsageProblem, match=r"is not in the call|must be a number"):
        read_call(f"nn.BCEWithLogitsLoss(pos_weight={written})")


def test_a_list_whose_axis_its_file_says_can_be_verified(cli: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    np.save(tmp_path / "z.npy", rng.normal(size=(2, 3, 4, 3)))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, (2, 3, 4, 3)))
    np.save(tmp_path / "p.npy", np.array([1.0, 2, 5]).reshape(3, 1, 1))
    files, report = [tmp_path / "z.npy", tmp_path / "y.npy"], tmp_path / "report.json"
    call = f"nn.BCEWithLogitsLoss(pos_weight={PIXELS[0]})"
    loss = f"bce:like=torch,pos_weight={tmp_path / 'p.npy'}"
    for words in (["compute", *files, "--like", call], ["batch", files[0], "--labels", files[1], "-l", loss]):
        assert cli(*words, "--format", "json", "-o", report).code == 0
        assert cli("verify", report).code == 0
    code, out, _ = cli("show", "--like", call)
    assert code == 0
    assert "--pos-weight 1,2,5 --class-axis -3" in out
