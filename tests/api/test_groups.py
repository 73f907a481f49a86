"""Groups: exact sums by key, the same on any road; the mean over groups; and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from grouped_rows import ROWS, as_table, data, written

import losscli
from losscli.core.errors import DataProblem, UsageProblem


def by_key(result: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(group["by"].values()): group for group in result.groups}


@pytest.mark.parametrize("weighted", [False, True])
def test_a_group_is_fsum_of_its_rows(weighted: bool) -> None:
    columns = data()
    table = as_table(columns)
    result = losscli.compute("mae", table, pred="p", label="y", weight="w" if weighted else (), by="region,shop", ci=95)
    w = columns["w"] if weighted else np.ones(ROWS)
    rows = np.abs(columns["p"] - columns["y"]) * w
    seen = 0
    for key, group in by_key(result).items():
        mine = np.array([(r or None, s) == key for r, s in zip(columns["region"], columns["shop"], strict=True)])
        seen += int(mine.sum())
        total, weight = math.fsum(rows[mine].tolist()), math.fsum(w[mine].tolist())
        assert group["value"] == pytest.approx(total / weight, rel=4e-16)
        assert group["weight_sum"] == weight
        assert group["share"] == pytest.approx(total / math.fsum(rows.tolist()), rel=4e-16)
        alone = losscli.compute("mae", columns["p"][mine], columns["y"][mine], weights=w[mine] if weighted else None)
        assert (group["n"], group["stderr"]) == (alone.n, pytest.approx(alone.stderr, rel=1e-12))
        assert group["ci"]["low"] < group["value"] < group["ci"]["high"]
    assert seen == ROWS == sum(group["n"] for group in result.groups)
    assert result.value == losscli.compute("mae", table, pred="p", label="y", weight="w" if weighted else ()).value


def test_every_road_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads, formats, the size of blocks, the order of rows, and several losses in one reading."""
    columns = data(1)
    table = as_table(columns)
    words = {"pred": "p", "label": "y", "by": "region,age:10"}
    first = losscli.compute("rmse", table, **words).groups
    assert len(first) > 20
    for path in written(tmp_path, columns).values():
        assert losscli.compute("rmse", path, threads=3, **words).groups == first, path
    report = losscli.evaluate(["rmse", "huber"], table, **words)
    assert report.results[0].groups == first
    order = np.random.default_rng(2).permutation(ROWS)
    assert losscli.compute("rmse", table.take(order), **words).groups == first
    from losscli.core.binding.bound_loss import BoundLoss

    monkeypatch.setattr(BoundLoss, "block_rows", property(lambda _: 97))
    assert losscli.compute("rmse", table, **words).groups == first


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("r2", {}), ("wape", {}), ("rmse", {}), ("mse", {"like": "torch"}), ("mae", {"reduction": "sum"}),
        ("huber", {"denominator": "count"}), ("log_cosh", {"denominator": "nonzero"}), ("max_error", {}),
    ],
)  # fmt: skip
def test_a_group_is_as_if_alone(loss: str, options: dict[str, Any]) -> None:
    """Finishes too: a group has the value that its rows have on their own."""
    if loss not in losscli.available():
        pytest.skip(f"{loss} is not here")
    columns = data(3)
    columns["p"] = columns["y"] + 0.1 * np.sin(np.arange(ROWS))
    result = losscli.compute(loss, columns["p"], columns["y"], by={"shop": columns["shop"]}, **options)
    for (key,), group in by_key(result).items():
        mine = columns["shop"] == key
        alone = losscli.compute(loss, columns["p"][mine], columns["y"][mine], **options)
        assert group["value"] == pytest.approx(alone.value, rel=1e-13)
        assert group["stderr"] == (None if alone.stderr is None else pytest.approx(alone.stderr, rel=1e-9))


def test_classes_and_pooled_masks() -> None:
    rng = np.random.default_rng(4)
    scores, label = rng.normal(size=(90, 3)), rng.integers(0, 3, 90)
    result = losscli.compute("softmax_cross_entropy", scores, label, input="logits", by="label", ignore_index=1)
    assert {key: group["n"] for (key,), group in by_key(result).items()} == {
        c: int((label == c).sum()) for c in (0, 2)
    }  # an ignored row is none of its group's
    masks, truth = rng.random((6, 4, 4)), (rng.random((6, 4, 4)) < 0.5).astype(float)
    site = np.array(["a", "b"] * 3)
    groups = losscli.compute("dice", masks, truth, pool="batch", by={"site": site}).groups
    for group in groups:
        mine = site == group["by"]["site"]
        assert group["value"] == pytest.approx(losscli.compute("dice", masks[mine], truth[mine], pool="batch").value)


def test_class_names_are_those_of_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("p_cat,p_dog,y\n0.9,0.1,cat\n0.4,0.6,dog\n0.3,0.7,cat\n")
    result = losscli.compute("log_loss", str(path), pred="p_*", label="y", by="label")
    assert {key: group["n"] for (key,), group in by_key(result).items()} == {"cat": 2, "dog": 1}


def test_macro_is_the_mean_of_groups() -> None:
    columns = data(5)
    words = {"pred": "p", "label": "y", "by": "region,shop"}
    groups = losscli.compute("rmse", as_table(columns), **words)
    macro = losscli.compute("rmse", as_table(columns), macro=True, ci=90, **words)
    values = [group["value"] for group in groups.groups]
    assert macro.value == math.fsum(values) / len(values)
    assert macro.stderr == pytest.approx(np.std(values, ddof=1) / math.sqrt(len(values)), rel=1e-12)
    assert macro.ci["method"] == "groups"
    assert macro.grouping["macro"]["value_of_all_rows"] == groups.value
    assert "macro" in macro.signature
    assert "macro" not in groups.signature


@pytest.mark.parametrize("loss", ["mse", "rmse", "bias"])
@pytest.mark.parametrize("options", [{}, {"ci": 95}, {"bootstrap": 200, "ci": 90}], ids=["plain", "ci", "bootstrap"])
def test_weights_that_are_frequencies_count_rows_of_groups(loss: str, options: dict[str, Any]) -> None:
    """A group of rows that stand for others is the group in which each is written out."""
    columns, rng = data(3), np.random.default_rng(5)
    p, y = rng.normal(size=400), rng.normal(size=400)
    repeats, keys = rng.integers(0, 4, 400), columns["shop"][:400]
    short = losscli.compute(loss, p, y, weights=repeats, weights_are="frequency", by={"shop": keys}, **options)
    out = np.repeat(np.arange(400), repeats)
    long = losscli.compute(loss, p[out], y[out], by={"shop": keys[out]}, **options)
    assert [group["by"] for group in short.groups] == [group["by"] for group in long.groups]
    for ours, theirs in zip(short.groups, long.groups, strict=True):
        assert ours["n"] == theirs["n"]
        assert ours["value"] == pytest.approx(theirs["value"], rel=1e-14)
        assert ours["stderr"] == pytest.approx(theirs["stderr"], rel=1e-12)
        if options.get("ci") == 95:
            ends = [(group["ci"]["low"], group["ci"]["high"]) for group in (ours, theirs)]
            assert ends[0] == pytest.approx(ends[1], rel=1e-10)
        if options:
            assert ours["ci"] is not None


@pytest.mark.parametrize("weighted", [False, True])
def test_values_that_are_no_means_have_groups(weighted: bool) -> None:
    """The largest error and the median of each group, as of the group alone."""
    columns = data(4)
    weight = {"weights": columns["w"]} if weighted else {}
    for loss in ("max_error", "median_absolute_error"):
        result = losscli.compute(loss, columns["p"], columns["y"], by={"shop": columns["shop"]}, **weight)
        for group in result.groups:
            chosen = columns["shop"] == group["by"]["shop"]
            own = {name: column[chosen] for name, column in weight.items()}
            alone = losscli.compute(loss, columns["p"][chosen], columns["y"][chosen], **own)
            assert group["value"] == alone.value
            assert group["n"] == alone.n
            assert group["share"] is None
    joint = losscli.compute("max_error", columns["p"], columns["y"], by={"shop": columns["shop"]}, macro=True)
    assert joint.value == pytest.approx(np.mean([group["value"] for group in joint.groups]))


def test_small_groups_are_left_out_and_counted() -> None:
    by = np.array([1, 1, 1, 2, 3, 3])
    result = losscli.compute("mae", [1.0, 2, 3, 100, 5, 7], [0.0] * 6, by={"k": by}, min_n=2, macro=True)
    assert [group["by"]["k"] for group in result.groups] == [1, 3]
    assert result.value == 4.0
    assert result.grouping["left_out"] == {"min_n": 2, "groups": 1, "rows": 1}
    assert any("fewer than 2 rows" in note for note in result.notes)


@pytest.mark.parametrize(("sort", "order"), [("name", [1, 2, 10]), ("value", [10, 1, 2]), ("n", [2, 1, 10])])
def test_the_order_of_groups(sort: str, order: list[int]) -> None:
    by = np.array([2, 2, 2, 10, 1, 1])
    result = losscli.compute("mae", [1.0, 1, 1, 9, 2, 2], [0.0] * 6, by={"k": by}, sort=sort)
    assert [group["by"]["k"] for group in result.groups] == order


@pytest.mark.parametrize(
    ("width", "value", "name"),
    [("10", 29.999, "[20, 30)"), ("10", 30, "[30, 40)"), ("10", -1, "[-10, 0)"), ("0.1", 0.3, "[0.3, 0.4)"),
     ("0.1", 0.7, "[0.7, 0.8)"), ("2.5", 2.5, "[2.5, 5)"), ("1e3", 999, "[0, 1000)"), ("5", math.inf, "inf")],
)  # fmt: skip
def test_bins_hold_their_lower_end(width: str, value: float, name: str) -> None:
    table = pa.table({"p": [1.0, 2.0], "y": [0.0, 0.0], "x": [float(value), None]})
    groups = losscli.compute("mae", table, pred="p", label="y", by=f"x:{width}").groups
    assert [group["by"]["x"] for group in groups] == [name, None]


def test_rows_without_a_loss_are_not_lost() -> None:
    """NaN by policy is NaN in its group alone; omitted rows are none of it; a missing key is a group of its own."""
    table = pa.table({"p": [1.0, math.nan, 3.0, 4.0], "y": [0.0] * 4, "g": ["a", "b", "b", None]})
    words = {"pred": "p", "label": "y", "by": "g"}
    kept = by_key(losscli.compute("mae", table, nan="propagate", **words))
    assert math.isnan(kept[("b",)]["value"])
    assert (kept[("b",)]["n"], kept[("a",)]["value"], kept[(None,)]["value"]) == (2, 1.0, 4.0)
    assert by_key(losscli.compute("mae", table, nan="omit", **words))[("b",)]["value"] == 3.0


def test_keys_of_a_joined_file_and_of_chosen_rows(tmp_path: Path) -> None:
    preds, labels = tmp_path / "p.csv", tmp_path / "l.csv"
    preds.write_text("id,p\n1,1\n2,2\n3,3\n4,4\n")
    labels.write_text("id,y,site\n4,0,x\n3,0,y\n2,0,x\n1,0,y\n")
    words = {"pred": "p", "label": "y", "join": "id", "by": "site"}
    result = losscli.compute("mae", str(preds), str(labels), **words)
    assert {key: group["value"] for (key,), group in by_key(result).items()} == {"x": 3.0, "y": 2.0}
    fewer = losscli.compute("mae", str(preds), str(labels), where="p>1", **words)
    assert {key: group["value"] for (key,), group in by_key(fewer).items()} == {"x": 3.0, "y": 3.0}
    by_id = losscli.compute("mae", str(preds), str(labels), pred="p", label="y", join="id", by="id")
    assert [group["by"]["id"] for group in by_id.groups] == [1, 2, 3, 4]


def test_two_files_that_disagree_are_refused(tmp_path: Path) -> None:
    preds, labels = tmp_path / "p.csv", tmp_path / "l.csv"
    preds.write_text("p,site\n1,x\n2,x\n")
    labels.write_text("y,site\n0,x\n0,y\n")
    with pytest.raises(DataProblem, match="both have this column, and in row 1"):
        losscli.compute("mae", str(preds), str(labels), pred="p", label="y", by="site")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"by": "sitr"}, "Did you mean site"), ({"macro": True}, "by"), ({"min_n": 3}, "by"),
        ({"by": "site", "reduction": "none"}, "one a row"), ({"by": "site:0"}, "width of a bin"),
        ({"by": "site,site"}, "twice"), ({"by": "site", "sort": "size"}, "sort must be one of"),
        ({"by": "site", "min_n": 9, "macro": True}, "no group has a value"),
    ],
)  # fmt: skip
def test_what_is_refused(words: dict[str, Any], said: str) -> None:
    table = pa.table({"p": [1.0, 2.0], "y": [0.0, 0.0], "site": ["a", "b"]})
    with pytest.raises((UsageProblem, DataProblem), match=said):
        losscli.compute("mae", table, pred="p", label="y", **words)


def test_standard_errors_by_cluster_and_bootstrap() -> None:
    rng = np.random.default_rng(6)
    p, by, cluster = rng.normal(size=400), np.arange(400) % 2, np.arange(400) // 8
    for options in ({"cluster": cluster}, {"bootstrap": 200}):
        given = {name: value for name, value in options.items() if name != "cluster"}
        result = losscli.compute("mse", p, np.zeros(400), by={"k": by}, ci=95, **options)
        for (key,), group in by_key(result).items():
            mine = by == key
            own = {"cluster": cluster[mine]} if "cluster" in options else {}
            alone = losscli.compute("mse", p[mine], np.zeros(200), ci=95, **given, **own)
            assert group["stderr"] == pytest.approx(alone.stderr, rel=1e-12)
            assert group["ci"]["method"] == alone.ci["method"]
            if own:
                assert group["ci"] == pytest.approx(alone.ci)


def test_memory_is_bounded() -> None:
    rng = np.random.default_rng(7)
    with pytest.raises(DataProblem, match="groups take"):
        losscli.compute(
            "mse", rng.normal(size=300_000), np.zeros(300_000), by={"k": np.arange(300_000)}, max_memory="32M"
        )


def test_arrays_of_keys_keep_their_gaps() -> None:
    """A key of its own for what is missing, whatever holds the keys."""
    pandas = pytest.importorskip("pandas")
    keys = ["a", None, "b", "a"]
    frame = pandas.DataFrame({"p": [1.0, 2, 3, 4], "y": [0.0] * 4, "k": keys})
    expected = [("a", 2), ("b", 1), (None, 1)]
    for by in (frame["k"], np.array(keys, dtype=object), {"k": keys}):
        groups = losscli.compute("mae", frame["p"], frame["y"], by=by).groups
        assert [(next(iter(group["by"].values())), group["n"]) for group in groups] == expected
    groups = losscli.compute("mae", frame, pred="p", label="y", by="k").groups
    assert [(group["by"]["k"], group["n"]) for group in groups] == expected
    days = {"day": np.array(["2024-01-01", "NaT"] * 2, dtype="datetime64[ns]")}
    table = pandas.DataFrame({**frame, **days})
    groups = losscli.compute("mae", table, pred="p", label="y", by="day").groups
    assert [group["by"]["day"] for group in groups] == ["2024-01-01", None]


def test_keys_of_a_file_of_their_own(tmp_path: Path) -> None:
    """An array of keys, or a column of another file, whose rows are in the same order."""
    paths = {name: str(tmp_path / f"{name}.npy") for name in ("p", "y", "k")}
    for name, array in (("p", np.arange(4.0)), ("y", np.zeros(4)), ("k", np.array([7, 7, 8, 8]))):
        np.save(paths[name], array)
    other = tmp_path / "k.csv"
    other.write_text("id,site\n1,a\n2,\n3,b\n4,a\n")
    groups = losscli.compute("mae", paths["p"], paths["y"], by=paths["k"]).groups
    assert [(group["by"], group["value"]) for group in groups] == [({"k.npy": 7}, 0.5), ({"k.npy": 8}, 2.5)]
    groups = losscli.compute("mae", paths["p"], paths["y"], by=f"{other}::site").groups
    assert [(group["by"]["site"], group["n"]) for group in groups] == [("a", 2), ("b", 1), (None, 1)]
    with pytest.raises(UsageProblem, match="without column names"):
        losscli.compute("mae", paths["p"], paths["y"], by="site")
