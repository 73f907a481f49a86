"""Pictures of files that inspect looked at: what they hold, and the loss along their rows."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from picture_marks import Marks, drawn, near

RANDOM = np.random.default_rng(12)


def test_the_loss_along_a_file_shows_where_rows_do_not_belong(cli: Any, tmp_path: Path) -> None:
    labels = RANDOM.integers(0, 2, 1200)
    logits = 3.0 * labels - 1.5 + RANDOM.normal(size=1200)
    moved, mixed = np.roll(labels, 1), labels.copy()
    mixed[600:] = RANDOM.permutation(labels[600:])
    logits[5] = math.nan
    for name, values in (("p", logits), ("moved", moved), ("mixed", mixed)):
        np.save(tmp_path / f"{name}.npy", values)
    documents = {}
    for name in ("moved", "mixed"):
        ran = cli("inspect", tmp_path / "p.npy", tmp_path / f"{name}.npy", "-l", "bce", "--json")
        documents[name] = json.loads(ran.out)
        (drawing,) = drawn(documents[name], "profile")
        parts = documents[name]["profile"]["parts"]
        marks = Marks(drawing)
        assert [row[0] for row in drawing.rows] == [part["first"] for part in parts] == list(range(0, 1200, 30))
        labelled = {"moved": moved, "mixed": mixed}[name][:30]
        own = np.log1p(np.exp(np.where(labelled == 1, -logits[:30], logits[:30])))
        assert parts[0]["value"] == pytest.approx(float(np.nanmean(own)))
        assert (parts[0]["rows"], parts[1]["rows"]) == (29, 30)
        for at, (row, part) in enumerate(zip(drawing.rows, parts, strict=True)):
            assert (row[2], row[5], row[6]) == (part["value"], part["constant"], part["repaired"])
            assert [y for _, y in marks.of(f"value-{at}")] == [pytest.approx(row[2], abs=0.02)] * 2
            assert [y for _, y in marks.of(f"interval-{at}")] == [pytest.approx(row[3], abs=0.02),
                                                                  pytest.approx(row[4], abs=0.02)]  # fmt: skip
        assert [y for _, y in marks.of("constant")] == [pytest.approx(row[5], abs=0.02) for row in drawing.rows]
    assert documents["moved"]["profile"]["repair"] == "with labels moved up by 1 row"
    (drawing,) = drawn(documents["moved"], "profile")
    assert [y for _, y in Marks(drawing).of("repaired")] == [pytest.approx(row[6], abs=0.02) for row in drawing.rows]
    assert all(row[6] < row[5] for row in drawing.rows)
    (drawing,) = drawn(documents["mixed"], "profile")
    assert [row[2] > row[5] for row in drawing.rows].count(True) >= 15
    assert all(row[2] < row[5] for row in drawing.rows[:20])


def test_values_of_inspected_files_are_counted(cli: Any, tmp_path: Path) -> None:
    document = json.loads(cli("inspect", "cancer/probs.npy", "cancer/labels.npy", "--json").out)
    drawings = drawn(document, "values")
    assert [each.title for each in drawings] == [
        "predictions: values of cancer/probs.npy", "labels: values of cancer/labels.npy",
    ]  # fmt: skip
    for drawing, described in zip(drawings, document["results"], strict=True):
        marks = Marks(drawing)
        assert (drawing.rows[0][0], near(drawing.rows[-1][1])) == (described["min"], near(described["max"]))
        assert [row[2] for row in drawing.rows] == described["histogram"]
        for at, (low, high, count) in enumerate(drawing.rows):
            xs, ys = zip(*marks.of(f"values-{at}"), strict=True)
            assert (min(xs), max(xs), max(ys)) == (near(low), near(high), pytest.approx(count, abs=1.0))
