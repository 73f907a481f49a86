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
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from markdown_it import MarkdownIt

from losscli.report.model import Check, Input, Report, Result
from losscli.report.renderers import as_github, as_markdown
from losscli.report.renderers.registry import FORMATS, RENDERERS, REPORTS
from losscli.report.schemas import text as schema_text

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text("report")))
FILES = [name for name in dict.fromkeys((*REPORTS, *FORMATS)) if name not in ("table", "plain", "value")]
HOSTILE = [
    "]]><evil/>&amp;'\"",
    "a|b`c``d\\|e",
    "<script>alert(1)</script>",
    "@octocat #1 ~~x~~ [l](javascript:x) ![i](http://x.y/z) www.evil.com https://evil.com",
    "line\r\nbreak\u2028and\x85more\ttab",
    "\x1b[31mred\x1b]0;title\x07\x00\x08\x9b",
    "right\u202eleft\u2066",
    "lone\udcff\ud800surrogates\ufffe\uffff",
    "emoji 🦙👩\u200d🔬 文字",
    "=1+1",
    "+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "::error title=x::y",
    '"quoted",comma;semicolon',
    "{brace=\"x\"} 1\n# EOF\nevil 2",
    "%0A%25",
    " padded ",
    "\\",
    "`",
    "|",
    "'",
]  # fmt: skip


def result(loss: str = "focal", value: float | None = 0.04939297320288288, **changes: Any) -> Result:
    """A result made by hand."""
    settings: dict[str, Any] = {
        "n": 412, "weight_sum": 412.0, "reduction": "mean", "denominator": "weights", "input": "logits",
        "label": "binary", "params": {"alpha": None, "gamma": 2.0}, "stderr": 0.01847196881429368, "unit": "nats",
        "signature": f"{loss}|alpha:none|gamma:2.0", "counts": {"dropped": 1, "nan": 1},
    }  # fmt: skip
    return Result(loss, value, **{**settings, **changes})


def failed(dataset: str, error: str, loss: str = "focal") -> Result:
    """A data set that could not be computed."""
    nothing = {"dropped": 0, "nan": 0}
    return result(loss, None, dataset=dataset, error=error, n=0, weight_sum=0.0, stderr=None, counts=nothing)


def typical() -> Report:
    """One of everything that a run may find."""
    gates = [
        Check("max", True, 0.3, 0.0494, "0.0494 is at most 0.3."),
        Check("baseline", False, 0.04, 0.0494, "0.0494 is worse than 0.04 by more than 0.5%."),
        Check("drift", None, 0.0, 0.001, "The interval holds 0."),
        Check("speed", False, 1.0, 2.0, "", informational=True),
    ]
    ci = {"level": 0.95, "low": 0.013, "high": 0.086, "method": "analytic"}
    results = [
        result(dataset="val-1.parquet", gates=gates, ci=ci),
        result(
            dataset="val-1.parquet", params={"alpha": None, "gamma": 3.0}, like="keras", call="keras.losses.f(a | b)"
        ),
        result("mse", math.inf, dataset="val-2.parquet", stderr=None, unit=""),
        result("mae", math.nan, dataset="val-2.parquet", stderr=None, unit=""),
        failed("val-3.parquet", "val-3.parquet has no column label. Did you mean labels?"),
    ]
    inputs = [Input("predictions", "val-1.parquet", "parquet", "float64", (412,), "0" * 64)]
    return Report("gate", results, inputs, ["The predictions look like probabilities."], 0.25)


def hostile() -> Report:
    """Every name from outside is an attack."""
    results = []
    for i, text in enumerate(HOSTILE):
        gates = [Check(f"{text}{i}", False, 1.0, 2.0, text)]
        results += [result(dataset=text, gates=gates), failed(text, f"{text} failed", "mse")]
        said = dict.fromkeys(("unit", "input", "label", "like", "call", "signature"), text)
        results.append(result(f"{text}", dataset="read back", **said))  # from a report that someone else wrote
    inputs = [Input("predictions", "p`|<b>.npy", "npy", "float64", (4,))]
    return Report("batch", results, inputs, ["a ``note`` with | and <b>"], 0.25)


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


@pytest.mark.parametrize("kind", FILES)
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
        {"loss": "focal", "row": row, "value": value} for row, value in enumerate((0.1, None, None, 1 / 3))
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
    report = Report("gate", [result("mse", None, error="No file.", gates=gates)])
    root = ET.fromstring(RENDERERS["junit"].render(report))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "2")
    assert [case.get("name") for case in root.iter("testcase")] == ["mse max", "mse baseline"]
    assert as_github.directives(report) == ["::error title=mse::No file."]


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
    assert families[0].samples[1].labels["params"].startswith("gamma=3.0")


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


# -- Markdown and GitHub ----------------------------------------------------------------------------------


def tables(text: str) -> Iterator[list[list[str]]]:
    """The tables that a Markdown parser finds, as the text that a reader sees in their cells."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(text)
    table: list[list[str]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            table.append([])
        elif token.type == "inline" and before.type in ("td_open", "th_open"):
            table[-1].append(seen(token))
        elif token.type == "table_close":
            yield table
            table = []


def seen(token: Any) -> str:
    """The text of a cell, provided that nothing in it is markup but <code> and bold."""
    for child in token.children:
        assert child.type in ("text", "text_special", "code_inline", "html_inline", "strong_open", "strong_close")
        if child.type == "html_inline":
            assert child.content in ("<code>", "</code>")
    return "".join(child.content for child in token.children if child.type != "html_inline")


@pytest.mark.parametrize("kind", ["markdown", "github"])
@pytest.mark.parametrize("made", [typical, hostile])
def test_markdown_says_what_it_holds(made: Any, kind: str) -> None:
    report = made()
    checks, results = tables(RENDERERS[kind].render(report))
    for table in (checks, results):
        assert {len(row) for row in table} == {len(table[0])}
    column = results[0].index("data set")
    found = sorted(row[column].strip() for row in results[1:])
    assert found == sorted(each.dataset.strip() for each in report.results)
    why = [row[checks[0].index("why")] for row in checks[1:]]
    assert sorted(text.strip() for text in why) == sorted(
        check.message.strip() for each in report.results for check in each.gates
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_text_and_nothing_else(text: str) -> None:
    name = Check(text, None).name
    for table in (False, True):
        html = MarkdownIt("gfm-like", {"linkify": False}).render(f"a {as_markdown.code(name, table)} b")
        assert re.sub("</?code>", "", html).count("<") == 2  # those of the paragraph
        assert html.startswith("<p>a <code>")


def test_the_worst_comes_first_in_a_summary() -> None:
    text = RENDERERS["github"].render(typical())
    checks, results = tables(text)
    assert [row[checks[0].index("outcome")] for row in checks[1:]] == [
        "failed", "inconclusive", "failed (informational)", "passed",
    ]  # fmt: skip
    assert results[1][0] == "val-3.parquet"
    assert "**1 of 5 results could not be computed.** **1 of 3 checks failed.** 1 of 3 checks inconclusive." in text
    markdown = list(tables(RENDERERS["markdown"].render(typical())))
    assert [row[0] for row in markdown[1][1:]] == [each.dataset for each in typical().results]


@pytest.mark.parametrize("room", [0, 100, 511, 512, 600, 1000, 2000, 5000, 1 << 20])
@pytest.mark.parametrize("made", [typical, hostile])
def test_a_summary_keeps_within_its_room(made: Any, room: int) -> None:
    text = as_github.render(made(), room=room)
    assert len(text.encode()) <= room
    told = sum(int(count.replace(",", "")) for count in re.findall(r"And ([\d,]+) more results", text))
    found = [table for table in tables(text) if "rows" in table[0]]
    if text:
        assert sum(len(table) - 1 for table in found) + told == len(made().results)


def many(count: int) -> Report:
    """As many results, of which the last one fails its check."""
    bad = Check("max", False, 0.1, 0.2, "0.2 is above 0.1.")
    good = Check("max", True, 0.1, 0.05, "0.05 is below 0.1.")
    results = [result(dataset=f"val-{i:06}.parquet", gates=[bad if i == count - 1 else good]) for i in range(count)]
    return Report("batch", results)


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_more_results_than_a_summary_holds(count: int) -> None:
    report = many(count)
    text = as_github.render(report)
    assert 1 << 19 < len(text.encode()) <= 1 << 20
    assert f"val-{count - 1:06}.parquet" in text
    assert re.search(r"And \d+,\d\d\d more checks", text)
    assert re.search(r"And \d+,\d\d\d more results", text)
    assert len(as_github.directives(report)) == 1


@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["csv", "openmetrics", "dvc", "jsonl", "junit"])
def test_other_reports_hold_any_number_of_results(kind: str, count: int) -> None:
    assert len(set(re.findall(r"val-\d{6}\.parquet", RENDERERS[kind].render(many(count))))) == count


def test_annotations_are_escaped_and_few() -> None:
    (line,) = as_github.directives(Report("gate", [failed("a:b,c%\r\nd", "100% of\r\nit: x, y")]))
    assert line == "::error title=a%3Ab%2Cc%25\\r\\nd focal::100%25 of\\r\\nit: x, y"
    # by another way than a name
    (line,) = as_github.directives(Report("gate", [result()], [], ["a\n::error::b%"]))
    assert line == "::warning title=losscli::a%0A::error::b%25"
    found = as_github.directives(hostile())
    assert len(found) == as_github.ANNOTATIONS == 10
    assert found[-1].endswith(
        f"{2 * len(HOSTILE) + 1 - 9} more annotations, {2 * len(HOSTILE) - 9} of them errors; "
        "the job summary or the other reports have all."
    )
    assert all(re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line) for line in found)
    assert as_github.directives(Report("compute", [result()])) == []


# -- a few laws of the table of kinds -----------------------------------------------------------------------


def test_the_table_of_kinds() -> None:
    assert FORMATS == ("table", "plain", "json", "jsonl", "csv", "tsv", "markdown", "value")
    assert REPORTS == ("json", "jsonl", "csv", "tsv", "markdown", "junit", "github", "openmetrics", "dvc")
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
