"""A comparison in the formats of a report: every kind, the names in them, and what could not be compared."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from documents import parse

from losscli.api.compare import compare_all, plan_of
from losscli.api.requests.request import LossRequest, request_from
from losscli.core.loss_spec import read
from losscli.core.record import replace
from losscli.report.comparisons.as_github import render
from losscli.report.lines.verdict_sentence import verdict_sentence
from losscli.report.renderers.registry import OF_COMPARISONS, REPORTS
from losscli.report.schemas import text as schema_text
from losscli.stats.comparison.paired import role
from losscli.stats.comparison.verdict import Margin

LINE = jsonschema.Draft202012Validator(json.loads(schema_text("line")))
WORDS = "compare base.npy near.npy far.npy label.npy -l mse -l huber:delta=2"


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base, a candidate that is nearly as good, and one that is far worse."""
    rng = np.random.default_rng(5)
    label = rng.normal(size=400)
    error = rng.normal(size=400)
    for name, values in {
        "base": label + error, "near": label + error + 0.01 * rng.normal(size=400), "far": label + 2 * error,
        "label": label, "short": label[:7],
    }.items():  # fmt: skip
        np.save(tmp_path / f"{name}.npy", values)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names_in(kind: str, text: str) -> set[str]:
    """The names of test cases, keys or series."""
    if kind == "junit":
        return {case.attrib["name"] for case in ElementTree.fromstring(text).iter("testcase")}
    if kind == "dvc":
        return set(json.loads(text))
    return {line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")}


def test_one_run_writes_every_report(cli: Any, sides: Path) -> None:
    reports = [word for kind in REPORTS for word in ("--report", f"{kind}=out.{kind}")]
    ended = cli(*WORDS.split(), *reports)
    assert ended.code == 0
    texts = {kind: (sides / f"out.{kind}").read_text(encoding="utf-8") for kind in REPORTS}
    document = parse(texts["json"])
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert [row["verdict"] for row in rows] == [each["verdict"] for each in document["results"]]
    for row, each in zip(rows, document["results"], strict=True):
        for name in ("base", "cand", "difference", "stderr", "p_value", "p_adjusted"):
            assert float(row[name]) == each[name], name
        assert (float(row["ci_low"]), float(row["ci_high"])) == (each["ci"]["low"], each["ci"]["high"])
        assert (row["base_model"], row["candidate"], row["signature"]) == (
            "base.npy", each["candidate"], each["signature"],
        )  # fmt: skip
    assert list(csv.reader(io.StringIO(texts["tsv"]), delimiter="\t")) == list(csv.reader(io.StringIO(texts["csv"])))
    for line, each in zip(texts["jsonl"].splitlines(), document["results"], strict=True):
        LINE.validate(json.loads(line))
        assert json.loads(line).items() >= each.items()
    assert texts["markdown"] == texts["github"] == cli(*WORDS.split(), "--format", "markdown").out
    numbers = json.loads(texts["dvc"])
    far = document["results"][1]
    assert (numbers["far.npy/mse_difference"], numbers["base.npy/mse"]) == (far["difference"], far["base"])
    assert f"{far['difference']!r}\n" in texts["openmetrics"]
    assert "::error title=far.npy mse" in ended.err


def test_verdicts_are_test_cases(cli: Any, sides: Path) -> None:
    cli(*WORDS.split(), "--report", "junit=out.xml", "--margin", "0.01%")
    verdicts = [
        each["verdict"] for each in json.loads(cli(*WORDS.split(), "--json", "--margin", "0.01%").out)["results"]
    ]
    cases = list(ElementTree.parse(sides / "out.xml").getroot().iter("testcase"))
    outcomes = {"worse": "failure", "inconclusive": "skipped"}
    assert {"worse", "inconclusive"} <= set(verdicts)
    for case, verdict in zip(cases, verdicts, strict=True):
        inside = {child.tag for child in case} - {"system-out"}
        assert inside == ({outcomes[verdict]} if verdict in outcomes else set())


@pytest.mark.parametrize("format_", OF_COMPARISONS)
def test_the_suffix_of_o_says_the_format(cli: Any, sides: Path, format_: str) -> None:
    suffix = {"markdown": ".md", "plain": ".txt", "table": ".txt"}.get(format_, f".{format_}")
    cli(*WORDS.split(), "-o", f"out{suffix}", *(["--format", "table"] if format_ == "table" else []))
    shown = cli(*WORDS.split(), "--format", format_).out
    written = (sides / f"out{suffix}").read_text(encoding="utf-8")
    if format_ in ("json", "jsonl"):
        LINE.validate(json.loads(written.splitlines()[0])) if format_ == "jsonl" else parse(written)
        assert len(written.splitlines()) == len(shown.splitlines())
    else:
        assert written == shown


@pytest.mark.parametrize("kind", ["junit", "dvc", "openmetrics"])
def test_names_stay_when_a_loss_joins(cli: Any, sides: Path, kind: str) -> None:
    cli(*WORDS.split()[:-2], "--report", f"{kind}=one")
    cli(*WORDS.split(), "--report", f"{kind}=two")
    one, two = (names_in(kind, (sides / name).read_text(encoding="utf-8")) for name in ("one", "two"))
    assert one < two


@pytest.mark.parametrize(
    "words",
    [
        "compare base.npy near.npy far.npy short.npy -l mse -l huber:delta=2",
        "compare base.npy near.npy far.npy nonesuch.npy -l mse -l huber:delta=2",
    ],
)
def test_what_cannot_be_compared_is_in_the_reports(cli: Any, sides: Path, words: str) -> None:
    cli(*WORDS.split(), "--report", "junit=good.xml")
    ended = cli(*words.split(), "--report", "junit=bad.xml", "--report", "github=bad.md", "--report", "json=bad.json")
    assert ended.code in (2, 3)
    good, bad = ((sides / f"{name}.xml").read_text(encoding="utf-8") for name in ("good", "bad"))
    assert names_in("junit", good) == names_in("junit", bad)
    assert len(list(ElementTree.fromstring(bad).iter("error"))) == 4
    assert "could not be computed" in (sides / "bad.md").read_text(encoding="utf-8")
    assert not (sides / "bad.json").exists()


def test_names_from_outside_are_no_formulas_and_no_second_series(cli: Any, sides: Path) -> None:
    (sides / "=1+1.npy").write_bytes((sides / "base.npy").read_bytes())
    table = cli("compare", "base.npy", "=1+1.npy", "label.npy", "-l", "mse", "--format", "csv").out
    assert next(csv.DictReader(io.StringIO(table)))["candidate"] == "'=1+1.npy"
    cli("compare", "base.npy", "base.npy", "label.npy", "-l", "mse", "--report", "openmetrics=out")
    series = [line.rpartition(" ")[0] for line in (sides / "out").read_text(encoding="utf-8").splitlines()]
    own = [line for line in series if line.startswith("losscli_loss{")]
    assert len(own) == len(set(own)) == 2


def test_a_summary_without_room_is_shorter(sides: Path) -> None:
    files = {"pred": "base.npy", "label": "label.npy", role(1): "far.npy"}
    request = request_from("compare", {}, [LossRequest(read("mse"))], files)
    report = compare_all(request, plan_of(request.options, Margin()))
    many = replace(report, results=report.results * 60)
    short = render(many, room=6000)
    assert "| `far.npy` | `mse` | `mse against the base` | **failed** |" in short
    assert "more checks, which are not shown here." in short
    assert len(short.encode()) < 6000 < len(render(many).encode())


def test_an_input_is_no_target_of_a_report(cli: Any, sides: Path) -> None:
    before = (sides / "near.npy").read_bytes()
    ended = cli(*WORDS.split(), "--report", "json=near.npy")
    assert (ended.code, "near.npy is an input" in ended.err) == (2, True)
    assert (sides / "near.npy").read_bytes() == before


def test_rows_at_hand_are_never_said_to_decide_what_they_did_not() -> None:
    """What so many rows show in 80 % of cases they may yet leave open."""
    asked = ("inconclusive", "the mae of b", 0.01, 1.0, (-0.001, 0.021), 0.95, (0.0, 0.02))
    assert verdict_sentence(*asked, needed=176, rows=300).endswith("(95 %: -0.1 % to +2.1 %).")
    assert verdict_sentence(*asked, needed=500, rows=300).endswith("; 500 rows would decide a margin of 2 %.")
