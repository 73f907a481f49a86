"""Pictures of `sweep`, `slices`, `why`, `compare --by` and of pixels: every mark stands where the JSON says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from picture_marks import Marks, drawn

import losscli
from losscli.report.model import Report
from losscli.report.pictures.difference import COLOURS

RANDOM = np.random.default_rng(13)
LABELS = RANDOM.normal(size=900)
REGION = [("north", "south", "west")[i % 3] for i in range(900)]
BASE = LABELS + RANDOM.normal(size=900) * np.array([2.0 if each == "north" else 0.5 for each in REGION])
CANDIDATE = LABELS + (BASE - LABELS) * np.array([1.3 if each == "north" else 0.9 for each in REGION])


def close(value: float, scale: float) -> Any:
    return pytest.approx(value, abs=6e-3 * scale)


def test_curves_of_a_sweep_go_through_their_points() -> None:
    report = losscli.sweep("huber", BASE, LABELS, cand=CANDIDATE, delta=[0.5, 1.0, 2.0, 8.0])
    document = report.to_dict()
    (drawing,) = drawn(document, "sweep")
    marks = Marks(drawing)
    points = document["results"]
    scale = max(point["cand"] for point in points)
    for number, (key, error) in enumerate((("value", "stderr"), ("cand", "cand_stderr"))):
        curve = marks.of(f"curve-{number}")
        assert curve == [(close(p["params"]["delta"], 8.0), close(p[key], scale)) for p in points]
        edge = marks.outline(f"band-{number}")
        for point in points:
            at = point["params"]["delta"]
            ends = [y for x, y in edge if abs(x - at) < 0.01 * at]
            expected = [point[key] + sign * 1.96 * point[error] for sign in (-1.0, 1.0)]
            assert [min(ends), max(ends)] == [close(each, scale) for each in expected]
        rows = drawing.rows[number::2]
        assert [(row[1], row[2]) for row in rows] == [(p["params"]["delta"], p[key]) for p in points]
    assert any(text.startswith("value") for text in marks.texts())


def test_groups_that_are_worse_stand_at_their_differences() -> None:
    table = {"p": BASE.tolist(), "y": LABELS.tolist(), "region": REGION}
    document = losscli.slices("mse", table, over="region", pred="p", label="y").to_dict()
    (drawing,) = drawn(document, "slices")
    assert document["results"]
    marks = Marks(drawing)
    scale = max(each["high"] for each in document["results"])
    for at, (row, each) in enumerate(zip(drawing.rows, document["results"], strict=True)):
        names = ("name", "difference", "low", "high", "value", "rest", "rows", "support", "q_value")
        assert row == tuple(each[name] for name in names)
        assert marks.of(f"difference-{at}")[0] == (close(each["difference"], scale), close(at, 1.0))
        assert [x for x, _ in marks.of(f"interval-{at}")] == [close(each[end], scale) for end in ("low", "high")]
        assert f"{100 * each['support']:.3g} %" in marks.texts()


def test_what_groups_add_is_as_long_as_the_report_says() -> None:
    table = {"base": BASE.tolist(), "cand": CANDIDATE.tolist(), "y": LABELS.tolist(), "region": REGION}
    document = losscli.why("mse", BASE, CANDIDATE, LABELS, by={"region": table["region"]}).to_dict()
    (drawing,) = drawn(document, "contributions")
    marks = Marks(drawing)
    scale = max(abs(each["within"]["value"]) for each in document["results"])
    for at, (row, each) in enumerate(zip(drawing.rows, document["results"], strict=True)):
        assert (row[0], row[1], row[5]) == (each["by"]["region"], each["within"]["value"], each["contribution"])
        ends = sorted((x for x, _ in marks.of(f"own-{at}")), key=abs)
        assert (ends[0], ends[-1]) == (close(0.0, scale), close(each["within"]["value"], scale))
        ci = each["within"]["ci"]
        assert [x for x, _ in marks.of(f"interval-{at}")] == [close(ci[end], scale) for end in ("low", "high")]


def test_differences_of_groups_have_intervals_verdicts_and_shares() -> None:
    document = losscli.compare("mse", BASE, CANDIDATE, LABELS, by={"region": REGION}).to_dict()
    document = {"command": "compare", "results": [document], "comparison": {"base": "base"}}
    (drawing,) = drawn(document, "group-differences")
    marks = Marks(drawing)
    (result,) = document["results"]
    scale = max(abs(each["ci"]["high"]) for each in result["groups"])
    for at, (row, each) in enumerate(zip(drawing.rows, result["groups"], strict=True)):
        assert (row[0], row[1], row[5], row[7]) == (
            each["by"]["region"], each["difference"], each["verdict"], each["share"],
        )  # fmt: skip
        assert marks.of(f"difference-{at}")[0] == (close(each["difference"], scale), close(at, 1.0))
        assert [x for x, _ in marks.of(f"interval-{at}")] == [close(each["ci"][end], scale) for end in ("low", "high")]
        assert f"{100 * each['share']:.3g} %" in marks.texts()
    assert marks.of("whole")[0][0] == close(result["difference"], scale)
    shown = {each["verdict"] for each in result["groups"]}
    assert [text for text in marks.texts() if text in COLOURS] == [each for each in COLOURS if each in shown]


def test_pixels_stand_in_their_cells() -> None:
    labels = RANDOM.integers(0, 3, (4, 8, 8))
    logits = RANDOM.normal(size=(4, 3, 8, 8)) + 2.0 * np.moveaxis(np.eye(3)[labels], -1, 1)
    result = losscli.compute("ce", logits, labels, input="logits", histograms=True)
    document = Report("compute", [result]).to_dict()
    (drawing,) = drawn(document, "confusion")
    held = document["results"][0]["histograms"]["confusion"]
    assert drawing.columns[2] == "elements"
    assert sum(row[2] for row in drawing.rows) == sum(held["rows"]) == labels.size
    marks = Marks(drawing)
    for actual, predicted, rows, loss, share in drawing.rows:
        at = list(zip(held["actual"], held["predicted"], strict=True)).index((int(actual), int(predicted)))
        assert (rows, loss) == (held["rows"][at], held["loss"][at])
        assert share == pytest.approx(loss / sum(held["loss"]))
        corner = marks.of(f"cell-{actual}-{predicted}")[0]
        assert corner == (close(int(predicted) - 0.5, 1.0), close(int(actual) - 0.5, 1.0))
        assert any(text.startswith(f"{100 * share:.3g} %") for text in marks.texts())
    assert "elements (pixels, tokens or columns of rows)" in drawing.words.lower()
