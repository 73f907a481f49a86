"""The pictures of the loss pages: small, well-formed, the same every time, and of the loss that they stand beside."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "docs"))

import curves

from losscli.core import registry

SVG = "{http://www.w3.org/2000/svg}"


def test_pictures_are_small_and_in_place() -> None:
    losses = registry.everything()
    pages = curves.pages(losses)
    assert len(pages) > 45
    page = (ROOT / "docs" / "losses.md").read_text(encoding="utf-8")
    for path, text in pages.items():
        assert len(text) < 8000, path
        root = ElementTree.fromstring(text)
        assert 1 <= len(root.findall(f"{SVG}polyline")) <= 3
        assert f"(curves/{path.name})" in page
    assert {path.name for path in curves.FOLDER.glob("*.svg")} == {path.name for path in pages}
    assert curves.picture(losses["focal"]) == curves.picture(losses["focal"])


@pytest.mark.parametrize(
    ("name", "labels", "at", "value"),
    [
        ("mse", ["mse"], 2.0, 4.0),
        ("huber", None, 0.5, 0.125),
        ("hinge", ["hinge"], -1.0, 2.0),
        ("sigmoid_cross_entropy", None, 0.0, np.log(2)),
    ],
)
def test_a_curve_is_the_loss(name: str, labels: list[str] | None, at: float, value: float) -> None:
    found = curves.curves(registry.find(name))
    assert found is not None
    axis, lines = found
    assert labels is None or list(lines) == labels
    place = round(float(np.interp(at, np.linspace(axis.low, axis.high, curves.POINTS), np.arange(curves.POINTS))))
    assert any(line[place] == pytest.approx(value, rel=0.05) for line in lines.values())


def test_losses_of_several_numbers_a_row_have_none() -> None:
    for name in ("triplet", "dice", "r2", "ctc", "ntxent"):
        assert curves.picture(registry.find(name)) is None
