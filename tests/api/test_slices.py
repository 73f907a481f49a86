"""Groups that are worse than the rest: planted ones are found and named, the same on every road; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from jsonschema import validate

import losscli
from losscli.core.errors import DataProblem, UsageProblem
from losscli.report import schemas

ROWS = 6000
OVER = ["region", "age", "flag", "income"]


def table(seed: int = 0, *, worse: float = 1.7) -> dict[str, Any]:
    """Errors that are larger among old people of one region, and where a flag is set."""
    rng = np.random.default_rng(seed)
    region = np.array(["north", "so'uth", "e=ast", "we st"])[rng.integers(0, 4, ROWS)]
    age = rng.integers(18, 90, ROWS)
    flag = rng.random(ROWS) < 0.3
    errors = rng.normal(size=ROWS)
    errors[(region == "we st") & (age >= 55)] *= worse
    errors[flag] *= 1.0 + (worse - 1.0) / 2.0
    income = np.where(rng.random(ROWS) < 0.1, np.nan, rng.lognormal(size=ROWS))
    weights = rng.integers(1, 4, ROWS)
    return {
        "p": errors, "y": np.zeros(ROWS), "region": region, "age": age, "flag": flag, "income": income, "w": weights,
        "user": rng.integers(0, 900, ROWS),
    }  # fmt: skip


def found(columns: dict[str, Any], over: Any = OVER, loss: str = "mse", **options: Any) -> Any:
    return losscli.slices(loss, columns, over=over, pred="p", label="y", **options)


def test_planted_groups_are_found_and_nothing_else() -> None:
    report = found(table())
    first, second = report.slices
    assert first.name.startswith("region=we st and age>=")
    assert second.name == "flag=true"
    assert first.difference > second.difference > 0.0
    assert first.low is not None
    assert first.low > 0.0
    assert max(first.q_value, second.q_value) < 0.001
    assert report.search["tried"] > 500
    assert report.search["tested"] < 20
    assert report.rows == ROWS
    assert 0.45 * ROWS < report.tested_rows < 0.55 * ROWS


@pytest.mark.parametrize("loss", ["mse", "rmse"])
@pytest.mark.parametrize("options", [{}, {"weight": "w"}, {"weight": "w", "weights_are": "frequency"}])
def test_what_is_listed_is_what_compute_says_of_these_rows(loss: str, options: dict[str, Any]) -> None:
    """The half that tests is not known outside; where it is all rows, the values are those of compute."""
    columns = table()
    report = found(columns, loss=loss, **options)
    assert len(report) >= 1
    for each in report:
        chosen = losscli.compute(loss, columns, pred="p", label="y", where=each.where, **options)
        if options.get("weights_are") is None:
            assert chosen.n == each.rows
        assert chosen.value == pytest.approx(each.value, rel=0.15)
        assert each.difference == pytest.approx(each.value - each.rest, rel=1e-12)
        assert each.difference_stderr is not None
        assert each.stderr is not None
        assert each.difference_stderr > each.stderr > 0.0


def test_halves_add_up_to_all_rows() -> None:
    """With the halves exchanged the two values of a group are those of its rows by compute."""
    from losscli.stats.slices.halves import Halves

    columns = table()
    inside = (columns["region"] == "we st") & (columns["age"] >= 55)
    finds = Halves(0).finds({}, 0, ROWS)
    assert np.array_equal(np.concatenate([Halves(0).finds({}, 0, 100), Halves(0).finds({}, 100, ROWS - 100)]), finds)
    report = found({**columns, "old": inside}, over="old")
    (each,) = report.slices
    tests = ~finds & inside
    assert (each.rows, each.n) == (int(inside.sum()), int(tests.sum()))
    assert each.value == pytest.approx(float(np.mean(columns["p"][tests] ** 2)), rel=1e-15)
    assert each.rest == pytest.approx(float(np.mean(columns["p"][~finds & ~inside] ** 2)), rel=1e-15)
    parts = [columns["p"][~finds & rows] ** 2 for rows in (inside, ~inside)]
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))
    assert each.difference_stderr == pytest.approx(float(error), rel=1e-12)


def test_every_road_gives_the_same_bits(cli: Any, tmp_path: Path) -> None:
    columns = pa.table({name: pa.array(values, from_pandas=True) for name, values in table().items()})
    pq.write_table(columns, tmp_path / "t.parquet", row_group_size=1000)
    pc.write_csv(columns, tmp_path / "t.csv")
    documents = []
    for name, threads in (("t.parquet", 1), ("t.csv", 2), ("t.parquet", 2)):
        words = ["--pred", "p", "--label", "y", "-l", "mse", "--over", ",".join(OVER), "--threads", threads, "--json"]
        ran = cli("slices", tmp_path / name, *words)
        assert (ran.code, ran.err) == (0, "")
        document = json.loads(ran.out)
        validate(document, json.loads(schemas.text("report")))
        numbers = [{key: value for key, value in each.items() if key != "conditions"} for each in document["results"]]
        documents.append(numbers)
    assert documents[0] == documents[1] == documents[2]
    in_memory = found(columns.to_pydict(), threads=2).to_dict()["results"]
    assert [{key: value for key, value in each.items() if key != "conditions"} for each in in_memory] == documents[0]


def test_where_nothing_is_worse_it_says_so(cli: Any, tmp_path: Path) -> None:
    columns = table(worse=1.0)
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    ran = cli("slices", tmp_path / "t.parquet", "--pred", "p", "--label", "y", "-l", "mse", "--over", ",".join(OVER))
    assert ran.code == 0
    assert ran.out.startswith("No group is worse than the rest beyond chance: the mse of ")


def test_a_part_is_listed_only_if_it_is_worse_than_its_group() -> None:
    """A region is worse, and the old people in it no more than the others of the region; then they are."""
    columns = table(worse=1.0)
    columns["p"] = np.where(columns["region"] == "we st", 1.7, 1.0) * columns["p"]
    assert [each.name for each in found(columns)] == ["region=we st"]
    old = columns["age"] >= 60
    columns["p"] = np.where(old & (columns["region"] == "we st"), 1.8, 1.0) * columns["p"]
    names = [each.name for each in found(columns)]
    assert any(name.startswith("region=we st and age>=") for name in names)
    assert names[-1] == "region=we st"
    assert not any("flag" in name or "income" in name for name in names)


def test_a_margin_is_to_be_exceeded() -> None:
    columns = table()
    assert len(found(columns)) == 2
    within = found(columns, margin="110%")
    assert [each.name.startswith("region") for each in within] == [True]
    assert len(found(columns, margin=9.0)) == 0
    assert within.search["margin"] == {"absolute": 0.0, "relative": 1.1}


def test_clusters_stay_in_one_half_and_widen_intervals() -> None:
    columns = table()
    users = columns["user"]
    by_user = np.exp(np.random.default_rng(5).normal(0.0, 0.6, 900))[users]
    columns["p"] = columns["p"] * by_user
    columns["region"] = np.array(["north", "so'uth", "e=ast", "we st"])[users % 4]
    columns["p"] = np.where(columns["region"] == "we st", 2.0, 1.0) * columns["p"]
    plain, clustered = found(columns, over="region"), found(columns, over="region", cluster="user")
    assert [each.name for each in clustered] == ["region=we st"]
    assert clustered.slices[0].difference_stderr > 1.5 * plain.slices[0].difference_stderr
    as_text = found({**columns, "user": users.astype(str)}, over="region", cluster="user")
    assert as_text.to_dict()["results"] == clustered.to_dict()["results"]


def test_missing_values_and_bins_have_names() -> None:
    columns = table(worse=1.0)
    missing = np.isnan(columns["income"])
    columns["p"] = np.where(missing, 2.0, 1.0) * columns["p"]
    (each,) = found(columns).slices
    assert (each.name, each.where) == ("income is missing", None)
    columns["p"] = np.where((columns["age"] >= 40) & (columns["age"] < 50), 3.0, 1.0) * columns["p"]
    names = [each.name for each in found(columns, over="age:10")]
    assert names == ["age>=40 and age<50"]


@pytest.mark.parametrize(
    ("loss", "options", "sentence"),
    [
        ("mse:reduction=sum", {}, "The sum over rows says nothing of groups of different sizes."),
        ("median_absolute_error", {}, "has no standard error of each group here"),
        ("l2", {}, "groups of different sizes"),
        ("mse", {"over": [f"c{i}" for i in range(40)]}, "40 columns make 10,700 combinations of up to 3"),
        ("mse", {"over": "regoin"}, "over regoin: no file has a column regoin. Did you mean region?"),
        ("mse", {"fdr": 0}, "fdr must be a rate above 0 and below 100 %, such as 5% or 0.05, got 0."),
    ],
)
def test_what_cannot_be_searched_is_said(loss: str, options: dict[str, Any], sentence: str) -> None:
    from losscli.core.loss_spec import read

    spec = read(loss)
    with pytest.raises((UsageProblem, DataProblem)) as raised:
        found(table(), loss=spec.loss.name, **{"over": OVER, **spec.options, **options})
    assert sentence in str(raised.value)


def test_rows_that_are_too_few_are_said() -> None:
    few = {name: values[:3] for name, values in table().items()}
    with pytest.raises(DataProblem, match="too few rows to find groups"):
        found(few)
    some = {name: values[:150] for name, values in table().items()}
    assert any(note.startswith("There are 150 rows, so no group has") for note in map(str, found(some).warnings))


def test_infinite_losses_are_named() -> None:
    columns = table()
    columns["p"][17] = np.inf
    with pytest.raises(DataProblem, match=r"1 row costs inf, the first is row 17 \(from 0\)"):
        found(columns)


def test_mistakes_on_the_command_line(cli: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table(table()), tmp_path / "t.parquet")
    words = ("slices", tmp_path / "t.parquet", "--pred", "p", "--label", "y")
    assert "Missing option '-l'" in cli(*words, "--over", "age").err
    assert "Name some, such as --over region,device,age." in cli(*words, "-l", "mse").err
    assert "takes one loss" in cli(*words, "-l", "mse", "-l", "mae", "--over", "age").err
    ran = cli(*words, "-l", "mse", "--over", "age", "--report", "junit=x.xml")
    assert (ran.code, "It writes json, jsonl, csv" in ran.err) == (2, True)
