"""Rows paired by key: which key is which, in what order rows come, what is held, and what is said of keys at fault."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import Ran, command, environment
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

import losscli
from losscli.core import pairing
from losscli.core.errors import DataProblem, UsageProblem
from losscli.core.inputs import Ragged
from losscli.report.model import Result
from losscli.sources.joins import join, keys, matching, ragged, spill
from losscli.sources.joins.bitmap import Bitmap

Columns = dict[str, Any]
TINY = 20_000  # bytes: less than any of these tests needs


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli_here(cli: Callable[..., Ran], here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The program, run in the test's folder."""
    monkeypatch.chdir(here)
    return cli


def save(name: str, columns: Columns) -> str:
    """The columns as a file of the format that its name tells."""
    kind = name.rpartition(".")[2]
    if kind in ("csv", "tsv"):
        with open(name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="\t" if kind == "tsv" else ",", lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    elif kind == "npz":
        np.savez(name, **{column: np.asarray(values) for column, values in columns.items()})
    else:
        plain = {n: c.tolist() if isinstance(c, np.ndarray) and c.dtype.kind == "U" else c for n, c in columns.items()}
        (parquet.write_table if kind == "parquet" else feather.write_feather)(pa.table(plain), name)
    return name


def data(rows: int, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Keys, predictions, labels and weights."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation(rows * 3)[:rows] + 1
    return ids, rng.normal(size=rows), rng.normal(size=rows), rng.uniform(size=rows)


def same(a: Result, b: Result) -> None:
    assert (a.value, a.stderr, a.n, a.weight_sum) == (b.value, b.stderr, b.n, b.weight_sum)


def rows_of(*files: Any, **options: Any) -> list[float]:
    """The loss of each row, in order."""
    return losscli.compute("mae", *files, reduction="none", **options).rows.tolist()


# -- formats ------------------------------------------------------------------------------------------------

FORMATS = ("csv", "tsv", "parquet", "arrow", "npz")


@pytest.mark.parametrize("left", FORMATS)
@pytest.mark.parametrize("right", FORMATS)
@pytest.mark.parametrize("text", [False, True])
def test_any_two_formats(left: str, right: str, text: bool) -> None:
    ids, pred, label, weight = data(3000)
    names = np.array([f"r{i}" for i in ids]) if text else ids
    order = np.random.default_rng(1).permutation(len(ids))
    save(f"p.{left}", {"id": names, "pred": pred})
    save(f"y.{right}", {"id": names[order], "y": label[order], "w": weight[order]})
    found = losscli.compute("mse", f"p.{left}", f"y.{right}", weights=f"y.{right}::w", label="y", join="id")
    same(found, losscli.compute("mse", pred, label, weights=weight))
    assert found.pairing is not None
    assert found.pairing.to_dict() == {
        "by": ["id"], "on_missing": "error", "matched": 3000, "left_only": 0, "right_only": 0,
    }  # fmt: skip


@pytest.mark.parametrize("left", ["frame", "arrow", "file"])
@pytest.mark.parametrize("right", ["frame", "arrow", "file"])
@pytest.mark.parametrize("text", [False, True])
def test_data_in_memory(left: str, right: str, text: bool) -> None:
    ids, pred, label, _ = data(200)
    names = np.array([f"r{i}" for i in ids]) if text else ids
    order = np.random.default_rng(1).permutation(len(ids))
    sides = {"name": names.tolist(), "p": pred}, {"name": names[order].tolist(), "q": label[order]}

    def made(kind: str, columns: Columns, file: str) -> Any:
        return {"frame": pd.DataFrame, "arrow": pa.table, "file": lambda c: save(file, c)}[kind](columns)

    files = made(left, sides[0], "p.parquet"), made(right, sides[1], "q.csv")
    found = losscli.compute("mse", *files, pred="p", label="q", join="name")
    same(found, losscli.compute("mse", pred, label))
    same(losscli.compute("mse", *files, join=["name"]), found)  # the one column beside the key needs no name


def test_arrays_have_no_key() -> None:
    np.save("p.npy", np.zeros(3))
    save("y.csv", {"id": [1, 2, 3], "y": [1.0, 2.0, 3.0]})
    for pred in ("p.npy", [0.0, 0.0, 0.0]):
        with pytest.raises(UsageProblem, match=r"array without column names, so it has no key id\. --join takes files"):
            losscli.compute("mse", pred, "y.csv", join="id")


def test_wide_predictions_classes_and_lists() -> None:
    """Predictions of several columns, labels that are class names, and labels that are lists."""
    rng = np.random.default_rng(0)
    logits, label = rng.normal(size=(500, 3)).astype(np.float32), rng.integers(0, 3, 500)
    order = rng.permutation(500)
    classes = {f"p_{name}": logits[:, i] for i, name in enumerate("abc")}
    save("p.parquet", {"id": np.arange(500), **classes})
    save("y.csv", {"id": order, "label": np.array(list("abc"))[label[order]]})
    found = losscli.compute("ce", "p.parquet", "y.csv", pred="p_*", join="id")
    same(found, losscli.compute("ce", logits, label))

    steps, lengths = rng.normal(size=(60, 20, 5)), rng.integers(1, 8, 60)
    labels = [rng.integers(1, 5, size).tolist() for size in lengths]
    order = rng.permutation(60)
    np.savez("p.npz", id=np.arange(60), logits=steps)
    moved = {"id": order, "labels": [labels[i] for i in order], "n": lengths[order]}
    save("y.parquet", moved)
    options = {"join": "id", "label": "labels", "label_lengths": "y.parquet::n"}
    padded = np.zeros((60, 8), dtype=int)
    for row, values in zip(padded, labels, strict=True):
        row[: len(values)] = values
    want = losscli.compute("ctc", steps, padded, label_lengths=lengths)
    found = losscli.compute("ctc", "p.npz::logits", "y.parquet", **options)
    assert found.value == want.value


def test_a_loss_that_reads_its_data_twice() -> None:
    rng = np.random.default_rng(0)
    embeddings, label = rng.normal(size=(400, 4)), rng.integers(0, 5, 400)
    order = rng.permutation(400)
    np.savez("p.npz", id=np.arange(400), pred=embeddings)
    save("y.csv", {"id": order, "y": label[order]})
    same(losscli.compute("center", "p.npz", "y.csv", join="id"), losscli.compute("center", embeddings, label))


@pytest.mark.parametrize("ids", [np.arange(4000), np.random.default_rng(1).permutation(4000)])
def test_standard_input(cli_here: Callable[..., Ran], ids: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe comes once: its rows are kept, on disk if need be."""
    _, pred, label, _ = data(4000)
    save("p.csv", {"id": ids, "pred": pred})
    order = np.argsort(ids)
    save("y.parquet", {"id": ids[order], "y": label[order]})
    monkeypatch.setattr(pairing, "MEMORY", TINY)
    ran = cli_here("compute", "mse", "-", "y.parquet", "--join", "id", "--json", stdin=Path("p.csv").read_bytes())
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)["results"][0]
    assert result["value"] == losscli.compute("mse", pred, label).value
    assert [each["shape"] for each in json.loads(ran.out)["inputs"]] == [[4000], [4000]]


# -- which key is which -------------------------------------------------------------------------------------


def joins(left: str, right: str) -> bool:
    try:
        losscli.compute("mse", left, right, join="id", pred="pred", label="y")
    except DataProblem as problem:
        if "lacks" not in str(problem) and "in common" not in str(problem):
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (["007"], ["7"], False),
        (["7"], ["7"], True),
        ([7], ["7"], True),
        ([7], ["007"], False),
        ([7], ["+7"], False),
        ([7], ["7.0"], False),
        ([7], [" 7"], False),
        ([7], ["0x7"], False),
        ([0], ["-0"], False),
        ([-7], ["-7"], True),
        ([-7, 2**63 - 1], ["-7", "9223372036854775807"], True),
        (np.array([2**64 - 1], dtype=np.uint64), ["18446744073709551615"], True),
        (np.array([2**64 - 1], dtype=np.uint64), ["18446744073709551614"], False),
        (["18446744073709551615", "18446744073709551614"], ["18446744073709551614", "18446744073709551615"], True),
        (["18446744073709551616"], ["18446744073709551616"], True),
        (np.array([2**64 - 1], dtype=np.uint64), np.array([-1]), False),
        (np.array([2**53 + 1]), np.array([2**53]), False),
        (np.array([5], dtype=np.int8), np.array([5], dtype=np.uint64), True),
        (["a", "7"], ["7", "a"], True),
        (["a", "7"], ["07", "a"], False),
        ([7, 8], ["8", "x"], False),
        (["A"], ["a"], False),
        (["é"], ["e\u0301"], False),
        (["x\u3042" * 9], ["x\u3042" * 9], True),
        (["NA", "null"], ["null", "NA"], True),
        (["a" * 8, "a" * 9, "a" * 16], ["a" * 16, "a" * 9, "a" * 8], True),
    ],
)
@pytest.mark.parametrize("kinds", ["csv csv", "parquet csv", "csv parquet", "parquet npz", "npz csv"])
def test_keys_are_the_files_own(left: Any, right: Any, equal: bool, kinds: str) -> None:
    for name, ids, kind in zip("py", (left, right), kinds.split(), strict=True):
        values = {"p": "pred", "y": "y"}[name]
        ids = np.array(ids) if kind == "npz" else ids
        save(f"{name}.{kind}", {"id": ids, values: np.arange(float(len(ids)))})
    assert joins(f"p.{kinds.split()[0]}", f"y.{kinds.split()[1]}") == equal


def test_several_columns_form_a_tuple() -> None:
    left = {"a": ["x", "xy", "1"], "b": ["yz", "z", "11"], "pred": [1.0, 2.0, 3.0]}
    right = {"a": ["1", "x", "xy"], "b": ["11", "yz", "z"], "y": [3.0, 1.0, 2.0]}
    assert losscli.compute("mae", save("p.csv", left), save("y.csv", right), join="a,b").value == 0
    right["b"] = ["1", "yz", "z"]  # as one text, 1 and 11 would be 11 and 1
    right["a"] = ["11", "x", "xy"]
    with pytest.raises(DataProblem, match="has the a, b '1', '11' in row 2"):
        losscli.compute("mae", "p.csv", save("y.csv", right), join="a,b")
    users, items = np.divmod(np.arange(3000), 60)
    order = np.random.default_rng(0).permutation(3000)
    save("p.parquet", {"u": users, "i": items, "n": [f"n{i}" for i in items], "pred": users * 100.0 + items})
    moved = {"u": users[order], "i": items[order], "n": [f"n{i}" for i in items[order]]}
    save("y.csv", {**moved, "y": (users * 100.0 + items)[order]})
    assert losscli.compute("mae", "p.parquet", "y.csv", pred="pred", label="y", join="u,i").value == 0
    assert losscli.compute("mae", "p.parquet", "y.csv", pred="pred", label="y", join=["n", "u"]).n == 3000


@given(st.lists(st.integers(-(2**63), 2**64 - 1)), st.sampled_from(["int64", "uint64"]))
def test_whole_numbers_are_read_from_plain_decimals_only(numbers: list[int], dtype: str) -> None:
    inside = all(np.iinfo(dtype).min <= number <= np.iinfo(dtype).max for number in numbers)
    texts = ragged.from_strings(np.array([str(number) for number in numbers], dtype=str))
    assert texts is not None
    found = ragged.whole_numbers(texts, dtype)
    assert (found is not None) == inside
    if found is not None:
        assert found.tolist() == numbers
        again = ragged.decimals(np.array(numbers, dtype=dtype))
        assert ragged.equal(texts, again)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)))
def test_texts_of_numpy_are_taken_as_they_are(texts: list[str]) -> None:
    found = ragged.from_strings(np.array(texts, dtype=str))
    assert found is not None
    assert [found[i : i + 1].values.tobytes().decode() for i in range(len(found))] == texts
    index = np.arange(len(texts))[::-1]
    assert [r.values.tobytes().decode() for r in (ragged.taken(found, index)[i : i + 1] for i in index)] == texts
    codes = keys.Keys((found,)).codes(3)
    assert len(set(codes.tolist())) == len(set(texts))


# -- any keys in any order ----------------------------------------------------------------------------------

SOME_KEYS = st.one_of(
    st.lists(st.integers(-5, 40), max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20),
    st.lists(st.text("ab7é, ", min_size=1, max_size=3), max_size=40),
)


@settings(max_examples=150)
@given(
    SOME_KEYS, SOME_KEYS, st.sampled_from(["error", "drop"]), st.sampled_from(["parquet", "csv"]),
    st.sampled_from(["parquet", "csv"]), st.booleans(), st.booleans(), st.booleans(), st.randoms(),
)  # fmt: skip
def test_the_join_is_that_of_a_dictionary(
    left: list[Any], right: list[Any], on_missing: str, one: str, two: str, unique: bool, ordered: bool, tiny: bool,
    random: Any,
) -> None:  # fmt: skip
    """Duplicates, keys that only one side has, sorted or not, in memory or on disk: as plain Python does it."""
    if unique:
        left, right = list(dict.fromkeys(left)), list(dict.fromkeys(right))
        if left and random.random() < 0.7 and on_missing == "error":
            right = random.sample(left, len(left))
    if ordered:
        left, right = sorted(left), sorted(right)
    if not left or not right:
        return
    preds, labels = [random.random() for _ in left], [random.random() for _ in right]
    save(f"p.{one}", {"id": left, "pred": preds})
    save(f"y.{two}", {"id": right, "y": labels})
    ours = [str(key) for key in left]
    theirs = {str(key): label for key, label in zip(right, labels, strict=True)}
    want = [abs(p - theirs[key]) for key, p in zip(ours, preds, strict=True) if key in theirs]
    with pytest.MonkeyPatch.context() as patch:
        if tiny:
            patch.setattr(pairing, "MEMORY", 100)
        if len(set(ours)) < len(ours) or len(theirs) < len(right):
            said = "A join needs each key once"
        elif not want:
            said = "in common"
        elif on_missing == "error" and (len(want) < len(ours) or len(want) < len(theirs)):
            said = "lacks"
        else:
            assert rows_of(f"p.{one}", f"y.{two}", join="id", on_missing=on_missing) == want
            return
        with pytest.raises(DataProblem, match=said):
            rows_of(f"p.{one}", f"y.{two}", join="id", on_missing=on_missing)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("tiny", [True, False])
def test_three_files(ordered: bool, tiny: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is kept if it is in all of them; rows come in the order of the predictions."""
    if tiny:
        monkeypatch.setattr(pairing, "MEMORY", TINY)
    rng = np.random.default_rng(0)
    sides = [rng.choice(9000, 6000, replace=False) for _ in range(3)]
    p, y, w = (np.sort(side) if ordered else side for side in sides)
    save("p.parquet", {"id": p, "pred": p * 1.0})
    save("y.csv", {"id": y, "y": y * 1.0 + y % 7})
    save("w.npz", {"id": w, "w": w * 1.0 + 1})
    kept = p[np.isin(p, y) & np.isin(p, w)]
    want = losscli.compute("mse", kept * 1.0, kept + kept % 7 * 1.0, weights=kept + 1.0)
    found = losscli.compute("mse", "p.parquet", "y.csv", weights="w.npz", join="id", on_missing="drop")
    same(found, want)
    assert found.pairing is not None
    assert found.pairing.matched == len(kept)
    assert found.pairing.left_only == 6000 - len(kept)
    assert found.pairing.right_only == int((~np.isin(y, p)).sum() + (~np.isin(w, p)).sum())
    with pytest.raises(DataProblem, match=r"p\.parquet has the id \d+ in row \d+ \(from 0\), which y\.csv lacks"):
        losscli.compute("mse", "p.parquet", "y.csv", weights="w.npz", join="id")


def test_many_blocks_have_the_bits_of_aligned_files() -> None:
    """More rows than a block, a bucket and a batch hold, dropped here and there."""
    ids, pred, label, weight = data(200_000, seed=4)
    order = np.random.default_rng(5).permutation(len(ids))[:190_000]
    save("p.parquet", {"id": ids, "pred": pred.astype(np.float32)})
    save("y.parquet", {"id": ids[order], "y": label[order], "w": weight[order]})
    kept = np.sort(order)
    save("ap.parquet", {"pred": pred.astype(np.float32)[kept]})
    save("ay.parquet", {"y": label[kept], "w": weight[kept]})
    want = losscli.compute("huber", "ap.parquet", "ay.parquet", label="y", weight="w", delta=0.3)
    for threads in (1, 2):
        found = losscli.compute(
            "huber", "p.parquet", "y.parquet", label="y", weight="w", delta=0.3, join="id", on_missing="drop",
            threads=threads,
        )  # fmt: skip
        same(found, want)


# -- how it is done -----------------------------------------------------------------------------------------


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often keys were put into buckets, and how often a store went to disk."""
    counts = {"bucketed": 0, "spilled": 0}
    bucketed, spilled = matching._match_in_buckets, spill.Buckets.spill

    def counted(*arguments: Any) -> matching.Matched:
        counts["bucketed"] += 1
        return bucketed(*arguments)

    def counted_spill(store: spill.Buckets) -> None:
        counts["spilled"] += 1
        spilled(store)

    monkeypatch.setattr(matching, "_match_in_buckets", counted)
    monkeypatch.setattr(spill.Buckets, "spill", counted_spill)
    return counts


@pytest.mark.parametrize("text", [False, True])
def test_sorted_files_are_merged_as_they_are_read(ways: dict[str, int], text: bool) -> None:
    ids = np.arange(-70_000, 70_000)
    names = np.array([f"{i + 70_000:06d}" for i in ids]) if text else ids
    keep = np.random.default_rng(0).random(len(ids)) < 0.9
    save("p.parquet", {"id": names, "pred": ids * 1.0})
    save("y.csv", {"id": names[keep], "y": ids[keep] * 1.0})
    save("z.csv", {"id": names[70_000:], "y": ids[70_000:] * 1.0})
    for file, count in (("y.csv", int(keep.sum())), ("z.csv", 70_000)):
        found = losscli.compute("mse", "p.parquet", file, join="id", on_missing="drop")
        assert (found.value, found.n) == (0, count)
        found = losscli.compute("mse", file, "p.parquet", join="id", on_missing="drop", label="pred")
        assert (found.value, found.n) == (0, count)
    assert ways == {"bucketed": 0, "spilled": 0}


def test_an_order_that_breaks_late_falls_back(ways: dict[str, int]) -> None:
    ids = np.arange(100_000)
    moved = np.append(ids[1:], 0)
    save("p.parquet", {"id": ids, "pred": ids * 1.0})
    save("y.parquet", {"id": moved, "y": moved * 1.0})
    assert losscli.compute("mse", "p.parquet", "y.parquet", join="id").value == 0
    assert ways["bucketed"] == 1


def test_the_same_order_needs_no_reordering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that one loader wrote: no row waits, though keys do not ascend."""
    monkeypatch.setattr(join, "Reordered", None)
    ids, pred, label, _ = data(5000)
    save("p.csv", {"id": ids, "pred": pred})
    save("y.parquet", {"id": np.delete(ids, 7), "y": np.delete(label, 7)})
    found = losscli.compute("mse", "p.csv", "y.parquet", join="id", on_missing="drop")
    same(found, losscli.compute("mse", np.delete(pred, 7), np.delete(label, 7)))


def test_a_small_budget_goes_to_disk(ways: dict[str, int], monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    ids, pred, label, _ = data(30_000)
    order = np.random.default_rng(1).permutation(len(ids))
    folder = here / "tmp"
    folder.mkdir()
    monkeypatch.setattr(spill.tempfile, "tempdir", str(folder))
    monkeypatch.setattr(pairing, "MEMORY", TINY)
    for names in (ids, np.array([f"key {i}" for i in ids])):
        ways["spilled"] = 0
        save("p.parquet", {"id": names, "pred": pred})
        save("y.csv", {"id": names[order], "y": label[order]})
        same(losscli.compute("mse", "p.parquet", "y.csv", join="id"), losscli.compute("mse", pred, label))
        assert ways["spilled"] > 2
        assert not list(folder.iterdir())
    save("y.csv", {"id": [*names[order][1:], names[order][1]], "y": label[order]})
    with pytest.raises(DataProblem, match="A join needs each key once"):
        losscli.compute("mse", "p.parquet", "y.csv", join="id")
    assert not list(folder.iterdir())


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spill.tempfile, "TemporaryFile", full)
    monkeypatch.setattr(pairing, "MEMORY", TINY)
    ids, pred, label, _ = data(5000)
    save("p.csv", {"id": ids, "pred": pred})
    save("y.csv", {"id": ids[::-1], "y": label[::-1]})
    with pytest.raises(DataProblem, match=r"failed: no space left on device\. Set TMPDIR"):
        losscli.compute("mse", "p.csv", "y.csv", join="id")


@pytest.mark.parametrize("ordered", [False, True])
def test_keys_that_share_a_number_are_told_apart(monkeypatch: pytest.MonkeyPatch, ordered: bool) -> None:
    """All keys of one number at first: the keys themselves are compared, and other numbers are tried."""
    honest, seeds = keys.Keys.codes, []

    def poor(self: keys.Keys, seed: int) -> Any:
        seeds.append(seed)
        codes = honest(self, seed)
        return codes if seed else codes & np.uint64(0xFF000000000000FF)

    monkeypatch.setattr(keys.Keys, "codes", poor)
    ids, pred, label, _ = data(20_000)
    names = np.array([f"key {i:06d}" for i in ids])
    order = np.argsort(names) if ordered else np.arange(len(ids))
    moved = order[np.arange(len(order)) % 100 != 7]
    moved = moved if ordered else moved[::-1]
    save("p.csv", {"id": names[order], "pred": pred[order]})
    save("y.csv", {"id": names[moved], "y": label[moved]})
    kept = order[np.isin(order, moved)]
    same(
        losscli.compute("mse", "p.csv", "y.csv", join="id", on_missing="drop"),
        losscli.compute("mse", pred[kept], label[kept]),
    )
    assert seeds[0] == 0
    assert seeds[-1] != 0


@given(st.lists(st.lists(st.booleans(), max_size=40)), st.integers(0, 200), st.integers(0, 200))
def test_bits_are_the_marks_they_were_given(runs: list[list[bool]], start: int, stop: int) -> None:
    bits, flat = Bitmap(), [mark for run in runs for mark in run]
    for run in runs:
        bits.append(np.array(run, dtype=bool))
    assert bits.part(min(start, len(flat)), max(min(start, len(flat)), stop)).tolist() == flat[start : max(start, stop)]
    assert (bits.rows, bits.count, bits.full) == (len(flat), sum(flat), all(flat))
    assert bits.first() == (flat.index(True) if True in flat else None)
    assert bits.first(unset=True) == (flat.index(False) if False in flat else None)
    assert [bits.nth(i) for i in range(bits.count)] == [i for i, mark in enumerate(flat) if mark]
    other = [i % 3 == 0 for i in range(len(flat))]
    others = Bitmap(np.array(other, dtype=bool))
    assert bits.both(others).part(0, len(flat)).tolist() == [a and b for a, b in zip(flat, other, strict=True)]
    among = [b for a, b in zip(flat, other, strict=True) if a]
    assert others.among(bits).part(0, len(flat)).tolist() == among
    assert bits.spread(others.among(bits)).part(0, len(flat)).tolist() == bits.both(others).part(0, len(flat)).tolist()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=5)), max_size=60), st.integers(0, 400))
def test_buckets_give_back_what_was_put_in(rows: list[tuple[int, bytes]], limit: int) -> None:
    store = spill.Buckets(spill.Budget(limit))
    for start in range(0, len(rows), 7):
        part = rows[start : start + 7]
        records = np.array([(start + i,) for i in range(len(part))], dtype=[("row", np.int64)])
        offsets = np.cumsum([0, *(len(text) for _, text in part)])
        text = Ragged(np.frombuffer(b"".join(text for _, text in part), np.uint8), offsets)
        store.add(np.array([bucket for bucket, _ in part]), records, [text])
    for bucket in range(10):
        want = [(i, text) for i, (number, text) in enumerate(rows) if number == bucket]
        found = store.bucket(bucket)
        assert (found is None) == (not want)
        if found is not None:
            records, (text,) = found
            got = [text[i : i + 1].values.tobytes() for i in range(len(text))]
            assert list(zip(records["row"].tolist(), got, strict=True)) == want
    store.close()


# -- what is said -------------------------------------------------------------------------------------------


def problem(kind: type[Exception], *files: Any, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        losscli.compute("mse", *files, **{"join": "id", **options})
    return str(caught.value)


def test_a_key_that_stands_twice_names_both_rows() -> None:
    save("p.csv", {"id": ["a", "b", "c", "b", "a"], "pred": [1.0] * 5})
    save("y.parquet", {"id": [5, 7, 6, 7], "y": [1.0] * 4})
    save("q.csv", {"id": [5, 6, 7], "pred": [1.0] * 3})
    said = problem(DataProblem, "p.csv", "y.parquet")
    assert said == "p.csv has the id 'b' in rows 1 and 3 (from 0). A join needs each key once."
    for on_missing in ("error", "drop"):
        said = problem(DataProblem, "q.csv", "y.parquet", on_missing=on_missing)
        assert said == "y.parquet has the id 7 in rows 1 and 3 (from 0). A join needs each key once."


def test_a_missing_key_names_file_key_and_row() -> None:
    save("p.csv", {"id": ["a", "b", "c", "d"], "pred": [1.0] * 4})
    save("y.csv", {"id": ["d", "x", "a"], "y": [1.0] * 3})
    said = problem(DataProblem, "p.csv", "y.csv")
    assert said == (
        "p.csv has the id 'b' in row 1 (from 0), which y.csv lacks (2 matched, 2 only in p.csv, 1 only in y.csv). "
        "--on-missing drop leaves such rows out."
    )
    save("p.csv", {"id": ["a", "d"], "pred": [1.0] * 2})
    assert problem(DataProblem, "p.csv", "y.csv").startswith(
        "y.csv has the id 'x' in row 1 (from 0), which p.csv lacks"
    )


def test_nothing_in_common() -> None:
    save("p.csv", {"id": ["007", "008"], "pred": [1.0] * 2})
    save("y.parquet", {"id": [7, 8], "y": [1.0] * 2})
    for on_missing in ("error", "drop"):
        said = problem(DataProblem, "p.csv", "y.parquet", on_missing=on_missing)
        assert said.startswith("p.csv and y.parquet have no id in common: the first are '007' and 7. Keys are compared")


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_rows_without_a_key(kind: str) -> None:
    ids: Any = np.array(["a", "b", ""]) if kind == "npz" else ["a", "b", None]
    save("p.csv", {"id": ["a", "b", "c"], "pred": [1.0] * 3})
    if kind == "csv":
        Path("y.csv").write_text("id,y\na,1\nb,1\n,1\n")
    else:
        save(f"y.{kind}", {"id": ids, "y": np.ones(3)})
    said = problem(DataProblem, "p.csv", f"y.{kind}", label="y")
    assert said == f"y.{kind}: column id, row 2 (from 0) is empty. A row without a key cannot be joined."
    save("n.parquet", {"id": pa.array([1, None, 2]), "y": np.ones(3)})
    assert "n.parquet: column id, row 1 (from 0) is empty" in problem(DataProblem, "n.parquet::y", "p.csv")


@pytest.mark.parametrize("ids", [np.array([1.0, 2.0]), np.array([True, False]), np.array([[1, 2], [3, 4]])])
def test_keys_are_text_or_whole_numbers(ids: Any) -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2})
    save("y.npz", {"id": ids, "y": np.ones(2)})
    said = problem(DataProblem, "p.csv", "y.npz", label="y")
    assert said.startswith("y.npz column id h")
    if ids.ndim == 1:
        save("y.parquet", {"id": ids, "y": np.ones(2)})
        said = problem(DataProblem, "p.csv", "y.parquet")
        assert said.startswith(f"y.parquet column id holds {ids.dtype}; keys are text or whole numbers")


def test_wrong_requests() -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2, "y": [1.0] * 2})
    save("y.csv", {"id": [1, 2], "y": [1.0] * 2})
    assert "y.csv has no column idd. Did you mean id?" in problem(
        UsageProblem, save("q.csv", {"idd": [1, 2], "pred": [1.0] * 2}), "y.csv", join="idd"
    )
    assert "A key is a name, not a glob" in problem(UsageProblem, "p.csv", "y.csv", join="i*")
    assert "all columns come from p.csv" in problem(UsageProblem, "p.csv")
    assert "--join names id twice" in problem(UsageProblem, "p.csv", "y.csv", join="id,id")
    assert "is the key, and would be among the label too" in problem(UsageProblem, "p.csv", "y.csv", label="id")
    assert "--on-missing is for rows paired by key" in problem(
        UsageProblem, "p.csv", "y.csv", join=(), on_missing="drop"
    )
    assert "on_missing must be one of error, drop" in problem(UsageProblem, "p.csv", "y.csv", on_missing="omit")


def test_members_of_unequal_length() -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2})
    np.savez("y.npz", id=np.arange(1, 3), y=np.ones(3))
    assert "y.npz: y has 3 rows, and the key beside it 2" in problem(DataProblem, "p.csv", "y.npz", label="y")


@pytest.mark.parametrize("ordered", [True, False])
def test_a_bad_value_is_told_by_its_own_files_row_and_key(ordered: bool) -> None:
    ids = np.arange(100) if ordered else np.random.default_rng(0).permutation(100)
    pred, label = np.ones(100), np.ones(100)
    order = np.arange(5, 100) if ordered else np.random.default_rng(1).permutation(100)[5:]
    label[60 if ordered else order[40]] = np.nan
    at = 55 if ordered else 40
    save("p.csv", {"id": ids, "pred": pred})
    save("y.parquet", {"id": ids[order], "y": label[order]})
    said = problem(DataProblem, "p.csv", "y.parquet", on_missing="drop")
    assert said.startswith(f"y.parquet column y has NaN in row {at} (from 0), id '{ids[order][at]}'.")
    with pytest.raises(DataProblem, match=rf"has NaN in row {at} \(from 0\), id '{ids[order][at]}'"):
        losscli.compute("mae", "p.csv", "y.parquet", join="id", on_missing="drop")


def test_nulls_follow_their_policy() -> None:
    save("p.csv", {"id": [3, 1, 2], "pred": [3.0, 1.0, 2.0]})
    save("y.parquet", {"id": [1, 2, 3], "y": pa.array([1.5, None, 3.5])})
    assert "y.parquet column y has no value in row 1 (from 0), id '2'" in problem(DataProblem, "p.csv", "y.parquet")
    found = losscli.compute("mae", "p.csv", "y.parquet", join="id", missing="omit")
    assert (found.value, found.n, found.counts["missing"]) == (0.5, 2, 1)


# -- the command line ---------------------------------------------------------------------------------------


def test_the_report_counts(cli_here: Callable[..., Ran], here: Path) -> None:
    import jsonschema

    save("p.csv", {"id": [1, 2, 3, 4], "pred": [1.0] * 4})
    save("y.csv", {"id": [4, 3, 9, 2, 8], "y": [1.0] * 5})
    arguments = ("compute", "mse", "p.csv", "y.csv", "--join", "id", "--on-missing", "drop")
    ran = cli_here(*arguments, "--json")
    document = json.loads(ran.out)
    counts = {"matched": 3, "left_only": 1, "right_only": 2}
    assert document["results"][0]["pairing"] == {"by": ["id"], "on_missing": "drop", **counts}
    assert document["request"] == {"join": ["id"], "on_missing": "drop"}
    assert [each["shape"] for each in document["inputs"]] == [[4], [5]]
    said = "by id: 3 matched, 1 only in the predictions' file, 2 only elsewhere"
    assert f"note: Paired {said}." in ran.err
    schema = Path(losscli.__file__).parent / "report" / "schemas" / "report.schema.json"
    jsonschema.validate(document, json.loads(schema.read_text()))
    for kind in ("plain", "table"):
        out = " ".join(cli_here(*arguments, "--format", kind).out.replace("│", " ").split())
        assert f"paired {said}" in out
    (here / "r.json").write_text(ran.out)
    assert cli_here("verify", "r.json").code == 0
    ran = cli_here("compute", "mse", "p.csv", "y.csv", "--join", "id", "--quiet")
    assert (ran.code, ran.out) == (3, "")
    assert "--on-missing drop leaves such rows out" in ran.err
    ran = cli_here("compute", "mse", "p.csv", "y.csv", "--on-missing", "drop")
    assert ran.code == 2
    assert (
        json.loads(cli_here("compute", "mse", "p.csv::pred", "p.csv::pred", "--json").out)["results"][0]["pairing"]
        is None
    )


def test_reconcile_joins_too(cli_here: Callable[..., Ran]) -> None:
    ids, pred, label, _ = data(50)
    save("p.csv", {"id": ids, "pred": pred})
    save("y.csv", {"id": ids[::-1], "y": label[::-1]})
    value = losscli.compute("mse", pred, label).value
    ran = cli_here("reconcile", "mse", "p.csv", "y.csv", "--join", "id", "--expect", f"{value:.6g}")
    assert (ran.code, "Paired by id: 50 matched" in ran.err) == (0, True)
    assert losscli.reconcile("mse", "p.csv", "y.csv", join="id", expect=f"{value:.6g}")


def test_other_ids_by_position_are_noted(cli_here: Callable[..., Ran]) -> None:
    save("p.csv", {"id": [1, 2, 3], "pred": [1.0] * 3})
    save("y.parquet", {"id": [1, 3, 2], "y": [1.0] * 3})
    ran = cli_here("compute", "mse", "p.csv", "y.parquet")
    assert ran.code == 0
    assert (
        "note: p.csv and y.parquet are paired by position, but column id differs in row 1 (from 0). "
        "--join id pairs by key." in ran.err
    )
    save("y.parquet", {"id": [1, 2, 3], "y": [1.0] * 3})
    assert "paired" not in cli_here("compute", "mse", "p.csv", "y.parquet").err


@pytest.fixture(scope="module")
def long_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two files with many rows in opposite order."""
    folder = tmp_path_factory.mktemp("long")
    ids, pred, label, _ = data(1_000_000)
    names = pa.array([f"user-{i:020d}" for i in ids.tolist()])
    parquet.write_table(pa.table({"id": names, "pred": pred}), folder / "p.parquet")
    parquet.write_table(pa.table({"id": names[::-1], "y": label[::-1]}), folder / "y.parquet")
    return [str(folder / "p.parquet"), str(folder / "y.parquet")]


@pytest.fixture
def slow_join(here: Path, long_files: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A join on its way, with its temporary file open."""
    (here / "tmp").mkdir()
    arguments = command("compute", "mse", *long_files, "--join", "id", "--max-memory", "120M")
    running = subprocess.Popen(arguments, env=environment(TMPDIR=str(here / "tmp")), stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def has_nameless_file(process: int, folder: Path) -> bool:
    """Whether the process has a file of this folder open that has no name there."""
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        with suppress(OSError):  # closed meanwhile
            link = os.readlink(f"/proc/{process}/fd/{descriptor}")
            # Python's own probe of the folder has a name for an instant
            if str(folder) in link and "(deleted)" in link:
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_no_file_is_left_by_a_signal(
    slow_join: subprocess.Popen[bytes], here: Path, number: signal.Signals, code: int
) -> None:
    until = time.monotonic() + 30
    while not (opened := has_nameless_file(slow_join.pid, here / "tmp")) and time.monotonic() < until:
        assert slow_join.poll() is None
        time.sleep(0.001)
    assert opened, "the join did not go to disk"
    slow_join.send_signal(number)
    slow_join.wait(10)
    assert slow_join.returncode == code
    assert not list((here / "tmp").iterdir())


MEASURED = """
import sys, losscli
result = losscli.compute("mse", sys.argv[1], sys.argv[2], join="id")
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(result.value.hex(), result.stderr.hex(), result.n, peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory in /proc")
@pytest.mark.parametrize("right", ["parquet", "csv"])
def test_ten_million_shuffled_rows_stay_within_a_gibibyte(right: str) -> None:
    from pyarrow import csv as arrow_csv

    ids, pred, label, _ = data(10_000_000)
    order = np.random.default_rng(1).permutation(len(ids))
    save("p.parquet", {"id": ids, "pred": pred})
    table = pa.table({"id": ids[order], "y": label[order]})
    if right == "csv":
        arrow_csv.write_csv(table, "y.csv")
    else:
        parquet.write_table(table, "y.parquet")
    arguments = [sys.executable, "-c", MEASURED, "p.parquet", f"y.{right}"]
    ended = subprocess.run(arguments, env=environment(), capture_output=True, text=True, check=True)
    value, stderr, rows, peak = ended.stdout.split()
    want = losscli.compute("mse", pred, label)
    assert want.value is not None
    assert want.stderr is not None
    assert (value, stderr, rows) == (want.value.hex(), want.stderr.hex(), "10000000")
    assert int(peak) < 1 << 20, f"{int(peak) >> 10} MiB"
