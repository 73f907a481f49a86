"""Python's own doors: several losses in one reading, the documents of the commands, results as objects."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import losscli
from losscli import DataProblem, LossCliError, UsageProblem
from losscli.api.python.words import in_python

PRED, LABEL = [1.0, 2.0, 3.0, 5.0], [1.0, 4.0, 3.0, 4.0]


def values(report: losscli.Report) -> list[tuple[str, Any]]:
    return [(result.loss, result.value) for result in report.results]


# -- several losses in one reading ------------------------------------------------------------------------


def test_evaluate_gives_the_numbers_of_compute() -> None:
    losses: list[Any] = ["mse", "huber:delta=2", losscli.loss("mae"), ("huber", {"delta": 0.5})]
    report = losscli.evaluate(losses, PRED, LABEL, weights=[1, 2, 3, 4], ci="90%")
    alone = [("mse", {}), ("huber", {"delta": 2}), ("mae", {}), ("huber", {"delta": 0.5})]
    for result, (name, params) in zip(report.results, alone, strict=True):
        expected = losscli.compute(name, PRED, LABEL, weights=[1, 2, 3, 4], ci=90, **params)
        assert (result.value, result.stderr, result.ci) == (expected.value, expected.stderr, expected.ci)
        assert result.signature == expected.signature


def test_evaluate_takes_frames_generators_and_roles() -> None:
    frame = pd.DataFrame({"p": PRED, "y": LABEL})
    assert values(losscli.evaluate(["mse", "mae"], frame, pred="p", label="y")) == [("mse", 1.25), ("mae", 0.75)]
    assert values(losscli.evaluate(["mse", "mae"], (x for x in PRED), iter(LABEL))) == [("mse", 1.25), ("mae", 0.75)]
    rows = losscli.evaluate("mse", PRED, LABEL, reduction="none").results[0].rows
    assert rows.tolist() == [0.0, 4.0, 0.0, 1.0]
    centers = np.zeros((2, 2))
    report = losscli.evaluate([("center", {"centers": centers})], np.ones((3, 2)), [0, 1, 0])
    assert report.results[0].value == losscli.compute("center", np.ones((3, 2)), [0, 1, 0], centers=centers).value


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ([], "No loss is named"), (["msee"], "Did you mean mse"), ([3], "3 is no loss"),
        (["mse", "mse"], "there twice"),
        ({"mse": 1}, "losses must be a list"), ([("huber", {"delt": 1})], "has no parameter 'delt'"),
        (["mse", "ce"], "takes 2-D predictions"),
    ],
)  # fmt: skip
def test_evaluate_says_what_is_wrong(losses: Any, sentence: str) -> None:
    with pytest.raises(LossCliError, match=sentence):
        losscli.evaluate(losses, PRED, LABEL)


def test_a_report_is_saved_shown_and_pickled(tmp_path: Path) -> None:
    report = losscli.evaluate(["mse", "mae"], PRED, LABEL)
    assert pickle.loads(pickle.dumps(report)) == report
    for suffix in ("json", "jsonl", "csv", "tsv", "md", "txt", "parquet", "arrow", "feather"):
        report.save(tmp_path / f"scores.{suffix}")
    assert json.loads((tmp_path / "scores.json").read_text())["results"][0]["value"] == 1.25
    assert pd.read_csv(tmp_path / "scores.csv")["value"].tolist() == [1.25, 0.75]
    for table in (parquet.read_table(tmp_path / "scores.parquet"), feather.read_table(tmp_path / "scores.arrow")):
        assert table.column("loss").to_pylist() == ["mse", "mae"]
    assert report.to_arrow().column("value").to_pylist() == [1.25, 0.75]
    assert isinstance(report.to_arrow(), pa.Table)
    with pytest.raises(UsageProblem, match="no suffix that names a format"):
        report.save(tmp_path / "scores.xyz")


def test_a_report_never_overwrites_its_data(tmp_path: Path) -> None:
    path = tmp_path / "val.csv"
    pd.DataFrame({"pred": PRED, "label": LABEL}).to_csv(path, index=False)
    before = path.read_bytes()
    with pytest.raises(UsageProblem, match="is an input"):
        losscli.evaluate(["mse"], path).save(path)
    assert path.read_bytes() == before


def test_a_notebook_shows_numbers_and_runs_nothing() -> None:
    hostile = "<script>alert(1)</script>"
    shown = losscli.batch({hostile: PRED}, ["mse"], labels=LABEL)._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "<td>1.25</td>" in shown
    failed = losscli.batch({"a": [1.0]}, ["mse"], labels=LABEL, keep_going=True)._repr_html_()
    assert "<td>error</td>" in failed


# -- results ----------------------------------------------------------------------------------------------


def test_results_compare_pickle_and_format() -> None:
    result = losscli.compute("mse", PRED, LABEL)
    assert result == losscli.compute("mse", PRED, LABEL)
    assert result != losscli.compute("mse", LABEL, LABEL)
    assert (f"{result:.3f}", f"{result:>8.1e}") == ("1.250", " 1.2e+00")
    assert pickle.loads(pickle.dumps(result)) == copy.deepcopy(result) == result
    rows = losscli.compute("mse", PRED, LABEL, reduction="none")
    assert pickle.loads(pickle.dumps(rows)) == rows
    assert rows != losscli.compute("mse", LABEL, LABEL, reduction="none")
    with pytest.raises(TypeError, match="rows"):
        format(rows, ".3f")
    unknown = losscli.compute("mse", [np.nan, 1.0], [1.0, 1.0], nan="propagate")
    assert pickle.loads(pickle.dumps(unknown)) == unknown
    comparison = losscli.compare("mse", PRED, LABEL, LABEL)
    assert pickle.loads(pickle.dumps(comparison)) == comparison


def test_losses_pickle_as_themselves() -> None:
    for each in losscli.available().values():
        assert pickle.loads(pickle.dumps(each)) is copy.copy(each) is copy.deepcopy(each) is each


def test_a_loss_called_on_arrays_refuses_what_it_would_misread() -> None:
    huber = losscli.loss("huber")
    assert huber(pd.Series([0.5, 3.0]), [0.0, 0.0]).tolist() == [0.125, 2.5]  # type: ignore[union-attr]
    masked = np.ma.masked_array([0.5, 99.0], mask=[0, 1])  # type: ignore[no-untyped-call]
    for given, sentence in (
        (masked, "masked elements"),
        ([0.5, None], "holds object"),
        ([[0.5], [1.0, 2.0]], "cannot be read"),
    ):
        with pytest.raises(DataProblem, match=rf"{sentence}.*losscli\.compute"):
            huber(given, [0.0, 0.0])
    with pytest.raises(DataProblem, match="indexes that differ"):
        huber(pd.Series([0.5, 3.0]), pd.Series([0.0, 0.0], index=[1, 0]))


def test_sizes_and_percentages_are_texts_as_on_the_command_line() -> None:
    assert losscli.compute("mse", PRED, LABEL, max_memory="1GB", ci="95%").ci["level"] == 0.95  # type: ignore[index]
    sides = "mse", PRED, [1.1, 2.2, 3.1, 5.4], LABEL
    for given in ({"margin": "5%"}, {"margin_rel": "5%"}, {"margin_rel": 0.05}):
        assert losscli.compare(*sides, **given).margin_relative == 0.05
    assert losscli.compare(*sides, margin="0.5", confidence="90%").margin_absolute == 0.5
    with pytest.raises(UsageProblem, match="Leave out one"):
        losscli.compare(*sides, margin="5%", margin_rel=0.1)
    with pytest.raises(UsageProblem, match='seed is for test="sign-flip"'):
        losscli.compare(*sides, seed=3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Use --nan drop to leave such rows out, or --nan propagate.",
         'Use nan="drop" to leave such rows out, or nan="propagate".'),
        ("Say --stack where each file is one, or --no-stack where not.",
         "Say stack=True where each file is one, or stack=False where not."),
        ("Give the order with --classes a,b,c.", 'Give the order with classes="a,b,c".'),
        ("Name it with --pred COLUMN.", 'Name it with pred="COLUMN".'),
        ("--on-missing is for rows.", "on_missing is for rows."),
        ("Leave out --label.", "Leave out label."),
        ("--formula torch has no --mining.", 'formula="torch" has no mining.'),
        ("Say --delimiter ';' or --quote '\"'.", """Say delimiter=";" or quote='"'."""),
        ("Add --ignore-index -100.", "Add ignore_index=-100."),
        ("See losscli show focal --like keras. Or --like torch.",
         'See losscli show focal --like keras. Or like="torch".'),
        ("Nothing to change - or -- so.", "Nothing to change - or -- so."),
    ],
)  # fmt: skip
def test_problems_are_said_in_the_words_of_python(text: str, said: str) -> None:
    assert in_python(text) == said


# -- the documents of the commands ------------------------------------------------------------------------


def test_gate() -> None:
    report = losscli.evaluate(["mse", "mae"], PRED, LABEL)
    assert not losscli.gate(report, max={"mse": 1.0}).passed
    assert losscli.gate(report, max=1.25).passed
    assert losscli.gate(report.results[0], max={"mse": 1.25}).passed
    assert losscli.gate(report, max={"mse": 1.0}, informational="mse").passed
    worse = losscli.evaluate(["mse", "mae"], [9.0, 9.0, 9.0, 9.5], LABEL)
    held = losscli.gate(worse, report, margin={"mse": "1%", "mae": 0.0})
    assert not held.passed
    assert all("before" in check.message for result in held.results for check in result.gates)
    for wrong, sentence in (
        ({}, "nothing to hold"), ({"max": {"nope": 1}}, "no loss 'nope'"), ({"baseline": "no.json"}, "no file no.json"),
        ({"max": 1, "margin": "x"}, "margin must be"),
    ):  # fmt: skip
        with pytest.raises(UsageProblem, match=sentence):
            losscli.gate(report, **wrong)  # type: ignore[arg-type]
    assert losscli.gate(report, "no.json", max=9, on_no_baseline="pass").warnings


def test_batch(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"pred": PRED, "label": LABEL}).to_csv(tmp_path / f"{name}.csv", index=False)
    report = losscli.batch(f"{tmp_path}/*.csv", ["mse", "mae"], max={"mse": 1.0})
    assert [Path(result.dataset).name for result in report.results] == ["a.csv", "a.csv", "b.csv", "b.csv"]
    assert [result.value for result in report.results] == [1.25, 0.75] * 2
    assert not report.passed
    assert len(report.inputs) == 4
    (tmp_path / "suite.toml").write_text("loss = ['mse']\n[[data]]\nname = 'val'\npred = 'a.csv'\n")
    assert [(r.dataset, r.value) for r in losscli.batch(tmp_path / "suite.toml").results] == [("val", 1.25)]
    apart = losscli.batch({"x": [1.0, 2.0], "y": [1.0, 3.0]}, "mse", labels={"x": [1.0, 2.0], "y": [1.0, 1.0]})
    assert [result.value for result in apart.results] == [0.0, 2.0]
    with pytest.raises(DataProblem, match="equally long"):
        losscli.batch({"x": [1.0, 2.0], "y": [1.0]}, "mse", labels=[1.0, 2.0])
    going = losscli.batch({"x": [1.0], "y": [1.0, 2.0]}, "mse", labels=[1.0, 2.0], keep_going=True)
    assert [bool(result.error) for result in going.results] == [True, False]
    with pytest.raises(UsageProblem, match="Did you mean threads"):
        losscli.batch({"x": [1.0]}, "mse", labels=[1.0], treads=2)
    with pytest.raises(UsageProblem, match=r"losscli\.evaluate"):
        losscli.batch([1.0, 2.0], "mse", labels=[1.0, 2.0])
    with pytest.raises(UsageProblem, match="its own losses"):
        losscli.batch(tmp_path / "suite.toml", "mse")


def test_results_of_a_batch_have_their_own_inputs(tmp_path: Path) -> None:
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", PRED)
    np.save(tmp_path / "y.npy", LABEL)
    paths = [str(tmp_path / f"{name}.npy") for name in "ab"]
    report = losscli.batch(paths, ["mse", "mae"], labels=str(tmp_path / "y.npy"))
    own = [[report.inputs[place].path for place in result.inputs] for result in report.results]
    assert [each[0] for each in own] == [paths[0], paths[0], paths[1], paths[1]]
    assert {each[1] for each in own} == {str(tmp_path / "y.npy")}


def test_merge_and_verify(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", PRED)
    np.save(tmp_path / "y.npy", LABEL)
    shard, report = str(tmp_path / "shard.json"), str(tmp_path / "report.json")
    data = str(tmp_path / "p.npy"), str(tmp_path / "y.npy")
    assert cli("compute", "mse", *data, "--partial", "-o", shard).code == 0
    assert cli("compute", "mse", *data, "-o", report).code == 0
    assert losscli.merge([Path(shard)]).results[0].value == 1.25
    with pytest.raises(DataProblem, match="count twice"):
        losscli.merge([shard, shard])
    assert losscli.verify(report).passed
    np.save(tmp_path / "p.npy", LABEL)
    assert [finding.same for finding in losscli.verify(Path(report)).findings] == [False, True, False]


def test_verify_gives_the_document_of_the_command_line(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", PRED)
    np.save(tmp_path / "y.npy", LABEL)
    report = str(tmp_path / "report.json")
    assert cli("compute", "mse", tmp_path / "p.npy", tmp_path / "y.npy", "-o", report).code == 0
    for change in (False, True):
        if change:
            np.save(tmp_path / "p.npy", LABEL)
        verified = losscli.verify(report)
        ran = cli("verify", report, "--json")
        document = json.loads(ran.out)
        assert {**verified.to_dict(), "elapsed_s": 0} == {**document, "elapsed_s": 0}
        assert verified.passed is (ran.code == 0) is not change
        assert [finding.same for finding in verified.findings] == [not change, True, not change]
        assert losscli.gate(verified, max={"mse": 2.0}).command == "gate"


def test_gate_of_a_rise_and_of_several_limits() -> None:
    before = losscli.compute("mse", [1.0, 2.0], [1.0, 3.0])
    now = losscli.compute("mse", [1.0, 2.0], [1.0, 3.1])
    gated = losscli.gate(now, before, max=[("mse", 0.7), ("mse", 0.5)], max_rise="10%")
    by_name = {check.name: check.passed for check in gated.results[0].gates}
    assert by_name["mse <= 0.7"] is True
    assert by_name["mse <= 0.5"] is False
    assert by_name["mse rises by at most 10 %"] is False
    assert losscli.gate(now, before, max_rise={"mse": 0.2}).results[0].gates[-1].passed is True
    with pytest.raises(UsageProblem, match="max_rise is a rise beyond a baseline"):
        losscli.gate(now, max={"mse": 1.0}, max_rise=0.1)
    with pytest.raises(UsageProblem, match="max is no limit"):
        losscli.gate(now, max="mse=1")


@pytest.mark.parametrize("rule", ["margin", "max_rise"])
def test_a_rule_for_a_loss_that_is_not_there_is_refused(rule: str) -> None:
    result = losscli.compute("mse", [1.0, 2.0], [1.0, 3.0])
    rules: dict[str, Any] = {rule: {"mae": 0.1}}
    with pytest.raises(UsageProblem, match=f"^{rule}={{'mae': ...}} is of a loss that the report has not"):
        losscli.gate(result, result, **rules)


def test_what_the_rows_cannot_decide_is_a_note() -> None:
    rng = np.random.default_rng(0)
    label = rng.normal(size=30)
    before, now = (losscli.compute("mse", label + rng.normal(size=30) * scale, label) for scale in (1.0, 1.2))
    gated = losscli.gate(now, before)
    assert gated.results[0].gates[0].passed is None
    (note,) = [each for each in gated.warnings if "inconclusive" in each]
    assert "--" not in note


def test_a_batch_of_arrays_refuses_what_is_said_of_files() -> None:
    with pytest.raises(losscli.UsageProblem, match="delimiter says how files are read"):
        losscli.batch({"a": [1.0, 2.0]}, ["mse"], labels=[1.0, 3.0], delimiter=",")
