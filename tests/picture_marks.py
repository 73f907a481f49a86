"""The marks of pictures, read from their SVG in the units of their axes."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from losscli.report.pictures import canvas
from losscli.report.pictures.drawing import Drawing
from losscli.report.pictures.registry import picture

SVG = "{http://www.w3.org/2000/svg}"


def drawn(document: dict[str, Any], kind: str) -> list[Drawing]:
    return picture(kind).drawings([("report.json", document)])


class Marks:
    """The marks of a picture in its SVG, in the units of its axes."""

    def __init__(self, drawing: Drawing) -> None:
        with canvas.look():
            figure = canvas.figure_of([drawing])
            figure.set_dpi(72)
            out = io.BytesIO()
            figure.savefig(out, format="svg")
        (self.axes,) = figure.axes
        self.height = figure.get_figheight() * 72
        self.root = ElementTree.fromstring(out.getvalue())

    def of(self, name: str) -> list[tuple[float, float]]:
        """The corners of a mark; of a marker, where it stands."""
        (group,) = [each for each in self.root.iter(f"{SVG}g") if each.get("id") == name]
        used = list(group.iter(f"{SVG}use"))
        if used:
            points = [(float(each.get("x", "")), float(each.get("y", ""))) for each in used]
        else:
            (path,) = list(group.iter(f"{SVG}path"))
            numbers = [float(text) for text in re.findall(r"-?[\d.]+", path.get("d", ""))]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
        return self._turned(points)

    def outline(self, name: str) -> list[tuple[float, float]]:
        """The corners of a filled curve, which is drawn once and placed."""
        (group,) = [each for each in self.root.iter(f"{SVG}g") if each.get("id") == name]
        (path,), (placed,) = list(group.iter(f"{SVG}path")), list(group.iter(f"{SVG}use"))
        numbers = [float(text) for text in re.findall(r"-?[\d.]+", path.get("d", ""))]
        right, down = float(placed.get("x", "0")), float(placed.get("y", "0"))
        return self._turned([(x + right, y + down) for x, y in zip(numbers[::2], numbers[1::2], strict=True)])

    def _turned(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        turned = self.axes.transData.inverted().transform([(x, self.height - y) for x, y in points])
        return [(float(x), float(y)) for x, y in turned]

    def texts(self) -> list[str]:
        return ["".join(each.itertext()) for each in self.root.iter(f"{SVG}text")]


def near(value: float) -> Any:
    return pytest.approx(value, rel=2e-3, abs=2e-3)
