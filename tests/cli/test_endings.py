"""How a run ends and looks, for every command alike: --exit-zero, boxes of few letters, colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from losscli.cli import main
from losscli.core.errors import DataProblem, UsageProblem

PRED, LABEL = "diabetes/pred.npy", "diabetes/label.npy"
MSE = ("compute", "mse", PRED, LABEL)
FINDINGS = [
    ("reconcile", "mse", PRED, LABEL, "--expect", "1.5"),
    (*MSE, "--max", "1"),
    ("batch", "diabetes/pred.npy", "nonesuch.npy", "--labels", LABEL, "-l", "mse", "--keep-going"),
]


@pytest.mark.parametrize("words", FINDINGS, ids=lambda words: words[0])
def test_exit_zero_turns_findings_into_0(cli: Any, words: tuple[str, ...]) -> None:
    plain = cli(*words)
    assert plain.code == (4 if words[0] == "batch" else 1)
    zero = cli(*words, "--exit-zero")
    assert zero.code == 0
    assert [line for line in zero.err.splitlines() if " s" not in line] == [
        line for line in plain.err.splitlines() if " s" not in line
    ]


def test_a_report_that_changed(cli: Any, tmp_path: Path, in_samples: Path) -> None:
    report = tmp_path / "report.json"
    assert cli(*MSE, "-o", report).code == 0
    assert cli("verify", report, "--exit-zero").code == 0
    report.write_text(report.read_text().replace("3024.6", "3025.6"))
    assert cli("verify", report).code == 1
    assert cli("verify", "--exit-zero", report).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*MSE, "--exit-zero", "--nope"), 2),
        (("compute", "mse", PRED, "nonesuch.npy", "--exit-zero"), 2),
        (("compute", "mse", PRED, "cancer/labels.npy", "--exit-zero"), 3),
        (("reconcile", "mse", PRED, "cancer/labels.npy", "--exit-zero"), 3),
        ((*MSE, "--exit-zero"), 0),
    ],
)
def test_errors_keep_their_code(cli: Any, words: tuple[str, ...], code: int) -> None:
    assert cli(*words).code == code


@pytest.mark.parametrize(
    ("problem", "code", "zero"),
    [
        (None, 0, 0),
        (1, 1, 0),
        (UsageProblem("No."), 2, 2),
        (DataProblem("No."), 3, 3),
        (4, 4, 0),
        (5, 5, 0),
        (RuntimeError("a bug"), 70, 70),
        (KeyboardInterrupt(), 130, 130),
        (MemoryError(), 3, 3),
    ],
)
def test_every_ending(cli: Any, monkeypatch: Any, problem: Any, code: int, zero: int) -> None:
    def ends(*_: Any) -> Any:
        if isinstance(problem, BaseException):
            raise problem
        return problem

    monkeypatch.setattr("losscli.cli.commands.compute.compute", ends)
    assert (cli(*MSE).code, cli(*MSE, "--exit-zero").code) == (code, zero)
    assert zero == (0 if code in main.FINDINGS else code)


@pytest.mark.parametrize(
    "words",
    [MSE, ("reconcile", "mse", PRED, LABEL), ("inspect", PRED, LABEL), ("merge", "{}"),
     ("gate", "{}", "--max", "mse=1e9")],
    ids=lambda words: words[0],
)  # fmt: skip
def test_boxes_and_colours_of_every_command(cli: Any, tmp_path: Path, words: tuple[str, ...], monkeypatch: Any) -> None:
    shard = tmp_path / "shard.json"
    assert cli(*MSE, "--partial", "-o", shard).code == 0
    table = [*(word.replace("{}", str(shard)) for word in words), "--format", "table", "-q"]
    assert "─" in cli(*table).out
    ascii_only = cli(*table, encoding="ascii").out
    assert "+-" in ascii_only or "---" in ascii_only
    assert ascii_only.isascii()
    assert "\\u25" not in ascii_only.lower()
    assert "\\u2500" not in ascii_only
    for env, typed, colored in (
        ({}, (), False),
        ({}, ("--color", "always"), True),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"LOSSCLI_COLOR": "always"}, (), True),
    ):
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            assert ("\x1b[" in cli(*table, *typed).out) == colored, (env, typed)
            assert "\x1b" not in cli(*table, *typed, "-o", tmp_path / "out").out
