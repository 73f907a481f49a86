"""`verify` and `gate` read each other's documents, and each result again as it was read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from documents import parse

import losscli
from losscli.report.schemas import text as schema_text

LINE = jsonschema.Draft202012Validator(json.loads(schema_text("line")))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Predictions, labels, and a report of them."""
    rng = np.random.default_rng(3)
    label = rng.normal(size=300)
    for name, values in {"pred": label + rng.normal(size=300), "other": 2 * label, "label": label}.items():
        np.save(tmp_path / f"{name}.npy", values)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("format_", ["json", "jsonl"])
def test_each_reads_what_the_other_wrote(cli: Any, folder: Path, format_: str) -> None:
    cli("compute", "mse", "pred.npy", "label.npy", "--ci", "95", "-o", "report.json", "--per-sample", "rows.npy")
    words = ("gate", "report.json", "--max", "mse=9")
    assert cli(*words, "-o", f"gate.{format_}").code == 0
    assert cli("verify", f"gate.{format_}").out.endswith(
        f": {json.loads(Path('report.json').read_bytes())['results'][0]['value']:.8g}\n"
    )
    assert cli("verify", f"gate.{format_}", "-o", f"verify.{format_}").code == 0
    for name in ("gate", "verify"):
        text = (folder / f"{name}.{format_}").read_text(encoding="utf-8")
        parse(text) if format_ == "json" else LINE.validate(json.loads(text))
    assert cli("verify", f"verify.{format_}").code == 0
    ended = cli("gate", f"verify.{format_}", "--baseline", "report.json", "--max", "mse=0")
    assert (ended.code, "not worse: the predictions and everything else are the baseline's" in ended.out) == (1, True)
    assert cli("gate", "report.json", "--baseline", f"verify.{format_}").code == 0


def test_what_differs_is_a_failed_check(cli: Any, folder: Path) -> None:
    cli("compute", "mse", "pred.npy", "label.npy", "-o", "report.json")
    np.save(folder / "pred.npy", np.load(folder / "other.npy"))
    ended = cli("verify", "report.json", "--json", "--report", "junit=out.xml")
    (result,) = parse(ended.out)["results"]
    assert ended.code == 1
    assert [(check["name"], check["passed"]) for check in result["checks"]] == [
        ("predictions pred.npy", False), ("labels label.npy", True), ("mse as reported", False),
    ]  # fmt: skip
    assert result["value"] == losscli.compute("mse", "other.npy", "label.npy").value
    assert len(list(ElementTree.parse(folder / "out.xml").iter("failure"))) == 2
    (folder / "pred.npy").unlink()
    gone = cli("verify", "report.json", "--json")
    assert (gone.code, parse(gone.out)["results"][0]["status"]) == (1, "error")
    assert "There is no file pred.npy." in parse(gone.out)["results"][0]["error"]


def test_standard_input_and_python(cli: Any, folder: Path) -> None:
    cli("compute", "mse", "pred.npy", "label.npy", "-o", "report.json")
    text = (folder / "report.json").read_text(encoding="utf-8")
    assert cli("verify", "-", stdin=text.encode()).out == cli("verify", "report.json").out
    assert [each.same for each in losscli.verify(json.loads(text))] == [True] * 3
    assert [each.same for each in losscli.verify(folder / "report.json")] == [True] * 3


@pytest.mark.parametrize("reader", ["gate X --max mse=1", "gate report.json --baseline X", "verify X"])
@pytest.mark.parametrize("name", ["compare.json", "compare.jsonl"])
def test_a_comparison_is_no_report_of_results(cli: Any, folder: Path, reader: str, name: str) -> None:
    cli("compute", "mse", "pred.npy", "label.npy", "-o", "report.json")
    cli("compare", "pred.npy", "other.npy", "label.npy", "-l", "mse", "-o", name)
    ended = cli(*reader.replace("X", name).split())
    assert (ended.code, ended.out) == (3, "")
    assert f"{name} is of losscli compare." in ended.err
    assert "--fail-on worse" in ended.err


def test_data_sets_that_were_read_in_other_ways_are_read_so_again(cli: Any, folder: Path) -> None:
    rows = "pred,label,part\n" + "".join(f"{i},{i % 3},{'ab'[i % 2]}\n" for i in range(20))
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    (folder / "suite.toml").write_text(
        'loss = ["mse", "mae"]\n'
        + "".join(f'[[data]]\nname = "{part}"\npred = "rows.csv"\nwhere = "part={part}"\n' for part in "ab"),
        encoding="utf-8",
    )
    for name in ("out.json", "out.jsonl"):
        made = cli("batch", "suite.toml", "-o", name)
        assert made.code == 0, made.err
        ended = cli("verify", name)
        assert ended.code == 0, ended.out
    document = parse((folder / "out.json").read_text(encoding="utf-8"))
    assert [each["request"]["where"] for each in document["results"]] == [["part=a"]] * 2 + [["part=b"]] * 2
    cli("batch", "suite.toml", "-o", "whole.json", "--report", "jsonl=beside.jsonl")
    assert cli("verify", "beside.jsonl").code == 0
