"""Rows paired by key: any two formats, any keys in any order, and which key is which."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import Ran
from hypothesis import given, settings
from hypothesis import strategies as st
from joined_rows import TINY, Columns, data, same, save

import losscli
from losscli.core.arrays import pairing
from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.joins import keys, ragged


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli_here(cli: Callable[..., Ran], here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The program, run in the test's folder."""
    monkeypatch.chdir(here)
    return cli


def rows_of(*files: Any, **options: Any) -> list[float]:
    """The loss of each row, in order."""
    return losscli.compute("mae", *files, reduction="none", **options).rows.tolist()


FORMATS = ("csv", "tsv", "parquet", "arrow", "npz")

# -- formats ------------------------------------------------------------------------------------------------


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
        with pytest.raises(UsageProblem, match=r"array without column names, so it has no key id\. join takes files"):
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


def joins(left: str, right: str) -> bool:
    try:
        losscli.compute("mse", left, right, join="id", pred="pred", label="y")
    except DataProblem as problem:
        if "lacks" not in str(problem) and "in common" not in str(problem):
            raise
        return False
    return True


# -- which key is which -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (["007"], ["7"], False),
        (["7"], ["7"], True),
        ([7], ["7"], True),
        ([7], ["007"], False),
        ([7], ["+7"], False),
        ([7], ["7.0"], True),
        ([7, 8], ["7.0", "8"], False),
        (["7.0", "8.0"], ["8", "7"], True),
        (["7.5"], ["7"], False),
        (["7.0", "7.5"], ["7.0", "7.5"], True),
        (["1e5"], ["100000"], False),
        (["12345678901234567890.0"], ["12345678901234567890"], False),
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


SOME_KEYS = st.one_of(
    st.lists(st.integers(-5, 40), max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20),
    st.lists(st.text("ab7é, ", min_size=1, max_size=3), max_size=40),
)

# -- any keys in any order ----------------------------------------------------------------------------------


@settings(max_examples=60)
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
    sides = [rng.choice(2400, 1600, replace=False) for _ in range(3)]
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
    assert found.pairing.left_only == 1600 - len(kept)
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
