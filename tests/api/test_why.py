"""`why`: a difference split into what each group of rows adds, by hand and against fractions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_sides import VALIDATOR

import losscli
from losscli import compare, why
from losscli.stats.decomposition import GroupTotal, Whole

Array = np.ndarray[Any, Any]


def table(loss: list[float], group: list[str], **more: list[Any]) -> dict[str, Any]:
    """Rows whose mae is the loss."""
    import pandas as pd

    return pd.DataFrame({"p": loss, "y": [0.0] * len(loss), "g": group, **more})


def test_the_mix_by_hand() -> None:
    """Before, three rows of a lose 1 and one of b loses 5: 2. Now one of a loses 3 and three of b lose 5: 4.5.

    Own changes: a (3/4 + 1/4) / 2 x (3 - 1) = 1, b 0. Mix, from the mean 3.25 of both: a (1/4 - 3/4) x (2 - 3.25) =
    0.625, b (3/4 - 1/4) x (5 - 3.25) = 0.875. All is 2.5.
    """
    before = table([1.0, 1.0, 1.0, 5.0], ["a", "a", "a", "b"])
    now = table([3.0, 5.0, 5.0, 5.0], ["a", "b", "b", "b"])
    split = why("mae", before, now, cand_labels=now, by="g", pred="p", label="y", sort="name")
    assert (split.base, split.cand, split.difference, split.within, split.mix) == (2.0, 4.5, 2.5, 1.0, 1.5)
    a, b = split.groups
    assert (a.within, a.mix, a.shares, a.n, a.difference) == (1.0, 0.625, (0.75, 0.25), (3, 1), 2.0)
    assert (b.within, b.mix, b.contribution, b.base, b.cand) == (0.0, 0.875, 0.875, 5.0, 5.0)
    assert split.convention == "symmetric"
    assert "Kitagawa" in split.convention_words
    assert not split.paired


def test_a_group_of_one_side_is_mix_alone() -> None:
    """Before 2 and 4 of a, now 3 of a and 9 of new: means 3 and 6, centre 4.5; new adds 1/2 x (9 - 4.5)."""
    before, now = table([2.0, 4.0], ["a", "a"]), table([3.0, 9.0], ["a", "new"])
    split = why("mae", before, now, cand_labels=now, by="g", pred="p", label="y", sort="name")
    a, new = split.groups
    assert (new.within, new.mix, new.base, new.difference, new.verdict) == (0.0, 2.25, None, None, None)
    assert (a.within, a.mix) == (0.0, 0.75)
    assert split.difference == 3.0
    assert any("only the candidate has new" in note for note in split.notes)
    back = why("mae", now, before, cand_labels=before, by="g", pred="p", label="y", sort="name")
    assert [(part.within, part.mix) for part in back.groups] == [(0.0, -0.75), (0.0, -2.25)]


def test_the_same_rows_by_hand() -> None:
    """Of weights 1, 3, 2: differences 1, -1, 4 of losses. a adds (1 - 3) / 6, b 8 / 6; there is no mix."""
    split = why(
        "mae", [1.0, 2.0, 3.0], [2.0, 1.0, 7.0], [0.0] * 3, by={"g": ["a", "a", "b"]}, weights=[1.0, 3.0, 2.0],
        keep={"id": ["x", "y", "z"]}, worst=2,
    )  # fmt: skip
    b, a = split.groups
    assert (a.within, b.within, a.mix, split.mix) == (-2 / 6, 8 / 6, 0.0, 0.0)
    assert (a.shares, b.n) == ((4 / 6, 4 / 6), (1, 1))
    assert split.difference == 1.0 == split.within
    assert split.paired
    assert [(each.row, each.base, each.cand, each.effect, each.keep) for each in split.rows] == [
        (2, 3.0, 7.0, 8 / 6, {"id": "z"}), (1, 2.0, 1.0, -3 / 6, {"id": "y"}),
    ]  # fmt: skip


def test_parts_are_exact_and_add_up() -> None:
    """Against fractions, of masses and sums that floats do not hold."""
    rng = np.random.default_rng(3)

    def total() -> GroupTotal:
        return GroupTotal(int(rng.integers(-(10**17), 10**17)) << 900, int(rng.integers(1, 10**17)) << 900)

    groups: list[tuple[GroupTotal | None, GroupTotal | None]] = [(total(), total()) for _ in range(5)]
    groups += [(total(), None), (None, total()), (total(), GroupTotal(0, 0))]
    sums = [
        GroupTotal(sum(each.total for each in side if each), sum(each.mass for each in side if each))
        for side in zip(*groups, strict=True)
    ]
    whole = Whole(sums[0], sums[1])
    values = [Fraction(each.total, each.mass) for each in sums]
    assert whole.difference == float(values[1] - values[0])
    centre = sum(values) / 2
    added = Fraction(0)
    for before, now in groups:
        share = [Fraction(each.mass if each else 0, of.mass) for each, of in zip((before, now), sums, strict=True)]
        mean = [Fraction(each.total, each.mass) if each and each.mass else None for each in (before, now)]
        both = [each for each in mean if each is not None]
        own = sum(share) / 2 * (both[1] - both[0]) if len(both) == 2 else Fraction(0)
        mix = (share[1] - share[0]) * (sum(both) / len(both) - centre)
        parts = whole.parts(before, now)
        assert (parts.within, parts.mix) == (float(own), float(mix))
        added += own + mix
    assert added == values[1] - values[0]


@pytest.fixture(scope="module")
def rows() -> dict[str, Array]:
    rng = np.random.default_rng(8)
    n = 1200
    y, error, group = rng.normal(size=n), rng.normal(size=n), rng.integers(0, 40, n)
    c = y + np.where(group == 7, 3.0, 1.0) * error + 0.05 * rng.normal(size=n)
    return {"y": y, "b": y + error, "c": c, "g": group, "w": rng.random(n)}


def test_the_planted_group_adds_the_difference(rows: dict[str, Array]) -> None:
    split = why("mse", rows["b"], rows["c"], rows["y"], by=rows["g"], weights=rows["w"])
    compared = compare("mse", rows["b"], rows["c"], rows["y"], by=rows["g"], weights=rows["w"])
    assert split.groups[0].by == {"by": 7}
    assert split.groups[0].verdict == "worse"
    assert [part.verdict for part in split.groups].count("worse") == 1
    assert split.difference == compared.difference
    assert math.fsum(part.within for part in split.groups) == pytest.approx(split.difference, rel=1e-14)
    by_key = {group["by"]["by"]: group for group in compared.groups}
    for part in split.groups:
        group = by_key[part.by["by"]]
        assert (part.difference, part.stderr, part.p_adjusted) == (
            group["difference"], group["stderr"], group["p_adjusted"],
        )  # fmt: skip
        assert part.within == pytest.approx(part.shares[0] * part.difference, rel=1e-12)


def test_small_groups_stand_in_one_line_and_are_added_up(rows: dict[str, Array]) -> None:
    split = why("mse", rows["b"], rows["c"], rows["y"], by=rows["g"], min_n=30)
    every = why("mse", rows["b"], rows["c"], rows["y"], by=rows["g"])
    assert split.rest is not None
    assert len(split.groups) + split.rest.groups == len(every.groups)
    assert math.fsum([*(part.within for part in split.groups), split.rest.within]) == pytest.approx(every.difference)
    assert split.adjusted_for == len(split.groups)


@pytest.fixture
def files(rows: dict[str, Array], tmp_path: Path) -> tuple[str, str]:
    """Two months, the second without its first 300 rows, as files with ids."""
    paths = []
    for name, column, start in (("may", "b", 0), ("june", "c", 300)):
        path = tmp_path / f"{name}.csv"
        lines = [f"{i},{rows[column][i]},{rows['y'][i]},{rows['g'][i] % 4}" for i in range(start, 1200)]
        path.write_text("\n".join(["id,p,y,g", *lines]) + "\n", encoding="utf-8")
        paths.append(str(path))
    return paths[0], paths[1]


@pytest.mark.parametrize("other_rows", [False, True])
def test_documents_and_forms(files: tuple[str, str], cli: Callable[..., Any], other_rows: bool) -> None:
    may, june = files
    words = ["why", f"{may}::p", f"{june}::p", f"{may}::y", "-l", "mse", "--by", "g", "--top", "2", "-q"]
    if other_rows:
        words += ["--cand-labels", "::y"]
    else:
        words += ["--join", "id", "--on-missing", "drop"]
    ended = cli(*words, "--json")
    document = json.loads(ended.out)
    VALIDATOR.validate(document)
    assert ended.code == 0
    about = document["decomposition"]
    assert about["paired"] is not other_rows
    parts = [part["contribution"] for part in document["results"]]
    assert math.fsum(parts) == pytest.approx(about["difference"], rel=1e-12)
    assert len(parts) == 4
    assert {each["role"] for each in document["inputs"]} >= {"predictions", "labels"}
    assert [each["keep"] for each in about["rows"]] == [{"id": each["row"]} for each in about["rows"]]
    assert len(about["rows"]) == (0 if other_rows else 5)
    assert json.loads(cli(*words, "--json", "--threads", "2").out)["results"] == document["results"]
    plain = cli(*words).out
    assert "convention" in plain
    assert "all rows" in plain
    assert "And 2 more groups" in plain
    assert ("mix adds" in plain) is other_rows
    assert "| `all rows` |" in cli(*words, "--format", "markdown").out
    lines = cli(*words, "--format", "csv").out.splitlines()
    assert len(lines) == 6
    assert lines[0].endswith("signature,by g")
    assert "all rows" in cli(*words, "--format", "table").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-l", "mse"], "--by region"),
        (["-l", "rmse", "--by", "g"], "mse is the part that adds up"),
        (["-l", "r2", "--by", "g"], "compare --by"),
        (["-l", "median_absolute_error", "--by", "g"], "no mean or sum"),
        (["-l", "mse", "--by", "gg"], "Did you mean g?"),
        (["-l", "mse", "--by", "g", "--cand-labels", "::y", "--cluster", "id"], "--cluster"),
        (["-l", "mse", "--by", "g", "--cand-labels", "::y", "--keep", "id"], "--keep"),
        (["-l", "mse", "--by", "g", "--cand-labels", "::y", "--weights", "MAY::y"], "--cand-weights"),
        (["-l", "mse", "--by", "g", "--sort", "p"], "contribution"),
        (["-l", "mse", "--by", "g", "--report", "junit=x.xml"], "junit"),
        (["--by", "g"], "--loss"),
        (["-l", "mse", "-l", "mae", "--by", "g"], "one loss"),
    ],
)
def test_mistakes(files: tuple[str, str], cli: Callable[..., Any], words: list[str], says: str) -> None:
    may, _ = files
    given = [word.replace("MAY", may) for word in words]
    ended = cli("why", f"{may}::p", f"{may}::y", f"{may}::y", *given)
    assert ended.code == 2
    assert ended.out == ""
    assert says in ended.err


def test_what_is_not_finite_has_no_parts() -> None:
    with pytest.raises(losscli.DataProblem, match="no parts"):
        why("log_loss", [0.5, 0.5], [0.0, 0.5], [1, 1], by={"g": ["a", "b"]})
    shared = why("log_loss", [0.5, 0.0], [0.25, 0.0], [1, 1], by={"g": ["a", "b"]})  # infinite in both is no change
    assert [part.within for part in shared.groups] == [pytest.approx(math.log(2) / 2), 0.0]
    before, now = table([1.0, 2.0], ["a", "b"]), table([1.0, math.inf], ["a", "b"])
    with pytest.raises(losscli.DataProblem, match="no parts"):
        why("mae", before, now, cand_labels=now, by="g", pred="p", label="y")


def test_mistakes_of_python() -> None:
    before, now = table([1.0, 2.0], ["a", "b"]), table([1.0, 3.0, 4.0], ["a", "b", "b"])
    with pytest.raises(losscli.UsageProblem, match="An array says the groups of the base's rows"):
        why("mae", before, now, cand_labels=now, by={"g": ["a", "b"]}, pred="p", label="y")
    with pytest.raises(losscli.UsageProblem, match="sort must be one of"):
        why("mae", [1.0], [2.0], [0.0], by={"g": ["a"]}, sort="size")
    with pytest.raises(losscli.UsageProblem, match="reduction"):
        why("mae", before, now, cand_labels=now, by="g", pred="p", label="y", reduction="sum")


@pytest.mark.slow
def test_intervals_of_own_changes_cover() -> None:
    """Two months of other rows, whose groups did not change: 95 % of the intervals hold nought; a verdict in 5 %."""
    import pandas as pd

    rng = np.random.default_rng(17)
    covered = tests = false = 0
    runs = 400

    def month(shares: list[float]) -> Any:
        group = rng.choice(list("abcd"), 400, p=shares)
        return pd.DataFrame({"p": 2.0 + rng.random(400) * (1 + (group == "c")), "y": np.zeros(400), "g": group})

    for _ in range(runs):
        may, june = month([0.4, 0.3, 0.2, 0.1]), month([0.1, 0.3, 0.3, 0.3])
        split = why("mae", may, june, cand_labels=june, by="g", pred="p", label="y")
        tests += len(split.groups)
        covered += sum(part.ci["low"] <= 0.0 <= part.ci["high"] for part in split.groups)
        false += any(part.verdict in ("worse", "improved") for part in split.groups)
    assert covered / tests == pytest.approx(0.95, abs=0.017)
    assert false / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.slow
def test_the_page_and_the_picture(files: tuple[str, str], cli: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    may, june = files
    page, report = tmp_path / "why.html", tmp_path / "why.json"
    words = ["why", f"{may}::p", f"{june}::p", f"{may}::y", "--cand-labels", "::y", "-l", "mse", "--by", "g", "-q"]
    assert cli(*words, "--report", f"html={page}", "-o", report).code == 0
    assert page.read_text(encoding="utf-8").count("<figure>") == 1
    assert cli("plot", "contributions", report, "-o", tmp_path / "why.svg").code == 0
