"""Numbers that are not finite: every document says which of nan, inf and -inf they are, and every reader knows it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import documents
import numpy as np
import pytest
from jsonschema import Draft202012Validator

from losscli.report.schemas import text as schema_text

LINE = Draft202012Validator(json.loads(schema_text("line")))
ROWS = "p,v,y,g\n1,1,1,a\n2,0.5,2,a\n3,0,3,b\n3,1,3,b\n1,0,2,c\n1,1,2,c\n"
DATA = "compute gaussian_nll d.csv --pred p --label y --variance d.csv::v"


@pytest.fixture
def typed(run: Any, tmp_path: Path) -> Any:
    (tmp_path / "d.csv").write_text(ROWS)
    return run


def result_of(path: Path) -> Any:
    return documents.parse(path.read_text())["results"][0]


def test_groups_and_rows_say_what_they_are(typed: Any, tmp_path: Path) -> None:
    assert typed(f"{DATA} --by g --worst 3 --best 1 --json -o r.json --report jsonl=r.jsonl").code == 0
    line = json.loads((tmp_path / "r.jsonl").read_text())
    LINE.validate(line)
    for result in (result_of(tmp_path / "r.json"), line):
        groups = [(group["by"]["g"], group["value"] is None, group.get("status")) for group in result["groups"]]
        assert groups == [("a", False, None), ("b", True, "-inf"), ("c", True, "inf")]
        assert [row.get("status") for row in result["worst"]] == ["-inf", "inf", None]
        assert [group["share"] for group in result["groups"]] == [None] * 3  # of a whole that is no number


@pytest.mark.parametrize("name", ["r.json", "r.jsonl"])
def test_readers_know_them(typed: Any, tmp_path: Path, name: str) -> None:
    assert typed(f"{DATA} --by g --worst 2 --json -o r.json --report jsonl=r.jsonl").code == 0
    assert typed(f"verify {name}").code == 0
    assert typed(f"gate {name} --baseline r.json").code == 0
    for part in ("groups", "worst"):
        document = json.loads((tmp_path / name).read_text())
        listed = document.get("results", [document])[0][part]
        next(each for each in listed if each.get("status") == "-inf")["status"] = "inf"
        (tmp_path / "changed.json").write_text(json.dumps(document))
        ended = typed("verify changed.json")
        assert (ended.code, f"gaussian_nll: {part} " in ended.out) == (1, True)


def test_minus_infinity_is_not_infinity(typed: Any, tmp_path: Path) -> None:
    ended = typed(f"{DATA} --where g=b --json -o r.json --report csv=r.csv")
    assert (ended.code, ended.err) == (0, "losscli: note: gaussian_nll: row 2 (from 0) costs -inf.\n")
    assert result_of(tmp_path / "r.json")["status"] == "-inf"
    assert ",-inf,-inf," in (tmp_path / "r.csv").read_text()
    assert typed("verify r.json").code == 0
    assert typed("gate r.json --max gaussian_nll=0 --json -o g.json").code == 0
    assert result_of(tmp_path / "g.json")["checks"][0]["not_finite"] == {"value": "-inf"}
    assert typed(f"{DATA} --where g!=c --by g --macro --json -o m.json").code == 0
    assert result_of(tmp_path / "m.json")["grouping"]["macro"]["not_finite"] == {"value_of_all_rows": "-inf"}


def test_shards_keep_it(typed: Any, tmp_path: Path) -> None:
    for group in "ab":
        assert typed(f"{DATA} --where g={group} --by g --partial --json -o {group}.json").code == 0
    assert typed("merge a.json b.json --json -o m.json").code == 0
    merged = result_of(tmp_path / "m.json")
    assert (merged["status"], merged["groups"][1]["status"]) == ("-inf", "-inf")
    assert typed("gate m.json --baseline b.json").code == 1  # other rows


def test_weights_beyond_the_numbers(typed: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", [1.0, 2.0, 3.0])
    np.save(tmp_path / "w.npy", np.full(3, 1e308))
    assert typed("compute mse p.npy p.npy --weights w.npy --by w.npy::0 --json -o r.json").code in (0, 2)
    assert typed("compute mse p.npy p.npy --weights w.npy --json -o r.json").code == 0
    result = result_of(tmp_path / "r.json")
    assert (result["weight_sum"], result["not_finite"]) == (None, {"weight_sum": "inf"})
    assert typed("verify r.json").code == 0


def test_comparisons_say_it(typed: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("p,y\n0.5,1\n0.4,0\n0.7,1\n")
    (tmp_path / "b.csv").write_text("p,y\n0.0,1\n0.4,0\n0.6,1\n")
    words = "a.csv --pred p --label y -l log_loss --json -o c.json --report jsonl=c.jsonl"
    assert typed(f"compare a.csv b.csv {words}").code == 0
    line = json.loads((tmp_path / "c.jsonl").read_text())
    LINE.validate(line)
    for compared in (result_of(tmp_path / "c.json"), line):
        assert (compared["status"], compared["not_finite"]) == ("inf", {"cand": "inf"})
    assert typed(f"compare b.csv a.csv {words}").code == 0
    assert result_of(tmp_path / "c.json")["status"] == "-inf"


def test_lines_of_gates_and_histograms_fit_their_schema(typed: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for name in ("p", "q", "y"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=80))
    for name in ("p", "q"):
        assert typed(f"compute mse {name}.npy y.npy --histograms --json -o {name}.json").code == 0
    assert typed("gate q.json --baseline p.json --format jsonl -o g.jsonl").code in (0, 1)
    line = json.loads((tmp_path / "g.jsonl").read_text())
    LINE.validate(line)
    assert line["checks"][0]["evidence"]["verdict"]
    assert math.isfinite(line["checks"][0]["limit"])


def test_rows_without_a_loss_of_their_own(typed: Any, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("a,b,y\n1,1.5,1\n2,2,2.5\n3,2,3\n4,4.5,5\n")
    assert typed("compare m.csv::a m.csv::b m.csv::y -l r2 -l d2 --json -o c.json").code == 0
    for compared in documents.parse((tmp_path / "c.json").read_text())["results"]:
        assert compared["worst"][0]["not_finite"] == {"base": "nan", "cand": "nan"}
    assert ": adds " in typed("compare m.csv::a m.csv::b m.csv::y -l r2").out


def test_histograms_are_verified(typed: Any, tmp_path: Path) -> None:
    assert typed(f"{DATA} --where g=a --histograms --json -o r.json").code == 0
    assert typed("verify r.json").code == 0
    document = json.loads((tmp_path / "r.json").read_text())
    document["results"][0]["histograms"]["losses"]["rows"][0] += 1
    (tmp_path / "r.json").write_text(json.dumps(document))
    assert "histograms losses rows 0 was" in typed("verify r.json").out
