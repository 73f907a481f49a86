"""The groups of a result as a table that people read: the one source of the plain text, the table and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..model import Result
from .shown_digits import number

if TYPE_CHECKING:
    from ..comparison import Comparison

MOST = 50  # groups that a table lists, unless --top says otherwise
MISSING = "(missing)"


def headings(result: Result) -> list[str]:
    """The columns of the table: those of --by, then what is known of a group."""
    interval = ["interval"] if _any(result, "ci") else []
    return [*_columns(result), "value", "stderr", *interval, "rows", *_share(result)]


def group_cells(result: Result) -> list[list[str]]:
    """A line for each group that is listed, in their order."""
    return [_cells(result, group) for group in result.groups[: result.top or MOST]]


def rest_sentence(result: Result | Comparison) -> str:
    """How many groups are not listed, and how to see them; empty where all are."""
    left = len(result.groups) - (result.top or MOST)
    if left <= 0:
        return ""
    groups = "1 more group" if left == 1 else f"{left:,} more groups"
    return f"And {groups}: --top N shows so many, and --json has all."


def _columns(result: Result) -> list[str]:
    return list(result.groups[0]["by"]) if result.groups else []


def _any(result: Result, name: str) -> bool:
    return any(group[name] is not None for group in result.groups)


def _share(result: Result) -> list[str]:
    return ["share"] if _any(result, "share") else []


def _cells(result: Result, group: dict[str, Any]) -> list[str]:
    cells = [key_text(key) for key in group["by"].values()]
    cells.append("nothing counts" if group["value"] is None else number(group["value"]))
    cells.append("" if group["stderr"] is None else f"{group['stderr']:.3g}")
    if _any(result, "ci"):
        ci = group["ci"]
        cells.append("" if ci is None else f"{number(ci['low'])} ... {number(ci['high'])}")
    cells.append(str(group["n"]))
    if _share(result):
        cells.append("" if group["share"] is None else f"{100 * group['share']:.3g} %")
    return cells


def key_text(key: Any) -> str:
    """The value of a column that makes a group, as people read it."""
    return MISSING if key is None else str(key).lower() if isinstance(key, bool) else str(key)


def aligned(result: Result) -> str:
    """The table as plain text: names to the left, numbers to the right; empty without groups."""
    if not result.groups:
        return ""
    return in_columns([headings(result), *group_cells(result)], len(_columns(result)), rest_sentence(result))


def in_columns(rows: list[list[str]], texts: int, rest: str = "") -> str:
    """Rows of cells side by side, the first `texts` columns to the left; a sentence below on what is not there."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    text = ""
    for row in rows:
        cells = [c.ljust(w) if i < texts else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        text += "  ".join(cells).rstrip() + "\n"
    return text + (f"{rest}\n" if rest else "")
