"""Pictures: every mark stands where the numbers of the report say, and every odd report still has a picture."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from picture_marks import Marks, drawn, near

import losscli
from losscli.report.model import Report
from losscli.report.pictures import canvas, loss_bins, registry
from losscli.report.pictures.calibration import recalibrated, wilson
from losscli.report.pictures.drawing import told_apart
from losscli.report.pictures.registry import HELP, NAMES, picture

RANDOM = np.random.default_rng(11)
BCE = ("compute", "bce", "cancer/logits.npy", "cancer/labels.npy", "--histograms", "--json")
COMPARE = ("compare", "diabetes/pred.npy", "diabetes/other.npy", "diabetes/label.npy", "-l", "mse", "-l", "mae")


@pytest.fixture
def bce(cli: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(cli(*BCE).out)
    return document


def test_bars_are_as_high_as_the_shares_of_the_report(bce: dict[str, Any]) -> None:
    (drawing,) = drawn(bce, "loss")
    held = bce["results"][0]["histograms"]["losses"]
    rows, loss = sum(held["rows"]), sum(held["loss"])
    marks = Marks(drawing)
    for at, (low, high, count, share, amount, of_loss) in enumerate(drawing.rows):
        inside = [
            i for i, (a, b) in enumerate(zip(held["low"], held["high"], strict=True)) if low <= a and b <= high * 1.01
        ]
        assert count == sum(held["rows"][i] for i in inside)
        assert amount == pytest.approx(sum(held["loss"][i] for i in inside))
        assert (share, of_loss) == (pytest.approx(count / rows), pytest.approx(amount / loss))
        assert max(y for _, y in marks.of(f"rows-{at}")) == near(100 * share)
        assert max(y for _, y in marks.of(f"loss-{at}")) == near(100 * of_loss)
        assert min(y for _, y in marks.of(f"rows-{at}")) == near(0.0)
    assert sum(row[2] for row in drawing.rows) == rows
    assert "share, %" in marks.texts()


def test_the_curve_is_that_of_the_rows_themselves(cli: Any, bce: dict[str, Any]) -> None:
    rows = json.loads(cli(*BCE[:4], "--reduction", "none", "--json").out)["results"][0]["rows"]
    dearest = sorted(rows, reverse=True)
    (drawing,) = drawn(bce, "concentration")
    for share in (0.01, 0.05, 0.2, 0.5):
        exact = math.fsum(dearest[: round(share * len(rows))]) / math.fsum(rows)
        assert loss_bins.share_of_loss(drawing.rows, round(share * len(rows)) / len(rows)) == pytest.approx(
            exact, abs=6e-3
        )
    curve = Marks(drawing).of("curve")
    assert curve[0] == (near(0.0), near(0.0))
    assert curve[-1] == (near(100.0), near(100.0))
    assert [y for _, y in curve] == [near(100 * y) for _, y in drawing.rows]
    assert "The costliest 5 % of the rows carry 72.4 % of the loss." in drawing.words


def test_calibration_stands_where_the_sums_say(bce: dict[str, Any]) -> None:
    (drawing,) = drawn(bce, "calibration")
    held = bce["results"][0]["histograms"]["calibration"]
    marks = Marks(drawing)
    assert sum(row[4] for row in drawing.rows) == sum(held["count"]) == 412
    weighted = sum(row[0] * row[4] for row in drawing.rows), sum(row[1] * row[4] for row in drawing.rows)
    assert weighted == (pytest.approx(sum(held["predicted"])), pytest.approx(sum(held["came_true"])))
    for at, (mean, true, low, high, _, share) in enumerate(drawing.rows):
        assert marks.of(f"share-{at}") == [(near(mean), near(true))]
        assert marks.of(f"interval-{at}") == [(near(mean), near(low)), (near(mean), near(high))]
        assert low <= true <= high
        assert max(y for _, y in marks.of(f"density-{at}")) == near(share)


def test_wilson_has_the_textbook_s_ends() -> None:
    assert wilson(0.1, 100) == (pytest.approx(0.0552291, abs=1e-6), pytest.approx(0.1743657, abs=1e-6))
    assert wilson(0.0, 10)[0] == 0.0
    assert wilson(1.0, 10)[1] == 1.0


def test_recalibration_is_the_logistic_regression_of_all_rows() -> None:
    z = RANDOM.normal(-0.5, 2.0, 40_000)
    y = (RANDOM.uniform(size=z.size) < 1 / (1 + np.exp(-(0.5 * z + 0.4)))).astype(float)
    result = losscli.compute("bce", z, y, histograms=True)
    assert result.histograms is not None
    fit = recalibrated(result.histograms["calibration"])
    assert fit is not None
    before, after, slope, intercept = fit
    weights = np.array([1.0, 0.0])
    design = np.stack([z, np.ones_like(z)], axis=1)
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ weights))
        weights = weights + np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design, design.T @ (y - p))
    p = 1 / (1 + np.exp(-design @ weights))
    exact = float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))
    assert (slope, intercept) == (pytest.approx(weights[0], abs=2e-3), pytest.approx(weights[1], abs=2e-3))
    assert before == pytest.approx(result.value, abs=1e-3)
    assert after == pytest.approx(exact, abs=1e-3)
    separable = losscli.compute("bce", np.where(np.arange(60) < 30, -2.0, 2.0), np.arange(60) >= 30, histograms=True)
    assert separable.histograms is not None
    assert recalibrated(separable.histograms["calibration"]) is None


def test_residuals_are_the_cells_of_the_report(cli: Any) -> None:
    document = json.loads(
        cli("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy", "--histograms", "--json").out
    )
    (drawing,) = drawn(document, "residuals")
    held = document["results"][0]["histograms"]["residuals"]
    assert [(row[0], row[2], row[4]) for row in drawing.rows] == list(
        zip(held["prediction"], held["residual"], held["count"], strict=True)
    )
    marks = Marks(drawing)
    corners = [corner for at in range(3) for corner in marks.of(f"level-{at}")]
    assert len(corners) == 4 * len(drawing.rows)
    assert min(x for x, _ in corners) == pytest.approx(min(row[0] for row in drawing.rows), abs=0.5)
    assert max(y for _, y in corners) == pytest.approx(max(row[3] for row in drawing.rows), abs=0.5)


def test_confusion_shows_each_share(cli: Any) -> None:
    document = json.loads(
        cli("compute", "softmax_cross_entropy", "digits/logits.npy", "digits/labels.npy", "--histograms", "--json").out
    )
    (drawing,) = drawn(document, "confusion")
    held = document["results"][0]["histograms"]["confusion"]
    assert sum(row[2] for row in drawing.rows) == 800
    assert sum(row[4] for row in drawing.rows) == pytest.approx(1.0)
    marks = Marks(drawing)
    for actual, predicted, rows, loss, share in drawing.rows:
        at = list(zip(held["actual"], held["predicted"], strict=True)).index((int(actual), int(predicted)))
        assert (rows, loss) == (held["rows"][at], held["loss"][at])
        assert marks.of(f"cell-{actual}-{predicted}")[0] == (near(int(predicted) - 0.5), near(int(actual) - 0.5))
        assert f"{100 * share:.2g}" in marks.texts()


def test_differences_have_their_intervals_margin_and_verdict(cli: Any) -> None:
    document = json.loads(cli(*COMPARE, "--margin", "1%", "--json").out)
    drawings = drawn(document, "difference")
    assert [each.title for each in drawings] == ["mse: candidate minus base", "mae: candidate minus base"]
    for drawing, result in zip(drawings, document["results"], strict=True):
        marks = Marks(drawing)
        scale = abs(result["difference"])
        assert marks.of("difference-0")[0][0] == pytest.approx(result["difference"], rel=3e-3)
        ends = [x for x, _ in marks.of("interval-0")]
        assert ends == [pytest.approx(result["ci"][end], abs=3e-3 * scale) for end in ("low", "high")]
        assert min(x for x, _ in marks.of("margin")) == pytest.approx(result["margin"]["value"], abs=3e-3 * scale)
        assert any(result["verdict"] in text for text in marks.texts())
        assert drawing.rows[0][:6] == (
            result["candidate"], result["difference"], result["ci"]["low"], result["ci"]["high"],
            result["margin"]["value"], result["verdict"],
        )  # fmt: skip


def test_conventions_stand_on_one_axis_with_the_number_looked_for(cli: Any) -> None:
    ran = cli("reconcile", "focal", "cancer/logits.npy", "cancer/labels.npy", "--json", "--expect", "0.1106")
    document = json.loads(ran.out)
    (drawing,) = drawn(document, "conventions")
    every = [*document["results"], *document["conventions"]]
    keys = {(each["like"], each["call"], each["value"]) for each in document["results"]}
    others = [each for each in document["conventions"] if (each["like"], each["call"], each["value"]) not in keys]
    assert sum(row[2] for row in drawing.rows) == len(document["results"]) + len(others)
    assert {row[0] for row in drawing.rows} <= {match["value"] for match in every}
    assert {row[0] for row in drawing.rows if row[4]} == {match["value"] for match in document["results"]}
    assert len(drawing.rows) > 3
    marks = Marks(drawing)
    width = max(row[0] for row in drawing.rows)
    for at, row in enumerate(drawing.rows):
        assert marks.of(f"value-{at}")[0][0] == pytest.approx(row[0], abs=3e-3 * width)
    assert marks.of("expected")[0][0] == pytest.approx(0.1106, rel=3e-3)
    assert "0.1106" in marks.texts()


@pytest.mark.parametrize("groups", [1, 3, 30, 45])
def test_groups_have_their_values_intervals_and_shares(groups: int) -> None:
    keys = np.repeat([f"g{i:02}" for i in range(groups)], 4)
    pred = RANDOM.normal(size=keys.size)
    result = losscli.compute("mse", pred, np.zeros(keys.size), by={"key": keys}, ci=95)
    (drawing,) = drawn(Report("compute", [result]).to_dict(), "groups")
    marks = Marks(drawing)
    assert len(drawing.rows) == groups
    for at, (row, group) in enumerate(zip(drawing.rows, result.groups, strict=True)):
        assert row[0] == group["by"]["key"]
        assert row[1:] == (group["value"], group["ci"]["low"], group["ci"]["high"], group["n"], group["share"])
        if at < 30:
            assert marks.of(f"value-{at}")[0][0] == pytest.approx(
                group["value"], abs=0.02 * max(r[3] for r in drawing.rows)
            )
            assert f"{100 * group['share']:.3g} %" in marks.texts()
    assert marks.of("whole")[0][0] == pytest.approx(result.value, abs=0.02)


def test_classes_have_their_names(cli: Any, tmp_path: Path) -> None:
    csv_file = tmp_path / "named.csv"
    csv_file.write_text("p_cat,p_dog,label\n0.9,0.1,cat\n0.2,0.8,cat\n0.3,0.7,dog\n", encoding="utf-8")
    words = (
        "log_loss",
        csv_file,
        "--pred",
        "p_*",
        "--label",
        "label",
        "--classes",
        "cat,dog",
        "--histograms",
        "--json",
    )
    document = json.loads(cli("compute", *words).out)
    assert document["results"][0]["histograms"]["confusion"]["names"] == ["cat", "dog"]
    (drawing,) = drawn(document, "confusion")
    assert {(row[0], row[1]): row[2] for row in drawing.rows} == {
        ("cat", "cat"): 1,
        ("cat", "dog"): 1,
        ("dog", "dog"): 1,
    }


def reports(tmp_path: Path, values: int) -> list[str]:
    paths = []
    for i in range(values):
        path = tmp_path / f"commit-{i}.json"
        losscli.evaluate(["mse"], [1.0, 2.0, 3.0 + i], [1.5, 2.0, 3.0]).save(path)
        paths.append(str(path))
    return paths


def test_a_trend_goes_through_the_reports_in_their_order(cli: Any, tmp_path: Path) -> None:
    paths = reports(tmp_path, 5)
    documents = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
    (drawing,) = picture("trend").drawings(list(zip(paths, documents, strict=True)))
    assert [row[0] for row in drawing.rows] == [f"commit-{i}" for i in range(5)]
    marks = Marks(drawing)
    for at, document in enumerate(documents):
        (result,) = document["results"]
        assert drawing.rows[at][1] == result["value"]
        assert marks.of(f"value-{at}")[0] == (near(at), pytest.approx(result["value"], abs=0.05))
        low, high = result["value"] - 1.96 * result["stderr"], result["value"] + 1.96 * result["stderr"]
        assert [y for _, y in marks.of(f"interval-{at}")] == [
            pytest.approx(low, abs=0.05),
            pytest.approx(high, abs=0.05),
        ]


def test_a_batch_is_ranked_from_best_to_worst() -> None:
    data = {f"run-{i:03}": [1.0, 2.0 + 0.1 * ((i * 37) % 100)] for i in range(100)}
    report = losscli.batch({**data, "broken": [math.inf, 1.0]}, ["mse"], labels=[1.0, 2.0])
    (drawing,) = drawn(report.to_dict(), "ranking")
    values = [row[1] for row in drawing.rows]
    assert values[-1] is None
    assert values[:-1] == sorted(values[:-1])
    assert len(values) == 101
    marks = Marks(drawing)
    for at in (0, 24, 25, 29):
        row = drawing.rows[at if at < 25 else at + 70]
        assert marks.of(f"value-{at}")[0][0] == pytest.approx(row[1], abs=0.3)
    assert "1  run-000" in marks.texts()
    assert f"100  {drawing.rows[99][0]}" in marks.texts()
    assert "Without a finite value, and in the table alone: 1." in drawing.words


ODD = {
    "one row": (("mse", [1.0], [2.5]), {}),
    "all equal": (("mse", [1.0] * 50, [2.5] * 50), {}),
    "no loss": (("mse", [1.0] * 50, [1.0] * 50), {}),
    "infinite": (("mse", [math.inf, 1.0, 2.0], [0.0, 0.0, 0.0]), {}),
    "all infinite": (("mse", [math.inf, math.inf], [0.0, 0.0]), {}),
    "negative": (("bias", [1.0, -2.0, 0.5, 0.0], [0.0] * 4), {}),
    "outlier": (("mse", [1e300, 1.0, 1e-300], [0.0] * 3), {}),
    "subnormal": (("mae", [5e-324, 0.0], [0.0] * 2), {}),
    "certain": (("log_loss", [[0.0, 1.0], [1.0, 0.0]], [0, 0]), {}),
    "one class": (("bce", [0.2, 0.4, 0.1], [0, 0, 0]), {"input": "probs"}),
    "thirty classes": (("ce", np.eye(30) * 3, np.arange(30)), {"input": "logits"}),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_data_have_pictures_too(case: str) -> None:
    arguments, options = ODD[case]
    result = losscli.compute(*arguments, histograms=True, **options)
    document = Report("compute", [result]).to_dict()
    json.dumps(document, allow_nan=False)
    drawings = registry.drawings_of(document)
    assert "loss" in [each.kind for each in drawings]
    for drawing in drawings:
        text = canvas.saved([drawing], "svg").decode()
        assert ElementTree.fromstring(text) is not None
        assert "nan" not in re.sub(r"<!--.*?-->", "", text).lower().replace("finance", "")
        json.dumps(drawing.to_dict(), allow_nan=False)
        assert all(len(row) == len(drawing.columns) == len(set(drawing.columns)) for row in drawing.rows)


def test_long_names_are_cut_on_the_picture_and_whole_in_the_numbers() -> None:
    name = "a-very-long-name-of-a-run-that-nobody-would-read-predictions.npy"
    report = losscli.batch({name: [1.0], "b": [2.0]}, ["mse"], labels=[1.5])
    (drawing,) = drawn(report.to_dict(), "ranking")
    assert {row[0] for row in drawing.rows} == {name, "b"}
    texts = Marks(drawing).texts()
    assert not any(name in text for text in texts)
    assert any("…" in text and text.endswith("ictions.npy") for text in texts)


def test_names_are_told_apart_by_what_differs() -> None:
    names = [f"runs/2026-11-28/experiment-{i:03}/validation-of-the-whole.parquet" for i in range(3)]
    assert told_apart(names) == ["experiment-000", "experiment-001", "experiment-002"]
    assert told_apart(["a.npy", "b.npy"]) == ["a.npy", "b.npy"]
    assert told_apart(["x" * 40] * 2) == ["x" * 10 + "…" + "x" * 11] * 2
    assert told_apart(["runs/with-a-long-name-of-a-folder", "runs/with-a-long-name-of-a-folder/b"])[0] != ""


def test_the_same_report_is_the_same_file(bce: dict[str, Any]) -> None:
    drawings = registry.drawings_of(bce)
    assert canvas.saved(drawings, "svg") == canvas.saved(drawings, "svg")


def test_every_picture_is_declared_once() -> None:
    assert set(HELP) == set(NAMES)
    for name in NAMES:
        assert picture(name).name == name
        assert picture(name).commands


def test_results_and_comparisons_draw_themselves() -> None:
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    result = losscli.compute("mse", [1.0, 2.0, 3.0], [1.5, 2.0, 2.0], histograms=True)
    axes = Figure().subplots()
    assert result.plot(axes) is axes
    assert axes.get_ylabel() == "share, %"
    assert result.plot(kind="residuals").get_ylabel() == "prediction minus label"
    comparison = losscli.compare("mse", [1.0, 2.0, 3.0], [1.1, 2.3, 3.2], [1.0, 2.0, 3.5])
    assert comparison.plot().get_xlabel() == "difference (squared label units)\nleft of 0 is better"
    pyplot.close("all")
    with pytest.raises(losscli.UsageProblem, match="Compute it with histograms=True"):
        losscli.compute("mse", [1.0], [1.0]).plot()
    with pytest.raises(losscli.UsageProblem, match="There is no picture 'conf' of this"):
        result.plot(kind="conf")


def test_a_notebook_shows_the_pictures_below_the_table() -> None:
    plain = losscli.evaluate(["mse"], [1.0, 2.0], [1.0, 4.0])
    assert "<svg" not in plain._repr_html_()
    html = losscli.evaluate(["mse", "mae"], [1.0, 2.0], [1.0, 4.0], histograms=True)._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<svg") == html.count("</svg>") == 5  # the residuals are those of both losses


def test_without_matplotlib_nothing_is_computed(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(canvas, "find_spec", lambda name: None)
    ran = cli(*BCE[:4], "--report", f"html={tmp_path / 'page.html'}")
    assert (ran.code, ran.out) == (2, "")
    assert "Pictures are drawn by matplotlib, which is not installed. Run pip install 'losscli[plot]'." in ran.err
    assert not list(tmp_path.iterdir())
    assert cli("plot", "loss", "x.json", "-o", tmp_path / "x.svg").code == 2
    with pytest.raises(losscli.UsageProblem, match="pip install"):
        losscli.compute("mse", [1.0], [2.0], histograms=True).plot()
