"""Binding of what is said of elements: masks, labels to ignore, weights, lists of one value a class, channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arrays.elements import Counting
from ..arrays.inputs import Form, Shape, show_shape
from ..arrays.layout import CLASSES, Layout, fit_to_elements
from ..declarations.declaration import Loss
from ..errors import DataProblem, UsageProblem
from ..record import record, replace
from .bound_loss import BY_ROW


@record
class SaidOfAxes:
    """What was said of axes and labels, and the axis that a framework takes."""

    class_axis: int | None = None
    ignore_label: float | None = None
    usual_axis: int | None = None
    lists_broadcast: bool = False
    channels: str = "pooled"
    like: str = ""


def layout_of_elements(
    loss: Loss, layout: Layout, form: Form | None, shapes: Mapping[str, Shape], said: SaidOfAxes
) -> Layout:
    """The layout where single elements are spoken of; a loss that takes a row whole has none."""
    if "mask" not in shapes and said.ignore_label is None and len(shapes.get("weight", ())) <= 1:
        return layout
    if said.ignore_label is not None and form is not None and form.name in ("distribution", "class_scores"):
        raise UsageProblem(
            "--ignore-label leaves out a label, and these labels are a number for each class.",
            "Say with --mask what counts.",
            kind="elements",
            options=("ignore-label",),
        )
    if layout.folds or loss.blank_is_nothing:
        return layout
    if form is not None and form.name in CLASSES and len(shapes["pred"]) == 2:
        return Layout(1, True)
    if form is None or form.name in BY_ROW or loss.whole_rows:
        raise UsageProblem(
            f"{loss.name} has one loss a row, so that no elements of a row can be left out or weighed.",
            "Leave rows out with a weight of 0, and leave out --mask and --ignore-label.",
            kind="elements",
            options=("mask", "ignore-label", "weights"),
        )
    return layout


def layout_of_channels(loss: Loss, layout: Layout, params: Mapping[str, Any], said: SaidOfAxes) -> Layout:
    """The layout of an overlap loss of images with several channels, as the framework has it."""
    if said.channels == "unproved":
        raise UsageProblem(
            f"{said.like} has several ways to compute {loss.name} of images with channels, and none of them is held to "
            "its values here.",
            "Leave out --like for one overlap an image over all its channels, or give one channel at a time.",
            kind="not_in_convention",
            options=("like",),
        )
    each = said.channels == "each" and params.get("pool", "image") == "image"
    return replace(layout, by_channel=True) if each else layout


def counting_of(loss: Loss, layout: Layout, shapes: Mapping[str, Shape], said: SaidOfAxes) -> Counting:
    """Which elements count; what goes along them must fit them."""
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
    if said.ignore_label is not None and "label" not in shapes:
        raise UsageProblem(f"{loss.name} has no labels here.", "Leave out --ignore-label.", options=("ignore-label",))
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


def check_lists(loss: Loss, params: Mapping[str, Any], layout: Layout, pred: Shape) -> None:
    """One value a class belongs to the axis of the classes; where that is not known, it must be said."""
    if layout.class_axis is not None or len(layout.without_channel("pred", pred)) <= 2:
        return
    for param in loss.params:
        if param.per and isinstance(params[param.name], tuple):
            option = param.name.replace("_", "-")
            raise UsageProblem(
                f"--{option} has {len(params[param.name])} values, and predictions of shape {show_shape(pred)} do not "
                "say which axis they belong to.",
                "Say it with --class-axis 1, or --class-axis -1 where the classes come last.",
                kind="class_axis",
                options=("class-axis", option),
                fix="--class-axis 1",
            )
