"""`Result.plot` and `Comparison.plot`: the picture of one result on axes of matplotlib."""

from __future__ import annotations

from typing import Any

from ...core.errors import UsageProblem
from .canvas import on_axes
from .drawing import Document
from .registry import NAMES, picture


def plotted(document: Document, kind: str | None, ax: Any) -> Any:
    """Draw one picture of a document, or its first one where none is named; the axes that it stands on."""
    from ...core.did_you_mean import nearest

    names = [name for name in NAMES if document["command"] in picture(name).commands and not picture(name).several]
    if kind is not None and kind not in names:
        hint = nearest(kind, names) or f"It has the pictures {', '.join(names)}."
        raise UsageProblem(f"There is no picture {kind!r} of this.", hint, kind="bad_option")
    for name in names if kind is None else (kind,):
        for drawing in picture(name).drawings([("", document)]):
            return on_axes(drawing, ax)
    what = "a picture" if kind is None else f"the picture {kind}"
    of_histograms = any(picture(name).missing == "--histograms" for name in (names if kind is None else (kind,)))
    raise UsageProblem(
        f"The result does not hold what {what} is drawn from.",
        "Compute it with histograms=True." if of_histograms else "",
        kind="nothing_to_draw",
    )  # fmt: skip
