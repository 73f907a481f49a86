"""Draws on matplotlib: the one look of all pictures, and files of them. Nothing here keeps state between pictures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from ...core.errors import UsageProblem
from .drawing import FAINT, INK, SHADE, Drawing

SUFFIXES = ("svg", "png", "pdf")
WIDTH = 4.1  # inches: on a telephone a picture is shown at about three quarters of its size

_LOOK: dict[str, Any] = {
    "font.size": 9.5, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.labelsize": 9.5, "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.fontsize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "axes.grid": False,
    "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "grid.color": SHADE, "grid.linewidth": 0.7, "figure.facecolor": "none", "axes.facecolor": "none",
    "savefig.facecolor": "none", "svg.fonttype": "none", "pdf.fonttype": 42, "axes.formatter.useoffset": False,
    "font.family": ["sans-serif"], "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"], "path.simplify": False,
    "axes.unicode_minus": False, "text.parse_math": False,
}  # fmt: skip


def refuse_without_matplotlib() -> None:
    """A UsageProblem where there is nothing to draw with."""
    if find_spec("matplotlib") is None:
        raise UsageProblem(
            "Pictures are drawn by matplotlib, which is not installed.", "Run pip install 'losscli[plot]'.",
            kind="missing_package",
        )  # fmt: skip


def look() -> Any:
    """A context in which matplotlib draws as all pictures do, whatever its user has set."""
    refuse_without_matplotlib()
    from matplotlib import style

    return style.context(["default", _LOOK])


def on_axes(drawing: Drawing, ax: Any = None) -> Any:
    """Draw on these axes, or on those of a new figure; the axes."""
    refuse_without_matplotlib()
    if ax is None:
        from matplotlib import pyplot

        with look():
            _, ax = pyplot.subplots(figsize=(6.4, 6.4 / WIDTH * drawing.height * 0.8), layout="constrained")
    drawing.draw(ax)
    ax.set_title(_title(drawing.title), loc="left", fontweight="bold", wrap=True)
    return ax


def figure_of(drawings: Sequence[Drawing], *, titled: bool = True) -> Any:
    """A figure of these pictures, one below the other."""
    from matplotlib.figure import Figure

    heights = [each.height + (0.3 if titled else 0.0) for each in drawings]
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.05, h_pad=0.05)
    parts = figure.subfigures(len(drawings), 1, squeeze=False, height_ratios=heights)
    for drawing, (part,) in zip(drawings, parts, strict=True):
        drawing.draw(part.subplots())
        if titled:
            part.suptitle(_title(drawing.title), x=0.01, ha="left", fontweight="bold", fontsize=10)
    return figure


def _title(text: str, width: int = 48) -> str:
    """A title in lines that fit."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width)[:3])


def saved(drawings: Sequence[Drawing], suffix: str, *, titled: bool = True, dpi: int = 200) -> bytes:
    """A file of these pictures: svg, png or pdf."""
    with look():
        import matplotlib

        matplotlib.rcParams["svg.hashsalt"] = "losscli"  # the same picture is the same file
        figure = figure_of(drawings, titled=titled)
        out = io.BytesIO()
        kept: dict[str, Any] = {"facecolor": "none" if suffix == "svg" else "white"}
        if suffix == "png":
            kept |= {"dpi": dpi, "metadata": {"Title": drawings[0].title, "Description": _all_words(drawings)}}
        elif suffix == "pdf":
            kept |= {"metadata": {"Title": drawings[0].title, "Subject": _all_words(drawings), "CreationDate": None}}
        else:
            kept |= {"metadata": {"Date": None, "Creator": None, "Format": None, "Type": None}}
        with warnings.catch_warnings():  # of letters of names that the font lacks
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
            figure.savefig(out, format=suffix, **kept)
    return out.getvalue()


def _all_words(drawings: Sequence[Drawing]) -> str:
    return " ".join(each.words for each in drawings)
