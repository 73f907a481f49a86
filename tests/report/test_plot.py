"""`losscli plot`: files of pictures and of their numbers, and what it says where there is nothing to draw."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from cli_words import broken
from picture_marks import drawn

from losscli.report.pictures import canvas

BCE = ("compute", "bce", "cancer/logits.npy", "cancer/labels.npy", "--histograms", "--json")


@pytest.fixture
def bce(cli: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(cli(*BCE).out)
    return document


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_plot_writes_what_the_suffix_says(cli: Any, tmp_path: Path, suffix: str, start: bytes) -> None:
    report, out = tmp_path / "report.json", tmp_path / f"out.{suffix}"
    assert cli(*BCE, "-o", report).code == 0
    ran = cli("plot", "loss", report, "-o", out)
    assert tuple(ran) == (0, "", "")
    assert out.read_bytes().startswith(start)


def test_plot_writes_the_numbers_for_other_tools(cli: Any, tmp_path: Path, bce: dict[str, Any]) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(bce), encoding="utf-8")
    (drawing,) = drawn(bce, "calibration")
    for suffix in ("csv", "json"):
        assert cli("plot", "calibration", report, "-o", tmp_path / f"numbers.{suffix}").code == 0
    head, *rows = csv.reader(io.StringIO((tmp_path / "numbers.csv").read_text(encoding="utf-8")))
    assert tuple(head) == drawing.columns
    assert [tuple(map(float, row)) for row in rows] == drawing.rows
    records = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    assert [tuple(record[name] for name in drawing.columns) for record in records] == drawing.rows


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("plot los report.json -o x.svg", 2, "There is no picture 'los'. Did you mean loss?"),
        ("plot loss -o x.svg", 2, "No report is named."),
        ("plot loss report.json -o x.jpg", 2, "the suffix says the format"),
        ("plot loss report.json", 2, "Missing option '-o'"),
        ("plot loss none.json -o x.svg", 2, "There is no file none.json."),
        ("plot loss plain.json -o x.svg", 3, "Make the report again with --histograms."),
        ("plot residuals report.json -o x.svg", 3, "the losses or the data in it have none"),
        ("plot difference report.json -o x.svg", 3, "is drawn from reports of compare. It has the pictures"),
        ("plot trend report.json -o x.svg", 3, "needs two values or more of one loss"),
        ("plot loss report.json -o report.json", 2, "is not overwritten"),
        ("plot loss cancer/logits.npy -o x.svg", 3, "is not JSON"),
    ],
)
def test_plot_says_what_is_wrong(
    cli: Any, tmp_path: Path, monkeypatch: Any, sample_data: Path, words: str, code: int, said: str
) -> None:
    (tmp_path / "cancer").symlink_to(sample_data / "cancer")
    monkeypatch.chdir(tmp_path)
    assert cli(*BCE, "-o", "report.json").code == 0
    assert cli(*(word for word in BCE if word != "--histograms"), "-o", "plain.json").code == 0
    before = (tmp_path / "report.json").read_bytes()
    ran = cli(*words.split())
    assert ran.code == code
    assert said in ran.err
    assert not (tmp_path / "x.svg").exists()
    assert (tmp_path / "report.json").read_bytes() == before


def test_a_picture_that_fails_leaves_no_file(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    report = tmp_path / "report.json"
    assert cli(*BCE, "-o", report).code == 0
    monkeypatch.setattr(canvas, "figure_of", broken)
    assert cli("plot", "loss", report, "-o", tmp_path / "x.svg").code == 70
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json"]
