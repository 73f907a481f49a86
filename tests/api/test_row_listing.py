"""The worst and the best rows, and the file with the loss of every row: against sorting all of them in memory."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli

N = 70_000  # several blocks


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = ["id,region,size,p,y"]
    lines += [f"{i:03d},{'north' if i % 2 else ''},{i},{float(i)},{float(i - i % 7)}" for i in range(40)]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n")
    labels = ["id,y,note"] + [f"{i:03d},{float(i - i % 7)},n{i}" for i in reversed(range(40))]
    (tmp_path / "y.csv").write_text("\n".join(labels) + "\n")
    return tmp_path


@pytest.mark.parametrize("threads", [1, 2])
def test_the_extreme_rows_are_those_of_a_sort(threads: int) -> None:
    rng = np.random.default_rng(1)
    pred, label = rng.normal(size=N), rng.normal(size=N)
    label[::50] = pred[::50] - 3.0  # many rows are as bad as each other
    losses = np.abs(pred - label)
    result = losscli.compute("mae", pred, label, worst=1700, best=9, threads=threads)
    order = np.lexsort((np.arange(N), -losses))
    assert [each["row"] for each in result.worst] == order[:1700].tolist()
    assert [each["loss"] for each in result.worst] == losses[order[:1700]].tolist()
    assert [each["row"] for each in result.best or []] == np.lexsort((np.arange(N), losses))[:9].tolist()
    assert result.value == losscli.compute("mae", pred, label).value


def test_weights_do_not_rank_rows_and_rows_of_no_weight_are_not_listed() -> None:
    result = losscli.compute("mse", [1.0, 2.0, 9.0], [0.0, 0.0, 0.0], weights=[5.0, 1.0, 0.0], worst=3)
    assert result.worst == [
        {"row": 1, "loss": 4.0, "weight": 1.0, "keep": {}}, {"row": 0, "loss": 1.0, "weight": 5.0, "keep": {}},
    ]  # fmt: skip


def test_a_root_is_that_of_each_row_and_a_similarity_is_worst_where_it_is_least() -> None:
    assert [each["loss"] for each in losscli.compute("rmse", [1.0, 3.0], [0.0, 0.0], worst=2).worst] == [3.0, 1.0]
    vectors = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    worst = losscli.compute("cosine_similarity", vectors, [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], worst=1).worst
    assert worst[0]["row"] == (2 if losscli.loss("cosine_similarity").best == 1.0 else 0)


def test_rows_of_what_was_chosen_are_rows_of_the_file(table: Path) -> None:
    result = losscli.compute("mae", "d.csv", pred="p", label="y", where="size>=10", worst=2, keep="id,region")
    assert [each["row"] for each in result.worst] == [13, 20]
    assert result.worst[0]["keep"] == {"id": "013", "region": "north"}
    assert result.worst[1]["keep"]["region"] is None


def test_the_key_stands_beside_joined_rows(table: Path) -> None:
    result = losscli.compute("mae", "d.csv", "y.csv", pred="p", label="y", join="id", worst=1, keep="note,size")
    assert result.worst == [{"row": 33, "loss": 6.0, "keep": {"id": "006", "note": "n6", "size": 6}}]


def test_arrays_are_kept_in_python() -> None:
    names = np.array(["a", "b", "c"])
    result = losscli.compute("mae", [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], worst=1, keep={"name": names})
    assert result.worst == [{"row": 2, "loss": 3.0, "keep": {"name": "c"}}]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "arrow"])
def test_every_format_holds_the_same_rows(cli: Any, table: Path, suffix: str) -> None:
    words = ["compute", "mae", "d.csv", "--pred", "p", "--label", "y", "--keep", "id,size,region"]
    assert cli(*words, "--per-sample", f"rows.{suffix}", "--threads", "2").code == 0
    assert _read(f"rows.{suffix}") == [
        {"row": i, "loss": float(i % 7), "id": f"{i:03d}", "size": i, "region": "north" if i % 2 else None}
        for i in range(40)
    ]


@pytest.mark.parametrize("suffix", ["npy", "csv", "jsonl", "parquet", "arrow"])
def test_a_gate_pairs_the_rows_of_every_format(cli: Any, table: Path, suffix: str) -> None:
    rng = np.random.default_rng(2)
    label = rng.normal(size=300)
    np.save("y.npy", label)
    for name, spread in (("base", 1.0), ("cand", 1.1)):
        np.save(f"{name}.npy", label + spread * (1.0 + 0.1 * np.sin(np.arange(300))))
        words = ["--per-sample", f"{name}-rows.{suffix}", "-o", f"{name}.json"]
        assert cli("compute", "mse", f"{name}.npy", "y.npy", *words).code == 0
    ran = cli("gate", "cand.json", "--baseline", "base.json")
    assert (ran.code, "paired by rows" in ran.out) == (1, True), ran.out


def test_joined_rows_have_their_keys_in_a_file(cli: Any, table: Path) -> None:
    words = ["--pred", "p", "--label", "y", "--join", "id", "--where", "size<5", "--per-sample", "rows.jsonl"]
    assert cli("compute", "mae", "d.csv", "y.csv", *words).code == 0
    rows = _read("rows.jsonl")
    assert {(each["row"], each["id"], each["loss"]) for each in rows} == {
        (39 - i, f"{i:03d}", float(i)) for i in range(5)
    }


def test_rows_without_a_loss_are_nan(cli: Any, table: Path) -> None:
    np.save("p.npy", [1.0, np.nan, 3.0])
    np.save("y.npy", [0.0, 0.0, 0.0])
    for policy, rows in (("propagate", [1.0, None, 3.0]), ("omit", [1.0, 3.0])):
        words = ["--nan", policy, "--per-sample", "rows.jsonl", "--worst", "3", "--json"]
        ran = cli("compute", "mae", "p.npy", "y.npy", *words)
        assert [each["loss"] for each in _read("rows.jsonl")] == rows
        assert [each["row"] for each in json.loads(ran.out)["results"][0]["worst"]] == [2, 0]
    assert [each["row"] for each in _read("rows.jsonl")] == [0, 2]


def test_a_batch_lists_the_worst_rows_of_each_data_set(cli: Any, table: Path) -> None:
    words = ["--pred", "p", "--label", "y", "-l", "mae", "-l", "mse", "--worst", "1", "--keep", "id"]
    ran = cli("batch", "d.csv", *words, "--format", "jsonl")
    assert ran.code == 0, ran.err
    worst = [json.loads(line)["worst"] for line in ran.out.splitlines()]
    assert worst == [[{"row": 6, "loss": loss, "keep": {"id": "006"}}] for loss in (6.0, 36.0)]


@pytest.mark.parametrize("format", ["plain", "table", "markdown", "csv"])
def test_people_see_the_rows(cli: Any, table: Path, format: str) -> None:
    words = ["--pred", "p", "--label", "y", "--worst", "1", "--best", "1", "--keep", "region", "--format", format]
    out = cli("compute", "mse", "d.csv", *words).out
    assert "worst" in out
    assert "best" in out
    assert "36" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--keep id", "Add --worst 10"),
        ("--worst 2 --keep regoin", "Did you mean region"),
        ("--worst 2 --keep id,id", "names id twice"),
        ("--worst 2 --reduction none", "Leave out --worst or --reduction none"),
        ("--worst -1", "from 0"),
        ("--per-sample rows.npy --keep id", ".npy holds numbers alone"),
    ],
)
def test_mistakes_are_explained(cli: Any, table: Path, words: str, says: str) -> None:
    ran = cli("compute", "mse", "d.csv", "--pred", "p", "--label", "y", *words.split())
    assert ran.code == 2
    assert says in " ".join(ran.err.split()), ran.err


def _read(path: str) -> list[dict[str, Any]]:
    if path.endswith(".jsonl"):
        rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
        return [{name: value for name, value in row.items() if name != "status"} for row in rows]
    import pyarrow as pa
    from pyarrow import csv, feather, parquet

    if path.endswith(".csv"):
        types = {"id": pa.string(), "loss": pa.float64(), "region": pa.string()}
        options = csv.ConvertOptions(column_types=types, strings_can_be_null=True)
        return list(csv.read_csv(path, convert_options=options).to_pylist())
    return list((feather if path.endswith(".arrow") else parquet).read_table(path).to_pylist())


def test_sums_in_other_places_list_no_rows() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(losscli.UsageProblem, match="look at every row"):
        losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], worst=1, executor=executor)
    with pytest.raises(losscli.UsageProblem, match="look at every row"):
        losscli.parts("mse", [1.0, 2.0], [0.0, 0.0], worst=1)
