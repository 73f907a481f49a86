"""A line that does not work is answered with the whole command that was meant, whatever is wrong in it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.api.options.table import of_command
from losscli.cli.meant_line import meant, shortened
from losscli.core.suggestions.other_names import OPTIONS

LINES = {
    "log_loss t.csv --y-true y --y-prob p": "compute log_loss t.csv --label y --pred p",
    "eval --metric log_loss t.csv": "compute log_loss t.csv",
    "compute t.csv --loss=log_loss": "compute log_loss t.csv",
    "compute --gamma 2 focal p.npy y.npy": "compute focal --gamma 2 p.npy y.npy",
    "compute focal -g 2 --labels y.npy --preds p.npy": "compute focal p.npy y.npy --gamma 2",
    "compute focal --pred p.npy --label y.npy": "compute focal p.npy y.npy",
    "compute rmse t.csv -p a -t b --round 3": "compute rmse t.csv --pred a --label b --digits 3",
    "compute mse t.csv --weight-col w --dropna": "compute mse t.csv --weight w --drop-missing",
    "compute bce t.csv --input proba --missing skip": "compute bce t.csv --input probs --missing drop",
    "compute ce p.npy y.npy --like pytorch": "compute ce p.npy y.npy --like torch",
    "compute nn.CrossEntropyLoss p.npy y.npy": "compute cross_entropy p.npy y.npy",
    "compute BCEWithLogitsLoss p.npy y.npy": "compute bce_with_logits p.npy y.npy",
    "compute mse,mae t.csv": "batch t.csv -l mse -l mae",
    "compute --metrics mse,mae p.npy y.npy": "batch p.npy --labels y.npy -l mse -l mae",
    "compute mse a.csv b.csv c.csv d.csv": "batch a.csv b.csv c.csv d.csv -l mse",
    "batch a.csv b.csv rmse --sort rmse -n 3": "batch a.csv b.csv --sort value --top 3 -l rmse",
    "best a.csv b.csv -l mse": "batch a.csv b.csv --best -l mse",
    "worst mse t.csv": "compute mse t.csv --worst 5",
    "compute mse t.csv --worst 5 --id name": "compute mse t.csv --worst 5 --keep name",
    "compute mse p.csv y.csv --on id --how inner": "compute mse p.csv y.csv --join id --on-missing drop",
    "diff a.csv b.csv --metric rmse": "compare a.csv b.csv -l rmse",
    "compare mse --base a.csv --candidate b.csv": "compare a.csv b.csv -l mse",
    "compare a.csv b.csv -l mse --alpha 0.05": "compare a.csv b.csv -l mse --confidence 95",
    "slices log_loss t.csv --by region": "slices t.csv --over region -l log_loss",
    "check r.json --baseline b.json --first-run": "gate r.json --baseline b.json --on-no-baseline pass",
    "compute focal:gamma=2,alpha=0.5 p.npy y.npy": "compute focal --gamma 2 --alpha 0.5 p.npy y.npy",
    "compute mse t.csv --html page.html": "compute mse t.csv --report html=page.html",
}  # fmt: skip


@pytest.mark.parametrize("typed", LINES)
def test_the_whole_command_is_the_one_that_was_meant(typed: str) -> None:
    line = meant(shlex.split(typed))
    assert line is not None
    assert sorted(line) == sorted(shlex.split(LINES[typed]))
    files = [word for word in line if word.endswith((".npy", ".csv"))]
    assert files == [word for word in shlex.split(LINES[typed]) if word in files]
    assert meant(line) is None


@pytest.mark.parametrize(
    "typed",
    [
        "compute mse p.npy y.npy --digits 3",  # nothing is wrong
        "batch a.csv -l mse --sort=value -lmae",
        "compute p.npy y.npy",  # no loss is named
        "compute mse p.npy y.npy --frobnicate 3",  # nobody can tell
        "compute mse t.csv --group-by",  # the column is missing
        "gate r.json --threshold 3",  # the loss is missing
        "compute mse p.npy q.npy y.npy",  # two models, or three files
        "",
    ],
)
def test_nothing_is_guessed_where_nobody_can_tell(typed: str) -> None:
    assert meant(shlex.split(typed)) is None


def test_every_option_of_other_programs_stands_for_one_that_can_be_read() -> None:
    """Each word of the table, typed with a value, makes a line that click can read, in one command at least."""
    lines = [
        "compute quantile t.csv", "compute ce p.npy y.npy", "batch a.csv -l mse", "compare a.csv b.csv -l mse",
        "gate r.json", "slices t.csv -l mse --over age", "compute focal p.npy y.npy", "reconcile mse p.npy y.npy",
        "compute dice p.npy y.npy",
    ]  # fmt: skip
    known = {f"--{each.key}" for command in ("batch", "compare") for each in of_command(command)}
    for word in {f"--{each}" for each in OPTIONS} - known:
        assert any(meant([*line.split(), word, value]) for line in lines for value in ("3", "a=3", "mae")), word


def test_many_files_in_a_row_are_one_word(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{number}.npy") for number in range(7)]
    for file in files:
        np.save(file, np.zeros(1))
    assert shortened(["batch", *files, "-l", "mse"]) == ["batch", "FILES", "-l", "mse"]
    assert shortened(["batch", *files[:3], "-l", "mse"]) == ["batch", *files[:3], "-l", "mse"]


def test_the_command_that_is_given_works(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("score,target,w\n0.9,1,1\n0.2,0,2\n0.7,1,1\n", encoding="utf-8")
    ran = cli("score", "--metric", "log_loss", "t.csv", "--y_true", "target", "--proba-col", "score", "--w", "w")
    assert ran.code == 2
    said = ran.err.partition("Write losscli ")[2].strip().removesuffix(".")
    assert cli(*shlex.split(said)).code == 0


def test_an_option_of_columns_is_not_forgotten_when_it_is_given_twice(cli: Any, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("p_0,p_1,y\n0.9,0.1,0\n0.2,0.8,1\n", encoding="utf-8")
    ran = cli("compute", "log_loss", str(table), "--pred", "p_0", "--pred=p_1", "--label", "y")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("--pred is given twice. Write --pred p_0,p_1.\n")
    assert cli("compute", "log_loss", str(table), "--pred", "p_0,p_1", "--label", "y").code == 0
