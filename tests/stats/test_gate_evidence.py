"""What a gate says of the standard errors it stands on: notes on few or dependent rows, degrees of freedom apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.cli.main import run
from losscli.stats.comparison.judgement import Estimate, apart
from losscli.stats.comparison.verdict import INCONCLUSIVE, Margin
from losscli.stats.effective import Effective
from losscli.stats.quantiles import t_quantile

Array = np.ndarray[Any, Any]
N = 400


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gated(base: Array, cand: Array, *words: str, kept: bool = True, loss: str = "mae") -> dict[str, Any]:
    """The document of a gate of two models' losses, whose rows are kept or not."""
    np.save("labels.npy", np.zeros(len(base)))
    for name, losses in (("base", base), ("cand", cand)):
        np.save(f"{name}.npy", losses)
        rows = ["--per-sample", f"{name}-rows.npy"] if kept else []
        report = ["--report", f"json={name}.json", "-q"]
        assert run(["compute", loss, f"{name}.npy", "labels.npy", *words, *rows, *report]) == 0
    assert run(["gate", "cand.json", "--baseline", "base.json", "--report", "json=gate.json", "-q", "--exit-zero"]) == 0
    document: dict[str, Any] = json.loads(Path("gate.json").read_text(encoding="utf-8"))
    return document


def said(document: dict[str, Any]) -> str:
    return "\n".join(map(str, document["warnings"]))


def losses(seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=N) + 20.0


@pytest.mark.parametrize("loss", ["mae", "rmse"])
def test_a_row_that_is_infinite_in_both_leaves_the_others_to_be_judged(loss: str) -> None:
    base, rise = losses(), 0.5 + 0.1 * np.random.default_rng(7).normal(size=N)
    for cand, verdict in ((base + rise, "worse"), (base - rise, "improved")):
        base[3] = cand[3] = np.inf
        document = gated(base, cand, loss=loss)
        (check,) = document["results"][0]["checks"]
        assert "rows that are infinite in both models are no difference" in said(document)
        assert check["message"].startswith(verdict), check["message"]
        assert f"paired by rows ({N}" in check["message"]
        (check,) = gated(base, cand, loss=loss, kept=False)["results"][0]["checks"]
        assert check["message"] == "inf before, inf now"


def test_few_changed_rows_are_a_note() -> None:
    base = losses()
    cand = base.copy()
    cand[[5, 80, 200]] += [3.0, 1.0, 2.0]
    assert "few rows carry nearly all of the spread" in said(gated(base, cand))


def test_rows_that_follow_each_other_are_a_note() -> None:
    rng = np.random.default_rng(2)
    difference = np.convolve(rng.normal(size=N + 9), np.ones(10), "valid")
    assert "neighbouring rows resemble each other" in said(gated(losses(), losses() + difference))


def test_skewed_differences_are_a_note_that_names_the_way() -> None:
    difference = 1.0 - np.random.default_rng(3).lognormal(size=N)
    assert "losscli compare --test bootstrap allows for it" in said(gated(losses(), losses() + difference))


def test_kind_rows_have_no_note() -> None:
    document = gated(losses(), losses() + np.random.default_rng(4).normal(size=N))
    assert not [note for note in document["warnings"] if "inconclusive" not in str(note)]


def test_two_values_on_few_rows_are_a_note_and_no_verdict() -> None:
    weights = np.ones(N)
    weights[0] = 100.0 * N
    np.save("weights.npy", weights)
    cand = losses()
    cand[0] += 5.0
    document = gated(losses(), cand, "--weights", "weights.npy", kept=False)
    (check,) = document["results"][0]["checks"]
    assert check["passed"] is None
    assert check["message"].startswith("cannot tell")
    assert "few rows carry most of the weight" in said(document)


def test_values_apart_take_their_degrees_of_freedom_from_both() -> None:
    """Two clusters of equal weight beside 30: Welch of 1 and 29 degrees, by hand."""
    few, many = Effective(2, None, None, 2.0), Effective(30, None, None, 30.0)
    judgement = apart(Estimate(1.0, 0.3, few), Estimate(2.0, 0.4, many), Margin(), 0.95, 1000)
    by_hand = 0.25**2 / (0.09**2 / 1.0 + 0.16**2 / 29.0)
    assert judgement.outcome.df == pytest.approx(by_hand)
    assert judgement.outcome.high == pytest.approx(1.0 + 0.5 * t_quantile(0.975, by_hand))
    assert apart(Estimate(1.0, 0.3), Estimate(2.0, 0.4), Margin(), 0.95, 1000).outcome.df == 999.0


def test_values_apart_have_no_verdict_where_one_row_has_the_weight() -> None:
    heavy = Effective(1000, None, 1.01)
    judgement = apart(Estimate(1.0, 0.001, heavy), Estimate(2.0, 0.001, heavy), Margin(0.1), 0.95, 1000)
    assert (judgement.outcome.low, judgement.power) == (None, None)
    assert judgement.verdict(judgement.outcome.p_value, 0.95) == INCONCLUSIVE


def test_what_a_report_says_is_read_back() -> None:
    for one in (
        Effective(500, 33.0, 120.0, None, None, 1.5, (0.3, 6.0)),
        Effective(12, 8.0, None, 9.0, None, 0.5, None),
        Effective(3, 2.0, None, 2.9, None, 0.5, None),
    ):
        again = Effective.from_dict(one.to_dict(), 500, by_weight=True)
        assert again.df == pytest.approx(one.df, rel=1e-5)
        assert (again.tiny, again.is_serial) == (one.tiny, one.is_serial)
    assert Effective.from_dict({"df": "many", "rows": None, "serial": True}, 10, by_weight=True).df == 9.0
