"""The colours of pictures: told apart whatever colours a reader sees, in grey print, on light pages and dark ones."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from losscli.report.html.style import STYLE
from losscli.report.pictures import difference, drawing, sweep

# Machado, Oliveira and Fernandes (2009), severity 1, of linear RGB
SIGHT = {
    "all colours": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
SERIES = (drawing.BLUE, drawing.ORANGE, drawing.GREEN, drawing.RED, drawing.SKY, drawing.PURPLE)


def linear(colour: str) -> np.ndarray:
    """The light of a colour."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB, in which a distance of 2.3 is just seen."""
    x = TO_XYZ @ np.clip(light, 0.0, 1.0) / WHITE
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, sight: str) -> float:
    """How different two colours look."""
    seen = [lab(np.array(SIGHT[sight]) @ linear(each)) for each in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def lightness(colour: str) -> float:
    """What is left of a colour in grey print, from 0 to 100."""
    return float(lab(linear(colour))[0])


def contrast(one: str, other: str) -> float:
    """WCAG's ratio."""
    light = sorted(float(TO_XYZ[1] @ linear(each)) for each in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def pages() -> dict[str, dict[str, str]]:
    """The colours of the page by name, in the light and in the dark."""
    light, dark = re.findall(r":root\{([^}]*)\}", STYLE)[:2]
    return {
        name: dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", text)) for name, text in (("light", light), ("dark", dark))
    }


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_one_picture_are_told_apart(sight: str) -> None:
    for one, other in combinations(SERIES, 2):
        assert apart(one, other, sight) > 15, (one, other)
    for one, other in pairwise(drawing.LEVELS):
        assert apart(one, other, sight) > 4.5, (one, other)


def test_without_colours_there_is_another_sign() -> None:
    assert lightness(drawing.ORANGE) - lightness(drawing.BLUE) > 20  # bars side by side
    levels = [lightness(each) for each in drawing.LEVELS]
    assert all(one - other > 4.5 for one, other in pairwise(levels))
    assert len(set(difference.MARKS.values())) == len(difference.COLOURS)
    dashes, marks = len(sweep._DASHES), len(sweep._MARKS)
    assert len({(at % dashes, at // dashes % marks) for at in range(sweep._MOST)}) == sweep._MOST


@pytest.mark.parametrize("page", ["light", "dark"])
def test_the_page_can_be_read(page: str) -> None:
    colours = pages()[page]
    for ground in (colours["paper"], colours["panel"]):
        assert contrast(colours["ink"], ground) > 12
        for name in ("faint", "error", "warning", "note", "passed"):
            assert contrast(colours[name], ground) > 4.5, name
        for colour in SERIES:
            assert contrast(colour, ground) > 2, colour
    levels = [colours.get(f"level-{at}", each) for at, each in enumerate(drawing.LEVELS)]
    stands_out = [contrast(each, colours["panel"]) for each in levels]
    assert stands_out == sorted(stands_out)
    assert stands_out[-1] > 10
    below, above = (colours.get(name, default) for name, default in (
        ("over-light", drawing.OVER_LIGHT), ("over-dark", drawing.OVER_DARK),
    ))  # fmt: skip
    assert min(apart(one, other, "all colours") for one, other in pairwise(levels)) > 4.5
    for at, level in enumerate(levels):  # as the confusion writes on them
        assert contrast(above if at > 4 else below, level) > 4, at
