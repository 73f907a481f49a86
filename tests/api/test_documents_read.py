"""Reports that `gate` reads: documents, JSON lines, standard input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_words import MSE


def test_lines_are_gated_like_a_document(batch: Any, data: Path) -> None:
    words = ("p0.npy", "p1.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae")
    assert batch(*words, "-o", "r.jsonl").code == 0
    assert batch(*words, "-o", "r.json").code == 0
    assert batch("p0.npy", "--labels", "y.npy", "-l", "mse", "-o", "one.jsonl").code == 0
    from losscli.api import documents

    lines, whole = (documents.read(str(data / name)) for name in ("r.jsonl", "r.json"))
    for key in ("results", "command", "tool"):
        assert lines[key] == whole[key]
    assert len(documents.read(str(data / "one.jsonl"))["results"]) == 1
    assert len(lines["inputs"]) == 3


def test_the_gate_reads_lines_and_standard_input(cli: Any, tmp_path: Path) -> None:
    for suffix in ("json", "jsonl"):
        assert cli(*MSE, "-o", tmp_path / f"r.{suffix}").code == 0
        content = (tmp_path / f"r.{suffix}").read_bytes()
        for limit, code in (("mse=1e6", 0), ("mse=1", 1)):
            assert cli("gate", tmp_path / f"r.{suffix}", "--max", limit).code == code
            assert cli("gate", "-", "--max", limit, stdin=content).code == code
            assert cli("gate", "-", "--max", limit, stdin=b"\xef\xbb\xbf" + content).code == code
    for suffix in ("json", "jsonl"):
        assert cli("gate", tmp_path / "r.jsonl", "--baseline", tmp_path / f"r.{suffix}").code == 0
    assert cli("gate", "-", "--max", "mse=1", stdin=b"").code == 3


@pytest.mark.parametrize(
    "content", ["[1]\n[2]\n", '{"a": 1}\n{"b": 2}\n', "1 2", '{"loss": "mse", "row": 0, "value": 1}\n']
)
def test_other_lines_are_no_report(cli: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / "r.jsonl").write_text(content)
    code, _, err = cli("gate", tmp_path / "r.jsonl", "--max", "mse=1")
    assert (code, err.count("\n")) == (3, 1)


def test_a_margin_of_a_loss_that_is_not_there(cli: Any, tmp_path: Path) -> None:
    assert cli(*MSE, "-o", tmp_path / "r.json").code == 0
    words = ("gate", tmp_path / "r.json", "--baseline", tmp_path / "r.json")
    assert cli(*words, "--margin", "mse=1%").code == 0
    code, _, err = cli(*words, "--margin", "mae=1%")
    assert (code, err) == (2, "losscli: --margin mae=... is of a loss that the report has not. Leave it out.\n")


def test_a_variable_that_names_a_parameter_is_said_to_set_nothing(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSCLI_GAMMA", "3")
    code, _, err = cli("compute", "focal", "cancer/logits.npy", "cancer/labels.npy")
    assert code == 0
    said = "parameters of a loss stand in [compute.LOSS] of losscli.toml, or are typed."
    assert f"losscli: note: LOSSCLI_GAMMA sets nothing: {said}\n" in err


def test_each_result_of_lines_is_compared_with_its_own_inputs(batch: Any, cli: Any, data: Path) -> None:
    for number in (0, 1):
        np.save(data / f"own{number}.npy", np.load(data / "y.npy") + number)
    (data / "suite.toml").write_text(
        'loss = ["mse", "mae"]\n'
        + "".join(
            f'[[data]]\nname = "d{number}"\npred = "p{number}.npy"\nlabel = "own{number}.npy"\n' for number in (0, 1)
        )
    )
    for suffix in ("jsonl", "json"):
        assert batch("suite.toml", "-o", f"before.{suffix}").code == 0
    np.save(data / "own1.npy", np.load(data / "own1.npy")[::-1])
    assert batch("suite.toml", "-o", "now.jsonl").code == 0
    for suffix in ("jsonl", "json"):
        words = ("gate", data / "now.jsonl", "--baseline", data / f"before.{suffix}", "--json")
        ran = cli(*words)
        outcomes = [(each["dataset"], each["checks"][-1]["passed"]) for each in json.loads(ran.out)["results"]]
        assert outcomes == [("d0", True), ("d0", True), ("d1", False), ("d1", False)]
        assert ran.code == 1
    assert cli("verify", data / "now.jsonl").code == 0
    found = cli("verify", data / "before.jsonl")
    assert found.code == 1
    assert [line for line in found.out.splitlines() if line.startswith("DIFFERS") and " d0 " in line] == []


def test_inputs_of_a_line_that_are_no_list(cli: Any, tmp_path: Path) -> None:
    assert cli(*MSE, "-o", tmp_path / "r.jsonl").code == 0
    line = json.loads((tmp_path / "r.jsonl").read_text())
    for inputs in (5, "x", {"a": 1}, [1]):
        (tmp_path / "r.jsonl").write_text(json.dumps({**line, "inputs": inputs}) + "\n")
        code, _, err = cli("gate", tmp_path / "r.jsonl", "--max", "mse=1")
        assert (code, "has no list of inputs." in err) == (3, True)
