"""Parts of two results of a report side by side: sums, rows, values of columns, number by number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from ..core.safe_text import shown

# how far numbers may lie apart: effective numbers are reported with six digits
PARTS = {
    "rows": 1e-12, "rows_not_finite": 0.0, "outputs": 1e-12, "state": 1e-12, "grouping": 1e-12, "groups": 1e-12,
    "effective": 2e-5, "worst": 1e-12, "best": 1e-12, "histograms": 1e-12,
}  # fmt: skip


def first_difference(was: dict[str, Any], now: dict[str, Any], parts: dict[str, float]) -> str:
    """The first number in which two results differ, in words; empty where there is none.

    A part that the earlier one has not, as reports of before, is not looked at.
    """
    drawn = (was.get("ci") or {}).get("method") == "bootstrap"
    for part, tolerance in parts.items():
        if was.get(part) is None:
            continue
        sides = was[part], now.get(part)
        if part == "groups":  # whatever they were sorted by
            sides = _by_key(sides[0]), _by_key(sides[1])
        for place, before, after in _leaves(*sides, part):
            if before is None and part == "effective":  # shards do not tell all of it
                continue
            if drawn and None in (before, after) and place.endswith((" ci", " stderr")):  # no bootstrap is drawn again
                continue
            if not _alike(before, after, tolerance):
                return f"{place} was {shown(str(before), 40)}, is {shown(str(after), 40)}"
    return ""


def _by_key(groups: Any) -> Any:
    """Groups by the columns that make them, and how many they are."""
    if not isinstance(groups, list) or not all(isinstance(each, dict) for each in groups):
        return groups
    named = {json.dumps(each.get("by"), sort_keys=True, ensure_ascii=False): each for each in groups}
    return {"count": len(groups), **named}


def _leaves(was: Any, now: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """The values of both at each place of the first; of lists that differ in length, the lengths."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in was:
            yield from _leaves(was[key], now.get(key), f"{place} {key}")
    elif isinstance(was, list) and isinstance(now, list):
        if len(was) != len(now):
            yield f"the length of {place}", len(was), len(now)
        for at, (before, after) in enumerate(zip(was, now, strict=False)):
            yield from _leaves(before, after, f"{place} {at}")
    else:
        yield place, was, now


def _alike(was: Any, now: Any, tolerance: float) -> bool:
    one, other = _number(was), _number(now)
    if one is None or other is None:
        return bool(was == now)
    if one == other or not tolerance:
        return one == other
    if isinstance(one, int) and isinstance(other, int):  # exact sums are beyond the range of floats
        return abs(one - other) * round(1 / tolerance) <= max(abs(one), abs(other))
    try:
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=5e-324)
    except OverflowError:  # a whole number beyond all floats
        return False


def _number(value: Any) -> float | int | None:
    """A number, or one that is written in hexadecimal, as exact sums are."""
    if isinstance(value, str) and value.lstrip("-").startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
