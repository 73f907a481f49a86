"""Two values without rows, what a verdict says in numbers, and what passes loudly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from gated_rows import BASE, ERROR, LABEL, WORSE, N, gater, maker, prepared
from jsonschema import Draft202012Validator

import losscli

SCHEMA = json.loads((ROOT / "losscli/report/schemas/report.schema.json").read_text(encoding="utf-8"))
folder, made, gated = map(pytest.fixture, (prepared, maker, gater))


def test_two_values_show_their_power_and_what_pairing_would_give(made: Any, gated: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    _, message = gated()
    assert "a true rise of the margin would be called worse in at most 3 % of cases" in message
    assert "with paired rows whose losses correlate by 0.9 in 5 %" in message
    _, message = gated("--margin", "mse=0")
    assert "would be shown in 80 % of cases, with paired rows" in message


def test_json_has_the_numbers_of_a_verdict(cli: Any, made: Any) -> None:
    """Those that the message rounds, under the names of compare; and of two values what their power is."""
    for rows in ("", "rows.npy"):
        made("main", BASE, rows=rows)
        made("change", WORSE, rows=rows)
        ran = cli("gate", "change/report.json", "--baseline", "main/report.json", "--margin", "20%", "--json")
        document = json.loads(ran.out)
        assert not list(Draft202012Validator(SCHEMA).iter_errors(document))
        (check,) = document["results"][0]["checks"]
        evidence, message = check["evidence"], check["message"]
        assert message.startswith(evidence["verdict"].replace("inconclusive", "cannot tell"))
        assert f"{evidence['difference']:+.3g} [{evidence['ci']['low']:.3g}, {evidence['ci']['high']:.3g}]" in message
        assert f"margin {evidence['margin']['value']:.3g}" in message
        assert evidence["n"] == N
        if rows:
            assert (evidence["paired"], evidence["unpaired_because"], evidence["if_paired"]) == (True, None, None)
            against = losscli.compare("mse", "main/p.npy", "change/p.npy", "y.npy", margin="20%").to_dict()
            for name in ("difference", "stderr", "p_value", "margin", "power", "detectable", "needed", "effective"):
                assert evidence[name] == against[name], name
            assert evidence["power_is"] == "known"
        else:
            assert not evidence["paired"]
            assert evidence["unpaired_because"] in message
            said = f"{evidence['power_is']} {100 * evidence['power']:.0f} % of cases"
            assert f"a true rise of the margin would be called worse in {said}" in message
            assert evidence["if_paired"]["correlation"] == 0.9
            assert f"correlate by 0.9 in {100 * evidence['if_paired']['power']:.0f} %" in message
            assert 0.0 < evidence["power"] < evidence["if_paired"]["power"]


def test_a_relative_margin_between_two_values_has_its_own_error(made: Any, gated: Any) -> None:
    """c - (1 + m) b, whose error is that of both sides: with m = 2 three times that of b."""
    made("main", BASE, rows="")
    made("change", LABEL + 3.0**0.5 * 0.97 * ERROR, rows="")
    reports = [json.loads(Path(f"{name}/report.json").read_text())["results"][0] for name in ("main", "change")]
    beyond = reports[1]["value"] - 3 * reports[0]["value"]
    reach = 1.966 * np.hypot(reports[1]["stderr"], 3 * reports[0]["stderr"])
    assert beyond < 0 < beyond + reach
    code, message = gated("--margin", "mse=200%")
    assert code == 1
    assert message.startswith("worse:")


@pytest.mark.parametrize("rows", ["", "rows.npy"])
def test_identical_predictions_are_not_worse(made: Any, gated: Any, rows: str) -> None:
    made("main", BASE, rows=rows)
    made("change", BASE, rows=rows)
    code, message = gated("--on-inconclusive", "fail", "--margin", "mse=0")
    assert code == 0
    assert message.startswith("not worse: the predictions and everything else are the baseline's")


def test_a_rise_that_passes_is_said_loudly(cli: Any, made: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    words = ["gate", "change/report.json", "--baseline", "main/report.json", "--margin", "1%"]
    ran = cli(*words)
    assert ran.code == 0
    assert "WARNING: mse is above the baseline by more than the margin" in ran.err
    assert "--on-inconclusive fail or --max-rise would stop it" in ran.err
    assert "inconclusive: inconclusive" not in ran.out
    assert "WARNING" not in cli(*words, "--on-inconclusive", "pass").err
    assert cli(*words, "--on-inconclusive", "fail").code == 5


def test_max_rise_is_the_plain_rule(cli: Any, made: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    words = ["gate", "change/report.json", "--baseline", "main/report.json"]
    for rule, code in (
        ("1%", 1), ("20%", 0), ("mse=1%", 1), ("mse=20%", 0), ("0.05", 1), ("0.5", 0), ("mae=1%", 2), ("0", 1),
    ):  # fmt: skip
        assert cli(*words, "--max-rise", rule).code == code, rule
    assert cli(*words, "--max-rise", "1%", "--max-rise", "0.5").code == 0  # both must be exceeded
    ran = cli("gate", "change/report.json", "--max-rise", "1%")
    assert (ran.code, "Give --baseline REPORT" in ran.err) == (2, True)
    ran = cli(*words, "--max-rise", "much")
    assert (ran.code, "max_rise must be a number of at least 0" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("rows", "says"), [(1, "not paired, since there is one row that counts"), (2, "paired by rows (2,")]
)
def test_very_few_rows(cli: Any, gated: Any, folder: Path, rows: int, says: str) -> None:
    np.save("few.npy", LABEL[:rows])
    for where, pred in (("main", BASE), ("change", WORSE)):
        np.save(f"{where}/p.npy", pred[:rows])
        words = ["--per-sample", f"{where}/rows.npy", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "mse", f"{where}/p.npy", "few.npy", *words).code == 0
    code, message = gated()
    assert code == 0
    assert message.startswith("cannot tell:")
    assert says in message


def test_rows_of_classes_that_are_left_out(cli: Any, gated: Any, folder: Path) -> None:
    """Rows that are ignored count for nothing, in the rows of both as in `compare`."""
    rng = np.random.default_rng(6)
    label = rng.integers(0, 3, N)
    score = rng.normal(size=(N, 3))
    score[np.arange(N), label] += 1.0
    other = score + 0.3 * rng.normal(size=score.shape)
    label[::7] = -100
    np.save("classes.npy", label)
    for where, pred in (("main", score), ("change", other)):
        np.save(f"{where}/p.npy", pred)
        words = ["--ignore-index", "-100", "--class-weights", "1,2,3", "--denominator", "count"]
        words += ["--per-sample", f"{where}/rows.csv", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "ce", f"{where}/p.npy", "classes.npy", *words).code == 0
    compared = losscli.compare(
        "ce", score, other, label, ignore_index=-100, class_weights=(1.0, 2.0, 3.0), denominator="count"
    )
    assert f"{compared.difference:+.3g} [{compared.low:.3g}, {compared.high:.3g}]" in gated()[1]
