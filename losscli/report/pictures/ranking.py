"""The results of a batch from best to worst, each with its interval."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...core.natural_order import natural_key
from ..ranking import badness
from .drawing import BLUE, FAINT, RESULTS, Document, Drawing, Picture, Sources, axis_label, short, told_apart
from .trend import interval_of

_MOST, _LAST = 25, 5  # results that are drawn, the last of them


def _drawings(sources: Sources) -> list[Drawing]:
    losses: dict[str, list[tuple[str, Document]]] = {}
    failed = []
    for file, document in sources:
        for result in document["results"]:
            named = str(result.get("dataset") or file), result
            if result.get("error"):
                failed.append(named)
            else:
                losses.setdefault(str(result.get("signature") or result.get("loss")), []).append(named)
    for named in failed:  # they have no recipe: they stand among the first results of their loss
        same = [each for each in losses.values() if each[0][1].get("loss") == named[1].get("loss")]
        if same:
            same[0].append(named)
    return [_of_loss(results) for results in losses.values() if len(results) > 1]


def _of_loss(results: list[tuple[str, Document]]) -> Drawing:
    loss = str(results[0][1].get("loss"))
    rows = [(name, each.get("value"), *interval_of(each), each.get("n")) for name, each in results]
    ordered = sorted(rows, key=lambda row: (badness(loss, row[1]), natural_key(row[0])))
    known = [row for row in ordered if row[1] is not None]
    words = [f"The {loss} of {len(rows)} data sets, the best first, with intervals."]
    if known:
        words.append(
            f"The best is {known[0][0]} with {short(known[0][1])}, the last {known[-1][0]} with {short(known[-1][1])}."
        )
    if len(known) < len(rows):
        words.append(f"Without a finite value, and in the table alone: {len(rows) - len(known)}.")
    shown = known
    if len(known) > _MOST + _LAST:
        shown = [*known[:_MOST], *known[-_LAST:]]
        words.append(f"The picture has the best {_MOST} and the last {_LAST}; the table has all.")
    columns = ("data set", "value", "low", "high", "rows")
    draw = partial(_draw, shown, len(known), loss)
    return Drawing(
        "ranking", f"{loss}: data sets, the best first", " ".join(words), columns, ordered, draw,
        0.9 + 0.2 * max(3, len(shown)),
    )  # fmt: skip


def _draw(rows: list[tuple[Any, ...]], count: int, loss: str, ax: Any) -> None:
    for at, (_, value, low, high, _) in enumerate(rows):
        if low is not None and high is not None:
            ax.plot([low, high], [at, at], color=BLUE, linewidth=1.6, gid=f"interval-{at}")
        ax.plot([value], [at], "o", color=BLUE, markersize=5, gid=f"value-{at}")
    numbers = [at + 1 if at < _MOST or len(rows) == count else count - len(rows) + at + 1 for at in range(len(rows))]
    names = told_apart([row[0] for row in rows])
    ax.set_yticks(range(len(rows)), [f"{number}  {name}" for number, name in zip(numbers, names, strict=True)])
    if len(rows) < count:
        ax.axhline(_MOST - 0.5, color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel(axis_label("value", loss))
    ax.xaxis.grid(True)


PICTURE = Picture("ranking", RESULTS, _drawings, several=True)
