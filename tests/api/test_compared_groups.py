"""`compare --by`: the difference of each group, by the test that all rows are held to."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_sides import VALIDATOR

import losscli
from losscli import compare
from losscli.stats.comparison.multiplicity import holm

Array = np.ndarray[Any, Any]
NUMBERS = ("base", "cand", "difference", "stderr", "p_value", "margin")


@pytest.fixture(scope="module")
def rows() -> dict[str, Array]:
    rng = np.random.default_rng(21)
    n = 900
    y, error = rng.normal(size=n), rng.normal(size=n)
    region = rng.choice(np.array(["north", "south", "east"]), n)
    return {
        "y": y, "region": region, "b": y + error,
        "c": y + np.where(region == "north", 1.4, 1.0) * error + 0.1 * rng.normal(size=n),
        "w": np.round(rng.random(n) * 3, 2), "user": rng.integers(0, 60, n), "f": rng.integers(1, 4, n).astype(float),
    }  # fmt: skip


def test_by_hand() -> None:
    """Losses 1, 4 | 9, 1 and 4, 4 | 4, 1: differences 3, 0 of mean 1.5 and -5, 0 of mean -2.5, of all -0.5."""
    base, cand = [1.0, 2.0, 3.0, 1.0], [2.0, 2.0, 2.0, 1.0]
    compared = compare("mse", base, cand, [0.0] * 4, by={"half": ["a", "a", "b", "b"]}, margin=0.25)
    first, second = compared.groups
    assert first["by"] == {"half": "a"}
    assert (first["n"], first["base"], first["cand"], first["difference"], first["share"]) == (2, 2.5, 4.0, 1.5, -1.5)
    assert (second["base"], second["cand"], second["difference"], second["share"]) == (5.0, 2.5, -2.5, 2.5)
    assert first["stderr"] == pytest.approx(1.5, rel=1e-15)  # deviation 3 / sqrt 2, over sqrt 2
    t = 12.706204736432095  # of one degree of freedom
    assert first["ci"]["low"] == pytest.approx(1.5 - 1.5 * t, rel=1e-9)
    assert first["margin"] == 0.25
    assert [each["p_adjusted"] for each in compared.groups] == holm([each["p_value"] for each in compared.groups])
    assert compared.grouping == {"by": ["half"], "groups": 2, "adjusted_for": 2}


@pytest.mark.parametrize(
    "said",
    [
        {}, {"margin": 0.02, "margin_rel": 0.05}, {"weights": "w"}, {"cluster": "user"}, {"test": "sign-flip"},
        {"weights": "f", "weights_are": "frequency"}, {"loss": "rmse"}, {"like": "torch"}, {"reduction": "sum"},
        {"loss": "median_absolute_error"}, {"loss": "r2"},
    ],
    ids=str,
)  # fmt: skip
def test_a_group_is_what_its_rows_alone_are(rows: dict[str, Array], said: dict[str, Any]) -> None:
    given = {name: rows[said[name]] for name in ("weights", "cluster") if name in said}
    said = {**said, **given}
    loss = said.pop("loss", "mse")
    whole = compare(loss, rows["b"], rows["c"], rows["y"], by=rows["region"], **said)
    for group in whole.groups:
        own = rows["region"] == group["by"]["by"]
        part = {name: value[own] if name in given else value for name, value in said.items()}
        resamples = {"resamples": 1999} if said.get("test") else {}
        alone = compare(loss, rows["b"][own], rows["c"][own], rows["y"][own], **part, **resamples)
        for name in NUMBERS:
            if not (name == "p_value" and resamples):  # random numbers go by the row of the file
                value = getattr(alone, name)
                assert group[name] == (value if value is None else pytest.approx(value, rel=1e-9)), name
        assert (group["n"], group["ci"] is None) == (alone.n, alone.low is None)
        if not resamples and group["ci"] is not None:
            assert (group["ci"]["low"], group["ci"]["high"]) == pytest.approx((alone.low, alone.high), rel=1e-9)


def test_groups_add_up_to_the_whole(rows: dict[str, Array]) -> None:
    compared = compare("mse", rows["b"], rows["c"], rows["y"], by=rows["user"])
    assert math.fsum(group["share"] for group in compared.groups) == pytest.approx(1.0, rel=1e-14)
    total = math.fsum(group["n"] * group["difference"] for group in compared.groups)
    assert total == pytest.approx(900 * compared.difference, rel=1e-13)
    assert sum(group["n"] for group in compared.groups) == compared.n == 900


def test_the_whole_is_the_same_with_groups_and_without(rows: dict[str, Array]) -> None:
    for said in ({}, {"weights": rows["w"], "margin_rel": 0.01}):
        grouped = compare("mse", rows["b"], rows["c"], rows["y"], by=rows["user"], **said).to_dict()
        plain = compare("mse", rows["b"], rows["c"], rows["y"], **said).to_dict()
        assert {name: value for name, value in grouped.items() if name not in ("groups", "grouping")} == plain


def test_short_sums_have_the_bits_of_states(rows: dict[str, Array], monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.engine.paired_groups import PairedGroupSums

    call: Callable[[], Any] = partial(compare, "mse", rows["b"], rows["c"], rows["y"], by=rows["user"], reduction="sum")
    short = call().groups
    monkeypatch.setattr(PairedGroupSums, "short", lambda *_: None)
    assert call().groups == short


def test_what_is_infinite_missing_or_counts_for_nothing() -> None:
    """An infinite row is its group's alone; a group whose weights are nought has no value."""
    base, cand, labels = [0.5, 0.0, 0.5, 0.5, 0.4, 0.5], [0.4, 0.0, 0.0, 0.5, 0.6, 0.5], [1, 1, 1, 1, 1, 1]
    compared = compare(
        "log_loss", base, cand, labels, by=["a", "a", "b", "b", "c", None], weights=[1.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    )
    by_name = {group["by"]["by"]: group for group in compared.groups}
    assert by_name["a"]["base"] == by_name["a"]["cand"] == math.inf
    assert by_name["a"]["difference"] == pytest.approx(math.log(0.5 / 0.4) / 2)  # infinite in both is no difference
    assert (by_name["b"]["difference"], by_name["b"]["verdict"]) == (math.inf, "worse")
    assert (by_name["c"]["base"], by_name["c"]["difference"], by_name["c"]["verdict"]) == (None, None, "inconclusive")
    assert by_name[None]["n"] == 1
    document = compared.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False))["groups"][1]["difference"] is None
    assert any("no interval" in note for note in compared.notes)


def test_rows_that_all_differ_by_one_amount_are_told() -> None:
    compared = compare("mae", [1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.0, 5.0], [0.0] * 4, by={"g": ["a", "a", "b", "b"]})
    assert any("1 group has rows that all differ by the same amount" in note for note in compared.notes)


def test_min_n_leaves_groups_out_of_the_family(rows: dict[str, Array]) -> None:
    counts = np.bincount(rows["user"])
    compared = compare("mse", rows["b"], rows["c"], rows["y"], by={"user": rows["user"]}, min_n=15, sort="difference")
    kept = int((counts >= 15).sum())
    assert len(compared.groups) == kept
    assert compared.grouping["adjusted_for"] == sum(group["p_value"] is not None for group in compared.groups) <= kept
    assert compared.grouping["left_out"] == {
        "min_n": 15, "groups": int((counts < 15).sum()), "rows": int(counts[counts < 15].sum()),
    }  # fmt: skip
    differences = [group["difference"] for group in compared.groups]
    assert differences == sorted(differences, reverse=True)


@pytest.fixture
def table(rows: dict[str, Array], tmp_path: Path) -> str:
    path = tmp_path / "rows.csv"
    names = ("b", "c", "y", "region", "user")
    lines = [",".join(names), *(",".join(str(rows[name][i]) for name in names) for i in range(400))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_documents(table: str, cli: Callable[..., Any], threads: str) -> None:
    """Several losses and candidates: one family; the same bytes on any threads; every form says the groups."""
    words = ["compare", f"{table}::b", "::c", "::y", "::y", "-l", "mse", "-l", "mae", "--by", "region,user:20", "-q"]
    document = json.loads(cli(*words, "--json", "--threads", threads).out)
    VALIDATOR.validate(document)
    results = document["results"]
    assert len(results) == 4
    p_values = [group["p_value"] for result in results for group in result["groups"]]
    adjusted = [group["p_adjusted"] for result in results for group in result["groups"]]
    known = [p for p in p_values if p is not None]
    assert [p for p in adjusted if p is not None] == pytest.approx(holm(known), rel=1e-15)
    assert {result["grouping"]["adjusted_for"] for result in results} == {len(known)}
    assert list(results[0]["groups"][0]["by"]) == ["region", "user"]
    assert results[0]["groups"][0]["by"]["user"] == "[0, 20)"


def test_forms(table: str, cli: Callable[..., Any]) -> None:
    words = ["compare", f"{table}::b", "::c", "::y", "-l", "mse", "--by", "region", "-q"]
    plain = cli(*words, "--format", "plain", "--top", "2", "--sort", "difference").out
    assert "by region: 3 groups, 1 worse, p-values adjusted for 3 tests" in plain
    assert "And 1 more group" in plain
    assert plain.index("north") < plain.index("And 1 more")
    assert "| `north` |" in cli(*words, "--format", "markdown").out
    lines = cli(*words, "--format", "csv").out.splitlines()
    assert lines[0].endswith("signature,share,by region")
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["", "east", "north", "south"]


@pytest.mark.slow
def test_the_page_has_the_groups(table: str, cli: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = tmp_path / "page.html"
    cli("compare", f"{table}::b", "::c", "::y", "-l", "mse", "--by", "region", "-q", "--report", f"html={page}")
    html = page.read_text(encoding="utf-8")
    assert "differences by region" in html
    assert html.count("<figure>") == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--min-n", "3"], "--by"),
        (["--sort", "p"], "--by"),
        (["--by", "regoin"], "region"),
        (["--by", "region:ten"], "width"),
        (["--by", "region", "--macro"], "--macro"),
        (["--by", "user", "--max-memory", "60k"], "--max-memory"),
    ],
)
def test_mistakes(table: str, cli: Callable[..., Any], words: list[str], says: str) -> None:
    ended = cli("compare", f"{table}::b", "::c", "::y", "-l", "mse", *words)
    assert ended.code == (3 if "--max-memory" in words else 2)
    assert says in ended.err


def test_one_loss_a_row_has_no_groups(rows: dict[str, Array]) -> None:
    with pytest.raises(losscli.UsageProblem, match="reduction"):
        compare("mse", rows["b"], rows["c"], rows["y"], by=rows["region"], reduction="none")


@pytest.mark.slow
def test_intervals_cover_and_verdicts_hold_the_level() -> None:
    """Twelve groups of normal differences of mean nought: 95 % of intervals hold it; a false verdict in 5 % at most."""
    rng = np.random.default_rng(5)
    covered = tests = false = 0
    runs = 1000
    group = np.repeat(np.arange(12), [5, 10, 20, 30, 30, 40, 40, 50, 60, 80, 100, 150])
    zeros = np.zeros(len(group))
    for _ in range(runs):
        base = 3.0 + rng.random(len(group))
        compared = losscli.compare("mae", base, base + 0.5 * rng.normal(size=len(group)), zeros, by=group, worst=0)
        known = [
            each["ci"] for each in compared.groups if each["ci"] is not None
        ]  # one row may carry all of the spread
        tests += len(known)
        covered += sum(ci["low"] <= 0.0 <= ci["high"] for ci in known)
        false += any(each["verdict"] in ("worse", "improved") for each in compared.groups)
    assert covered / tests == pytest.approx(0.95, abs=0.008)  # 12,000 intervals: three standard errors are 0.006
    assert false / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
