"""Options of arrays beside predictions and labels name a file, or a column of a file that is read anyway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import losscli


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rows.csv"
    path.write_text("w,p,y,var\n1,2,3,1\n2,2,4,4\n", encoding="utf-8")
    (tmp_path / "labels.csv").write_text("t,u\n3,1\n4,2\n", encoding="utf-8")
    return path


def test_a_column_is_taken_by_its_name(cli: Callable[..., Any], table: Path) -> None:
    columns = ["--pred", "p", "--label", "y"]
    code, out, err = cli("compute", "mse", table, *columns, "--weights", "w", "--format", "value")
    assert (code, float(out)) == (0, 3.0), err
    code, out, _ = cli("compute", "gaussian_nll", table, *columns, "--variance", "var", "--format", "value")
    same = cli("compute", "gaussian_nll", table, *columns, "--variance", "::var", "--format", "value")
    assert (code, out) == (0, same.out)


def test_a_column_of_the_labels_file(cli: Callable[..., Any], table: Path) -> None:
    words = ["compute", "mse", table, "labels.csv", "--pred", "p", "--label", "t", "--format", "value"]
    code, out, err = cli(*words, "--weights", "u")
    assert (code, float(out)) == (0, 3.0), err


def test_from_standard_input(cli: Callable[..., Any], table: Path) -> None:
    words = ["compute", "mse", "-", "--pred", "p", "--label", "y", "--weights", "w", "--format", "value"]
    code, out, err = cli(*words, stdin=table.read_bytes())
    assert (code, float(out)) == (0, 3.0), err


def test_a_name_that_is_both_is_asked_about(cli: Callable[..., Any], table: Path) -> None:
    (table.parent / "w").write_text("1\n1\n", encoding="utf-8")
    words = ["compute", "mse", table, "--pred", "p", "--label", "y", "--format", "value"]
    code, _, err = cli(*words, "--weights", "w")
    assert code == 2
    assert "--weights w is a file, and a column of" in err
    assert "Write ./w for the file" in err
    assert float(cli(*words, "--weights", "./w").out) == 2.5
    assert float(cli(*words, "--weights", "::w").out) == 3.0


def test_a_word_that_is_neither_is_named(cli: Callable[..., Any], table: Path) -> None:
    code, _, err = cli("compute", "mse", table, "--pred", "p", "--label", "y", "--weights", "weight")
    assert code == 2
    assert "--weights: weight is no file, and no column of" in err
    assert "Columns are w, p, y, var." in err


def test_several_columns_of_the_predictions_file(tmp_path: Path) -> None:
    """As the tokens of both answers; the same columns in another order are matched by their names."""
    path = tmp_path / "pairs.csv"
    path.write_text(
        "p_chosen,p_rejected,r_chosen,r_rejected,chosen_n,rejected_n\n-10,-12,-11,-13,2,4\n-9,-8,-9,-9,3,5\n"
    )
    arguments: dict[str, Any] = {
        "pred": "p_chosen,p_rejected",
        "label": "r_chosen,r_rejected",
        "form": "ipo",
        "beta": 0.5,
    }
    want = ((1 / 2 - 1 / 4 - 1) ** 2 + (0 - 1 / 5 - 1) ** 2) / 2
    for count in ("chosen_n,rejected_n", "rejected_n,chosen_n", "::chosen_n,rejected_n"):
        assert losscli.compute("preference", str(path), count=count, **arguments).value == pytest.approx(
            want, rel=1e-14
        )
    with pytest.raises(losscli.UsageProblem, match="takes two columns"):
        losscli.compute("preference", str(path), count="chosen_n", **arguments)
    with pytest.raises(losscli.UsageProblem, match="whose log-ratios may be means over tokens"):
        losscli.compute("preference", str(path), count="chosen_n,rejected_n", **{**arguments, "form": "hinge"})
    with pytest.raises(losscli.UsageProblem, match="divides each log-ratio by its number of tokens"):
        losscli.compute("preference", str(path), like="trl", **arguments)


def test_a_loss_that_goes_with_labels_and_without_asks(cli: Callable[..., Any], table: Path) -> None:
    table.write_text("a,b,y\n2.0,1.0,1\n0.5,1.5,-1\n1.0,1.0,1\n", encoding="utf-8")
    words = ["compute", "margin_ranking", table, "--pred", "a", "--other", "::b", "--format", "value"]
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert "Column y may hold the labels" in err
    assert "Say --label y, or --label none for no labels." in err
    values = [float(cli(*words, "--label", column).out) for column in ("y", "none")]
    assert values == pytest.approx([0.0, 1 / 3])
    assert losscli.compute("margin_ranking", table, pred="a", other="::b", label="none").value == pytest.approx(1 / 3)
