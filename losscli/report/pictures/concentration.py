"""What share of the rows carries what share of the loss, the costliest rows first."""

from __future__ import annotations

from functools import partial
from typing import Any

from .drawing import BLUE, FAINT, RESULTS, Document, Drawing, Picture, Sources, results_of
from .loss_bins import Bin, Point, bins_of, curve, sentence, share_of_loss


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for name, result in results_of(sources) if (made := _of_result(name, result, bins_of(result)))]


def _of_result(name: str, result: Document, bins: list[Bin]) -> Drawing | None:
    points = curve(bins)
    if not points:
        return None
    words = ["What share of the rows, the costliest first, carries what share of the loss.", sentence(bins)]
    columns = ("share of rows", "share of loss")
    title = f"{name}: concentration of the loss"
    return Drawing("concentration", title, " ".join(filter(None, words)), columns, list(points), partial(_draw, points))


def _draw(points: list[Point], ax: Any) -> None:
    ax.plot([0, 100], [0, 100], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    ax.annotate("all rows cost the same", (50, 50), (52, 44), color=FAINT, fontsize=8.5)
    xs, ys = [100 * x for x, _ in points], [100 * y for _, y in points]
    ax.plot(xs, ys, color=BLUE, linewidth=2, gid="curve")
    carried = share_of_loss(points, 0.05)
    ax.plot([5], [100 * carried], "o", color=BLUE, markersize=5)
    at = (9.0, 100 * carried - 9) if carried > 0.2 else (16.0, 3.0)  # below the line of equal rows
    ax.annotate(f"5 % of the rows: {100 * carried:.3g} % of the loss", (5, 100 * carried), at)
    ax.set(xlim=(0, 100), ylim=(0, 102), xlabel="share of the rows, costliest first, %", ylabel="share of the loss, %")
    ax.grid(True)


PICTURE = Picture(
    "concentration", RESULTS, _drawings,
    missing="--histograms",
)  # fmt: skip
