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
    assert [each.same for each in losscli.verify(json.loads(text)).findings] == [True] * 3
    assert [each.same for each in losscli.verify(folder / "report.json").findings] == [True] * 3


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


def changed(document: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """The document with another number at one place of its first result."""
    copied = json.loads(json.dumps(document))
    part = copied["results"][0]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = hex(2 * int(part[place[-1]], 16)) if isinstance(part[place[-1]], str) else part[place[-1]] + 1
    return copied


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("--reduction none --nan propagate", ("rows", 0)),
        ("--reduction none --nan propagate", ("rows", 9)),
        ("--reduction none --nan propagate", ("rows_not_finite", "inf", 0)),
        ("--partial", ("state", "totals", 0)),
        ("--partial", ("state", "squares", 0)),
        ("--partial", ("state", "rows")),
        ("--ci 90", ("effective", "rows")),
        ("--ci 90", ("effective", "df")),
        ("", ("effective", "skewness")),
    ],
)
def test_verify_sees_every_number_of_a_result(cli: Any, folder: Path, words: str, place: tuple[Any, ...]) -> None:
    pred = np.load(folder / "pred.npy")
    if "none" in words:
        pred[3], pred[5] = np.inf, np.nan
    np.save(folder / "pred.npy", pred)
    assert cli("compute", "mse", "pred.npy", "label.npy", *words.split(), "-o", "report.json").code == 0
    document = parse((folder / "report.json").read_text(encoding="utf-8"))
    assert losscli.verify(document).passed
    (finding,) = [each for each in losscli.verify(changed(document, place)).findings if not each.same]
    assert " ".join(map(str, place)) in finding.detail


def test_verify_sees_the_values_of_columns(cli: Any, folder: Path) -> None:
    (folder / "t.csv").write_text("p1,p2,y1,y2\n1,4,1,2\n2,3,3,2\n5,3,3,2\n", encoding="utf-8")
    words = ("compute", "mse", "t.csv", "--pred", "p1,p2", "--label", "y1,y2", "--per-output", "-o", "report.json")
    assert cli(*words).code == 0
    document = parse((folder / "report.json").read_text(encoding="utf-8"))
    assert losscli.verify(document).passed
    for key in ("value", "stderr"):
        assert not losscli.verify(changed(document, ("outputs", 1, key))).passed


def test_results_of_python_are_gated_with_their_inputs(cli: Any, folder: Path) -> None:
    cli("compute", "mse", "pred.npy", "label.npy", "-o", "report.json")
    result = losscli.compute("mse", "other.npy", "label.npy")
    assert [each.path for each in result.sources] == ["other.npy", "label.npy"]
    for baseline in ("report.json", losscli.compute("mse", "pred.npy", "label.npy")):
        (check,) = losscli.gate(result, baseline=baseline, margin=5.0).results[0].gates
        assert check.passed
        assert 'kept no rows; compute both with per_sample="FILE"' in check.message
    assert losscli.verify(result).passed
    with pytest.raises(losscli.DataProblem, match="The predictions were no file"):
        losscli.verify(losscli.compute("mse", [1.0, 2.0], [1.0, 3.0]))


@pytest.fixture
def grouped(folder: Path) -> Path:
    table = "p,y,g\n" + "1,2,a\n2,4,b\n3,3,a\n4,9,b\n5,7,c\n6,6,c\n" * 2
    (folder / "table.csv").write_text(table, encoding="utf-8")
    return folder


def parts_of_groups() -> list[tuple[Any, ...]]:
    return [("groups", 0, key) for key in ("value", "n", "weight_sum", "stderr", "share")] + [
        ("groups", 2, "ci", "low"),
        ("grouping", "macro", "value_of_all_rows"),
    ]


@pytest.mark.parametrize("place", parts_of_groups(), ids=str)
def test_verify_sees_every_number_of_a_group(cli: Any, grouped: Path, place: tuple[Any, ...]) -> None:
    words = ("table.csv", "--pred", "p", "--label", "y", "--by", "g", "--ci", "90", "--macro")
    assert cli("compute", "mse", *words, "-o", "report.json").code == 0
    document = parse((grouped / "report.json").read_text(encoding="utf-8"))
    assert losscli.verify(document).passed
    (finding,) = [each for each in losscli.verify(changed(document, place)).findings if not each.same]
    assert place[-1] in finding.detail


def test_verify_knows_groups_by_their_keys(cli: Any, grouped: Path) -> None:
    words = ("table.csv", "--pred", "p", "--label", "y", "--by", "g")
    words += ("--sort", "value", "--bootstrap", "200", "--ci", "90")
    assert cli("compute", "mse", *words, "-o", "report.json").code == 0
    document = parse((grouped / "report.json").read_text(encoding="utf-8"))
    groups = document["results"][0]["groups"]
    assert [each["by"]["g"] for each in groups] != ["a", "b", "c"]
    assert losscli.verify(document).passed
    groups[0]["by"]["g"] = "d"
    assert not losscli.verify(document).passed
    del groups[0]
    assert "count was 2, is 3" in str(losscli.verify(document).findings[-1])
