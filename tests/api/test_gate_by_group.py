"""`gate --by`: every group held by the rules, by its own rows where both reports kept them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_sides import VALIDATOR

import losscli

Cli = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Labels with regions, and predictions of two models: the second is worse in the north."""
    rng = np.random.default_rng(2)
    n = 600
    region = rng.choice(np.array(["north", "south", "east"]), n)
    region[0] = "lone"
    y, error = rng.normal(size=n), rng.normal(size=n)
    (tmp_path / "y.csv").write_text("y,region\n" + "".join(f"{a},{b}\n" for a, b in zip(y, region, strict=True)))
    np.save(tmp_path / "base.npy", y + error)
    worse = np.where(region == "north", 1.4, 1.0) * error + 0.05 * rng.normal(size=n)
    np.save(tmp_path / "cand.npy", y + worse)
    return tmp_path


def computed(cli: Cli, folder: Path, name: str, *words: str, rows: bool = True, by: str = "region") -> Path:
    report = folder / f"{name}.json"
    kept = ["--per-sample", folder / f"{name}-rows.npy"] if rows else []
    grouped = ["--by", by] if by else []
    given = [folder / f"{name}.npy", f"{folder / 'y.csv'}::y", *grouped, *kept, *words]
    assert cli("compute", "mse", *given, "-q", "-o", report).code == 0
    return report


def gated(cli: Cli, folder: Path, *words: Any) -> tuple[int, dict[str, Any], dict[str, Any], str]:
    """The exit code, the checks of groups by region, the check of the whole, and the notes."""
    out = folder / "gate.json"
    ended = cli("gate", folder / "cand.json", "--baseline", folder / "base.json", "--by", "-o", out, *words)
    document = json.loads(out.read_text(encoding="utf-8"))
    VALIDATOR.validate(document)
    checks = document["results"][0]["checks"]
    groups = {each["group"]["region"]: each for each in checks if "group" in each and "against" in each["name"]}
    return ended.code, groups, checks[0], ended.err


def test_groups_are_paired_by_the_rows_that_both_kept(cli: Cli, folder: Path) -> None:
    """The numbers of a group are those of compare --by; p-values are adjusted for the groups alone."""
    for name in ("base", "cand"):
        computed(cli, folder, name)
    code, groups, whole, err = gated(cli, folder, "--margin", "5%")
    words = [folder / "base.npy", folder / "cand.npy", f"{folder / 'y.csv'}::y", "-l", "mse", "--by", "region"]
    compared = json.loads(cli("compare", *words, "--margin", "5%", "-q", "--json").out)["results"][0]
    assert code == 1
    assert whole["evidence"]["p_adjusted"] == whole["evidence"]["p_value"]
    for group in compared["groups"]:
        evidence = groups[group["by"]["region"]]["evidence"]
        if group["n"] == 1:
            continue
        for name in ("verdict", "difference", "stderr", "p_value", "p_adjusted"):
            same = group[name] if name == "verdict" else pytest.approx(group[name], rel=1e-9)
            assert evidence[name] == same
        assert evidence["paired"]
        assert evidence["power"] is not None
        assert evidence["n"] == group["n"]
    assert groups["north"]["passed"] is False
    assert groups["south"]["passed"] is True
    assert groups["lone"]["passed"] is None
    assert "too small" in groups["lone"]["message"]
    assert "region=lone is inconclusive" in err


def test_sorted_and_small_groups_keep_their_rows(cli: Cli, folder: Path) -> None:
    """Rows know their groups by the place in the report's list, whatever its order; small groups are in none."""
    computed(cli, folder, "base", "--sort", "value", "--min-n", "2")
    computed(cli, folder, "cand", "--sort", "n", "--min-n", "2")
    _, groups, _, _ = gated(cli, folder)
    assert set(groups) == {"north", "south", "east"}
    assert all(each["evidence"]["paired"] for each in groups.values())
    assert groups["north"]["evidence"]["verdict"] == "worse"


def test_without_rows_the_values_are_held_with_their_power(cli: Cli, folder: Path) -> None:
    for name in ("base", "cand"):
        computed(cli, folder, name, rows=False)
    _, groups, _, _ = gated(cli, folder, "--margin", "5%")
    evidence = groups["south"]["evidence"]
    assert not evidence["paired"]
    assert evidence["verdict"] == "inconclusive"
    assert 0.0 < evidence["power"] < 0.5
    assert "a true rise of the margin would be called worse in" in groups["south"]["message"]
    assert groups["lone"]["passed"] is None


def test_groups_that_are_gone_fail_and_new_ones_are_said(cli: Cli, folder: Path) -> None:
    computed(cli, folder, "base", "--min-n", "2")
    computed(cli, folder, "cand")
    _, groups, _, err = gated(cli, folder)
    assert (groups["lone"]["passed"], groups["lone"]["informational"]) == (True, True)
    assert "the baseline has no such group" in groups["lone"]["message"]
    assert "region=lone is not in the baseline" in err
    (folder / "base.json").rename(folder / "old.json")
    (folder / "cand.json").rename(folder / "base.json")
    (folder / "old.json").rename(folder / "cand.json")
    code, groups, _, _ = gated(cli, folder)
    assert (code, groups["lone"]["passed"]) == (1, False)
    assert "--min-n 2" in groups["lone"]["message"]


def test_the_same_predictions_pass_without_rows(cli: Cli, folder: Path) -> None:
    report = computed(cli, folder, "base", rows=False)
    (folder / "cand.json").write_bytes(report.read_bytes())
    code, groups, _, _ = gated(cli, folder)
    assert code == 0
    assert all(each["passed"] for each in groups.values())


def test_limits_hold_every_group(cli: Cli, folder: Path) -> None:
    report = computed(cli, folder, "cand", rows=False)
    document = json.loads(report.read_text(encoding="utf-8"))
    values = {group["by"]["region"]: group["value"] for group in document["results"][0]["groups"]}
    limit = (document["results"][0]["value"] + values["north"]) / 2
    assert cli("gate", report, "--max", f"mse={limit}", "-q").code == 0
    ended = cli("gate", report, "--max", f"mse={limit}", "--by", "-q", "--json")
    assert ended.code == 1
    checks = json.loads(ended.out)["results"][0]["checks"]
    held = {each["group"]["region"]: each["passed"] for each in checks if "group" in each}
    assert held == {region: value <= limit for region, value in values.items()}
    gate = losscli.gate(str(report), max={"mse": limit}, by=True)
    assert not gate.passed
    assert [check.group for check in gate.results[0].gates if check.passed is False] == [{"region": "north"}]


def test_a_rise_is_held_in_every_group(cli: Cli, folder: Path) -> None:
    for name in ("base", "cand"):
        computed(cli, folder, name, rows=False)
    ended = cli(
        "gate", folder / "cand.json", "--baseline", folder / "base.json", "--by", "--max-rise", "60%", "-q", "--json"
    )
    checks = json.loads(ended.out)["results"][0]["checks"]
    rises = {each["group"]["region"]: each["passed"] for each in checks if "rises" in each["name"] and "group" in each}
    assert rises == {"lone": True, "north": False, "south": True, "east": True}


def test_rows_of_other_groups_are_not_paired(cli: Cli, folder: Path) -> None:
    """The column that makes the groups may be another one; sizes tell, or the rows do."""
    computed(cli, folder, "base")
    lines = (folder / "y.csv").read_text().splitlines()
    swapped = {"north": "south", "south": "north"}
    other = [lines[0], *(f"{y},{swapped.get(r, r)}" for y, r in (line.split(",") for line in lines[1:]))]
    (folder / "other.csv").write_text("\n".join(other) + "\n")
    computed(cli, folder, "cand", by=f"{folder / 'other.csv'}::region")
    base = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    cand = json.loads((folder / "cand.json").read_text(encoding="utf-8"))
    cand["results"][0]["grouping"]["by"] = base["results"][0]["grouping"]["by"]
    (folder / "cand.json").write_text(json.dumps(cand))
    _, groups, _, _ = gated(cli, folder)
    assert groups["north"]["passed"] is False
    assert "rows in the baseline" in groups["north"]["message"]
    assert groups["east"]["evidence"]["paired"] is False
    assert "in the baseline and of region=" in groups["east"]["message"]


def test_mistakes(cli: Cli, folder: Path) -> None:
    plain = computed(cli, folder, "base", rows=False, by="")
    ended = cli("gate", plain, "--by", "--max", "mse=3")
    assert ended.code == 2
    assert "--by COLUMN" in ended.err
    computed(cli, folder, "cand", rows=False)
    ended = cli("gate", folder / "cand.json", "--baseline", plain, "--by", "-q")
    assert ended.code == 1
    assert "the baseline is grouped not at all, and the report by region" in ended.out


def test_very_many_groups_are_counted_where_people_read(cli: Cli, folder: Path) -> None:
    for name in ("base", "cand"):
        computed(cli, folder, name, by="y:0.1", rows=False)
    ended = cli("gate", folder / "cand.json", "--by", "--max", "mse=1000", "--format", "plain", "-q")
    assert ended.code == 0
    assert "more checks of groups passed" in ended.out
    assert ended.out.count("check mse of") == 0
