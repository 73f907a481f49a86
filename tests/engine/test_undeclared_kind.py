"""Predictions within [0, 1] that nobody declared are asked about by every loss of logits, at every door."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core import registry
from losscli.core.arrays.bounds import in_unit
from losscli.core.errors import UsageProblem

SURE = [0.9, 0.2, 0.7, 0.4]
LABELS = [1, 0, 1, 1]


def asked(compute: Any) -> UsageProblem:
    """What a computation is refused with."""
    with pytest.raises(UsageProblem, match=r"all values lie within \[0, 1\]") as refused:
        compute()
    assert refused.value.kind == "undeclared_input"
    assert refused.value.options == ("input",)
    return refused.value


@pytest.mark.parametrize("name", ["bce", "focal", "asymmetric_multilabel"])
@pytest.mark.parametrize("pred", [SURE, [1.0, 0.0, 1.0, 0.0], [0, 1, 0, 1], [True, False, True, True], [1 + 1e-7] * 4])
def test_binary_losses_ask(name: str, pred: list[float]) -> None:
    assert asked(lambda: losscli.compute(name, pred, LABELS)).fix == "--input probs"
    asked(lambda: losscli.compute(name, pred[:1], LABELS[:1]))
    for kind in ("logits", "probs"):
        assert losscli.compute(name, pred, LABELS, input=kind).value is not None or kind == "probs"


@pytest.mark.parametrize("name", ["ce", "poly", "focal"])
def test_losses_of_classes_ask(name: str) -> None:
    probs = [[0.2, 0.8], [0.5, 0.5]]
    asked(lambda: losscli.compute(name, probs, [1, 0]))
    assert losscli.compute(name, probs, [1, 0], input="logits").value > 0
    assert losscli.compute(name, [[0.2, 0.8], [0.5, -0.5]], [1, 0]).value > 0


def test_losses_without_a_reading_as_probabilities_name_logits() -> None:
    problem = asked(lambda: losscli.compute("multilabel_soft_margin", [[0.2, 0.8]], [[1, 0]]))
    assert problem.fix == "--input logits"
    assert "takes no probabilities" in str(problem)
    problem = asked(lambda: losscli.compute("ctc", np.full((2, 3, 3), 0.5), [[1, 2], [1, 2]]))
    assert 'input="logprobs"' in str(problem)


def test_every_loss_of_logits_asks_and_no_other() -> None:
    for name, loss in registry.everything().items():
        if loss.pred[0] == "logits" and loss.pred_dims in ((), (1,), None) and name != "ctc":
            asked(lambda name=name: losscli.compute(name, [[0.5, 0.25]], [[1, 0]]))  # type: ignore[misc]
    for name in ("mse", "hinge", "brier", "log_loss"):
        assert losscli.compute(name, SURE, LABELS).value is not None


def test_it_is_decided_over_all_rows() -> None:
    """The first block says nothing: one value outside, in whichever block, makes them logits."""
    rows = 600_000
    pred = np.full(rows, 0.25)
    label = np.ones(rows)
    asked(lambda: losscli.compute("bce", pred, label))
    pred[-1] = -0.25
    value = losscli.compute("bce", pred, label).value
    assert value == losscli.compute("bce", pred, label, input="logits").value
    assert value == losscli.compute("bce", pred, label, threads=1).value


def test_what_is_left_out_does_not_decide(tmp_path: Path) -> None:
    pred = np.array([[0.9, -5.0], [0.3, 0.2]])
    label = np.array([[1, 0], [0, 1]])
    assert losscli.compute("bce", pred, label).value is not None
    asked(lambda: losscli.compute("bce", pred, label, mask=[[1, 0], [1, 1]]))
    path = tmp_path / "t.csv"
    path.write_text("pred,label,split\n0.9,1,val\n-5,0,train\n0.3,0,val\n", encoding="utf-8")
    assert losscli.compute("bce", str(path)).n == 3
    asked(lambda: losscli.compute("bce", str(path), where="split=val"))
    nan = [0.5, float("nan"), 0.25]
    asked(lambda: losscli.compute("bce", nan, [1, 0, 1], nan="omit"))
    asked(lambda: losscli.compute("bce", nan, [1, 0, 1], nan="propagate"))


def test_a_framework_says_what_it_takes() -> None:
    assert losscli.compute("bce", SURE, LABELS, like="torch").input == "logits"
    assert losscli.compute("bce", SURE, LABELS, like="keras").input


def test_a_loss_that_is_called_asks() -> None:
    bce = losscli.loss("bce")
    assert 'input="logits"' in str(asked(lambda: bce(SURE, LABELS)))
    assert bce(SURE, LABELS, input="logits").shape == (4,)
    assert bce([2.0, *SURE], [1, *LABELS]).shape == (5,)


@pytest.mark.parametrize("side", ["base", "candidate"])
def test_both_sides_of_a_comparison_are_looked_at(side: str) -> None:
    logits = [2.0, -1.5, 0.5, 1.0]
    sides = (SURE, logits) if side == "base" else (logits, SURE)
    problem = asked(lambda: losscli.compare("bce", *sides, LABELS))
    assert "do not." in str(problem)
    asked(lambda: losscli.compare("bce", SURE, SURE[::-1], LABELS))
    assert losscli.compare("bce", *sides, LABELS, input="logits").verdict


def save(folder: Path) -> None:
    np.save(folder / "p.npy", np.array(SURE))
    np.save(folder / "q.npy", np.array(SURE[::-1]))
    np.save(folder / "y.npy", np.array(LABELS))


def test_the_command_line(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    save(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in ("compute bce p.npy y.npy -q", "compare p.npy q.npy y.npy -l bce"):
        ran = cli(*shlex.split(command))
        assert (ran.code, ran.out) == (2, ""), command
        assert "all values lie within [0, 1]" in ran.err
        assert "--input probs if they are probabilities, or --input logits" in ran.err
        for kind in ("probs", "logits"):
            assert cli(*shlex.split(command), "--input", kind).code in (0, 1)


def test_batches_and_suites(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """The other losses of the same reading are computed."""
    save(tmp_path)
    monkeypatch.chdir(tmp_path)
    asking = ("batch", "p.npy", "q.npy", "--labels", "y.npy", "-l", "bce", "-l", "mse", "--format", "jsonl")
    ran = cli(*asking, "--keep-going")
    assert ran.code == 4
    assert ran.out.count("all values lie within [0, 1]") == 2
    assert ran.out.count('"status":"ok"') + ran.out.count('"status": "ok"') == 2
    assert cli(*asking).code == 2
    assert cli(*asking[:5], "-l", "bce:input=probs", "-l", "mse").code == 0
    suite = "[[data]]\npred = 'p.npy'\nlabel = 'y.npy'\n[[loss]]\nname = 'bce'\n"
    (tmp_path / "suite.toml").write_text(suite, encoding="utf-8")
    ran = cli("batch", "suite.toml")
    assert ran.code == 2
    assert "all values lie within [0, 1]" in ran.err + ran.out
    (tmp_path / "suite.toml").write_text(suite + "input = 'probs'\n", encoding="utf-8")
    assert cli("batch", "suite.toml").code == 0


@pytest.mark.parametrize("shape", [(0,), (1,), (63,), (64,), (65,), (100, 3), (3, 500), (2, 3, 40)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_in_unit_is_what_it_says(shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(1)
    values = rng.random(shape).astype(dtype)
    assert in_unit(values)
    assert in_unit(np.moveaxis(values, 0, -1)) or not values.size
    for wrong in (-0.5, 1.5, -1e-3, np.inf):
        if values.size:
            spoiled = values.copy()
            spoiled.flat[-1] = wrong
            assert not in_unit(spoiled)
            spoiled.flat[-1] = np.nan
            assert in_unit(spoiled)
