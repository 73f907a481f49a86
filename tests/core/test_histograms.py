"""What pictures are drawn from: the same counts and sums as of the rows themselves, however the rows are cut."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import VALIDATOR, parse
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.core.histograms import calibration_bins, loss_histogram
from losscli.core.histograms.calibration_bins import CalibrationBins
from losscli.core.histograms.confusion_sums import ConfusionSums
from losscli.core.histograms.loss_histogram import LossHistogram
from losscli.core.histograms.residual_grid import MOST, ResidualGrid

ROWS = np.random.default_rng(7)
floats = st.floats(-1e30, 1e30, allow_subnormal=True)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=40))
def test_every_loss_lies_in_its_bin(values: list[float]) -> None:
    losses = np.array(values)
    for loss, number in zip(values, loss_histogram.bins_of(losses).tolist(), strict=True):
        low, high = loss_histogram.ends_of(number)
        if math.isinf(loss):
            continue
        if loss == 0.0:
            assert (low, high) == (0.0, 0.0)
        elif loss > 0.0:
            assert low <= loss < high
        else:
            assert low < loss <= high


def test_bins_touch_each_other() -> None:
    ends = [loss_histogram.ends_of(number) for number in range(1, 1025)]
    assert ends[0][0] == 0.0
    assert all(one[1] == other[0] for one, other in itertools.pairwise(ends))
    assert all(1.0 < high / low < 1.0906 for low, high in ends[1:])


def blocks_of(count: int, cuts: list[int]) -> list[slice]:
    edges = sorted({0, count, *(cut % (count + 1) for cut in cuts)})
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def test_losses_are_counted_and_added_up() -> None:
    losses = np.concatenate([np.exp(ROWS.normal(size=500)), [0.0, 0.0, math.inf, -3.0]])
    histogram = LossHistogram(whole=True)
    for block in blocks_of(len(losses), [100, 371]):
        histogram.prepared(losses[block], None)()
    held = histogram.to_dict()
    assert sum(held["rows"]) == 503
    assert held["infinite"] == {"plus": 1, "minus": 0}
    finite = losses[np.isfinite(losses)]
    assert math.isclose(math.fsum(held["loss"]), math.fsum(finite), rel_tol=1e-12)
    for low, high, rows, loss in zip(held["low"], held["high"], held["rows"], held["loss"], strict=True):
        inside = finite[(finite >= low) & (finite < high)] if high > 0 else finite[(finite > low) & (finite <= high)]
        inside = finite[finite == 0.0] if low == high == 0.0 else inside
        assert len(inside) == rows
        assert math.isclose(float(inside.sum()), loss, rel_tol=1e-12)


def test_rows_that_weigh_nothing_are_not_counted() -> None:
    histogram = LossHistogram(whole=True)
    mass = np.array([0.0, 2.0, 0.5])
    histogram.prepared(np.array([5.0, 1.0, 3.0]) * mass, mass)()
    held = histogram.to_dict()
    assert (held["rows"], held["weight"], held["loss"]) == ([1, 1], [2.0, 0.5], [2.0, 1.5])
    assert held["low"][0] <= 1.0 < held["high"][0]
    assert held["low"][1] <= 3.0 < held["high"][1]


@given(
    st.lists(st.tuples(floats, floats), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
    st.randoms(use_true_random=False),
)
def test_residuals_do_not_depend_on_how_they_are_cut(pairs: Any, cuts: list[int], random: Any) -> None:
    pred, label = (np.array(column) for column in zip(*pairs, strict=True))
    whole, parts = ResidualGrid(), ResidualGrid()
    whole.prepared(pred, label)()
    blocks = blocks_of(len(pred), cuts)
    random.shuffle(blocks)
    for block in blocks:
        parts.prepared(pred[block], label[block])()
    held = whole.to_dict()
    assert parts.to_dict() == held
    assert sum(held["count"]) == len(pred)
    for lower, size, values in (("prediction", "width", pred), ("residual", "height", pred - label)):
        edges = np.array(sorted(set(held[lower])))
        assert (edges[-1] - edges[0]) / held[size] < MOST
        assert edges[0] <= values.min()
        assert values.max() <= edges[-1] + held[size]


def test_calibration_bins_hold_what_falls_into_them() -> None:
    probs = np.concatenate([ROWS.uniform(size=300), [0.0, 1.0, 0.5]])
    true = (ROWS.uniform(size=303) < probs).astype(float)
    bins = CalibrationBins("positive")
    for block in blocks_of(303, [17, 200]):
        bins.prepared(probs[block], true[block], None)()
    held = bins.to_dict()
    assert sum(held["count"]) == 303
    for low, high, count, predicted, came_true in zip(
        held["low"], held["high"], held["count"], held["predicted"], held["came_true"], strict=True
    ):
        inside = (probs >= low) & ((probs < high) | (high == 1.0))
        assert int(inside.sum()) == count
        assert math.isclose(float(probs[inside].sum()), predicted, rel_tol=1e-12, abs_tol=1e-300)
        assert float(true[inside].sum()) == came_true
    assert calibration_bins.ends_of(64)[0] == 0.5


def test_confusion_counts_pairs_of_classes() -> None:
    sums = ConfusionSums(3)
    sums.prepared(np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2]), np.array([0.5, 2.0, math.inf, 1.0]))()
    assert sums.to_dict() == {
        "classes": 3, "actual": [0, 0, 2], "predicted": [0, 1, 2], "rows": [1, 1, 2], "loss": [0.5, 2.0, 1.0],
        "infinite": [0, 0, 1],
    }  # fmt: skip


def test_threads_change_nothing_and_histograms_change_no_value() -> None:
    rows = 600_000  # three blocks
    logits, labels = ROWS.normal(size=rows), ROWS.integers(0, 2, rows)
    plain = losscli.compute("bce", logits, labels)
    one, four = (losscli.compute("bce", logits, labels, histograms=True, threads=threads) for threads in (1, 4))
    assert plain.histograms is None
    assert one.value == four.value == plain.value
    assert one.histograms == four.histograms
    assert one.histograms is not None
    assert sum(one.histograms["losses"]["rows"]) == rows
    assert math.isclose(math.fsum(one.histograms["losses"]["loss"]) / rows, plain.value or 0.0, rel_tol=1e-12)
    confusion = one.histograms["confusion"]
    assert math.isclose(math.fsum(confusion["loss"]) / rows, plain.value or 0.0, rel_tol=1e-12)
    wrong = [
        n for a, p, n in zip(confusion["actual"], confusion["predicted"], confusion["rows"], strict=True) if a != p
    ]
    assert sum(wrong) == int(np.count_nonzero((logits >= 0) != labels))


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("bce cancer/logits.npy cancer/labels.npy", {"losses", "calibration", "confusion"}),
        ("hinge cancer/logits.npy cancer/signs.npy --input scores", {"losses"}),
        ("softmax_cross_entropy digits/logits.npy digits/labels.npy", {"losses", "calibration", "confusion"}),
        ("softmax_cross_entropy digits/logits.npy digits/onehot.npy", {"losses", "calibration", "confusion"}),
        ("mse diabetes/pred.npy diabetes/label.npy", {"losses", "residuals"}),
        ("rmse diabetes/pred.npy diabetes/label.npy", {"losses", "residuals"}),
        ("dice masks/probs.npy masks/masks.npy", {"losses", "calibration"}),
        ("median_absolute_error diabetes/pred.npy diabetes/label.npy", {"residuals"}),
    ],
)
def test_a_loss_has_the_histograms_that_its_data_have(cli: Any, words: str, parts: set[str]) -> None:
    ran = cli("compute", *words.split(), "--histograms", "--json")
    assert ran.code == 0, ran.err
    document = parse(ran.out)
    VALIDATOR.validate(document)
    assert set(document["results"][0]["histograms"]) == parts
    assert "histograms" not in parse(cli("compute", *words.split(), "--json").out)["results"][0]


def segmented(rows: int) -> tuple[Any, Any, dict[str, Any]]:
    """Images of 4 classes, 32 rows a block, a stripe of which has no label, and weights of rows."""
    labels = ROWS.integers(0, 4, (rows, 64, 64))
    labels[:, :3] = 255
    return ROWS.normal(size=(rows, 4, 64, 64)).astype(np.float32), labels, {"ignore_label": 255, "class_axis": 1}


@pytest.mark.parametrize("case", ["classes", "binary"])
def test_pixels_have_a_confusion_whose_losses_add_up_to_the_loss(case: str) -> None:
    pred, labels, options = segmented(3)
    weights = np.array([2.0, 0.0, 0.5])
    if case == "binary":
        pred, labels, options = pred[:, 0], np.where(labels == 255, 255, labels % 2), {"ignore_label": 255}
    loss = {"classes": "softmax_cross_entropy", "binary": "sigmoid_cross_entropy"}[case]
    options = {**options, "weights": weights, "input": "logits"}
    plain = losscli.compute(loss, pred, labels, **options)
    result = losscli.compute(loss, pred, labels, histograms=True, **options)
    assert (plain.value, plain.stderr) == (result.value, result.stderr)
    assert result.histograms is not None
    confusion, calibration = result.histograms["confusion"], result.histograms["calibration"]
    assert confusion["of"] == "elements"
    counted = labels[[0, 2], 3:]
    best = pred[[0, 2]].argmax(axis=1)[:, 3:] if case == "classes" else pred[[0, 2], 3:] >= 0
    pairs = list(zip(confusion["actual"], confusion["predicted"], strict=True))
    for (actual, predicted), rows in zip(pairs, confusion["rows"], strict=True):
        assert rows == np.count_nonzero((counted == actual) & (best == predicted))
    assert sum(confusion["rows"]) == sum(calibration["count"]) == counted.size
    assert math.fsum(calibration["weight"]) == 2.5 * 61 * 64
    assert math.isclose(math.fsum(confusion["loss"]) / (2.5 * 61 * 64), result.value or 0.0, rel_tol=1e-12)


def test_losses_that_take_the_pixels_together_have_no_confusion() -> None:
    probs, labels = ROWS.uniform(size=(2, 4, 4)), ROWS.integers(0, 2, (2, 4, 4))
    histograms = losscli.compute("dice", probs, labels, mask=labels * 0 + 1, histograms=True).histograms
    assert histograms is not None
    assert set(histograms) == {"losses", "calibration"}


@pytest.mark.parametrize("kind", ["segmentation", "weighted"])
def test_merged_shards_have_the_histograms_of_one_run(cli: Any, tmp_path: Path, kind: str) -> None:
    pred, labels, _ = segmented(70)
    if kind != "segmentation":
        pred, labels = pred[:, 0].reshape(70, -1), np.where(labels == 255, math.inf, labels * 1.5).reshape(70, -1)
    weights = ROWS.uniform(size=70)
    words = {
        "segmentation": ["softmax_cross_entropy", "--class-axis", "1", "--ignore-label", "255"],
        "weighted": ["mae"],
    }[kind]
    cuts = {"segmentation": (0, 32, 64, 70), "weighted": (0, 64, 70)}[kind]

    def computed(name: str, part: slice, *more: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        arrays = {"pred": pred, "label": labels, **({"weight": weights} if kind == "weighted" else {})}
        for role, values in arrays.items():
            np.save(folder / f"{role}.npy", values[part])
        files = [folder / "pred.npy", folder / "label.npy"]
        files += ["--weights", folder / "weight.npy"] if kind == "weighted" else []
        ran = cli("compute", words[0], *files, *words[1:], "--histograms", *more, "-o", folder / "report.json")
        assert ran.code == 0, ran.err
        return folder / "report.json"

    whole = parse(computed("whole", slice(None)).read_text(encoding="utf-8"))["results"][0]
    shards = [computed(f"shard{a}", slice(a, b), "--partial") for a, b in itertools.pairwise(cuts)]
    ran = cli("merge", *reversed(shards), "--json")
    assert ran.code == 0, ran.err
    document = parse(ran.out)
    VALIDATOR.validate(document)
    merged = document["results"][0]
    assert merged["value"] == whole["value"]
    assert merged["histograms"] == whole["histograms"]
    (tmp_path / "merged.json").write_text(ran.out, encoding="utf-8")
    assert cli("verify", tmp_path / "merged.json").code == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda state: state.pop("histograms"), "1 of 2 shards have histograms"),
        (lambda state: state["histograms"].pop("calibration"), "have histograms of other kinds"),
        (lambda state: state["histograms"]["losses"]["bins"].update({"70": [1, "0x0"]}), "its state is damaged"),
        (lambda state: state["histograms"]["confusion"].update(classes="2"), "its state is damaged"),
    ],
)
def test_shards_whose_histograms_do_not_add_up_say_so(cli: Any, tmp_path: Path, spoil: Any, said: str) -> None:
    for name, rows in (("a", 3), ("b", 4)):
        np.save(tmp_path / f"{name}.npy", np.linspace(0.1, 0.9, rows))
        np.save(tmp_path / f"{name}y.npy", np.arange(rows) % 2)
        files = (tmp_path / f"{name}.npy", tmp_path / f"{name}y.npy", "--input", "probs")
        words = ("compute", "bce", *files, "--partial", "--histograms", "-o", tmp_path / f"{name}.json")
        assert cli(*words).code == 0
    document = parse((tmp_path / "b.json").read_text(encoding="utf-8"))
    spoil(document["results"][0]["state"])
    (tmp_path / "b.json").write_text(json.dumps(document), encoding="utf-8")
    ran = cli("merge", tmp_path / "a.json", tmp_path / "b.json", "--json")
    assert said in ran.err
    assert ran.code == (3 if "damaged" in said else 0)
    assert not ran.out or "histograms" not in parse(ran.out)["results"][0]


def test_what_does_not_count_is_in_no_histogram() -> None:
    pred = np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [math.nan, 0.5]])
    labels = np.array([0, 0, -100, 1])
    result = losscli.compute(
        "softmax_cross_entropy", pred, labels, input="logits", nan="omit", ignore_index=-100, histograms=True
    )
    assert result.histograms is not None
    assert sum(result.histograms["losses"]["rows"]) == result.n == 2
    assert sum(result.histograms["calibration"]["count"]) == 2
    assert result.histograms["confusion"]["rows"] == [1, 1]


def test_parts_that_run_elsewhere_count_for_pictures_too() -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = [1.0, 2.0, 4.0], [1.0, 1.0, 0.0]
    alone = losscli.compute("mse", *data, histograms=True).histograms
    with ThreadPoolExecutor(2) as executor:
        assert losscli.compute("mse", *data, histograms=True, executor=executor).histograms == alone
        (result,) = losscli.evaluate(["mse"], *data, histograms=True, executor=executor).results
    assert result.histograms == alone
    parts = losscli.parts("mse", *data, histograms=True)
    assert sum(part.run() for part in parts).result().histograms == alone
