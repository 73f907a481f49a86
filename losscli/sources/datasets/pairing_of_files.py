"""Whether the files of predictions and labels belong together, and whether a row is a file or a row of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.arrays.inputs import show_shape
from ...core.errors import DataProblem, UsageProblem
from ...core.notes import Note
from ...core.safe_text import shown

if TYPE_CHECKING:
    from ...core.loss import Loss
    from ..frame import Picked

ARRAYS = ("npy", "npz")
IN_MEMORY = "array"


def check_stacking(loss: Loss, roles: Mapping[str, Picked], stack: bool | None) -> list[Note]:
    """Refuse files that are paired against their numbers, and an image that would be read as many of one line each.

    Of an array in memory, whose maker knows what its axes are, a note says how it was read.
    """
    pred, label = roles["pred"], roles.get("label")
    if label is not None:
        _same_numbers(pred[0], label[0], stacked=bool(stack))
    if not loss.blank_is_nothing or stack or pred[0].format not in (*ARRAYS, IN_MEMORY):
        return []
    shape = pred[0].describe(pred[1]).shape
    if len(shape) == 2 and shape[1] == 1 and shape[0] != 1 and (stack is False or pred[0].format != IN_MEMORY):
        raise _of_pixels(shape, pred[0].name)
    if stack is False or shape[1:] == (1,):
        return []
    sides = shape[:-1] if len(shape) == 3 and shape[2] == 1 else shape  # (h, w, 1) is an image with a channel
    if len(sides) != 2 or sides[0] == 1:
        return []
    if label is not None and len(label[0].describe(label[1]).shape) == 1:
        return []  # class numbers of rows beside a column a class
    name = pred[0].name
    if pred[0].format == IN_MEMORY:
        text = f"{name} of shape {show_shape(shape)} were read as {sides[0]} masks of {sides[1]} pixels. "
        return [Note(f"{text}Say --stack where they are one mask, or --no-stack where each row is one.", kind="stack")]
    raise UsageProblem(
        f"{name} has shape {show_shape(shape)}: one mask of {sides[0]} lines, or {sides[0]} masks of {sides[1]} "
        "pixels.",
        "Say --stack where each file is one mask, or --no-stack where each row is one.",
        kind="stack",
        file=name,
        options=("stack",),
        fix="--stack",
    )


def _of_pixels(shape: tuple[int | None, ...], name: str) -> UsageProblem:
    """The problem of one column of pixels, which is one mask: a row of it would be a mask of one pixel."""
    return UsageProblem(
        f"{name} has shape {show_shape(shape)}: one mask of {shape[0]} pixels, a column of them.",
        "Say --stack where it is one mask.",
        kind="stack",
        file=name,
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
