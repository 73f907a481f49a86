"""Which class is taken for which, by its share of the loss."""

from __future__ import annotations

from functools import partial
from typing import Any

from .drawing import (
    INK,
    LEVELS,
    OVER_DARK,
    OVER_LIGHT,
    RESULTS,
    Document,
    Drawing,
    Picture,
    Sources,
    counted,
    elided,
    percent,
    results_of,
)

_MOST = 20  # classes that are drawn: those with the largest share of the loss


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for name, result in results_of(sources) if (made := _of_result(name, result))]


def _of_result(name: str, result: Document) -> Drawing | None:
    held = (result.get("histograms") or {}).get("confusion")
    if not held:
        return None
    names = held.get("names") or [str(i) for i in range(held["classes"])]
    whole = sum(loss for loss in held["loss"])
    table = [
        (names[actual], names[predicted], rows, loss, loss / whole if whole > 0 else 0.0)
        for actual, predicted, rows, loss in zip(
            held["actual"], held["predicted"], held["rows"], held["loss"], strict=True
        )
    ]
    table.sort(key=lambda row: -row[4])
    count, right = sum(row[2] for row in table), sum(row[2] for row in table if row[0] == row[1])
    one = "element" if held.get("of") == "elements" else "row"
    many = f"{one}s (pixels, tokens or columns of rows)" if one == "element" else "rows"
    words = [
        f"{many.capitalize()} by their class and by the class predicted, coloured by the share of the loss that they "
        f"carry. {percent(right / count)} of {counted(count, one)} are predicted right."
    ]
    if (worst := next((row for row in table if row[0] != row[1] and row[3] > 0.0), None)) is not None:
        taken = f"{one.capitalize()}s of {worst[0]} taken for {worst[1]}"
        words.append(f"{taken} carry {percent(worst[4])} of the loss, most of all errors.")
    if sum(held["infinite"]):
        words.append(f"{sum(held['infinite']):,} infinite losses are in no share.")
    shown = _shown(names, table)
    if len(shown) < len(names):
        words.append(f"The picture has the {len(shown)} of {len(names)} classes with the largest share of the loss.")
    columns = ("class", "predicted", f"{one}s", "sum of losses", "share of loss")
    draw = partial(_draw, table, shown, one)
    height = 1.2 + 0.26 * max(5, len(shown))
    return Drawing(
        "confusion", f"{name}: classes and their share of the loss", " ".join(words), columns, table, draw, height
    )


def _shown(names: list[str], table: list[tuple[Any, ...]]) -> list[str]:
    """The classes that are drawn, in their order."""
    if len(names) <= _MOST:
        return list(names)
    shares = dict.fromkeys(names, 0.0)
    for actual, predicted, _, _, share in table:
        shares[actual] += share
        shares[predicted] += share if predicted != actual else 0.0
    first = sorted(names, key=lambda name: -shares[name])[:_MOST]
    return [name for name in names if name in first]


def _draw(table: list[tuple[Any, ...]], shown: list[str], one: str, ax: Any) -> None:
    from matplotlib.patches import Rectangle

    most = max((row[4] for row in table), default=0.0)
    for actual, predicted, rows, _, share in table:
        if actual not in shown or predicted not in shown:
            continue
        x, y = shown.index(predicted), shown.index(actual)
        level = min(len(LEVELS) - 1, int(len(LEVELS) * share / most)) if most else 0
        box = Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=LEVELS[level], edgecolor="none", gid=f"cell-{y}-{x}")
        ax.add_patch(box)
        if len(shown) <= 12:
            text = f"{100 * share:.2g}" if len(shown) > 4 else f"{100 * share:.3g} %\n{counted(rows, one)}"
            ax.text(x, y, text, ha="center", va="center", color=OVER_DARK if level > 4 else OVER_LIGHT, fontsize=8.5)
    labels = [elided(name, 12) for name in shown]
    ax.set_xticks(
        range(len(shown)),
        labels,
        rotation=90 if len(shown) > 10 or (max(map(len, labels)) > 2 and len(shown) > 3) else 0,
    )
    ax.set_yticks(range(len(shown)), labels)
    ax.set(xlim=(-0.5, len(shown) - 0.5), ylim=(len(shown) - 0.5, -0.5))
    ax.set_xlabel("predicted; numbers: share of the loss, %" if 4 < len(shown) <= 12 else "predicted")
    ax.set_ylabel("class")
    ax.tick_params(length=0)
    for at in range(len(shown) + 1):
        ax.axhline(at - 0.5, color=INK, linewidth=0.2)
        ax.axvline(at - 0.5, color=INK, linewidth=0.2)


PICTURE = Picture(
    "confusion", RESULTS, _drawings,
    missing="--histograms",
)  # fmt: skip
