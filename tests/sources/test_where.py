"""`--where`: what a condition means in every format, command and door, and that sums are those of the rows alone."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import feather, parquet

import losscli
from losscli.core.errors import DataProblem, UsageProblem

COLUMNS: dict[str, Any] = {
    "id": [1, 2, 3, 4, 5],
    "split": ["val", "test", "val", "", "test"],
    "age": [10, 9, 30, 200, 30],
    "score": pa.array([0.1, 0.25, None, 0.5, 0.75]),
    "ok": [True, False, True, True, False],
    "day": pa.array([datetime.date(2024, month, 1) for month in (1, 2, 3, 4, 5)]),
    "pred": [1.0, 2.0, 3.0, 4.0, 5.0],
    "y": [0.0] * 5,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli_here(cli: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The program, run in the test's folder."""
    monkeypatch.chdir(here)
    return cli


def save(name: str, columns: dict[str, Any]) -> str:
    table = pa.table(columns)
    kind = name.rpartition(".")[2]
    {"parquet": parquet.write_table, "arrow": feather.write_feather, "csv": arrow_csv.write_csv}[kind](table, name)
    return name


def rows(*files: Any, where: Any, loss: str = "mae", **options: Any) -> list[float]:
    options = {"pred": "pred", "label": "y", **options}
    return losscli.compute(loss, *files, where=where, reduction="none", **options).rows.tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow", "frame"])
@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("split=val", [1, 3]),
        ("split==val", [1, 3]),
        ("split!=val", [2, 5]),  # an empty text is a gap, and never matches
        ("split>test", [1, 3]),
        ("age=30", [3, 5]),
        ("age=30.0", [3, 5]),
        ("age<30", [1, 2]),
        ("age<=30", [1, 2, 3, 5]),
        ("age > 9", [1, 3, 4, 5]),
        ("score>=0.25", [2, 4, 5]),
        ("score!=0.25", [1, 4, 5]),  # nor does a null
        ("ok=true", [1, 3, 4]),
        ("ok!=True", [2, 5]),
        ("day>=2024-03-01", [3, 4, 5]),
        ("day=2024-02-01", [2]),
        ("day<2024-03", [1, 2]),
        ("pred>2", [3, 4, 5]),
        (["split=val", "age>=30"], [3]),
        (["age>9", "age!=200"], [1, 3, 5]),
    ],
)
def test_what_a_condition_means(kind: str, where: Any, kept: list[float]) -> None:
    source = pa.table(COLUMNS).to_pandas() if kind == "frame" else save(f"d.{kind}", COLUMNS)
    labels = {"labels": source} if kind == "frame" else {}
    got = losscli.compute("mae", source, labels.get("labels"), pred="pred", label="y", where=where, reduction="none")
    assert got.rows.tolist() == kept
    assert got.counts["where"] == 5 - len(kept)
    assert "where" not in losscli.compute("mae", [1.0], [1.0]).counts


@pytest.mark.parametrize("kinds", [("csv", "csv"), ("parquet", "csv"), ("csv", "arrow")])
@pytest.mark.parametrize("side", ["p", "q", "both"])
def test_pairing_comes_first(kinds: tuple[str, str], side: str) -> None:
    order = [4, 2, 0, 3, 1]
    left = {"id": COLUMNS["id"], "pred": COLUMNS["pred"]}
    right = {"id": [COLUMNS["id"][i] for i in order], "y": [0.0] * 5}
    split = [["val", "test", "val", "val", "test"][i] for i in range(5)]
    if side in ("p", "both"):
        left["split"] = split
    if side in ("q", "both"):
        right["split"] = [split[i] for i in order]
    files = save(f"p.{kinds[0]}", left), save(f"q.{kinds[1]}", right)
    assert rows(*files, where="split=val", join="id") == [1, 3, 4]
    assert rows(*files, where=["split=val", "id>1"], join="id") == [3, 4]
    result = losscli.compute("mae", *files, where="split=val", join="id", pred="pred", label="y")
    assert result.pairing is not None
    assert (result.pairing.matched, result.counts["where"], result.n) == (5, 2, 3)


def test_files_that_contradict_each_other() -> None:
    files = save("p.csv", {"s": ["a", "b"], "pred": [1.0, 2.0]}), save("q.csv", {"s": ["a", "a"], "y": [1.0, 2.0]})
    with pytest.raises(DataProblem, match=r"p\.csv and q\.csv both have column s, and one says so of row 1"):
        rows(*files, where="s=a")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("threads", [1, 3])
def test_sums_have_the_bits_of_the_rows_alone(kind: str, threads: int) -> None:
    rng = np.random.default_rng(0)
    n = 700_000
    data = {"pred": rng.normal(size=n), "y": rng.normal(size=n), "part": rng.integers(0, 3, n)}
    chosen = data["part"] != 1
    save(f"d.{kind}", data)
    for loss in ("mse", "r2"):
        got = losscli.compute(loss, f"d.{kind}", pred="pred", label="y", where="part!=1", threads=threads)
        want = losscli.compute(loss, data["pred"][chosen], data["y"][chosen])
        assert (got.value, got.stderr, got.n) == (want.value, want.stderr, want.n)


def test_a_column_that_is_used_otherwise() -> None:
    save("d.csv", {"a": [0.9, 0.2], "b": [0.1, 0.8], "y": ["a", "b"]})
    got = losscli.compute("ce", "d.csv", pred="a,b", label="y", input="probs", where="y=b", reduction="none")
    assert got.rows.tolist() == [-np.log(0.8)]
    assert losscli.compute("ce", "d.csv", pred="a,b", label="y", input="probs", where="a<0.5").n == 1
    with pytest.raises(UsageProblem, match="holds float64, and many is no number"):
        losscli.compute("ce", "d.csv", pred="a,b", label="y", input="probs", where="a=many")


def test_numbers_and_words() -> None:
    save("d.csv", {"fold": ["a", "1", "10", "9"], "pred": [1.0, 2.0, 3.0, 4.0], "y": [0.0] * 4})
    assert rows("d.csv", where="fold=1") == [2]
    assert rows("d.csv", where="fold!=1") == [1, 3, 4]
    assert rows("d.csv", where="fold<10") == [2, 4]  # a word is neither before nor after a number
    save("t.parquet", {"code": ["9", "10", "11"], "pred": [1.0, 2.0, 3.0], "y": [0.0] * 3})
    assert rows("t.parquet", where="code<11") == [1, 2]  # numbers that are text, as in CSV


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_word_after_many_numbers(decimal: str) -> None:
    """A column is one of numbers by its first cells; a word far on is no number, and is found by its name."""
    cells = [f"{i % 10}{decimal}5" for i in range(3000)] + ["unknown", "NA", "", "nan", " 3,5 ".replace(",", decimal)]
    lines = [f"{i};{cell};0" for i, cell in enumerate(cells)]
    Path("d.csv").write_text("pred;age;y\n" + "\n".join(lines) + "\n")

    def chosen(where: str) -> list[float]:
        return rows("d.csv", where=where, decimal=decimal, delimiter=";")

    numbers = [i % 10 + 0.5 for i in range(3000)]
    assert chosen("age=unknown") == [3000]
    assert chosen("age>8") == [i for i, number in enumerate(numbers) if number > 8]
    assert chosen("age<=0.5") == [i for i, number in enumerate(numbers) if number <= 0.5]
    assert chosen("age=3.5") == [*(i for i, number in enumerate(numbers) if number == 3.5), 3004]
    assert chosen("age!=3.5") == [*(i for i, number in enumerate(numbers) if number != 3.5), 3000]


def test_a_word_among_numbers_in_other_texts() -> None:
    lines = [{"pred": i, "y": 0, "age": age} for i, age in enumerate([1, 2.5, "unknown", None, 4])]
    Path("d.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Path("many").mkdir()
    Path("many/a.csv").write_text("pred,y,age\n0,0,1\n1,0,2.5\n")
    Path("many/b.csv").write_text("pred,y,age\n2,0,3\n3,0,unknown\n4,0,4\n")
    for file in ("d.jsonl", "many/*.csv"):
        assert rows(file, where="age<2.5") == [0]
        assert rows(file, where="age=2.5") == [1]
        assert rows(file, where="age>=4") == [4]
    assert rows("d.jsonl", where="age!=1") == [1, 2, 4]
    Path("t.jsonl").write_text("".join(json.dumps({**line, "ok": line["pred"] < 2}) + "\n" for line in lines))
    assert rows("t.jsonl", where="ok=1") == [0, 1]
    assert rows("many/*.csv", where="age!=1") == [1, 2, 3, 4]
    assert rows("many/*.csv", where="age=unknown") == [3]


def test_times_with_a_zone() -> None:
    zoned = pa.array([datetime.datetime(2024, 1, day, 12) for day in (1, 2)], pa.timestamp("ns", "Europe/Berlin"))
    save("d.parquet", {"at": zoned, "pred": [1.0, 2.0], "y": [0.0] * 2})
    assert rows("d.parquet", where="at>2024-01-01T14:00:00+01:00") == [2]
    assert rows("d.parquet", where="at=2024-01-01T12:00:00Z") == [1]
    save("n.parquet", {"at": zoned.cast(pa.timestamp("us")), "pred": [1.0, 2.0], "y": [0.0] * 2})
    with pytest.raises(UsageProblem, match="holds times without a time zone, and the value has one"):
        rows("n.parquet", where="at>2024-01-01T14:00:00Z")
    with pytest.raises(UsageProblem, match="holds dates or times, and the value is none"):
        rows("n.parquet", where="at>yesterday")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("splt=val", r"no file has a column splt\. Did you mean split"),
        ("zzz=val", r"no file has a column zzz\. There are: id, split"),
        ("split", r"where must be COLUMN=VALUE, such as split=val"),
        ("split=", "where must be"),
        ("=val", "where must be"),
        ("pred!=nan", "where must be"),
    ],
)
def test_what_is_no_condition(where: str, says: str) -> None:
    save("d.csv", {key: COLUMNS[key] for key in ("id", "split", "pred", "y")})
    with pytest.raises(UsageProblem, match=says):
        rows("d.csv", where=where)
    with pytest.raises(UsageProblem, match="arrays without column names"):
        losscli.compute("mse", [1.0], [1.0], where="a=1")


def test_nothing_left() -> None:
    save("d.csv", COLUMNS)
    with pytest.raises(DataProblem, match=r"No row of d\.csv has split=train\. Column split holds val, test"):
        rows("d.csv", where="split=train")


def test_a_fault_is_told_by_the_row_of_the_file() -> None:
    save("d.csv", {"s": ["a", "b", "b"], "pred": [float("nan"), 1.0, float("nan")], "y": [1.0] * 3})
    with pytest.raises(DataProblem, match=r"has NaN in row 2 \(from 0\)"):
        rows("d.csv", where="s=b")
    assert rows("d.csv", where=["s=b"], nan="omit") == [0.0]


def test_every_command(cli_here: Callable[..., Any]) -> None:
    rng = np.random.default_rng(1)
    n = 60
    y = rng.normal(size=n)
    data = {"split": ["val", "test"] * (n // 2), "y": y, "pred": y + rng.normal(size=n), "c": y + 0.1}
    save("d.csv", data)
    save("val.csv", {key: column[::2] for key, column in data.items()})
    for words in (
        "compute mse d.csv --pred pred --label y",
        "batch d.csv -l mse -l mae --pred pred --label y",
        "compare d.csv::pred ::c -l mse --label y",
        "reconcile mse d.csv --pred pred --label y",
    ):
        got = cli_here(*shlex.split(words), "--where", "split=val", "--json")
        want = cli_here(*shlex.split(words.replace("d.csv", "val.csv")), "--json")
        assert got.code == want.code == 0, got.err
        for one, two in zip(json.loads(got.out)["results"], json.loads(want.out)["results"], strict=True):
            for key in ("value", "difference", "stderr"):
                assert one.get(key) == two.get(key)
    ran = cli_here("compute", "mse", "d.csv", "--pred", "pred", "--label", "y", "--where", "split=val")
    assert "rows left out by --where  30" in ran.out
    ran = cli_here("inspect", "d.csv", "--where", "split=val", "--json")
    assert ran.code == 0, ran.err
    assert "--where chose 30 of 60 rows" in ran.err
    assert next(each["shape"] for each in json.loads(ran.out)["inputs"]) == [30]
    Path("suite.toml").write_text(
        "loss = ['mse']\n[[data]]\npred = 'd.csv'\ncolumns = {pred = 'pred', label = 'y'}\nwhere = ['split=val']\n"
    )
    ran = cli_here("batch", "suite.toml", "--json")
    assert json.loads(ran.out)["results"][0]["counts"]["where"] == 30


def test_verify_repeats_it(cli_here: Callable[..., Any]) -> None:
    save("d.csv", COLUMNS)
    ran = cli_here("compute", "mae", "d.csv", "--pred", "pred", "--label", "y", "--where", "age<100", "-o", "r.json")
    assert ran.code == 0
    assert json.loads(Path("r.json").read_text())["request"]["where"] == ["age<100"]
    assert cli_here("verify", "r.json").code == 0
    changed = Path("r.json").read_text().replace("age<100", "age<20")
    Path("r.json").write_text(changed)
    assert cli_here("verify", "r.json").code == 1


def test_python_functions_take_it() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=40)
    frame = pd.DataFrame({"s": ["a", "b"] * 20, "y": y, "pred": y + rng.normal(size=40), "c": y + 0.1})
    save("d.csv", {name: frame[name].tolist() for name in frame})
    half = frame[::2]
    got = losscli.compare("mse", "d.csv::pred", "d.csv::c", label="y", where="s=a")
    want = losscli.compare("mse", half["pred"], half["c"], half["y"])
    assert (got.difference, got.stderr) == (want.difference, want.stderr)
    matches = losscli.reconcile("mse", "d.csv", pred="pred", label="y", where="s=a")
    assert matches[0].value == losscli.reconcile("mse", half["pred"], half["y"])[0].value
    assert losscli.inspect("d.csv", where="s=a").inputs[0].shape == (20,)


INSTANTS = ["2024-01-05 00:30:00", "2024-01-05 09:30:00", "2024-01-05 23:00:00", "2024-01-06 00:00:00", ""]
ZONED = [text and text + "+00:00" for text in INSTANTS]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow", "jsonl"])
@pytest.mark.parametrize("typed", ["text", "times"])
@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("at<2024-01-05T09:30", [1]),
        ("at<=2024-01-05T09:30", [1, 2]),
        ("at>=2024-01-05T09:30:00", [2, 3, 4]),
        ("at=2024-01-05T09:30:00", [2]),
        ("at!=2024-01-05T09:30", [1, 3, 4]),
        ("at>2024-01-05", [1, 2, 3, 4]),
        ("at>=2024-01-06", [4]),
        ("zone<2024-01-05T10:30:00+01:00", [1]),
        ("zone>=2024-01-05T09:30:00Z", [2, 3, 4]),
        ("zone=2024-01-05 09:30", [2]),
    ],
)
def test_times_are_compared_as_times_in_every_format(kind: str, typed: str, where: str, kept: list[float]) -> None:
    frame = pd.DataFrame({"at": INSTANTS, "zone": ZONED, "pred": [1.0, 2.0, 3.0, 4.0, 5.0], "y": 0.0})
    if typed == "times" and kind in ("parquet", "arrow"):
        frame["at"], frame["zone"] = pd.to_datetime(frame["at"]), pd.to_datetime(frame["zone"])
    if kind == "jsonl":
        frame.to_json("d.jsonl", orient="records", lines=True)
    else:
        save(f"d.{kind}", {name: pa.array(frame[name], from_pandas=True) for name in frame})
    assert rows(f"d.{kind}", where=where) == kept


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize(
    ("where", "kept"), [("ok=1", [1, 3]), ("ok!=1", [2]), ("ok=0", [2]), ("ok=FALSE", [2]), ("ok>=1", None)]
)
def test_booleans_mean_the_same_in_every_format(kind: str, where: str, kept: list[float] | None) -> None:
    frame = pd.DataFrame({"ok": [True, False, True], "pred": [1.0, 2.0, 3.0], "y": 0.0})
    if kind == "jsonl":
        frame.to_json("d.jsonl", orient="records", lines=True)
    else:
        save(f"d.{kind}", dict(frame.items()))
    if kept is not None:
        assert rows(f"d.{kind}", where=where) == kept
        return
    with pytest.raises(UsageProblem, match=r"column ok holds true and false"):
        rows(f"d.{kind}", where=where)


@pytest.mark.parametrize("where", ["age<>10", "age=<10", "age=>10", "age>=<10", "age===10", "age!==10"])
def test_operators_of_other_languages_are_refused(where: str) -> None:
    save("d.csv", {**COLUMNS, "token": ["<unk>", "a", "b", "<unk>", "c"]})
    with pytest.raises(UsageProblem, match="where must be COLUMN=VALUE"):
        rows("d.csv", where=where)
    assert rows("d.csv", where="token=<unk>") == [1, 4]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_has_no_order_is_refused_and_not_compared_as_text(kind: str) -> None:
    save(f"d.{kind}", {"age": [1, 2], "day": ["31.01.2024", "2024-02-01"], "pred": [1.0, 2.0], "y": [0.0, 0.0]})
    with pytest.raises(UsageProblem, match="and many is no number"):
        rows(f"d.{kind}", where="age<many")
    with pytest.raises(UsageProblem, match=r"column day holds '31\.01\.2024', which is no date"):
        rows(f"d.{kind}", where="day<2024-03-01")
    assert rows(f"d.{kind}", where="day!=2024-02-01") == [1]
    save(f"d.{kind}", {"at": ["2024-02-01"], "pred": [1.0], "y": [0.0]})
    with pytest.raises(UsageProblem, match="holds times without a time zone"):
        rows(f"d.{kind}", where="at<2024-03-01T00:00Z")
