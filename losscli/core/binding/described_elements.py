"""What decides a value beside the parameters where rows have several elements, as a report says it."""

from __future__ import annotations

from typing import Any

from ..arrays.elements import Counting
from ..arrays.layout import Layout


def described(layout: Layout, counting: Counting, outputs: Any) -> dict[str, Any]:
    """By name, as options are called; empty for plain rows."""
    said: dict[str, Any] = {}
    if layout.class_axis is not None:
        said["class_axis"] = layout.class_axis
    if layout.shift:
        said["shift"] = layout.shift
    if counting.ignore_label is not None:
        said["ignore_label"] = counting.ignore_label
    if counting.classes is not None:
        said["count_classes"] = list(counting.classes)
    weights = outputs.weights if outputs is not None and outputs.macro else None
    if (weights := weights or counting.column_weights) is not None:
        said["column_weights"] = list(weights)
    if outputs is not None and outputs.macro:
        said["macro_columns"] = True
    if counting.mask:
        said["masked"] = True
    if counting.weight:
        said["weighted_elements"] = True
    return said
