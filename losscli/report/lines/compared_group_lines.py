"""The groups of a comparison as a table that people read: the one source of text, boxes, Markdown and pages."""

from __future__ import annotations

import math
from typing import Any

from ..comparison import Comparison
from .comparison_lines import chance
from .group_lines import MOST, in_columns, key_text, rest_sentence
from .shown_digits import number, signed

LEFT_OUT_FIRST = ("share", "base", "candidate", "p", "p adjusted")  # where there is no room for all columns


def headings(result: Comparison, without: tuple[str, ...] = ()) -> list[str]:
    """The columns of the table: those of --by, then what is known of a group."""
    share = ["share"] if any(group["share"] is not None for group in result.groups) else []
    every = ["base", "candidate", "difference", "interval", p_heading(result), "rows", *share, "verdict"]
    return [*columns_of(result), *(each for each in every if each not in without)]


def columns_of(result: Comparison) -> list[str]:
    """The columns of --by."""
    return list(result.groups[0]["by"]) if result.groups else []


def p_heading(result: Comparison) -> str:
    """What the p-values are called."""
    grouping = result.grouping or {}
    return "p adjusted" if grouping.get("adjusted_for", 0) > 1 and _any_adjusted(result) else "p"


def group_cells(result: Comparison, without: tuple[str, ...] = ()) -> list[list[str]]:
    """A line for each group that is listed, in their order."""
    heads = headings(result, without)[len(columns_of(result)) :]
    return [_cells(group, heads) for group in result.groups[: result.top or MOST]]


def title(result: Comparison) -> str:
    """What the table shows."""
    grouping = result.grouping or {}
    tests = grouping.get("adjusted_for", 0)
    adjusted = f", p-values adjusted for {tests:,} tests" if p_heading(result) != "p" else ""
    loss = result.spelling or result.loss
    return f"{loss} of {result.candidate} by {', '.join(grouping.get('by', []))}: {_counted(result)}{adjusted}"


def _counted(result: Comparison) -> str:
    """How many groups there are, and how many of each verdict."""
    verdicts = [group["verdict"] for group in result.groups]
    said = [f"{verdicts.count(each):,} {each}" for each in ("worse", "improved") if each in verdicts]
    groups = "1 group" if len(verdicts) == 1 else f"{len(verdicts):,} groups"
    return ", ".join([groups, *said])


def aligned(result: Comparison) -> str:
    """The table as plain text; empty without groups."""
    if not result.groups:
        return ""
    rows = [headings(result), *group_cells(result)]
    return f"{title(result)}\n{in_columns(rows, len(columns_of(result)), rest_sentence(result))}"


def _any_adjusted(result: Comparison) -> bool:
    return any(group["p_adjusted"] != group["p_value"] for group in result.groups)


def _cells(group: dict[str, Any], heads: list[str]) -> list[str]:
    nothing = group["base"] is None
    p_value = group["p_adjusted"] if group["p_adjusted"] is not None else group["p_value"]
    cells = {
        "base": "nothing counts" if nothing else number(group["base"]),
        "candidate": "" if nothing else number(group["cand"]),
        "difference": "" if nothing else signed(group["difference"]),
        "interval": _interval(group["ci"]),
        "p": "-" if p_value is None else chance(p_value),
        "rows": str(group["n"]),
        "share": "" if group["share"] is None else f"{100 * group['share']:.3g} %",
        "verdict": group["verdict"],
    }
    cells["p adjusted"] = cells["p"]
    return [*(key_text(key) for key in group["by"].values()), *(cells[head] for head in heads)]


def _interval(ci: dict[str, Any] | None) -> str:
    if ci is None:
        return "-"
    return " ... ".join("-" if math.isinf(ci[end]) else signed(ci[end], 3) for end in ("low", "high"))
