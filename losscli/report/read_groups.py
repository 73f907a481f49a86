"""Groups and rows of a result read back from JSON: every value is of its kind, or a DataProblem names it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..core.errors import DataProblem
from ..core.safe_text import shown
from .read_parts import interval_of
from .result_parts import not_finite_of

_KEYS = (str, int, float, bool, type(None))


def groups_of(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields `groups` and `grouping` of a result; empty where it has none."""
    grouping = entry.get("grouping")
    if grouping is None:
        return {}
    listed = entry.get("groups")
    by = grouping.get("by") if isinstance(grouping, dict) else None
    if not isinstance(by, list) or not by or not all(isinstance(each, str) for each in by):
        raise DataProblem(f"{where}: grouping is missing or of the wrong kind.")
    if not isinstance(listed, list):
        raise DataProblem(f"{where}: groups is missing or of the wrong kind.")
    macro = grouping.get("macro")
    if macro is not None and not isinstance(macro, dict):
        raise DataProblem(f"{where}: macro is of the wrong kind.")
    held = {"by": [shown(each) for each in by], "groups": _whole(where, grouping, "groups"), "macro": None}
    if macro is not None:
        rows = {name: _number(where, macro, name) for name in ("value_of_all_rows", "stderr_of_all_rows")}
        held["macro"] = {"groups": _whole(where, macro, "groups"), **rows}
    if isinstance(left := grouping.get("left_out"), dict):
        held["left_out"] = {name: _whole(where, left, name) for name in ("min_n", "groups", "rows")}
    return {"grouping": held, "groups": [_group(where, each) for each in listed]}


def _group(where: str, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("by"), dict) or not entry["by"]:
        raise DataProblem(f"{where}: a group does not say which it is.")
    keys = entry["by"]
    if not all(isinstance(key, _KEYS) for key in keys.values()):
        raise DataProblem(f"{where}: the key of a group is of the wrong kind.")
    by = {shown(name): shown(key) if isinstance(key, str) else key for name, key in keys.items()}
    numbers = {name: _number(where, entry, name) for name in ("value", "weight_sum", "stderr", "share")}
    return {"by": by, **numbers, "n": _whole(where, entry, "n"), "ci": interval_of(where, entry.get("ci"))}


def rows_of(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields `worst` and `best` of a result, as far as it has them."""
    held = {}
    for name in ("worst", "best"):
        listed = entry.get(name)
        if listed is not None:
            if not isinstance(listed, list):
                raise DataProblem(f"{where}: {name} is of the wrong kind.")
            held[name] = [_row(where, each) for each in listed]
    return held


def _row(where: str, entry: Any) -> dict[str, Any]:
    kept = entry.get("keep") if isinstance(entry, dict) else None
    row = entry.get("row") if isinstance(entry, dict) else None
    if not isinstance(kept, dict) or not isinstance(row, int) or not all(isinstance(v, _KEYS) for v in kept.values()):
        raise DataProblem(f"{where}: a row that it lists does not say which it is.")
    loss = _number(where, entry, "loss")
    weight = _number(where, entry, "weight")
    return {
        "row": row,
        "loss": math.nan if loss is None else loss,
        **({} if weight is None else {"weight": weight}),
        "keep": {shown(name): shown(value) if isinstance(value, str) else value for name, value in kept.items()},
    }


def _whole(where: str, entry: Mapping[str, Any], name: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise DataProblem(f"{where}: {name} of its groups is no whole number.")
    return value


def _number(where: str, entry: Mapping[str, Any], name: str) -> float | None:
    value = entry.get(name)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise DataProblem(f"{where}: {name} of a group is no number.")
    return not_finite_of(entry, name) if value is None else float(value)
