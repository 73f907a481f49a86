"""How rows are paired by key: in what order they come, what is held, and what goes to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joined_rows import TINY, data, same, save

import losscli
from losscli.core.arrays import pairing
from losscli.core.arrays.inputs import Ragged
from losscli.core.errors import DataProblem
from losscli.sources.joins import join, keys, matching, spill
from losscli.sources.joins.bitmap import Bitmap


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
