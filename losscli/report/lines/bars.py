"""Bars of letters: beside groups, and as a histogram of losses, where there is room for no picture."""

from __future__ import annotations

from ..model import Result

WIDTH = 12  # letters of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉"
MOST = 16  # bars of a histogram


def bar(part: float, unicode: bool = True, width: int = WIDTH) -> str:
    """A bar of so much of the longest one; what is there at all has the thinnest."""
    if not part > 0.0:
        return ""
    if not unicode:
        return "#" * max(1, round(part * width))
    eighths = max(1, round(min(part, 1.0) * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def group_bars(result: Result, count: int, unicode: bool = True) -> list[str]:
    """A bar for the share of each of the first groups; none where they have no shares, or shares below zero."""
    shares = [group["share"] for group in result.groups[:count]]
    if any(share is None or share < 0.0 for share in shares) or not any(shares):
        return []
    return [bar(share / max(shares), unicode) for share in shares]


HEADS = ("loss of a row", "rows", "", "of the loss", "")


def histogram_rows(result: Result, unicode: bool = True) -> list[tuple[str, ...]]:
    """The losses of the rows, a line for each bar: from where to where, how many rows, what share of the loss."""
    if not result.histograms or "losses" not in result.histograms:
        return []
    from ..pictures.loss_histogram import bars_of
    from .shown_digits import rounded

    bars = bars_of({"histograms": result.histograms}, MOST)
    rows, losses = sum(each[2] for each in bars), sum(abs(each[4]) for each in bars)
    most = max((each[2] for each in bars), default=1) or 1
    largest = max((abs(each[4]) for each in bars), default=0.0)
    lines: list[tuple[str, ...]] = []
    for low, high, count, _, loss in bars:
        ends = "0" if low == high == 0.0 else f"{rounded(low, 2)} ... {rounded(high, 2)}"
        share = f"{100 * loss / losses:.3g} %" if losses else "-"
        carried = bar(abs(loss) / largest, unicode) if largest else ""
        lines.append((ends, f"{count:,}", bar(count / most, unicode), share, carried))
    return lines if rows else []


def infinite_rows(result: Result) -> int:
    """How many rows stand in no bar, since their loss is infinite."""
    held = (result.histograms or {}).get("losses", {}).get("infinite", {})
    return int(sum(held.values()))
