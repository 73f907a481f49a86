"""Keys of every type that files have, repeated keys, keys of other names, and why keys do not match."""

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
from losscli.core.arrays import pairing
from losscli.core.errors import DataProblem, UsageProblem

DAYS = [datetime.date(2024, 1, day) for day in (3, 1, 2)]
TIMES = [datetime.datetime(2024, 1, day, 10, 30, 15) for day in (3, 1, 2)]
LATER = [datetime.datetime(2024, 1, day, 12, 30, 15) for day in (3, 1, 2)]
PRED, LABEL = [3.0, 1.0, 2.0], [3.5, 1.5, 2.0]  # of the same order
ORDER = [2, 0, 1]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli_here(cli: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The program, run in the test's folder."""
    monkeypatch.chdir(here)
    return cli


def save(name: str, **columns: Any) -> str:
    table = pa.table(columns)
    kind = name.rpartition(".")[2]
    if kind == "npz":
        np.savez(name, **{key: np.array(table[key].to_pylist()) for key in columns})
    else:
        {"parquet": parquet.write_table, "arrow": feather.write_feather, "csv": arrow_csv.write_csv}[kind](table, name)
    return name


def rows(pred: Any, label: Any, **options: Any) -> list[float]:
    options = {"join": "id", "pred": "pred", "label": "y", **options}
    return losscli.compute("mae", pred, label, reduction="none", **options).rows.tolist()


def says(pred: Any, label: Any, **options: Any) -> str:
    with pytest.raises(DataProblem) as caught:
        rows(pred, label, **options)
    return str(caught.value)


def moved(column: Any) -> Any:
    return pa.array(column).take(pa.array(ORDER))


WANT = [0.5, 0.5, 0.0]
TYPES = {
    "date32": pa.array(DAYS, pa.date32()),
    "date64": pa.array(DAYS, pa.date64()),
    "midnight": pa.array(DAYS, pa.date32()).cast(pa.timestamp("s")),
    **{unit: pa.array(TIMES, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    **{f"{unit} UTC": pa.array(TIMES, pa.timestamp(unit, "UTC")) for unit in ("s", "ns")},
    "Berlin": pa.array(TIMES, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "Europe/Berlin")),
    "dictionary of dates": pa.array(DAYS, pa.date32()).dictionary_encode(),
    "dictionary of texts": pa.array(["c", "a", "b"]).dictionary_encode(),
    "floats": pa.array([3.0, 1.0, 2.0]),
    "single": pa.array([3.0, 1.0, 2.0], pa.float32()),
    "decimals": pa.array([3, 1, 2], pa.decimal128(9, 2)),
    "integers": pa.array([3, 1, 2], pa.int8()),
}
ALIKE = [
    ("date32", "date64", "midnight", "dictionary of dates"),
    ("s", "ms", "us", "ns"),
    ("s UTC", "ns UTC", "Berlin"),
    ("floats", "single", "decimals", "integers"),
    ("dictionary of texts",),
]


@pytest.mark.parametrize("group", ALIKE)
@pytest.mark.parametrize("kind", ["parquet", "arrow", "table", "frame"])
def test_types_that_say_the_same(group: tuple[str, ...], kind: str) -> None:
    made: dict[str, tuple[Any, Any]] = {}
    for each in group:
        sides = {"id": TYPES[each], "pred": PRED}, {"id": moved(TYPES[each]), "y": moved(LABEL)}
        if kind == "table":
            made[each] = pa.table(sides[0]), pa.table(sides[1])
        elif kind == "frame":
            made[each] = pa.table(sides[0]).to_pandas(), pa.table(sides[1]).to_pandas()
        else:
            made[each] = save(f"p {each}.{kind}", **sides[0]), save(f"y {each}.{kind}", **sides[1])
    for one in group:
        for two in group:
            assert rows(made[one][0], made[two][1]) == WANT, (one, two)


@pytest.mark.parametrize("left", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("date32", ["2024-01-03", "2024-01-01", "2024-01-02 00:00:00"]),
        ("midnight", ["2024-01-03", "2024-01-01T00:00:00", "2024-01-02 00:00"]),
        ("us", ["2024-01-03 10:30:15", "2024-01-01T10:30:15", "2024-01-02 10:30:15.000"]),
        ("ns", ["2024-01-03 10:30:15.000000000", "2024-01-01T10:30:15", "2024-01-02 10:30:15"]),
        ("Berlin", ["2024-01-03T11:30:15+01:00", "2024-01-01 10:30:15Z", "2024-01-02 10:30:15+00:00"]),
        ("floats", ["3", "1", "2"]),
        ("integers", ["3.0", "1.0", "2.00"]),
        ("dictionary of texts", ["c", "a", "b"]),
    ],
)
def test_types_beside_their_text(name: str, texts: list[str], left: str) -> None:
    if left == "parquet":
        files = save("p.parquet", id=TYPES[name], pred=PRED), save("y.csv", id=moved(texts), y=moved(LABEL))
    else:
        files = save("p.csv", id=texts, pred=PRED), save("y.parquet", id=moved(TYPES[name]), y=moved(LABEL))
    assert rows(*files) == WANT


def test_booleans() -> None:
    sides = {"id": [True, False], "pred": [1.0, 2.0]}, {"id": [False, True], "y": [2.5, 1.0]}
    files = save("p.parquet", **sides[0]), save("y.csv", **sides[1])
    assert rows(*files) == [0.0, 0.5]
    assert rows(pd.DataFrame(sides[0]), files[1]) == [0.0, 0.5]
    assert rows(files[0], save("t.csv", id=["False", "TRUE"], y=[2.5, 1.0])) == [0.0, 0.5]
    assert rows(files[0], save("n.parquet", id=[0, 1], y=[2.5, 1.0])) == [0.0, 0.5]
    assert "is the key 'no', and p.parquet column id holds true and false" in says(
        files[0], save("x.csv", id=["no", "true"], y=[1.0, 1.0])
    )


@pytest.mark.parametrize("unit", ["D", "M", "s", "ns"])
def test_dates_in_npz(unit: str) -> None:
    days = np.array(["2024-03", "2024-01", "2024-02"], dtype="datetime64[M]").astype(f"datetime64[{unit}]")
    np.savez("p.npz", id=days, pred=np.array(PRED))
    save("y.csv", id=moved(["2024-03-01", "2024-01-01", "2024-02-01"]), y=moved(LABEL))
    assert rows("p.npz", "y.csv") == WANT
    np.save("dates.npy", days)
    with pytest.raises(DataProblem, match=r"dates\.npy holds dates"):
        losscli.compute("mse", "dates.npy", np.ones(3))


def test_objects_of_python() -> None:
    utc = datetime.UTC
    for ids in (DAYS, TIMES, [each.replace(tzinfo=utc) for each in TIMES]):
        frame = pd.DataFrame({"id": pd.Series(ids, dtype=object), "pred": PRED})
        other = save("y.parquet", id=moved(ids), y=moved(LABEL))
        assert rows(frame, other) == WANT
    categories = pd.DataFrame({"id": pd.Categorical(["c", "a", "b"]), "pred": PRED})
    assert rows(categories, save("y.csv", id=moved(["c", "a", "b"]), y=moved(LABEL))) == WANT
    gap = pd.DataFrame({"id": [3, None, 2], "pred": PRED})
    assert "row 1 (from 0) is empty" in says(gap, save("n.csv", id=[1, 2, 3], y=LABEL))


def test_instants_finer_than_microseconds_are_told_apart() -> None:
    ids = np.array([10, 11], dtype="datetime64[ns]")
    files = save("p.parquet", id=ids, pred=[1.0, 2.0]), save("y.parquet", id=ids[::-1], y=[2.0, 1.5])
    assert rows(*files) == [0.5, 0.0]
    far = save("f.parquet", id=pa.array([0, 10**12], pa.timestamp("s")), y=[1.0, 1.0])
    assert "row 1 (from 0) is a time too far from 1970" in says(files[0], far)


def test_times_that_cannot_be_compared() -> None:
    naive, zoned = save("p.parquet", id=TYPES["us"], pred=PRED), save("y.parquet", id=TYPES["s UTC"], y=LABEL)
    said = says(naive, zoned)
    assert said.startswith(
        "The times of y.parquet column id have a time zone and those of p.parquet column id have none"
    )
    assert says(save("z.parquet", id=TYPES["ns UTC"], pred=PRED), save("n.parquet", id=TYPES["ns"], y=LABEL))
    texts = [*map(str, TIMES[:2]), "2024-01-02 10:30:15Z"]
    assert "row 2 (from 0) is the key '2024-01-02 10:30:15Z', which has a time zone" in says(
        naive, save("t.csv", id=texts, y=LABEL)
    )
    assert "row 0 (from 0) is the key '2024-01-03 10:30:15', which has no time zone" in says(
        save("z.parquet", id=TYPES["Berlin"], pred=PRED), save("t.csv", id=list(map(str, TIMES)), y=LABEL)
    )
    said = says(naive, save("d.csv", id=["2024-01-03", "03/01/2024", "x"], y=LABEL))
    assert "d.csv column id, row 1 (from 0) is the key '03/01/2024', no date or time as ISO 8601 writes it" in said
    assert "holds dates or times and i.parquet column id holds int64" in says(
        naive, save("i.parquet", id=[1, 2, 3], y=LABEL)
    )


# -- other names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_a_key_of_two_names(kind: str, cli_here: Callable[..., Any]) -> None:
    sides = (
        {"id": [3, 1, 2], "day": ["x", "y", "z"], "pred": PRED},
        {
            "image_id": [2, 3, 1],
            "day": ["z", "x", "y"],
            "y": moved(LABEL),
        },
    )
    files: Any = tuple(map(pd.DataFrame, sides))
    if kind != "frame":
        files = save(f"p.{kind}", **sides[0]), save(f"q.{kind}", **sides[1])
    for join in ("id=image_id,day", ["day", "id=image_id"], "id=image_id"):
        assert rows(*files, join=join) == WANT
    result = losscli.compute("mae", *files, join="id=image_id,day")  # the one other column needs no name
    assert result.pairing is not None
    assert result.pairing.by == ("id=image_id", "day")
    if kind == "frame":
        return
    Path("suite.toml").write_text(
        f"loss = ['mae']\n[[data]]\npred = '{files[0]}'\nlabel = '{files[1]}'\njoin = ['id=image_id', 'day']\n"
    )
    ran = cli_here("batch", "suite.toml", "--json")
    assert json.loads(ran.out)["results"][0]["value"] == result.value


def test_names_of_a_key_that_are_not_there() -> None:
    files = save("p.csv", id=[1], pred=[1.0]), save("y.csv", image=[1], y=[1.0])
    for join, says in [
        ("id=image_id", "y.csv has no column image_id. Did you mean image"),
        ("=id", "id"),
        ("id=", "i"),
    ]:
        with pytest.raises(UsageProblem, match=says):
            rows(*files, join=join)
    same = save("e.csv", **{"a=b": [1, 2], "pred": [1.0, 2.0]}), save("f.csv", **{"a=b": [2, 1], "y": [2.0, 1.5]})
    assert rows(*same, join="a=b") == [0.5, 0.0]


def test_models_of_a_comparison_have_the_name_of_the_predictions() -> None:
    ids, rng = list(range(50)), np.random.default_rng(0)
    label = rng.normal(size=50)
    base, cand = save("a.csv", id=ids, pred=label + rng.normal(size=50)), save("b.csv", id=ids, pred=label + 0.1)
    labels = save("y.csv", image_id=ids[::-1], y=label[::-1])
    one = losscli.compare("mse", base, cand, labels, join="id=image_id", pred="pred", label="y")
    two = losscli.compare(
        "mse", base, cand, save("z.csv", id=ids[::-1], y=label[::-1]), join="id", pred="pred", label="y"
    )
    assert one.difference == two.difference


# -- repeated keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["same", "first"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("texts", [False, True])
def test_repeated_rows_count_once(policy: str, kind: str, texts: bool) -> None:
    name = (lambda key: f"k{key}") if texts else (lambda key: key)
    left = [*map(name, [3, 1, 2, 1, 3, 1])]
    save(f"p.{kind}", id=left, other=[1, 2, 3, 4, 5, 6], pred=[3.0, 1.0, 2.0, 1.0, 3.0, 1.0])
    save("y.csv", id=[*map(name, [2, 2, 3, 1])], y=[2.0, 2.0, 3.5, 1.5])
    options = {"join": "id", "pred": "pred", "label": "y", "on_duplicate": policy}
    result = losscli.compute("mae", f"p.{kind}", "y.csv", **options)
    assert (result.value, result.n) == (1 / 3, 3)
    assert result.pairing is not None
    assert result.pairing.to_dict() == {
        "by": ["id"], "on_missing": "error", "matched": 3, "left_only": 0, "right_only": 0,
        "on_duplicate": policy, "left_repeated": 3, "right_repeated": 1,
    }  # fmt: skip
    assert "repeated keys left out: 3 in the predictions' file, 1 elsewhere" in str(result.pairing)
    assert rows(f"p.{kind}", "y.csv", on_duplicate=policy) == WANT


def test_repeated_rows_that_differ() -> None:
    save("p.csv", id=[1, 2, 1], pred=[1.0, 2.0, 9.0])
    save("y.csv", id=[2, 1], y=[2.5, 1.0])
    said = says("p.csv", "y.csv", on_duplicate="same")
    assert said.startswith("p.csv has the id '1' in rows 0 and 2 (from 0), and they are not the same.")
    assert rows("p.csv", "y.csv", on_duplicate="first") == [0.0, 0.5]
    assert "in rows 0 and 2 (from 0). A join needs each key once" in says("p.csv", "y.csv")


def test_a_gap_and_nan_are_the_same_twice() -> None:
    save("p.parquet", id=["a", "b", "a", "c"], pred=pa.array([None, 2.0, None, 3.0]))
    save("y.parquet", id=["b", "a", "b", "c"], y=[float("nan"), 1.0, float("nan"), 3.0])
    result = losscli.compute(
        "mae", "p.parquet", "y.parquet", join="id", on_duplicate="same", nan="omit", missing="omit", reduction="sum"
    )
    assert (result.n, result.counts["nan"], result.counts["missing"]) == (1, 1, 1)
    save("q.parquet", id=["a", "b", "a", "c"], pred=pa.array([None, 2.0, 0.0, 3.0]))
    assert "they are not the same" in says("q.parquet", "y.parquet", on_duplicate="same")


def test_many_repeated_rows_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    ids = rng.permutation(60_000)
    twice = rng.permutation(np.concatenate([ids, ids[:40_000]]))
    pred = twice * 1.5
    save("p.parquet", id=twice, pred=pred)
    save("y.csv", id=ids, y=ids * 1.0)
    want = losscli.compute("mse", save("q.parquet", id=(f := pd.unique(twice)), pred=f * 1.5), "y.csv", join="id")
    monkeypatch.setattr(pairing, "MEMORY", 20_000)
    for policy in ("same", "first"):
        got = losscli.compute("mse", "p.parquet", "y.csv", join="id", on_duplicate=policy)
        assert (got.value, got.stderr, got.n) == (want.value, want.stderr, want.n)
    pred[np.flatnonzero(twice == ids[0])[-1]] += 1e-9
    save("p.parquet", id=twice, pred=pred)
    assert f"has the id {ids[0]} in rows" in says("p.parquet", "y.csv", on_duplicate="same")


def test_a_fault_is_told_by_the_row_of_the_file() -> None:
    save("p.csv", id=[1, 1, 2, 3], pred=[1.0, 1.0, 2.0, float("nan")])
    save("y.csv", id=[2, 1, 3], y=[2.0, 1.0, 3.0])
    assert "has NaN in row 3 (from 0), id '3'" in says("p.csv", "y.csv", on_duplicate="first")
    save("y.csv", id=[2, 2, 1, 4], y=[2.0, 2.0, 1.0, 3.0])
    save("p.csv", id=[1, 1, 2], pred=[1.0, 1.0, 2.0])
    assert "y.csv has the id '4' in row 3 (from 0), which p.csv lacks" in says("p.csv", "y.csv", on_duplicate="same")


def test_options_that_need_a_key() -> None:
    with pytest.raises(UsageProblem, match="on_duplicate is for rows paired by key"):
        losscli.compute("mse", [1.0], [1.0], on_duplicate="first")
    with pytest.raises(UsageProblem, match="on_duplicate must be one of error, same, first"):
        losscli.compute("mse", [1.0], [1.0], join="id", on_duplicate="last")


# -- why keys do not match ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        (["007", "008"], ["8", "7"], "'007' and '7' differ in zero padding."),
        (["img_01"], ["img_1"], "'img_01' and 'img_1' differ in zero padding."),
        (["Ab"], ["aB"], "'Ab' and 'aB' differ in letter case."),
        (["a "], ["a"], "'a ' and 'a' differ in blanks around them."),
        (["1.0", "x"], ["1", "y"], "'1.0' and '1' differ in type: one is a float."),
        (["03/01/2024"], ["2024-01-03"], "'03/01/2024' and '2024-01-03' differ in date format."),
        (["20240103"], ["2024-01-03"], "'20240103' and '2024-01-03' differ in date format."),
        (["img/a.png"], ["a"], "'img/a.png' and 'a' differ in folder or suffix."),
        (["x1"], ["1"], "they differ in type: y.csv column id holds whole numbers, and p.csv column id not."),
        (["x"], ["y"], "007 is not 7."),
    ],
)
def test_the_likely_reason(left: list[str], right: list[str], reason: str) -> None:
    save("p.csv", id=left, pred=[1.0] * len(left))
    save("y.csv", id=right, y=[1.0] * len(right))
    for policy in ("error", "drop"):
        said = says("p.csv", "y.csv", on_missing=policy)
        ends = f"Keys are compared as the files have them: {reason} Write the keys of one file as the other has them."
        assert said.endswith(ends)


def test_the_likely_reason_of_some_keys() -> None:
    save("p.csv", id=["a", "B"], pred=[1.0, 2.0])
    save("y.csv", id=["a", "b"], y=[1.0, 2.0])
    assert "lacks (1 matched, 1 only in p.csv, 1 only in y.csv). 'B' and 'b' differ in letter case." in says(
        "p.csv", "y.csv"
    )


# -- what nobody asked for ---------------------------------------------------------------------------------

ODD = {
    "date": pa.array(DAYS, pa.date32()),
    "zoned": TYPES["Berlin"],
    "time": pa.array([datetime.time(1)] * 3),
    "duration": pa.array([datetime.timedelta(1)] * 3),
    "struct": pa.array([{"a": 1}] * 3),
    "binary": pa.array([b"\x00\xff"] * 3),
    "fixed": pa.array([b"ab"] * 3, pa.binary(2)),
    "texts": pa.array([["a", "b"]] * 3),
    "nested": pa.array([[[1], [2, 3]]] * 3),
    "map": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64())),
    "dictionary": pa.array(DAYS, pa.date32()).dictionary_encode(),
    "nulls": pa.nulls(3),
}


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_that_nobody_asked_for(kind: str, cli_here: Callable[..., Any]) -> None:
    save(f"all.{kind}", **ODD, pred=PRED, y=LABEL)
    for words in ("inspect all", "inspect all --loss mse", "compute mse all", "reconcile mse all", "batch all -l mse"):
        ran = cli_here(*shlex.split(words.replace("all", f"all.{kind}")))
        assert ran.code == 0, ran.err
    ran = cli_here("inspect", f"all.{kind}")
    assert f"all.{kind}: columns that hold neither numbers nor text are not described: date, zoned, time" in ran.err
    save(f"one.{kind}", **ODD)
    assert cli_here("inspect", f"one.{kind}").code == 0
    ran = cli_here("compute", "mse", f"all.{kind}", "--pred", "date", "--label", "y")
    assert (ran.code, ran.out) == (3, "")
    assert f"all.{kind}: column date is of type date32[day], which holds no numbers" in ran.err
