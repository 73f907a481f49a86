"""Binding of overlap losses: whether an image has one overlap over all its channels, or one for each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arrays.elements import Counting
from ..arrays.inputs import Form, Shape, match_form, show_shape
from ..arrays.layout import CLASSES, Layout, fit_to_elements
from ..declarations.declaration import Loss
from ..errors import DataProblem, UsageProblem
from ..record import replace
from .element_binding import SaidOfAxes, SaidOfColumns


def layout_of_masks(
    loss: Loss, layout: Layout, form: Form | None, params: Mapping[str, Any], shape: Shape, said: SaidOfAxes
) -> Layout:
    """The layout of an overlap loss: `masks` where each class or channel has a loss of its own."""
    if form is None:
        return layout
    pred = layout.without_channel("pred", shape)
    axis = _axis_of_classes(loss, layout, form, params, pred, said)
    _refuse_lone_weight(params, 1 if axis is None else pred[axis], said)
    if axis is None:
        return Layout(squeezed=layout.squeezed)
    if None in pred[1:]:
        raise DataProblem(
            f"The images differ in size, and {loss.name} of several classes takes images of one size.",
            "Compute those of each size by themselves.",
            kind="bad_shape",
            options=("pred",),
        )
    if form.name == "index" and pred[axis] == 1:
        match_form(("binary",), pred, pred[:-1])  # which refuses it
    if len(pred) == 2 and params.get("pool") == "image":
        raise UsageProblem(
            f"Predictions of shape {show_shape(pred)} with a column a class are one pixel a row, and the overlap of an "
            "image of one pixel says little.",
            "Say --pool batch for one overlap a class over all rows.",
            kind="pool",
            options=("pool",),
            fix="--pool batch",
        )
    return Layout(axis, squeezed=layout.squeezed, masks=True)


def _axis_of_classes(
    loss: Loss, layout: Layout, form: Form, params: Mapping[str, Any], pred: Shape, said: SaidOfAxes
) -> int | None:
    """The axis whose entries have an overlap each; None where an image has one over everything."""
    channels = params.get("channels", "classes")  # without the choice, what may be channels are classes
    if form.name in CLASSES:
        if channels == "together":
            raise UsageProblem(
                f"--channels together is one overlap over all channels, and these labels make {loss.name} one for each "
                "class.",
                "Leave it out.",
                kind="contradiction",
                options=("channels",),
            )
        return layout.class_axis or 1
    named = _what_names_classes(params, said)
    several = _has_channels(loss, layout, params, pred, said, asked=bool(named) or channels in ("each", "together"))
    if channels == "auto" and not named and several and said.channels == "unproved":
        raise UsageProblem(
            f"{said.like} has several ways to compute {loss.name} of images with channels, and none of them is held to "
            "its values here.",
            "Leave out --like for one overlap an image over all its channels.",
            kind="not_in_convention",
            options=("like",),
        )
    alone = not named and not (several and (channels == "classes" or said.channels in ("each", "second")))
    if channels == "together" or (channels != "each" and alone):
        if named:
            raise UsageProblem(
                f"--{named} speaks of classes, and --channels together makes one overlap of them all.",
                "Leave out one of them.",
                kind="contradiction",
                options=(named, "channels"),
            )
        return None
    if layout.squeezed and not named:
        return None  # the one channel that there is
    if len(pred) == 1:
        raise UsageProblem(
            f"Predictions of one axis are one mask, and have no channels for --{named or 'channels'}.",
            "Leave it out.",
            kind="class_axis",
            options=(named or "channels",),
        )
    axis = layout.class_axis if layout.class_axis is not None else 1 if len(pred) == 2 else said.usual_axis
    if axis is None:
        raise UsageProblem(
            f"Predictions of shape {show_shape(pred)} do not say which axis holds the channels.",
            "Say it with --class-axis 1, or --class-axis -1 where they come last.",
            kind="class_axis",
            options=("class-axis",),
            fix="--class-axis 1",
        )
    return axis % len(pred)


def _has_channels(
    loss: Loss, layout: Layout, params: Mapping[str, Any], pred: Shape, said: SaidOfAxes, *, asked: bool
) -> bool:
    """Whether masks have several channels, by their shape and by what a framework makes of it."""
    if said.channels == "each":
        return len(pred) > 3 and pred[1] != 1
    if said.channels != "second" or layout.squeezed or None in pred[1:]:
        return len(pred) > 3 and 1 not in (pred[1], pred[-1])
    if len(pred) == 2 and not asked:
        if params.get("pool") == "batch":
            return True
        raise _rows_or_channels(loss, params, pred, said)
    if len(pred) == 3 and said.stacked and not asked:
        raise _image_or_channels(loss, params, pred, said)
    return len(pred) > 2 and pred[1] != 1


def _rows_or_channels(loss: Loss, params: Mapping[str, Any], pred: Shape, said: SaidOfAxes) -> UsageProblem:
    """The problem that a row of numbers is a mask here, and several channels of one pixel in a framework."""
    rows, columns = pred
    here, fix = f"Save them with the shape ({rows}, 1, {columns}) where each row is one mask", ""
    if "channels" in params:
        here, fix = "Type --channels together where each row is one mask", "--channels together"
    return UsageProblem(
        f"Predictions of shape {show_shape(pred)} are {rows} masks of {columns} pixels, one a row, to {loss.name}; "
        f"{said.like} takes axis 1 for {columns} channels, which leaves no pixels for an image.",
        f"{here}, or type --pool batch where each column is a channel, whose rows are pixels.",
        kind="class_axis",
        options=("like", "channels", "pool"),
        fix=fix,
    )


def _image_or_channels(loss: Loss, params: Mapping[str, Any], pred: Shape, said: SaidOfAxes) -> UsageProblem:
    """The problem that a file of an image is a mask here, and several channels of one line in a framework."""
    shape = show_shape(pred[1:])
    here, fix = f"Save each with the shape (1, {', '.join(map(str, pred[1:]))}) where it is one mask", ""
    if "channels" in params:
        here, fix = "Type --channels together where each file is one mask", "--channels together"
    return UsageProblem(
        f"A file of shape {shape} is one mask to {loss.name}; {said.like} takes the first axis of an image for "
        f"{pred[1]} channels.",
        f"{here}, or type --class-axis 1 where it holds {pred[1]} channels.",
        kind="class_axis",
        options=("like", "channels", "class-axis"),
        fix=fix,
    )


def _refuse_lone_weight(params: Mapping[str, Any], count: int | None, said: SaidOfAxes) -> None:
    """Refuse a weight of the one class that counts, where a framework leaves it out."""
    counting = range(count or 0) if said.columns.classes is None else said.columns.classes
    alone = len([each for each in counting if each or params.get("background") is not False]) == 1
    if alone and not said.lone_weight and params.get("class_weights") is not None:
        raise UsageProblem(
            f"One class counts here, and {said.like} leaves out the weight of a class that counts alone.",
            "Leave out the weight.",
            kind="contradiction",
            options=("class-weights", "like"),
        )


def _what_names_classes(params: Mapping[str, Any], said: SaidOfAxes) -> str:
    """The option that speaks of classes, if one does."""
    given = {
        "class-axis": said.class_axis is not None, "count-classes": said.columns.classes is not None,
        "class-weights": params.get("class_weights") is not None, "no-background": params.get("background") is False,
    }  # fmt: skip
    return next((name for name, there in given.items() if there), "")


def counting_of_masks(loss: Loss, layout: Layout, shapes: Mapping[str, Shape], said: SaidOfAxes) -> Counting:
    """Which pixels count, and which classes."""
    pred = layout.without_channel("pred", shapes["pred"])
    if "mask" in shapes and not any(
        fit_to_elements(shapes["mask"], each) is not None for each in (layout.element_shape(shapes["pred"]), pred)
    ):
        raise DataProblem(
            f"The mask of shape {show_shape(shapes['mask'])} does not go along images of shape {show_shape(pred)}.",
            "It has their shape, or that without the classes.",
            kind="bad_shape",
            options=("mask",),
        )
    if len(shapes.get("weight", (0,))) > 1:
        raise UsageProblem(
            f"{loss.name} takes the pixels of an image together, so that single ones cannot be weighed.",
            "Give one weight a row, or say with --mask which pixels count.",
            kind="elements",
            options=("weights",),
        )
    _check_columns(loss, said.columns, pred[layout.class_axis or 1])
    return Counting("mask" in shapes, False, said.ignore_label, layout.class_axis or 1, classes=said.columns.classes)


def _check_columns(loss: Loss, said: SaidOfColumns, count: int | None) -> None:
    if said.weights is not None or said.values:
        other = "Weigh its classes with --class-weights, and list them one by one with --count-classes."
        raise UsageProblem(
            f"{loss.name} takes the pixels of an image together, so that its columns have no losses of their own.",
            other,
            kind="elements",
            options=(said.option,),
        )
    strange = [each for each in said.classes or () if count is not None and not 0 <= each < count]
    if strange:
        raise UsageProblem(
            f"--count-classes names {strange[0]}, and there are {count} classes: 0 to {(count or 1) - 1}.",
            kind="bad_option",
            options=("count-classes",),
        )


def summed_axes(
    loss: Loss, params: Mapping[str, Any], shape: Shape, said: SaidOfAxes
) -> tuple[dict[str, Any], SaidOfAxes]:
    """The parameters, and what was said of axes, with --axes as --pool and --channels have it."""
    loss.resolve(params)
    if len(shape) == 1 and "-" in str(params["axes"]):
        raise UsageProblem(
            f"--axes {params['axes']} counts from the last axis, and a column of {shape[0]} numbers may be an array of "
            f"shape ({shape[0]},) or ({shape[0]}, 1).",
            "Say 0 for one overlap over the column.",
            kind="class_axis",
            options=("axes",),
            fix="--axes 0",
        )
    also = next((name for name in ("pool", "channels") if name in params), "")
    if also:
        raise UsageProblem(
            f"--axes says which axes are added up, and --{also} says it too.",
            "Leave out one of them.",
            kind="contradiction",
            options=("axes", also),
        )
    named = [int(each) for each in str(params["axes"]).split(",")]
    listed = {each % len(shape) for each in named if -len(shape) <= each < len(shape)}
    kept = [each for each in range(1, len(shape)) if each not in listed]
    if len(listed) != len(named) or len(kept) > 1:
        raise UsageProblem(
            f"--axes {params['axes']} does not add up images of shape {show_shape(shape)}.",
            "It names the axes of an image, all of them or all but that of the channels; 0 adds images up too.",
            kind="class_axis",
            options=("axes",),
        )
    pool = "batch" if 0 in listed else "image"
    with_pool = {**params, "pool": pool, "channels": "each" if kept else "together"}
    return with_pool, replace(said, class_axis=kept[0]) if kept else said
