"""Every format, golden for golden; and of JSON, for every loss, what its readers rely on."""

from __future__ import annotations

import json
import math
import shlex
import xml.etree.ElementTree as ElementTree
from typing import Any

import jsonschema
import numpy as np
import pytest
from documents import VALIDATOR, masked, parse, refuse
from printed_numbers import numbers_of

from losscli import available, loss
from losscli.core import signature
from losscli.report.model import Input, Report, Result
from losscli.report.pages import loss_page
from losscli.report.renderers import as_json, as_plain, as_table, as_value
from losscli.report.schemas import text as schema_text

LOSSES = list(available())
MSE = ("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy")


def made(**changes: Any) -> Report:
    """A report made by hand."""
    settings: dict[str, Any] = {
        "loss": "mse", "value": 0.25, "n": 4, "weight_sum": 4.0, "reduction": "mean", "denominator": "weights",
        "input": "values", "label": "values", "params": {}, "signature": "mse|input:values",
        "counts": {"dropped": 0, "nan": 0},
    }  # fmt: skip
    result = Result(**{**settings, **changes})
    return Report("compute", [result], [Input("predictions", "p.npy", "npy", "float64", (4,))])


@pytest.mark.parametrize("format_", ["table", "plain", "json", "value"])
def test_golden_formats(cli: Any, golden: Any, monkeypatch: Any, format_: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = cli(*MSE, "--format", format_)
    assert (ran.code, ran.err) == (0, "")
    golden(format_, masked(ran.out), lambda: numbers_of(parse(cli(*MSE, "--json").out)))


def test_golden_plain_with_parameters_weights_and_columns(cli: Any, golden: Any) -> None:
    words = ("compute", "huber", "diabetes/diabetes.csv", "--weight", "weight", "--delta", "30")
    ran = cli(*words)
    assert ran.code == 0
    golden("plain-csv", masked(ran.out) + ran.err, lambda: numbers_of(parse(cli(*words, "--json").out)))


def test_golden_list(cli: Any, golden: Any) -> None:
    golden("list", cli("list").out)


def test_golden_show(cli: Any, golden: Any) -> None:
    golden("show-focal", cli("show", "focal").out)


def test_golden_help(cli: Any, golden: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ran = cli("compute", "focal", "--help")
    assert (ran.code, ran.err) == (0, "")
    golden("compute-focal-help", ran.out)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_gives_a_valid_document(cli: Any, name: str) -> None:
    code, out, err = cli("compute", name, *shlex.split(loss(name).example), "--json")
    assert code == 0, err
    document = parse(out)
    assert out == json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (result,) = document["results"]
    assert result["loss"] == name
    assert result["status"] == "ok"
    assert set(result["params"]) == {param.name for param in loss(name).params}
    assert all(each["sha256"] and each["path"] for each in document["inputs"])

    recipe, settings = signature.read(result["signature"])
    assert recipe == name
    assert signature.write(recipe, settings) == result["signature"]
    for key, value in result["params"].items():  # a word such as "inf" reads back as the number it spells
        assert settings[key] == (tuple(value) if isinstance(value, list) else value) or str(settings[key]) == value

    value = cli("compute", name, *shlex.split(loss(name).example), "--format", "value")
    assert value.out == f"{result['value']!r}\n"


@pytest.mark.parametrize("name", [name for name in LOSSES if "none" in loss(name).reductions])
def test_rows_under_reduction_none(cli: Any, name: str) -> None:
    arguments = ("compute", name, *shlex.split(loss(name).example), "--reduction", "none")
    ran = cli(*arguments, "--json")
    if ran.code == 2:  # a loss whose default parameters pool all rows has none
        assert "reduction of" in ran.err
        return
    (result,) = parse(ran.out)["results"]
    assert (result["value"], result["status"], result["stderr"]) == (None, "ok", None)
    assert len(result["rows"]) == result["n"] + result["counts"].get("ignored", 0)
    assert cli(*arguments, "--format", "value").out == "".join(f"{row!r}\n" for row in result["rows"])
    assert cli(*arguments, "--format", "table").out == cli(*arguments).out


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("render", [as_plain.render, as_table.render])
def test_every_loss_is_shown_whole(cli: Any, name: str, render: Any) -> None:
    format_ = render.__module__.rpartition("as_")[2]
    code, out, err = cli("compute", name, *shlex.split(loss(name).example), "--format", format_)
    assert code == 0, err
    for piece in (name, "reduction", "input", "row"):  # psnr of a stack of masks is of one row
        assert piece in out


@pytest.mark.parametrize(("value", "status"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")])
def test_what_is_not_finite_is_null_with_a_status(value: float, status: str) -> None:
    document = parse(as_json.render(made(value=value)))
    assert document["results"][0]["value"] is None
    assert document["results"][0]["status"] == status
    assert as_value.render(made(value=value)) == f"{value}\n"
    assert f"{value:g}" in as_plain.render(made(value=value))


def test_rows_that_are_not_finite_are_null() -> None:
    rows = np.array([0.5, math.inf, math.nan, -math.inf, math.inf])
    report = made(value=None, rows=rows, reduction="none", denominator=None)
    (result,) = parse(as_json.render(report))["results"]
    assert result["rows"] == [0.5, None, None, None, None]
    assert result["rows_not_finite"] == {"inf": [1, 4], "nan": [2], "-inf": [3]}
    assert as_value.render(report) == "0.5\ninf\nnan\n-inf\ninf\n"
    finite = made(value=None, rows=rows[:1], reduction="none", denominator=None)
    assert "rows_not_finite" not in parse(as_json.render(finite))["results"][0]


def test_outputs_that_are_not_finite_say_what_they_are() -> None:
    outputs = [{"output": name, "value": value, "stderr": None} for name, value in (("a", 1.0), ("b", -math.inf))]
    (result,) = parse(as_json.render(made(outputs=outputs)))["results"]
    assert result["outputs"] == [
        {"output": "a", "value": 1.0, "stderr": None},
        {"output": "b", "value": None, "stderr": None, "status": "-inf"},
    ]


def test_no_token_of_json_is_ever_nan(in_samples: Any, cli: Any, tmp_path: Any) -> None:
    np.save(tmp_path / "inf.npy", np.array([1.0, np.inf]))
    np.save(tmp_path / "nan.npy", np.array([1.0, np.nan]))
    np.save(tmp_path / "zero.npy", np.zeros(2))
    for name, status in (("inf", "inf"), ("nan", "nan")):
        arguments = (tmp_path / f"{name}.npy", tmp_path / "zero.npy", "--nan", "propagate", "--json")
        (result,) = parse(cli("compute", "mae", *arguments).out)["results"]
        assert (result["status"], result["value"], result["stderr"]) == (status, None, None)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 0.0, 123456789.12345678])
def test_floats_round_trip(value: float) -> None:
    assert parse(as_json.render(made(value=value)))["results"][0]["value"] == value
    assert float(as_value.render(made(value=value))) == value


def test_an_interval_is_shown_and_valid() -> None:
    report = made(stderr=0.01, ci={"level": 0.95, "low": 0.23, "high": 0.27, "method": "analytic"})
    assert parse(as_json.render(report))["results"][0]["ci"]["low"] == 0.23
    assert "95% interval    0.23 ... 0.27" in as_plain.render(report)


def test_the_schema_refuses_what_is_no_report() -> None:
    document = made().to_dict()
    for wrong in (
        {**document, "extra": 1},
        {key: value for key, value in document.items() if key != "tool"},
        {**document, "results": [{**document["results"][0], "status": "fine"}]},
        {**document, "results": [{**document["results"][0], "value": "0.25"}]},
    ):
        assert not VALIDATOR.is_valid(wrong)
    assert VALIDATOR.is_valid(json.loads(json.dumps(document)))


def test_the_schema_command_prints_the_schema(cli: Any) -> None:
    code, out, err = cli("schema", "report")
    assert (code, out, err) == (0, schema_text("report"), "")
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_list_and_show_as_json(cli: Any) -> None:
    listed = json.loads(cli("list", "--json").out, parse_constant=refuse)
    assert [entry["name"] for entry in listed] == LOSSES
    assert json.loads(cli("show", "kl", "--json").out) == loss_page.as_data(loss("kl_divergence"))


@pytest.mark.parametrize("name", LOSSES)
def test_every_page_names_its_parts(name: str) -> None:
    declared = loss(name)
    for text in (loss_page.as_text(declared, 80), loss_page.as_markdown(declared)):
        assert name in text
        for param in declared.params:
            assert "--" + param.name.replace("_", "-") in text
        for alias in declared.aliases:
            assert alias in text
    assert all(len(line) <= 80 or len(line.split()) == 1 for line in loss_page.as_text(declared, 80).splitlines())


def test_to_pandas() -> None:
    pytest.importorskip("pandas")
    table = made().to_pandas()
    assert list(table["loss"]) == ["mse"]
    assert list(table["value"]) == [0.25]


# -- documents are a contract --------------------------------------------------------------------------------


def test_lines_fit_their_schema(cli: Any) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("line")))
    assert json.loads(cli("schema", "line").out) == json.loads(schema_text("line"))
    for words in (
        (*MSE, "--format", "jsonl"), (*MSE, "--format", "jsonl", "--reduction", "none"),
        (*MSE, "--format", "jsonl", "--ci", "95", "--max", "1"),
        ("batch", "suite.toml"),
        ("batch", "diabetes/pred.npy", "gone.npy", "--labels", "diabetes/label.npy", "-l", "mse", "-l",
         "mae:reduction=none", "--keep-going"),
    ):  # fmt: skip
        lines = cli(*words).out.splitlines()
        assert lines
        for line in lines:
            validator.validate(json.loads(line, parse_constant=refuse))
    for wrong in ({"loss": "mse"}, {"loss": "mse", "row": -1, "value": 1}, {"loss": "mse", "row": 1, "value": "x"}):
        assert not validator.is_valid(wrong)


def test_gates_of_losses_that_are_not_there_fit_the_schema(cli: Any, tmp_path: Any) -> None:
    for loss_, name in (("mse", "a.json"), ("mae", "b.json")):
        assert cli("compute", loss_, *MSE[2:], "-o", tmp_path / name).code == 0
    for words in (("--max", "huber=1"), ("--baseline", tmp_path / "b.json"), ("--max", "x/mse=1")):
        code, out, _ = cli("gate", tmp_path / "a.json", *words, "--json")
        assert code == 1
        assert parse(out)["command"] == "gate"


@pytest.mark.parametrize("label", ["gone.npy", "iris/labels.npy"])
def test_wrong_data_are_in_the_reports_that_were_asked_for(cli: Any, tmp_path: Any, label: str) -> None:
    (tmp_path / "kept.json").write_text("before")
    words = ("--report", f"junit={tmp_path / 'r.xml'}", "--report", f"github={tmp_path / 'r.md'}")
    code, out, err = cli(*MSE[:3], label, "--max", "1", *words, "--report", f"json={tmp_path / 'kept.json'}")
    assert (code in (2, 3), out) == (True, "")
    said = err.splitlines()[-1].removeprefix("losscli: ")
    assert f"::error title=mse::{said}" in err
    cases = list(ElementTree.parse(tmp_path / "r.xml").iter("testcase"))
    assert [case.get("name") for case in cases] == ["mse mse <= 1"]
    error = cases[0].find("error")
    assert error is not None
    assert error.get("message") == said
    assert "**error**" in (tmp_path / "r.md").read_text()
    assert (tmp_path / "kept.json").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.json", "r.md", "r.xml"]


@pytest.mark.parametrize("words", [("gate", "bad.json", "--max", "mse=1"), ("merge", "bad.json")])
def test_documents_that_cannot_be_read_are_in_the_reports_too(
    cli: Any, tmp_path: Any, words: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    assert cli(*words, "--report", "junit=r.xml").code == 3
    (case,) = ElementTree.parse(tmp_path / "r.xml").iter("testcase")
    assert case.get("name") == ("mse mse <= 1" if words[0] == "gate" else "merge computed")
    assert case.find("error") is not None
