"""--format and --report on the command line: one run, many files, each whole or not at all."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from losscli.report.renderers.registry import FORMATS, RENDERERS, REPORTS

MSE = ("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy")
VALUE = 3024.6856610020086


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".losscli-")]


def test_one_run_writes_every_report(cli: Any, tmp_path: Path) -> None:
    options = [part for kind in REPORTS for part in ("--report", f"{kind}={tmp_path / f'out.{kind}'}")]
    ran = cli(*MSE, "--format", "value", *options)
    assert tuple(ran) == (0, f"{VALUE}\n", "")
    assert sorted(os.listdir(tmp_path)) == sorted(f"out.{kind}" for kind in REPORTS)
    for kind in REPORTS:
        text = (tmp_path / f"out.{kind}").read_text(encoding="utf-8")
        assert str(VALUE) in text or "3024.6857" in text
    document = json.loads((tmp_path / "out.json").read_text())
    assert all(each["sha256"] for each in document["inputs"])
    assert json.loads((tmp_path / "out.jsonl").read_text())["inputs"] == document["inputs"]
    assert ET.parse(tmp_path / "out.junit").getroot().get("failures") == "0"


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_on_stdout_and_in_a_file(cli: Any, tmp_path: Path, format_: str) -> None:
    ran = cli(*MSE, "--format", format_)
    assert (ran.code, ran.err) == (0, "")
    target = tmp_path / "out"
    assert tuple(cli(*MSE, "--format", format_, "-o", target)) == (0, "", "")
    if format_ not in ("json", "jsonl"):  # which hold the time
        assert target.read_text(encoding="utf-8") == ran.out
    if RENDERERS[format_].report and format_ not in ("json", "jsonl"):
        assert tuple(cli(*MSE, "--format", "value", "--report", f"{format_}={target}")) == (0, f"{VALUE}\n", "")
        assert target.read_text(encoding="utf-8") == ran.out


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.json", "json"), ("x.jsonl", "jsonl"), ("x.NDJSON", "jsonl"), ("x.csv", "csv"), ("x.tsv", "tsv"),
        ("x.md", "markdown"), ("x.txt", "plain"), ("x", "plain"), ("x.xml", "plain"),
    ],
)  # fmt: skip
def test_the_suffix_of_o_says_the_format(cli: Any, tmp_path: Path, name: str, kind: str) -> None:
    assert cli(*MSE, "--no-hash", "-o", tmp_path / name).code == 0
    text = (tmp_path / name).read_text()
    said = cli(*MSE, "--no-hash", "--format", kind).out
    assert text == said or kind == "json"
    assert kind != "json" or json.loads(text).keys() == json.loads(said).keys()


def test_rows_in_every_format(cli: Any, tmp_path: Path) -> None:
    rows = cli(*MSE, "--reduction", "none", "--format", "value").out.splitlines()
    for format_, first in (
        ("csv", ["row,loss", f"0,{rows[0]}"]),
        ("tsv", ["row\tloss", f"0\t{rows[0]}"]),
        ("jsonl", [f'{{"loss":"mse","row":0,"value":{rows[0]}}}', f'{{"loss":"mse","row":1,"value":{rows[1]}}}']),
        ("plain", rows[:2]),
        ("table", rows[:2]),
    ):
        lines = cli(*MSE, "--reduction", "none", "--format", format_).out.splitlines()
        assert lines[:2] == first
        assert len(lines) - len(rows) == (format_ in ("csv", "tsv"))
    for kind in REPORTS:
        assert cli(*MSE, "--reduction", "none", "--report", f"{kind}={tmp_path / kind}").code == 0
    assert json.loads((tmp_path / "dvc").read_text()) == {}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("csv", "--report csv names no file. Write --report csv=FILE."),
        ("csv=", "--report csv names no file. Write --report csv=FILE."),
        ("github=", "--report github names no file. Write --report github=FILE."),
        ("github", "GITHUB_STEP_SUMMARY is not set, so this is no step of GitHub Actions. Write --report github=FILE."),
        ("junit=-", "Standard output is of the result; --report writes files. Write --report junit=FILE."),
        ("csv=-", "Standard output is of the result; --report writes files. Write --format csv."),
        ("juint=x", "--report juint: there is no such kind of report. Did you mean junit?"),
        ("value=x", f"--report does not write value. It writes {', '.join(REPORTS)}."),
        ("pdf=x", f"--report pdf: there is no such kind of report. Kinds are {', '.join(REPORTS)}."),
    ],
)
def test_what_cannot_be_a_report(cli: Any, monkeypatch: Any, given: str, sentence: str) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert tuple(cli(*MSE, "--report", given)) == (2, "", f"losscli: {sentence}\n")


def test_no_two_outputs_in_one_file(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for first, second in (("new", "./new"), ("real", "real"), ("real", "link")):
        two = (tmp_path / first, f"{tmp_path}/{second}")
        sentence = f"losscli: {two[1]} is the target of two outputs. Give each its own file.\n"
        assert tuple(cli(*MSE, "-o", two[0], "--report", f"csv={two[1]}")) == (2, "", sentence)
        assert tuple(cli(*MSE, "--report", f"csv={two[0]}", "--report", f"json={two[1]}")) == (2, "", sentence)
    assert (tmp_path / "real").read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]
    assert cli(*MSE, "--report", f"csv={os.devnull}", "--report", f"json={os.devnull}").code == 0


def test_an_input_is_no_target_of_a_report(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    pred = tmp_path / "pred.npy"
    shutil.copyfile(sample_data / "diabetes/pred.npy", pred)
    before = pred.read_bytes()
    code, out, err = cli("compute", "mse", pred, "diabetes/label.npy", "--report", f"csv={pred}")
    assert (code, out) == (2, "")
    assert err.endswith("is an input; it is not overwritten. Name another file with --report csv=FILE.\n")
    assert pred.read_bytes() == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("stage", ["data", "render", "open"])
def test_a_failure_leaves_every_file_as_it_was(cli: Any, tmp_path: Path, monkeypatch: Any, stage: str) -> None:
    names = ("a.csv", "b.xml", "c.json")
    for name in names:
        (tmp_path / name).write_text("before")
    arguments = [
        *MSE,
        "--report",
        f"csv={tmp_path}/a.csv",
        "--report",
        f"junit={tmp_path}/b.xml",
        "-o",
        f"{tmp_path}/c.json",
    ]
    expected = {"data": 3, "render": 70, "open": 2}[stage]
    if stage == "data":
        arguments[3] = "cancer/labels.npy"
    elif stage == "open":
        arguments += ["--report", f"dvc={tmp_path}/nonesuch/d.json"]
    else:
        monkeypatch.setattr("losscli.report.renderers.as_junit.render", lambda *_: 1 / 0)
    assert cli(*arguments).code == expected
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    kept = [name for name in names if stage != "data" or not name.endswith(".xml")]  # which has the error in it
    assert all((tmp_path / name).read_text() == "before" for name in kept)


def test_reports_are_written_though_nobody_reads_stdout(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def closed(_: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("losscli.cli.output.emit", closed)
    assert cli(*MSE, "--report", f"csv={tmp_path}/a.csv").code == 2
    assert (tmp_path / "a.csv").read_text().startswith("loss,")


def test_the_commands_of_the_page_on_ci(cli: Any, tmp_path: Path, sample_data: Path, monkeypatch: Any) -> None:
    """Every command for the services, run where it may write."""
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    section = page.partition("<!-- begin ci -->")[2].partition("<!-- end ci -->")[0]
    commands = re.findall(r"losscli (compute .*)", section)
    assert len(commands) == 3
    (tmp_path / "sample_data").symlink_to(sample_data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    for words in commands:
        ran = cli(*words.split())
        assert (ran.code, ran.err) == (0, "")
    assert sorted(os.listdir(tmp_path)) == [
        "full.json", "loss.xml", "metrics.json", "metrics.txt", "sample_data", "summary",
    ]  # fmt: skip
    for kind in REPORTS:
        assert kind in page


def test_merge_writes_reports_too(cli: Any, tmp_path: Path) -> None:
    assert cli(*MSE, "--partial", "-o", tmp_path / "shard.json").code == 0
    ran = cli("merge", tmp_path / "shard.json", "--format", "value", "--report", f"dvc={tmp_path}/m.json")
    assert tuple(ran) == (0, f"{VALUE}\n", "")
    assert json.loads((tmp_path / "m.json").read_text())["mse"] == VALUE


# -- GitHub -----------------------------------------------------------------------------------------------


def test_the_summary_of_a_step_is_added_to(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    summary = tmp_path / "summary"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ran = cli(*MSE, "--report", "github", "--format", "value")
    assert tuple(ran) == (0, f"{VALUE}\n", "")
    once = summary.read_text()
    assert once.startswith("before\n### losscli compute\n")
    assert cli(*MSE, "--report", f"github={tmp_path}/./summary").code == 0  # the same file, named
    assert summary.read_text() == once + once.removeprefix("before\n")
    assert cli(*MSE, "--report", f"github={tmp_path}/other").code == 0
    assert cli(*MSE, "--report", f"github={tmp_path}/other").code == 0
    assert (tmp_path / "other").read_text() == once.removeprefix("before\n")
    arguments = ("compute", "mse", "cancer/labels.npy", "diabetes/label.npy", "--report", "github")
    before = summary.read_text()
    assert cli(*arguments).code == 3
    added = summary.read_text().removeprefix(before)
    assert "**1 of 1 results could not be computed.**" in added


def test_a_full_summary_is_not_made_fuller(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * ((1 << 20) - 600))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for _ in range(3):
        assert cli(*MSE, "--report", "github").code == 0
        assert summary.stat().st_size <= 1 << 20


def test_annotations_stand_on_stderr(cli: Any, tmp_path: Path) -> None:
    notes = ("compute", "bce", "cancer/probs.npy", "cancer/labels.npy", "--input", "logits", "--format", "value")
    plain = cli(*notes)
    assert plain.err.startswith("losscli: note: ")
    ran = cli(*notes, "-q", "--report", f"github={tmp_path}/summary")
    assert ran.out == plain.out
    assert ran.err.startswith("::warning title=losscli::")
    assert ran.err.count("\n") == plain.err.count("\n")


# -- colour and width -------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "table"])
@pytest.mark.parametrize(
    "environment", [{}, {"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "20"}], ids=str
)
def test_colour_and_width_are_the_tables_alone(
    cli: Any, monkeypatch: Any, format_: str, environment: dict[str, str]
) -> None:
    options = () if format_ not in ("json", "jsonl") else ("--reduction", "sum")
    before = cli(*MSE, *options, "--format", format_)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for color in ((), ("--color", "always"), ("--color", "never")):
        ran = cli(*MSE, *options, "--format", format_, *color)
        assert "\x1b" not in ran.out
        assert ran.out == before.out or format_ in ("json", "jsonl")


def test_colour_of_the_table(cli: Any, monkeypatch: Any) -> None:
    assert "\x1b" not in cli(*MSE, "--format", "table").out
    assert "\x1b" in cli(*MSE, "--format", "table", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in cli(*MSE, "--format", "table").out
    assert "\x1b" not in cli(*MSE, "--format", "table", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli(*MSE, "--format", "table").out


def test_no_colour_in_any_file(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for kind in REPORTS:
        assert cli(*MSE, "--report", f"{kind}={tmp_path / kind}").code == 0
        assert b"\x1b" not in (tmp_path / kind).read_bytes()


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_where_stdout_is_ascii(cli: Any, format_: str) -> None:
    ran = cli(*MSE, "--format", format_, encoding="ascii")
    assert ran.code == 0
    io.StringIO(ran.out).read().encode("ascii")
