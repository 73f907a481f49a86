"""What a picture of a document is before it is drawn: words, a table of its numbers, and how to draw it on axes."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any

from ...core.errors import LossCliError
from ...core.record import record

Document = dict[str, Any]
Sources = Sequence[tuple[str, Document]]  # the names of the files, and what they hold

# Okabe and Ito's colours, which people see as different whatever colours they can tell apart
BLUE, ORANGE, GREEN, RED, SKY, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7"
# those that a page in the dark has others for are no two the same
INK, FAINT, SHADE = "#1b1c1d", "#8a8c8e", "#d8dadc"
LEVELS = ("#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")  # light to dark
OVER_LIGHT, OVER_DARK = "#1b1c1e", "#fffffe"  # of text on the light levels and on the dark ones


@record
class Drawing:
    """One picture of one thing: its title, words for who does not see it, its numbers, and what draws it on axes.

    `height` is in inches, at a width of about four.
    """

    kind: str
    title: str
    words: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    draw: Callable[[Any], None]
    height: float = 2.7

    def to_dict(self) -> dict[str, Any]:
        """The numbers of the picture with its words, for other tools."""
        rows = [[_finite(value) for value in row] for row in self.rows]
        return {
            "picture": self.kind, "title": self.title, "description": self.words, "columns": list(self.columns),
            "rows": rows,
        }  # fmt: skip


@record
class Picture:
    """A kind of picture: which commands' documents it is drawn from, and what makes its drawings.

    `missing` says what a document must have been made with, where it lacks what the picture shows.
    """

    name: str
    commands: tuple[str, ...]
    drawings: Callable[[Sources], list[Drawing]]
    missing: str = ""
    several: bool = False  # whether one picture is of several documents


RESULTS = ("compute", "batch", "merge", "gate")  # commands whose results are losses of data sets


def results_of(sources: Sources) -> list[tuple[str, Document]]:
    """The results of all documents, each with what tells it apart from the others."""
    return [
        (" ".join(filter(None, (str(result.get("loss", "")), _where(name, result, len(sources))))), result)
        for name, document in sources
        for result in document["results"]
        if isinstance(result, dict)
    ]


def _where(file: str, result: Document, files: int) -> str:
    dataset = str(result.get("dataset") or "")
    return dataset or (file if files > 1 else "")


def above_axes(ax: Any) -> None:
    """The legend above the axes, where it hides nothing."""
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2, handlelength=1.2)


def elided(text: str, most: int = 26) -> str:
    """A long name with its middle left out."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def told_apart(names: Sequence[str], most: int = 22) -> list[str]:
    """Long names without the folders and endings that all of them have, each in so many letters."""
    if len(set(names)) < 2 or max(map(len, names)) <= most:
        return [elided(name, most) for name in names]
    start = len(os.path.commonprefix(list(names)))  # noqa: RUF071 - letter by letter, as is wanted
    start = max((at + 1 for at, letter in enumerate(names[0][:start]) if letter in "/\\"), default=0)
    turned = [name[start:][::-1] for name in names]
    end = len(os.path.commonprefix(turned))  # noqa: RUF071
    end = max((at + 1 for at, letter in enumerate(turned[0][:end]) if letter in "/\\."), default=0)
    return [elided(name[start : len(name) - end] or name, most) for name in names]


def short(value: float | None) -> str:
    """A number on a picture: four significant digits."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return f"{value:.4g}"


def axis_label(what: str, loss: str, rest: str = "") -> str:
    """What an axis shows, with the unit of the loss, and what else a reader must know, in a line where it fits."""
    from ...core import registry

    try:
        unit = registry.find(loss).unit
    except LossCliError:  # a sum of losses, or one that is not installed here
        unit = ""
    text = f"{what} ({unit})" if unit else what
    if not rest:
        return text
    return f"{text}; {rest}" if len(text) + len(rest) < 46 else f"{text}\n{rest}"


def counted(count: int, what: str, plural: str = "") -> str:
    """So many of something: 1 row, 1,024 rows."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.3g} %"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
