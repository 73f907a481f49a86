"""Suites: what a file may say, what is refused and where, and that the schema says the same."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from losscli.api.requests.request import Options, Request
from losscli.api.suites import suite
from losscli.core.errors import UsageProblem
from losscli.report import schemas
from losscli.report.renderers.registry import REPORTS

SCHEMA = json.loads(schemas.text("suite"))
GOOD = {
    "smallest": """
        loss = ["mse"]
        [[data]]
        pred = "p.npy"
        """,
    "whole": """
        keep_going = true
        jobs = 2
        threads = 1

        [defaults]
        label = "labels.parquet"
        columns = { label = "y" }
        join = "id"
        on_missing = "drop"
        max = 0.5

        [[loss]]
        name = "focal"
        gamma = 2
        alpha = [0.25, 0.75]
        max = 0.3

        [[loss]]
        name = "bce:label_smoothing=0.1"
        like = "keras"
        reduction = "mean"
        denominator = "count"

        [[data]]
        name = "val"
        pred = "val.parquet::p"
        weight = "::w"

        [[data]]
        name = "test"
        pred = "test.csv"
        columns = { pred = ["p"], label = "y" }
        classes = "a,b"
        nan = "omit"
        missing = "omit"
        header = "yes"
        delimiter = ";"
        precision = "single"
        ci = 95
        bootstrap = 200
        input = "probs"
        loss = ["focal", "dice:pool=batch", { name = "bce", max = 1 }]
        max = { focal = 0.25 }

        [reports]
        junit = "out/report.xml"
        json = "report.json"
        """,
}
BAD = {  # what is wrong: (the text, the sentence)
    "unknown key": ('keepgoing = true\n[[data]]\npred = "p"', "s.toml: there is no key 'keepgoing'. Did you mean keep_going?"),
    "no data": ('loss = "mse"', "s.toml has no data sets. Write [[data]] and below it pred = 'FILE'."),
    "data is no list": ('loss = "mse"\n[data]\npred = "p"', "s.toml has no data sets. Write [[data]] and below it pred = 'FILE'."),
    "unknown data key": ('loss = "mse"\n[[data]]\nname = "val"\nlabels = "y"', "s.toml, data 1 (val): there is no key 'labels'. Did you mean label?"),
    "no pred": ('loss = "mse"\n[[data]]\nlabel = "y"', "s.toml, data 1 has no pred. Write pred = 'FILE'."),
    "no loss": ('[[data]]\npred = "p"', "s.toml, data 1 has no losses. Write loss = ['mse'], or [[loss]] and name = 'mse'."),
    "unknown loss": ('loss = "msee"\n[[data]]\npred = "p"', "s.toml, loss 1: There is no loss 'msee'. Did you mean mse?"),
    "unknown parameter": ('[[loss]]\nname = "huber"\ndelat = 1\n[[data]]\npred = "p"', "s.toml, loss 1: huber has no parameter 'delat'. Did you mean delta?"),
    "parameter outside": ('[[loss]]\nname = "huber"\ndelta = -1\n[[data]]\npred = "p"', "s.toml, loss 1: delta must be a number in (0, inf), got -1."),
    "loss without a name": ('[[loss]]\ndelta = 1\n[[data]]\npred = "p"', "s.toml, loss 1 has no name. Write name = 'mse'."),
    "gate is no number": ('[[loss]]\nname = "mse"\nmax = "low"\n[[data]]\npred = "p"', "s.toml, loss 1, max must be a number, got 'low'."),
    "gate of no loss": ('loss = "mse"\n[[data]]\npred = "p"\nmax = { mae = 1 }', "s.toml, data 1, max: mae is none of its losses. Did you mean mse?"),
    "unknown report": ('loss = "mse"\n[[data]]\npred = "p"\n[reports]\njunt = "x"', "s.toml, reports: there is no kind 'junt'. Did you mean junit?"),
    "report outside": ('loss = "mse"\n[[data]]\npred = "p"\n[reports]\njson = "../x"', "s.toml, reports: ../x is outside the suite's folder. Name it on the command line: --report json=../x."),
    "policy": ('loss = "mse"\n[[data]]\npred = "p"\nnan = "ommit"', "s.toml, data 1: nan must be one of error, omit, propagate, got ommit. Did you mean omit?"),
    "twice": ('loss = "mse"\n[[data]]\npred = "p"\n[[data]]\npred = "p"', "s.toml: two data sets are named p. Give each its own name."),
    "empty spec": ('loss = "mse"\n[[data]]\npred = ""', "s.toml, data 1, pred: An empty text stands where a file should. Is a shell variable unset?"),
    "ci": ('loss = "mse"\n[[data]]\npred = "p"\nci = "950%"', "s.toml, data 1: ci must be a level of confidence, such as 95 or 0.95, got 950%."),
    "bootstrap": ('loss = "mse"\n[[data]]\npred = "p"\nbootstrap = true', "s.toml, data 1: bootstrap must be a whole number from 100 to 1000000, got True."),
    "jobs": ('jobs = 0\nloss = "mse"\n[[data]]\npred = "p"', "s.toml: jobs must be a whole number from 1, got 0."),
    "keep_going": ('keep_going = "yes"\nloss = "mse"\n[[data]]\npred = "p"', "s.toml: keep_going must be true or false, got yes."),
}  # fmt: skip
ONLY_SEMANTIC = {"unknown loss", "unknown parameter", "parameter outside", "gate of no loss", "report outside", "twice"}
ONLY_SEMANTIC |= {"no pred", "no loss", "empty spec"}


def asked() -> Request:
    """What a command line asks for that leaves everything to the suite."""
    return Request([], {}, Options("batch"))


def read(text: str, folder: str = "") -> suite.Suite:
    return suite.of_table(tomllib.loads(text), "s.toml", folder, asked())


@pytest.mark.parametrize("name", GOOD)
def test_good_suites_read_and_are_valid(name: str) -> None:
    table = tomllib.loads(GOOD[name])
    jsonschema.validate(table, SCHEMA)
    assert suite.of_table(table, "s.toml", "", asked()).jobs


@pytest.mark.parametrize("name", BAD)
def test_bad_suites_have_a_sentence(name: str) -> None:
    text, sentence = BAD[name]
    with pytest.raises(UsageProblem) as raised:
        read(text)
    assert str(raised.value) == sentence
    if name not in ONLY_SEMANTIC:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(text), SCHEMA)


def test_the_sample_suite_is_valid(sample_data: Path) -> None:
    path = sample_data / "suite.toml"
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)
    assert len(suite.read(str(path), asked()).jobs) == 2


def test_the_schema_is_one_and_knows_the_keys() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(suite.whole_keys())
    assert set(SCHEMA["$defs"]["common"]["properties"]) == set(suite.data_keys())
    assert set(SCHEMA["$defs"]["common"]["propertyNames"]["enum"]) == set(suite.data_keys())
    assert set(SCHEMA["properties"]["reports"]["propertyNames"]["enum"]) == set(REPORTS)


def test_what_a_suite_means() -> None:
    found = read(GOOD["whole"], "runs")
    val, test = found.jobs
    assert (found.keep_going, found.parallel) == (True, 2)
    assert found.reports == ("junit=runs/out/report.xml", "json=runs/report.json")
    assert val.name == "val"
    assert val.request.files == {"label": "runs/labels.parquet", "pred": "runs/val.parquet::p", "weight": "::w"}
    assert [(each.spec.text, each.limit) for each in val.request.losses] == [
        ("focal:gamma=2,alpha=0.25,0.75", 0.5),
        ("sigmoid_cross_entropy:label_smoothing=0.1,like=keras,reduction=mean,denominator=count", 0.5),
    ]
    options = val.request.options
    assert (options.join, options.on_missing, options.pred, options.label) == (("id",), "drop", (), ("y",))
    assert [(each.spec.text, each.limit) for each in test.request.losses] == [
        ("focal:gamma=2,alpha=0.25,0.75", 0.25),
        ("dice:pool=batch", None),
        ("sigmoid_cross_entropy", 1.0),
    ]
    options = test.request.options
    assert (options.pred, options.label, options.classes) == (("p",), ("y",), ("a", "b"))
    assert (options.precision, options.nan, options.missing) == ("single", "omit", "omit")
    assert (options.header, options.delimiter) == ("yes", ";")
    assert (options.threads, options.ci, options.bootstrap) == (1, 0.95, 200)


def test_paths_start_at_the_folder() -> None:
    text = """
        loss = ["arcface:class_weights_matrix=w.npy", "mse"]
        [[data]]
        pred = "/abs/p.npy"
        label = "s3://bucket/y.npy"
        """
    (job,) = read(text, "runs").jobs
    assert (job.request.files["pred"], job.request.files["label"]) == ("/abs/p.npy", "s3://bucket/y.npy")
    assert job.request.losses[0].spec.arguments == {"class_weights_matrix": "runs/w.npy"}


def test_a_glob_is_a_data_set_a_file(tmp_path: Path) -> None:
    for name in ("b.npy", "a.npy"):
        (tmp_path / name).touch()
    text = 'loss = "mse"\n[[data]]\npred = "*.npy"'
    found = suite.of_table(tomllib.loads(text), "s.toml", str(tmp_path), asked())
    assert [job.request.files["pred"] for job in found.jobs] == [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]
    with pytest.raises(UsageProblem, match="No file matches"):
        suite.of_table(tomllib.loads(text.replace("npy", "csv")), "s.toml", str(tmp_path), asked())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"loss = [", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b"[tool.other]\nx = 1", "has no table [tool.losscli.suite]"),
        (b"[tool.losscli]\nsuite = 1", "has no table [tool.losscli.suite]"),
    ],
)
def test_files_that_are_no_suite(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    with pytest.raises(UsageProblem) as raised:
        suite.read(str(path), asked())
    assert sentence in str(raised.value)
    with pytest.raises(UsageProblem, match="There is no file"):
        suite.read(str(tmp_path / "none.toml"), asked())
    with pytest.raises(UsageProblem, match="cannot be read"):
        suite.read(str(tmp_path), asked())


def test_the_schema_is_a_document(cli: Any) -> None:
    assert tuple(cli("schema", "suite")) == (0, schemas.text("suite"), "")
