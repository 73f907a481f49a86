"""Whether the files of predictions and labels belong together, and whether a row is a file or a row of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.arrays.inputs import show_shape
from ...core.errors import DataProblem, UsageProblem
from ...core.safe_text import shown

if TYPE_CHECKING:
    from ...core.loss import Loss
    from ..frame import Picked

ARRAYS = ("npy", "npz")


def check_stacking(loss: Loss, roles: Mapping[str, Picked], stack: bool | None) -> None:
    """Refuse files that are paired against their numbers, and an image that would be read as many of one line each."""
    pred, label = roles["pred"], roles.get("label")
    if label is not None:
        _same_numbers(pred[0], label[0], stacked=bool(stack))
    if not loss.blank_is_nothing or stack is not None or pred[0].format not in ARRAYS:
        return
    shape = pred[0].describe(pred[1]).shape
    if len(shape) != 2:
        return
    raise UsageProblem(
        f"{pred[0].name} has shape {show_shape(shape)}: one mask of {shape[0]} lines, or {shape[0]} masks of "
        f"{shape[1]} pixels.",
        "Say --stack where each file is one mask, or --no-stack where each row is one.",
        kind="stack",
        file=pred[0].name,
        options=("stack",),
        fix="--stack",
    )


def _same_numbers(pred: Any, label: Any, *, stacked: bool) -> None:
    """Files of arrays whose names have other numbers are of other cases, whatever their order."""
    ours, theirs = (getattr(table, "members", None) for table in (pred, label))
    if not ours or not theirs or pred.format not in ARRAYS:
        return
    if len(ours) != len(theirs):
        if stacked:
            raise DataProblem(
                f"{pred.name} has {len(ours)} files and {label.name} has {len(theirs)}.",
                "With --stack each file is a row, and both need the same ones.",
                kind="unpaired_lengths",
                file=pred.name,
            )
        return
    for mine, other in zip(ours, theirs, strict=True):
        numbers = [re.findall(r"[0-9]+", each.relative[-1] if each.relative else "") for each in (mine, other)]
        if numbers[0] and numbers[1] and list(map(int, numbers[0])) != list(map(int, numbers[1])):
            raise DataProblem(
                f"{shown(mine.path)} would be paired with {shown(other.path)}, and the numbers in their names differ.",
                "Give both the files of the same cases, in folders of their own.",
                kind="unpaired_files",
                file=shown(mine.path),
            )
