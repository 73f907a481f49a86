"""`gate` and `compute --max`: what fails, what passes, and why a comparison cannot be made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(7)
LABEL = RNG.normal(size=400)
BASE = LABEL + RNG.normal(size=400)
SAME = BASE + 0.01 * RNG.normal(size=400)
WORSE = LABEL + 1.3 * (BASE - LABEL)
BETTER = LABEL + 0.7 * (BASE - LABEL)


@pytest.fixture
def made(cli: Any, tmp_path: Path) -> Any:
    """Writes a report of some predictions, with its rows beside it."""

    def make(name: str, pred: Any, *words: str, label: Any = LABEL, loss: str = "mse", rows: str = ".npy") -> Path:
        np.save(tmp_path / f"{name}-pred.npy", pred)
        np.save(tmp_path / f"{name}-label.npy", label)
        files = tmp_path / f"{name}-pred.npy", tmp_path / f"{name}-label.npy"
        kept = ["--per-sample", tmp_path / f"{name}-rows{rows}"] if rows else []
        ran = cli("compute", loss, *files, *words, *kept, "--json", "-o", tmp_path / f"{name}.json")
        assert ran.code == 0, ran.err
        return tmp_path / f"{name}.json"

    return make


def checks(out: str) -> list[dict[str, Any]]:
    return [check for result in json.loads(out)["results"] for check in result["checks"]]


@pytest.mark.parametrize("rows", [".npy", ".csv"])
@pytest.mark.parametrize(
    ("pred", "margin", "code", "says"),
    [
        (SAME, "1%", 0, "not worse"),
        (WORSE, "1%", 1, "worse"),
        (WORSE, "1000%", 0, "not worse"),
        (BETTER, "0", 0, "improved"),
    ],
)
def test_verdicts(cli: Any, made: Any, pred: Any, margin: str, code: int, says: str, rows: str) -> None:
    base, cand = made("base", BASE, rows=rows), made("cand", pred, rows=rows)
    ran = cli("gate", cand, "--baseline", base, "--margin", margin, "--json")
    assert ran.code == code
    (check,) = checks(ran.out)
    assert check["message"].startswith(says + ":")
    assert "paired by rows" in check["message"]


def test_paired_interval_is_the_t_interval(cli: Any, made: Any) -> None:
    base, cand = made("base", BASE), made("cand", WORSE)
    (check,) = checks(cli("gate", cand, "--baseline", base, "--json").out)
    apart = (WORSE - LABEL) ** 2 - (BASE - LABEL) ** 2
    reach = 1.965927295920644 * apart.std(ddof=1) / np.sqrt(400)  # t quantile of 399 degrees of freedom
    assert f"[{apart.mean() - reach:.3g}, {apart.mean() + reach:.3g}]" in check["message"]


@pytest.mark.parametrize(("policy", "code", "noted"), [("pass", 0, False), ("warn", 0, True), ("fail", 5, True)])
def test_inconclusive(cli: Any, made: Any, policy: str, code: int, noted: bool) -> None:
    """Without the rows the two are compared as if they were of different data."""
    base, cand = made("base", BASE, rows=""), made("cand", SAME, rows="")
    ran = cli("gate", cand, "--baseline", base, "--on-inconclusive", policy, "--json")
    assert ran.code == code
    assert ("inconclusive" in ran.err) == noted
    assert checks(ran.out)[0]["passed"] is None
    assert cli("gate", cand, "--baseline", base, "--on-inconclusive", "fail", "--exit-zero").code == 0


def test_limits(cli: Any, made: Any) -> None:
    report = made("base", BASE)
    value = json.loads(report.read_text())["results"][0]["value"]
    assert cli("gate", report, "--max", f"mse={value!r}").code == 0
    assert cli("gate", report, "--max", f"mean_squared_error={value * 0.99!r}").code == 1
    assert cli("gate", report, "--max", "mse=0.1", "--informational", "mse").code == 0
    ran = cli("gate", report, "--max", "focal=1")
    assert (ran.code, "the report has no such loss" in ran.out) == (1, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--max", "mse"], "is not LOSS=VALUE"),
        (["--max", "mse=nan"], "is not LOSS=VALUE"),
        (["--max", "mze=1"], "Did you mean mse?"),
        (["--margin", "much"], "margin must be a number of at least 0"),
        (["--informational", "mze", "--max", "mse=1"], "Did you mean mse?"),
        ([], "nothing to hold"),
    ],
)
def test_mistakes(cli: Any, made: Any, words: list[str], says: str) -> None:
    ran = cli("gate", made("base", BASE), *words)
    assert (ran.code, says in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"loss": "mae"}, "the baseline has no mae"),
        ({"words": ["--denominator", "count"]}, "denominator was weights, is count"),
        ({"pred": SAME[:300], "label": LABEL[:300]}, "the baseline has 400 rows, the report 300"),
        ({"label": LABEL + 1e-9}, "the labels are others"),
    ],
)
def test_what_cannot_be_compared_fails(cli: Any, made: Any, change: dict[str, Any], says: str) -> None:
    base = made("base", BASE)
    cand = made(
        "cand", change.get("pred", SAME), *change.get("words", ()), label=change.get("label", LABEL),
        loss=change.get("loss", "mse"),
    )  # fmt: skip
    ran = cli("gate", cand, "--baseline", base, "--json")
    assert ran.code == 1
    assert any(says in check["message"] for check in checks(ran.out)), ran.out


def test_a_value_that_is_not_finite(cli: Any, made: Any) -> None:
    label, pred = (LABEL > 0).astype(float), np.full(400, 0.5)
    base = made("base", pred, "--input", "probs", label=label, loss="bce")
    pred = pred.copy()
    pred[0] = 1 - label[0]
    cand = made("cand", pred, "--input", "probs", label=label, loss="bce")
    ran = cli("gate", cand, "--baseline", base, "--max", "bce=100")
    assert ran.code == 1
    assert "inf" in ran.out


def test_max_of_compute(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", BASE)
    np.save(tmp_path / "y.npy", LABEL)
    files = [tmp_path / "p.npy", tmp_path / "y.npy"]
    assert cli("compute", "mse", *files, "--max", "5").code == 0
    ran = cli("compute", "mse", *files, "--max", "0.5", "--format", "value")
    assert (ran.code, float(ran.out) > 0.5) == (1, True)
    ran = cli("compute", "mse", *files, "--max", "0.5", "--json")
    assert json.loads(ran.out)["results"][0]["checks"][0]["passed"] is False


def test_per_sample_files(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", BASE)
    np.save(tmp_path / "y.npy", LABEL)
    files = [tmp_path / "p.npy", tmp_path / "y.npy"]
    assert cli("compute", "mse", *files, "--per-sample", tmp_path / "r.npy").code == 0
    rows = np.load(tmp_path / "r.npy")
    assert np.array_equal(rows, (BASE - LABEL) ** 2)
    assert cli("compute", "mse", *files, "--per-sample", tmp_path / "r.csv").code == 0
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert lines[0] == "row,loss"
    assert lines[3] == f"2,{rows[2].item()!r}"
    for words, says in (
        (["--per-sample", tmp_path / "r.txt"], "writes .npy, .csv, .parquet, .arrow or .jsonl, not"),
        (["--per-sample", tmp_path / "r.npy", "--reduction", "none"], "prints one loss a row already"),
        (["--per-sample", tmp_path / "p.npy"], "is an input"),
    ):
        ran = cli("compute", "mse", *files, *words)
        assert (ran.code, says in ran.err) == (2, True), ran.err


def test_a_first_run_has_no_baseline(cli: Any, made: Any, tmp_path: Path) -> None:
    report, missing = made("cand", SAME), tmp_path / "main.json"
    words = ["gate", report, "--baseline", missing, "--margin", "1%"]
    ran = cli(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "There is no file" in ran.err
    assert "--on-no-baseline pass" in ran.err
    assert cli(*words, "--on-no-baseline", "fail").code == 2
    ran = cli(*words, "--on-no-baseline", "pass", "--json")
    assert ran.code == 0
    (note,) = json.loads(ran.out)["warnings"]
    assert note in ran.err
    assert "main.json" in note
    assert checks(ran.out) == []
    assert cli(*words, "--on-no-baseline", "pass", "--max", "mse=100").code == 0
    assert cli(*words, "--on-no-baseline", "pass", "--max", "mse=1e-9").code == 1


def test_a_baseline_that_cannot_be_read_is_no_first_run(cli: Any, made: Any, tmp_path: Path) -> None:
    report = made("cand", SAME)
    (tmp_path / "main.json").write_text("{")
    words = ["gate", report, "--on-no-baseline", "pass", "--baseline"]
    ran = cli(*words, tmp_path / "main.json")
    assert (ran.code, ran.out) == (3, "")
    assert "is not JSON" in ran.err
    assert cli(*words, tmp_path).code == 2  # a folder
    assert cli("gate", tmp_path / "none.json", "--on-no-baseline", "pass", "--baseline", report).code == 2


def test_a_baseline_that_is_there_counts_in_a_run_that_may_be_the_first(cli: Any, made: Any) -> None:
    base, cand = made("base", BASE), made("cand", WORSE)
    ran = cli("gate", cand, "--baseline", base, "--margin", "1%", "--on-no-baseline", "pass", "--json")
    assert ran.code == 1
    assert checks(ran.out)[0]["message"].startswith("worse:")
