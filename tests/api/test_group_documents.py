"""Groups in reports of every format, in batches, suites, shards, gates and `verify`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from grouped_rows import ROWS, as_table, data, written

import losscli
from losscli.report.schemas import text as schema_text

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text("report")))


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("p,y,site,age\n1,0,=a,31\n2,0,b|`c`,39\n3,0,,40\n4,0,=a,5\n")
    return path


def test_documents_follow_the_schema(cli: Any, table_file: Path) -> None:
    words = ["compute", "rmse", table_file, "--pred", "p", "--label", "y", "--by", "site,age:10", "--json"]
    for more in ([], ["--macro"], ["--min-n", "2"], ["--partial"]):
        ran = cli(*words, *more)
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        VALIDATOR.validate(document)
        assert document["request"]["by"] == ["site", "age:10"]
        assert document["results"][0]["grouping"]["groups"] == 4


def test_csv_has_a_row_a_group(cli: Any, table_file: Path) -> None:
    ran = cli("compute", "mae", table_file, "--pred", "p", "--label", "y", "--by", "site", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["by site"], row["value"], row["n"]) for row in rows] == [
        ("", "2.5", "4"), ("'=a", "2.5", "2"), ("b|`c`", "2.0", "1"), ("(missing)", "3.0", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", "table", "markdown"])
def test_golden(cli: Any, golden: Any, table_file: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(table_file.parent)
    words = ["--pred", "p", "--label", "y", "--by", "site", "--ci", "95", "--sort", "value", "--top", "2", "-q"]
    ran = cli("compute", "mae", "t.csv", *words, "--format", kind)
    assert ran.code == 0, ran.err
    golden(f"groups-{kind}", ran.out)


def test_a_batch_and_a_suite_have_groups(cli: Any, table_file: Path) -> None:
    suite = table_file.parent / "suite.toml"
    suite.write_text(
        "[[data]]\nname = 'd'\npred = 't.csv'\nloss = ['mae', 'rmse']\nby = ['site', 'age:10']\nmacro = true\n"
        "[data.columns]\npred = 'p'\nlabel = 'y'\n"
    )
    alone = json.loads(cli("compute", "rmse", table_file, "--pred", "p", "--label", "y", "--by", "site,age:10",
                           "--macro", "--json").out)["results"][0]  # fmt: skip
    more = ["-l", "rmse", "--pred", "p", "--label", "y", "--by", "site,age:10", "--macro", "--json"]
    for words in ([suite, "--json"], [table_file, *more]):
        ran = cli("batch", *words)
        assert ran.code == 0, ran.err
        result = json.loads(ran.out)["results"][-1]
        for name in ("value", "stderr", "groups", "grouping", "signature"):
            assert result[name] == alone[name], name


def test_verify_computes_macro_again(cli: Any, table_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table_file.parent)
    ran = cli("compute", "rmse", "t.csv", "--pred", "p", "--label", "y", "--by", "site", "--macro", "-o", "r.json")
    assert ran.code == 0, ran.err
    verified = cli("verify", "r.json")
    assert verified.code == 0, verified.out
    document = json.loads(Path("r.json").read_text())
    document["results"][0]["value"] *= 1.01
    Path("r.json").write_text(json.dumps(document))
    assert cli("verify", "r.json").code == 1


@pytest.mark.parametrize("macro", [False, True])
def test_merged_shards_have_the_groups_of_the_whole(cli: Any, tmp_path: Path, macro: bool) -> None:
    """Cut anywhere, in any order: the groups have the same bits, and a group that is small in each shard is none."""
    columns = data(8)
    words = ["--pred", "p", "--label", "y", "--weight", "w", "--by", "region,age:10", "--ci", "95", "--min-n", "60"]
    words += ["--macro"] if macro else []
    ends, shards = [0, 700, 701, 2000, ROWS], []
    for i, stop in enumerate(ends[1:]):
        part = tmp_path / f"part{i}"
        part.mkdir()
        path = written(part, {name: column[ends[i] : stop] for name, column in columns.items()})["csv"]
        shards.append(part / "shard.json")
        ran = cli("compute", "rmse", path, *words, "--partial", "-o", shards[-1])
        assert ran.code == 0, ran.err
    whole = losscli.compute(
        "rmse", as_table(columns), pred="p", label="y", weight="w", by="region,age:10", ci=95, min_n=60, macro=macro
    )
    assert "left_out" in whole.grouping
    for order in (shards, shards[::-1]):
        ran = cli("merge", *order, "--json")
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        VALIDATOR.validate(document)
        merged = document["results"][0]
        assert merged["groups"] == whole.to_dict()["groups"]
        assert merged["grouping"]["left_out"] == whole.grouping["left_out"]
        assert merged["value"] == pytest.approx(whole.value, rel=1e-15)
        assert merged["signature"] == whole.signature
    ran = cli("compute", "rmse", tmp_path / "part0" / "data.csv", "--pred", "p", "--label", "y", "--weight", "w",
              "--partial", "-o", tmp_path / "plain.json")  # fmt: skip
    assert cli("merge", shards[1], tmp_path / "plain.json").code == 3


def test_a_gate_does_not_take_rows_for_a_mean_over_groups(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """The rows of --per-sample are of all rows alike, and the value is not."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(9)
    for side, shift in (("base", 0.0), ("now", 5.0)):
        lines = [f"{shift + rng.normal()},0,{'big' if i < 90 else f's{i}'}\n" for i in range(100)]
        Path(f"{side}.csv").write_text("p,y,g\n" + "".join(lines))
        words = ["--pred", "p", "--label", "y", "--by", "g", "--macro", "--per-sample", f"{side}.npy"]
        assert cli("compute", "mse", f"{side}.csv", *words, "-o", f"{side}.json").code == 0
    ran = cli("gate", "now.json", "--baseline", "base.json", "--json")
    (check,) = json.loads(ran.out)["results"][0]["checks"]
    assert check["passed"] is False
    assert "means over groups" in check["message"]
    assert check["value"] == json.loads(Path("now.json").read_text())["results"][0]["value"]
