"""Binding of what is said of elements: masks, labels to ignore, weights, lists of one value a class, channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arrays.elements import Counting
from ..arrays.inputs import Form, Shape, show_shape
from ..arrays.layout import CLASSES, Layout, fit_to_elements, goes_along_rows
from ..declarations.conventions import framework_of
from ..declarations.declaration import Loss
from ..declarations.param import Param
from ..errors import DataProblem, UsageProblem
from ..record import record, replace
from .bound_loss import BY_ROW


@record
class SaidOfColumns:
    """What was said of columns or classes."""

    weights: tuple[float, ...] | None = None
    classes: tuple[int, ...] | None = None
    macro: bool = False
    each: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything was said."""
        return self.weights is not None or self.classes is not None or self.values

    @property
    def values(self) -> bool:
        """Whether columns or classes have values of their own."""
        return self.macro or self.each

    @property
    def option(self) -> str:
        """The first option that was given."""
        given = {
            "count-classes": self.classes is not None, "column-weights": self.weights is not None,
            "macro-columns": self.macro,
        }  # fmt: skip
        return next((name for name, there in given.items() if there), "per-output")


@record
class SaidOfAxes:
    """What was said of axes and labels, and the axis that a framework takes."""

    class_axis: int | None = None
    ignore_label: float | None = None
    usual_axis: int | None = None
    lists_broadcast: bool = False
    channels: str = "together"
    lone_weight: bool = True
    stacked: bool = False
    like: str = ""
    shift: int = 0
    columns: SaidOfColumns = SaidOfColumns()

    def by(self, like: str) -> SaidOfAxes:
        """The same with what a framework makes of the axes."""
        framework = framework_of(like)
        return replace(
            self,
            usual_axis=framework.class_axis,
            channels=framework.channels,
            lone_weight=framework.lone_weight,
            like=like,
        )


def layout_of_elements(
    loss: Loss, layout: Layout, form: Form | None, shapes: Mapping[str, Shape], said: SaidOfAxes
) -> Layout:
    """The layout where single elements are spoken of; a loss that takes a row whole has none."""
    spoken = "mask" in shapes or said.ignore_label is not None or len(shapes.get("weight", ())) > 1
    if not spoken and not (said.columns.anything and form is not None and form.name == "index"):
        return layout
    together = form is not None and (form.name in ("distribution", "class_scores") or loss.along_axis)
    if said.ignore_label is not None and together and len(shapes["label"]) > 1:
        what = "coordinate" if loss.along_axis == "vectors" else "class"
        raise UsageProblem(
            f"--ignore-label leaves out a label, and these labels are a number for each {what}.",
            "Say with --mask what counts.",
            kind="elements",
            options=("ignore-label",),
        )
    if layout.folds or loss.blank_is_nothing:
        return layout
    if form is not None and form.name in CLASSES and len(shapes["pred"]) == 2:
        return Layout(1, True)
    axes = len(layout.without_channel("pred", shapes["pred"]))
    if loss.along_axis and form is not None and axes > 1:  # along the last axis, as none was said
        return replace(layout, class_axis=axes - 1, folds=True)
    if not one_loss_a_row(loss, layout, form):
        return layout
    if loss.batched or len(shapes.get("weight", ())) > 1 or not _of_rows(shapes, said):
        hint = "Leave rows out with a weight of 0, and leave out --mask and --ignore-label."
        if not loss.batched:
            hint = "A mask and weights have one entry a row here, and a label to ignore is that of a row. "
            hint += "Otherwise leave out --mask and --ignore-label."
        raise UsageProblem(
            f"{loss.name} has one loss a row, so that no elements of a row can be left out or weighed.",
            hint,
            kind="elements",
            options=("mask", "ignore-label", "weights"),
        )
    return layout


def one_loss_a_row(loss: Loss, layout: Layout, form: Form | None) -> bool:
    """Whether a row has no elements that have losses of their own."""
    if layout.folds or loss.blank_is_nothing:
        return False
    return form is None or form.name in BY_ROW or loss.whole_rows


def _of_rows(shapes: Mapping[str, Shape], said: SaidOfAxes) -> bool:
    """Whether what is said to be left out is whole rows."""
    labels = said.ignore_label is None or len(shapes.get("label", (0,))) == 1
    return labels and goes_along_rows(shapes.get("mask", (0,)))


def shifted_layout(loss: Loss, layout: Layout, form: Form | None, pred: Shape, shift: int) -> Layout:
    """The layout where labels stand further on than their predictions, as of models that predict what comes next."""
    if not shift:
        return layout
    positions = layout.element_shape(pred)[1:]
    whole = loss.whole_rows and not layout.folds
    alone = form is None or (form.name in BY_ROW and not layout.folds) or whole or loss.blank_is_nothing
    if alone or not positions or layout.squeezed:
        raise UsageProblem(
            f"--shift pairs predictions with labels further on in the same row, and {loss.name} of predictions of "
            f"shape {show_shape(pred)} has no positions along a row.",
            "It is for rows that are sequences, such as logits of shape (n, positions, classes) beside labels of shape "
            "(n, positions).",
            kind="shift",
            options=("shift",),
        )
    if positions[0] is not None and positions[0] <= shift:
        raise UsageProblem(
            f"--shift {shift} leaves nothing of rows that have {positions[0]} positions.",
            f"It is at most {positions[0] - 1} here." if positions[0] > 1 else "",
            kind="shift",
            options=("shift",),
        )
    return replace(layout, shift=shift)


def check_last_axis(params: Mapping[str, Any], layout: Layout, pred: Shape, like: str) -> None:
    """Refuse what a framework takes along the last axis, where the classes lie along another one."""
    axis = layout.class_axis
    if not framework_of(like).by_last_axis or not layout.folds or axis in (None, len(pred) - 1) or len(pred) <= 2:
        return
    title, option = framework_of(like).title, ""
    if params.get("label_smoothing") and pred[-1] != pred[axis]:
        option = "label-smoothing"
        text = f"{title} smooths labels by the length of the last axis, {pred[-1]}, not by the {pred[axis]} classes"
    elif isinstance(params.get("alpha"), tuple):
        option, text = "alpha", f"{title} takes alpha along the last axis, and the classes lie"
    if option:
        raise UsageProblem(
            f"{text} along axis {axis}, so that its value is no loss of these classes.",
            f"Leave out --{option}; or leave out --like, for the loss that takes it along the classes.",
            kind="not_in_convention",
            options=(option, "like"),
        )


def ragged_layout(loss: Loss, layout: Layout, form: Form | None, shapes: Mapping[str, Shape]) -> Layout:
    """The layout where rows differ in length, such as the documents or sequences of a list column."""
    if None not in shapes["pred"][1:]:
        return layout
    if loss.adds_lists and form is None and len(shapes["pred"]) == 2:
        return replace(layout, ragged=True)
    classes = layout.class_axis if layout.folds else None
    single = form is not None and (form.name in BY_ROW and not layout.folds)
    whole = loss.whole_rows and not layout.folds
    alone = form is None or single or whole or loss.prepare_function is not None or layout.squeezed
    if alone or classes not in (None, len(shapes["pred"]) - 1) or shapes["pred"][1] is not None:
        raise DataProblem(
            f"The rows of the predictions differ in length, and {loss.name} takes "
            f"{'classes, of which each row has as many' if single else 'rows of one length'}.",
            "Losses of single elements, and of classes in lists of lists, take rows of any length.",
            kind="bad_shape",
            options=("pred",),
        )
    return replace(layout, ragged=True)


def counting_of(
    loss: Loss, layout: Layout, form: Form | None, shapes: Mapping[str, Shape], said: SaidOfAxes
) -> Counting:
    """Which elements count, or which rows; what goes along the elements must fit them."""
    if said.ignore_label is not None and "label" not in shapes:
        raise UsageProblem(f"{loss.name} has no labels here.", "Leave out --ignore-label.", options=("ignore-label",))
    if one_loss_a_row(loss, layout, form) and ("mask" in shapes or said.ignore_label is not None):
        return Counting("mask" in shapes, False, said.ignore_label, rows=True)
    elements = layout.element_shape(shapes["pred"])
    for role in ("mask", "weight"):
        shape = shapes.get(role)
        if shape is None or (role == "weight" and len(shape) == 1):
            continue
        if fit_to_elements(shape, elements) is None:
            what = "The mask" if role == "mask" else "Weights"
            raise DataProblem(
                f"{what} of shape {show_shape(shape)} do{'es' * (role == 'mask')} not go along elements of shape "
                f"{show_shape(elements)}.",
                "It has their shape, or their first axes.",
                kind="bad_shape",
                options=("mask" if role == "mask" else "weights",),
            )
    weighted = len(shapes.get("weight", (0,))) > 1
    return Counting("mask" in shapes, weighted, said.ignore_label, layout.class_axis or 1)


def refuse_rows_of_roles(loss: Loss, shapes: Mapping[str, Shape]) -> None:
    """Refuse roles that have a value a row, where a row is several elements."""
    for role in loss.roles:
        if role.rows and role.name in shapes:
            option = role.name.replace("_", "-")
            raise UsageProblem(
                f"{loss.name} takes --{option} only beside predictions of one or two axes.", options=(option,)
            )


def single_values(loss: Loss, params: dict[str, Any], said: SaidOfAxes) -> dict[str, Any]:
    """The parameters; in a framework that broadcasts lists, a list of one value is that value for all classes."""
    if not said.lists_broadcast:
        return params
    single = {
        param.name: params[param.name][0]
        for param in loss.params
        if param.per and param.name != "class_weights" and _length(params[param.name]) == 1
    }
    return {**params, **single}


def _length(value: Any) -> int:
    return len(value) if isinstance(value, tuple) else 0


def axis_of_lists(loss: Loss, params: Mapping[str, Any], pred: Shape, said: SaidOfAxes) -> SaidOfAxes:
    """What was said of axes, with that of one value a class in an array such as (3, 1, 1), whose shape says it."""
    for param in loss.params:
        value = params[param.name]
        trailing = getattr(value, "trailing", 0)
        if not getattr(value, "says_axis", False) or (not trailing and len(pred) <= 2):
            continue
        axis, option = len(pred) - 1 - trailing, param.name.replace("_", "-")
        chosen = None if said.class_axis is None else said.class_axis % len(pred)
        if axis < 1 or chosen not in (None, axis):
            where = "has fewer axes" if axis < 1 else f"has its classes along axis {chosen}"
            raise UsageProblem(
                f"--{option} is an array whose values have {trailing or 'no'} axes behind them, and the array of "
                f"predictions of shape {show_shape(pred)} {where}.",
                f"Give a list of one value a class to --{option}, and say the axis with --class-axis.",
                kind="class_axis",
                options=(option, "class-axis"),
            )
        said = replace(said, class_axis=axis)
    return said


def along_classes(loss: Loss, params: Mapping[str, Any]) -> list[Param]:
    """The parameters that go along the classes here: lists of one value a class, and a background that is left out."""
    listed = [param for param in loss.params if param.per and isinstance(params[param.name], tuple)]
    return listed + [param for param in loss.params if param.name == "background" and params["background"] is False]


def check_lists(loss: Loss, params: Mapping[str, Any], layout: Layout, pred: Shape) -> None:
    """One value a class belongs to the axis of the classes; where that is not known, it must be said."""
    if layout.class_axis is not None or len(layout.without_channel("pred", pred)) <= 2:
        return
    for param in along_classes(loss, params):
        option, value = param.name.replace("_", "-"), params[param.name]
        said = f"--{option} has {len(value)} values" if isinstance(value, tuple) else f"--no-{option} is given"
        raise UsageProblem(
            f"{said}, and predictions of shape {show_shape(pred)} do not say which axis they belong to.",
            "Say it with --class-axis 1, or --class-axis -1 where the classes come last.",
            kind="class_axis",
            options=("class-axis", option),
            fix="--class-axis 1",
        )


def wrong_dims(loss: Loss, pred: Shape) -> DataProblem:
    """That the predictions have another number of axes than the loss takes."""
    allowed = " or ".join(f"{dimensions}-D" for dimensions in loss.pred_dims)
    return DataProblem(
        f"{loss.name} takes {allowed} predictions, got shape {show_shape(pred)}.",
        "It takes one column of predictions a class." if len(pred) == 1 else "",
        kind="bad_shape",
        options=("pred",),
    )
