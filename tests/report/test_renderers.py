"""The renderers for CI and other programs: golden for golden, read by real consumers, and under hostile names."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from typical_reports import HOSTILE, failed, hostile, result, typical

from losscli.core.record import replace
from losscli.report.model import Check, Input, Report
from losscli.report.renderers import as_github
from losscli.report.renderers.registry import FORMATS, RENDERERS, REPORTS
from losscli.report.schemas import text as schema_text

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text("report")))
FILES = [name for name in dict.fromkeys((*REPORTS, *FORMATS)) if name not in ("table", "plain", "value")]


def by_rows() -> Report:
    """Reduction none."""
    rows = np.array([0.1, math.inf, math.nan, 1 / 3])
    return Report("compute", [result(value=None, reduction="none", denominator=None, stderr=None, rows=rows)])


def refuse(token: str) -> None:
    raise AssertionError(f"{token} is not JSON")


REPORTS_MADE = {"typical": typical, "hostile": hostile, "rows": by_rows, "empty": lambda: Report("batch", [])}
every_report = pytest.mark.parametrize("made", REPORTS_MADE.values(), ids=REPORTS_MADE)


def steady(text: str) -> str:
    """Without what changes with a release."""
    return re.sub(r'("version": ?)"[^"]+"', r'\1"..."', text)


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "html"])  # pictures differ with matplotlib
def test_golden(golden: Any, kind: str) -> None:
    golden(f"report-{kind}", steady(RENDERERS[kind].render(typical())))


def test_golden_of_the_annotations(golden: Any) -> None:
    golden("report-github-annotations", "".join(f"{line}\n" for line in as_github.directives(typical())))


@every_report
@pytest.mark.parametrize("kind", [*RENDERERS])
def test_every_kind_renders_every_report(made: Any, kind: str) -> None:
    text = RENDERERS[kind].render(made(), {"color": False})
    text.encode("utf-8")
    assert all(c in "\n\t" or c.isprintable() for c in text), ascii(text)
    assert text.endswith("\n") or not made().results
    assert not text.endswith("\n\n")


@every_report
def test_json_is_valid_whatever_the_report(made: Any) -> None:
    document = json.loads(RENDERERS["json"].render(made()), parse_constant=refuse)
    VALIDATOR.validate(document)
    for found in document["results"]:
        assert (found["error"] is None) == (found["status"] != "error")


# -- JSON lines -------------------------------------------------------------------------------------------


def test_json_lines_are_results_that_stand_alone() -> None:
    lines = RENDERERS["jsonl"].render(typical()).splitlines()
    documents = [json.loads(line, parse_constant=refuse) for line in lines]
    assert [each["status"] for each in documents] == ["ok", "ok", "inf", "nan", "error"]
    for each, whole in zip(documents, typical().to_dict()["results"], strict=True):
        assert {key: each[key] for key in whole} == whole
        assert each.keys() - whole.keys() == {"schema_version", "tool", "command"}
    (alone,) = RENDERERS["jsonl"].render(Report("compute", [result()], typical().inputs)).splitlines()
    assert json.loads(alone)["inputs"] == [typical().inputs[0].to_dict()]


def test_json_lines_of_rows() -> None:
    lines = [json.loads(line, parse_constant=refuse) for line in RENDERERS["jsonl"].render(by_rows()).splitlines()]
    assert lines == [
        {"loss": "focal", "row": 0, "value": 0.1},
        {"loss": "focal", "row": 1, "value": None, "status": "inf"},
        {"loss": "focal", "row": 2, "value": None, "status": "nan"},
        {"loss": "focal", "row": 3, "value": 1 / 3},
    ]


def test_pandas_and_jq_read_json_lines(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    text = RENDERERS["jsonl"].render(typical())
    table = pandas.read_json(io.StringIO(text), lines=True, precise_float=True)
    assert list(table["loss"]) == ["focal", "focal", "mse", "mae", "focal"]
    assert table["value"][0] == result().value
    assert pandas.isna(table["value"][2])
    if shutil.which("jq"):
        ran = subprocess.run(["jq", "-r", ".value"], input=text, capture_output=True, text=True, check=True)
        assert [line == "null" for line in ran.stdout.splitlines()] == [False, False, True, True, True]
        assert float(ran.stdout.splitlines()[0]) == result().value


# -- CSV --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "delimiter"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("made", [typical, hostile])
def test_csv_reads_back(made: Any, kind: str, delimiter: str) -> None:
    report = made()
    rows = list(
        csv.DictReader(io.StringIO(RENDERERS[kind].render(report), newline=""), delimiter=delimiter, strict=True)
    )
    assert len(rows) == len(report.results)
    for row, each in zip(rows, report.results, strict=True):
        assert None not in row  # no cell too many
        assert (row["status"], row["n"]) == (each.status, str(each.n))
        if each.value is not None:
            assert float(row["value"]) == each.value or math.isnan(each.value)
        for name, said in (("dataset", each.dataset), ("error", each.error), ("loss", each.loss)):
            assert row[name].removeprefix("'") == said.removeprefix("'")
            assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_number_is_no_formula() -> None:
    text = RENDERERS["csv"].render(Report("compute", [result(value=-0.5, dataset="-x")]))
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["value"], row["dataset"]) == ("-0.5", "'-x")


@pytest.mark.parametrize(("kind", "separator"), [("csv", ","), ("tsv", "\t")])
def test_pandas_reads_csv(kind: str, separator: str) -> None:
    pandas = pytest.importorskip("pandas")
    text = RENDERERS[kind].render(typical())
    table = pandas.read_csv(io.StringIO(text), sep=separator)
    assert table["value"].dtype == table["stderr"].dtype == np.float64
    assert math.isclose(table["value"][0], 0.04939297320288288, rel_tol=1e-15)  # pandas 2 is no exact reader
    assert math.isinf(table["value"][2])
    assert list(table["checks_failed"]) == [2, 0, 0, 0, 0]
    hostile_table = pandas.read_csv(
        io.StringIO(RENDERERS[kind].render(hostile())), sep=separator, keep_default_na=False
    )
    assert len(hostile_table) == 3 * len(HOSTILE)


def test_rows_in_csv() -> None:
    assert RENDERERS["csv"].render(by_rows()) == f"row,loss\n0,0.1\n1,inf\n2,nan\n3,{1 / 3!r}\n"
    both = Report("batch", [*by_rows().results, result(value=None, dataset="=b", rows=np.array([2.0]))])
    assert RENDERERS["tsv"].render(both).splitlines()[::4] == ["name\tdataset\trow\tloss", "focal\t\t3\t" + repr(1 / 3)]
    assert RENDERERS["tsv"].render(both).splitlines()[-1] == "focal\t'=b\t0\t2.0"


# -- JUnit ------------------------------------------------------------------------------------------------


def test_junit_counts_what_happened() -> None:
    root = ET.fromstring(RENDERERS["junit"].render(typical()))
    assert root.attrib == {"name": "losscli", "time": "0.250", "tests": "8", "failures": "1", "errors": "1"}
    cases = list(root.iter("testcase"))
    outcomes = [[child.tag for child in case if child.tag != "system-out"] for case in cases]
    assert outcomes == [[], ["failure"], ["skipped"], ["skipped"], [], [], [], ["error"]]
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert next(each.get("name") for each in suite.iter("property")) == "signature"


def test_the_checks_of_what_could_not_be_computed_are_errors() -> None:
    gates = [Check("max", False, 0.1, None, "No file."), Check("baseline", None)]
    report = Report("gate", [result("focal", None, error="No file.", gates=gates)])
    root = ET.fromstring(RENDERERS["junit"].render(report))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "2")
    assert [case.get("name") for case in root.iter("testcase")] == ["focal max", "focal baseline"]
    assert as_github.directives(report) == ["::error title=focal::No file."]


@pytest.mark.parametrize("made", [typical, hostile])
def test_junitparser_reads_junit(made: Any, tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser")
    path = tmp_path / "report.xml"
    path.write_text(RENDERERS["junit"].render(made()), encoding="utf-8")
    read = junitparser.JUnitXml.fromfile(str(path))
    suites = list(read)
    assert len(suites) == len(made().results)
    was = (read.tests, read.failures, read.errors)
    read.update_statistics()  # what junitparser counts for itself
    assert (read.tests, read.failures, read.errors) == was
    for suite, each in zip(suites, made().results, strict=True):
        assert {found.name: found.value for found in suite.properties()}["signature"] == each.signature
        messages = [entry.message for case in suite for entry in case.result]
        assert (each.error in messages) == bool(each.error)
        for check in each.gates:
            assert check.passed or any(check.message in message for message in messages)


def test_junit_of_hostile_names_is_xml_with_the_names_in_it() -> None:
    text = RENDERERS["junit"].render(Report("batch", [failed("]]>", "]]> & <b> \x00\udcff\x1b")]))
    (error,) = ET.fromstring(text).iter("error")
    assert error.text == error.get("message") == "]]> & <b> \\x00\\udcff\\x1b"
    assert "]]>" not in text
    # text that reaches it by another way than a name
    text = RENDERERS["junit"].render(Report("batch", [result(params={"p": "a\x00\x1b\udcff\ufffeb"})]))
    assert [each.get("value") for each in ET.fromstring(text).iter("property")][-1] == "p=ab"


# -- OpenMetrics ------------------------------------------------------------------------------------------


@every_report
def test_prometheus_reads_openmetrics(made: Any) -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    text = RENDERERS["openmetrics"].render(made())
    assert text.endswith("# EOF\n")
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert all(family.type == "gauge" and not family.unit for family in families.values())
    samples = [sample for family in families.values() for sample in family.samples]
    assert all(sample.timestamp is None for sample in samples)
    assert len({(s.name, *sorted(s.labels.items())) for s in samples}) == len(samples)
    values = [each.value for each in made().results if each.value is not None]
    read = [sample.value for sample in families["losscli_loss"].samples] if values else []
    np.testing.assert_array_equal(read, values)
    names = {sample.labels["dataset"] for sample in samples}
    assert names == {each.dataset for each in made().results}


def test_the_older_text_format_is_read_too() -> None:
    """The text-file collector and GitLab read Prometheus' own format."""
    parser = pytest.importorskip("prometheus_client.parser")
    families = list(parser.text_string_to_metric_families(RENDERERS["openmetrics"].render(typical())))
    assert [family.name for family in families] == [
        "losscli_loss", "losscli_loss_stderr", "losscli_rows", "losscli_error", "losscli_check",
    ]  # fmt: skip
    assert [s.value for s in families[-1].samples][:2] == [1.0, 0.0]
    assert families[0].samples[1].labels["params"] == "input=logits,gamma=3.0"


# -- DVC --------------------------------------------------------------------------------------------------


def test_dvc_is_flat_and_finite() -> None:
    found = json.loads(RENDERERS["dvc"].render(typical()), parse_constant=refuse)
    assert set(map(type, found.values())) == {float}
    assert len(found) == 4  # two of focal with their standard errors; no inf, no nan, no error
    alone = json.loads(RENDERERS["dvc"].render(Report("compute", [result()])))
    assert alone == {"focal": result().value, "focal_stderr": result().stderr}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("git"), reason="dvc compares with a commit")
def test_dvc_compares_two_reports(tmp_path: Path) -> None:
    pytest.importorskip("dvc")

    def run(*words: str) -> str:
        return subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120).stdout

    def dvc(*words: str) -> str:
        return run(sys.executable, "-c", "import sys; from dvc.cli import main; sys.exit(main(sys.argv[1:]))", *words)

    def measure(value: float, other: float) -> None:
        text = RENDERERS["dvc"].render(Report("compute", [result(value=value), result("mse", other, stderr=None)]))
        (tmp_path / "loss.json").write_text(text)

    run("git", "init", "-q")
    dvc("init", "-q")
    (tmp_path / "dvc.yaml").write_text("metrics:\n  - loss.json\n")
    measure(0.05, 1.0)
    run("git", "add", "-A")
    run("git", "-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-q", "-m", "baseline")
    measure(0.04, math.inf)
    assert json.loads(dvc("metrics", "show", "--json"))[""]["data"]["loss.json"]["data"] == {
        "focal": 0.04, "focal_stderr": result().stderr,
    }  # fmt: skip
    changed = json.loads(dvc("metrics", "diff", "--json", "--precision", "17"))["loss.json"]
    assert (changed["focal"]["old"], changed["focal"]["new"]) == (0.05, 0.04)
    assert changed["mse"] == {"old": 1.0, "new": None}


# -- a few laws of the table of kinds -----------------------------------------------------------------------


def test_the_table_of_kinds() -> None:
    assert FORMATS == ("table", "plain", "json", "jsonl", "csv", "tsv", "markdown", "value")
    assert REPORTS == (
        "json",
        "jsonl",
        "csv",
        "tsv",
        "markdown",
        "junit",
        "github",
        "openmetrics",
        "dvc",
        "html",
        "picture-data",
    )
    suffixes = [suffix for kind in RENDERERS.values() for suffix in kind.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(kind.help for kind in RENDERERS.values())
    taken = set(sys.modules)
    subprocess.run(
        [
            sys.executable, "-c",
            "import sys, losscli.report.renderers.registry; sys.exit(any('.as_' in m for m in sys.modules))",
        ],
        check=True, timeout=60,
    )  # fmt: skip
    assert taken <= set(sys.modules)


@pytest.mark.parametrize("form", ["junit", "dvc", "openmetrics"])
def test_names_do_not_depend_on_what_is_computed_beside(form: str) -> None:
    """Also of data that fail: a name that moves ends its history in the tool that keeps it."""
    hard = result(params={"alpha": None, "gamma": 5.0})
    one, two = (set(_named(form, Report("batch", results))) for results in ([hard], [hard, result(), result("mse")]))
    assert one
    assert one < two


def _named(form: str, report: Report) -> list[str]:
    text = RENDERERS[form].render(report)
    if form == "junit":
        return [f"{case.get('classname')} {case.get('name')}" for case in ET.fromstring(text).iter("testcase")]
    if form == "dvc":
        return list(json.loads(text))
    return [line.rpartition(" ")[0] for line in text.splitlines() if line.startswith("losscli_error")]


@pytest.mark.parametrize("form", ["junit", "openmetrics"])
@pytest.mark.parametrize("word", ["mse", "huber:delta=0.5", "mse:reduction=sum", "huber:like=torch", "mae:like=keras"])
def test_names_of_data_that_fail(batch: Any, data: Path, form: str, word: str) -> None:
    """The series and the cases are those of the same data that can be computed."""
    np.save(data / "p.npy", np.zeros(100))
    words = ("p.npy", "--labels", "y.npy", "-l", word, "--max", "1000", "--report", f"{form}=r", "--keep-going", "-q")

    def names() -> list[str]:
        text = (data / "r").read_text()
        if form == "junit":
            return [f"{case.get('classname')} {case.get('name')}" for case in ET.fromstring(text).iter("testcase")]
        return [line.rpartition(" ")[0] for line in text.splitlines() if line.startswith("losscli_error")]

    assert batch(*words).code == 0
    good = names()
    np.save(data / "p.npy", np.zeros(7))
    assert batch(*words).code == 3
    assert names() == good
    (data / "p.npy").unlink()
    assert batch(*words).code == 2
    assert names() == good


# -- large reports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(RENDERERS))
def test_texts_grow_with_the_results_alone(form: str) -> None:
    """Each result once, each input once."""

    def size(count: int) -> int:
        files = [Input("predictions", f"{i:03d}.npy", "npy", "float64", (4,), "0" * 64) for i in range(count)]
        return len(RENDERERS[form].render(Report("gate", [result(dataset=each.path) for each in files], files)))

    assert size(60) - size(40) < 1.2 * (size(40) - size(20))


@pytest.mark.parametrize("form", ["csv", "tsv", "value", "plain", "jsonl"])
@pytest.mark.parametrize("count", [1, 2])
def test_many_rows_come_in_pieces(form: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.report.writing import spooled_rows
    from losscli.report.writing.spooled_rows import Spool

    monkeypatch.setattr(spooled_rows, "AT_ONCE", 1_000)
    rows = np.random.default_rng(0).normal(size=1_010)
    results = [
        result(f"mse{i}" * (count > 1) or "mse", None, reduction="none", denominator=None, stderr=None, rows=rows + i)
        for i in range(count)
    ]
    with Spool() as spool:
        spooled = [replace(each, rows=spool.kept(each.rows)) for each in results]
        whole = RENDERERS[form].render(Report("compute", results))
        pieces = list(RENDERERS[form].pieces(Report("compute", spooled)))
        assert "".join(pieces) == whole
        assert max(map(len, pieces)) < len(whole)
        assert RENDERERS["json"].render(Report("compute", spooled)) == RENDERERS["json"].render(
            Report("compute", results)
        )
