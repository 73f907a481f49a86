"""Binding of what is said of the columns of a row, or of classes: which count, their weights, and their own values."""

from __future__ import annotations

from typing import Any

from ..arrays.elements import Counting
from ..arrays.inputs import Form, Shape, show_shape
from ..arrays.layout import Layout
from ..arrays.outputs import Outputs
from ..declarations.declaration import Loss
from ..errors import UsageProblem
from ..record import replace
from .bound_loss import BY_ROW
from .element_binding import SaidOfColumns


def columns_bound(
    loss: Loss,
    params: dict[str, Any],
    layout: Layout,
    form: Form | None,
    counting: Counting,
    pred: Shape,
    said: SaidOfColumns,
) -> tuple[dict[str, Any], Counting, Outputs | None]:
    """The parameters, what counts, and the outputs, where something is said of columns or classes."""
    if layout.ragged and said.values:
        raise UsageProblem(
            f"--{said.option} is for rows of one length, and these differ.", kind="elements", options=(said.option,)
        )
    if loss.blank_is_nothing or loss.whole_rows or loss.prepare_function is not None:
        raise _together(loss, said.option)
    axis, count = _axis(loss, layout, form, pred, said)
    _check(said, count, axis)
    if layout.shift and axis == 1:
        raise UsageProblem(
            f"--shift goes along axis 1 of the predictions, and so does --{said.option}: columns would be positions.",
            f"Leave out one of them, or say with --class-axis which axis --{said.option} goes along.",
            kind="shift",
            options=("shift", said.option),
        )
    if params.get("columns") == "each":  # the mean of the columns' values, by the road on which they have weights
        params = {**params, "columns": "all"}
        said = replace(said, macro=True)
    outputs = None
    if said.values:
        outputs = Outputs(count, axis, said.macro, said.each, said.weights if said.macro else None, said.classes)
    counting = replace(
        counting, columns=axis, classes=said.classes, column_weights=None if said.macro else said.weights
    )
    return params, counting, outputs


def _together(loss: Loss, option: str) -> UsageProblem:
    return UsageProblem(
        f"{loss.name} takes the elements of a row together, so that its columns have no losses of their own.",
        f"Leave out --{option}, or compute one column at a time with --pred and --label.",
        kind="elements",
        options=(option,),
    )


def _axis(loss: Loss, layout: Layout, form: Form | None, pred: Shape, said: SaidOfColumns) -> tuple[int | None, int]:
    """The axis of the elements that counts columns (None: labels say the class), and how many there are."""
    shape = layout.element_shape(pred)
    if form is not None and form.name == "index":
        if said.macro or said.weights is not None:
            option = "macro-columns" if said.macro else "column-weights"
            raise UsageProblem(
                f"{loss.name} of class numbers has classes, and --{option} is for columns that have a loss each.",
                "--per-output lists the classes, --class-weights weighs them.",
                kind="elements",
                options=(option,),
            )
        classes = pred[layout.class_axis if layout.class_axis is not None else -1]
        assert classes is not None
        return None, classes
    if layout.folds or (form is not None and form.name in BY_ROW):
        raise _together(loss, said.option)
    if len(shape) == 1:
        raise UsageProblem(
            f"--{said.option} is for rows of several columns, and predictions of shape {show_shape(pred)} have one.",
            kind="elements",
            options=(said.option,),
        )
    axis = layout.class_axis if layout.class_axis is not None else 1 if len(shape) == 2 else None
    if axis is None:
        raise UsageProblem(
            f"Predictions of shape {show_shape(pred)} do not say which axis --{said.option} goes along.",
            "Say it with --class-axis 1, or --class-axis -1 where the columns come last.",
            kind="class_axis",
            options=("class-axis", said.option),
            fix="--class-axis 1",
        )
    count = shape[axis]
    if count is None:
        raise UsageProblem(
            f"--{said.option} goes along an axis whose length differs from row to row.", options=(said.option,)
        )
    return axis, count


def _check(said: SaidOfColumns, count: int, axis: int | None) -> None:
    if said.weights is not None and (len(said.weights) != count or not sum(said.weights)):
        many = f"{len(said.weights)} value{'s' * (len(said.weights) != 1)} for {count} columns"
        wrong = f"has {many}" if len(said.weights) != count else "is 0 for all columns"
        raise UsageProblem(f"--column-weights {wrong}.", kind="bad_option", options=("column-weights",))
    if said.classes is not None and (strange := [each for each in said.classes if not 0 <= each < count]):
        what = "classes" if axis is None else "columns"
        raise UsageProblem(
            f"--count-classes names {strange[0]}, and there are {count} {what}: 0 to {count - 1}.",
            kind="bad_option",
            options=("count-classes",),
        )
