"""How the arrays of a row lie beside each other: which axis holds the classes, and what has a loss of its own.

The first axis counts rows. A loss of classes sees its predictions as (elements, classes) whatever their axes are; a
loss of values sees arrays of one shape. Which reading holds follows from the shapes alone, before any kernel runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DataProblem, UsageProblem
from ..record import field, record
from ..scratch import Array
from .inputs import FORMS, Form, Shape, match_form, show_shape

WHOLE_ROWS = ("class", "number", "pair", "bounds", "sequence")  # forms of labels of which a row has one
CLASSES = ("index", "distribution", "class_scores")  # forms of labels beside an axis of classes


@record
class Layout:
    """Where classes and elements lie in the arrays of a row.

    `class_axis` counts from the rows, 0; it is None where predictions have at most two axes or no classes. `folds` says
    that a kernel is shown the elements as its rows. `squeezed` names roles whose one channel is dropped, and its axis.
    """

    class_axis: int | None = None
    folds: bool = False
    squeezed: Mapping[str, int] = field(default_factory=dict)
    masks: bool = False  # whether kernels are shown images as (n, classes, pixels), the classes being masks
    ragged: bool = False  # whether rows differ in length, so that predictions and labels come as Ragged
    shift: int = 0  # so many positions behind a prediction stands its label, along the first axis of the elements

    @property
    def plain(self) -> bool:
        """Whether kernels see arrays as they come."""
        return self.class_axis is None and not (self.squeezed or self.masks or self.shift or self.ragged)

    @property
    def of_entries(self) -> Layout:
        """The layout of the entries of ragged rows, which are rows of arrays then."""
        axis = None if self.class_axis is None else self.class_axis - 1
        return Layout(axis if self.folds else None, self.folds)

    @property
    def position_axis(self) -> int:
        """The axis of the predictions that counts positions, which a shift goes along."""
        return 2 if self.class_axis == 1 and self.folds else 1

    def shifted(self, block: Mapping[str, Any], form: str) -> dict[str, Any]:
        """A block whose predictions stand beside the labels that are `shift` positions further on."""
        arrays = dict(block)
        axis = self.position_axis
        arrays["pred"] = _sliced(np.asarray(block["pred"]), axis, slice(None, -self.shift))
        for role in ("label", "mask", "weight"):
            if role in block and (role == "label" or block[role].ndim > 1):
                of_classes = role == "label" and form in CLASSES and form != "index"
                later = slice(self.shift, None)
                arrays[role] = _sliced(np.asarray(block[role]), axis if of_classes else 1, later)
        return arrays

    def without_channel(self, role: str, shape: Shape) -> Shape:
        """A shape of the role without the one channel that it may have."""
        axis = self.squeezed.get(role)
        return shape if axis is None else without(shape, axis)

    def element_shape(self, pred: Shape) -> Shape:
        """The shape of what has a loss of its own, rows first; `pred` is that of the predictions as they come."""
        pred = self.without_channel("pred", pred)
        pixels = self.folds or self.masks
        return pred if self.class_axis is None or not pixels else without(pred, self.class_axis)

    def squeezed_array(self, role: str, values: Array) -> Array:
        """Predictions or labels without the one channel that they may have."""
        return values.squeeze(self.squeezed[role]) if role in self.squeezed else values

    def arranged(self, role: str, values: Array, form: str) -> Array:
        """Predictions or labels as kernels see them: the classes last, and elements as rows where the loss folds.

        `values` are without a channel to be dropped.
        """
        if self.class_axis is None:
            return values
        if self.folds and role == "label" and form == "index":
            return values.reshape(-1)
        if role == "pred" and self.folds and self.class_axis == 1 and values.ndim == 3 and len(values) == 1:
            return np.asarray(values[0].T)  # a view, in which the values of a class lie together
        values = np.moveaxis(values, self.class_axis, -1)
        return values.reshape(-1, values.shape[-1]) if self.folds else np.ascontiguousarray(values)


def layout_of(
    loss: str,
    forms: Sequence[str],
    pred: Shape,
    label: Shape | None,
    said: int | None,
    usual: int | None,
    along: str = "",
) -> tuple[Form | None, Layout]:
    """The form of the labels and the layout, from the shapes and from what was said of the class axis.

    Args:
        loss: the name of the loss, for sentences.
        forms: the forms of labels that it takes, in its order; empty where it takes none.
        pred: the shape of the predictions, rows first.
        label: the shape of the labels; None where there are none.
        said: the axis of the classes as it was said, which may count from the end.
        usual: the axis that a framework takes; None where no framework was named.
        along: what lies along an axis of predictions and labels of one shape that a loss of no classes takes together.

    Raises:
        UsageProblem: where the shapes can be read in two ways, or the axis that was said is none.
        DataProblem: where the shapes do not fit each other.
    """
    axis = _axis_said(said, pred)
    usual = None if usual is None else usual % len(pred) if len(pred) > 2 else None
    if label is None or len(pred) <= 2:
        return (match_form(tuple(forms), pred, label) if label is not None else None), Layout()
    whole_rows = next((name for name in forms if name in WHOLE_ROWS and FORMS[name].fits(pred, label)), None)
    if whole_rows is not None:
        return FORMS[whole_rows], Layout()
    if "index" in forms and len(label) == len(pred) - 1:
        fitting = [each for each in range(1, len(pred)) if without(pred, each)[1:] == label[1:]]
        if "binary" in forms:  # one channel is no axis of classes, but that of a mask
            fitting = [each for each in fitting if pred[each] != 1]
        if axis is not None and without(pred, axis)[1:] == label[1:]:
            fitting = [axis]
        elif axis is not None or (usual is not None and fitting and usual not in fitting):
            raise _misfit(loss, forms, pred, label, f"axis {axis if axis is not None else usual} holds the classes")
        elif usual in fitting:
            fitting = [usual]
        if len(fitting) > 1:
            raise _several_readings(pred, label, fitting)
        if fitting:
            return FORMS["index"], Layout(fitting[0], True)
    if pred[1:] == label[1:]:
        return _same_shape(loss, forms, pred, label, axis, usual, along)
    for role, longer, shorter in (("pred", pred, label), ("label", label, pred)):
        if (channel := _one_channel(longer, shorter, forms, role)) is not None:
            rest = without(longer, channel)
            shapes = (rest, label) if role == "pred" else (pred, rest)
            if role == "pred" and axis is not None:
                continue
            form, layout = layout_of(loss, forms, *shapes, said, usual, along)
            return form, Layout(layout.class_axis, layout.folds, {role: channel})
    raise _misfit(loss, forms, pred, label)


def _same_shape(
    loss: str, forms: Sequence[str], pred: Shape, label: Shape, axis: int | None, usual: int | None, along: str
) -> tuple[Form, Layout]:
    first = next((name for name in forms if FORMS[name].fits(pred, label)), None)
    if first is None:
        raise _misfit(loss, forms, pred, label)
    if first not in CLASSES and not along:
        return FORMS[first], Layout(axis)
    axis = usual if axis is None else axis
    if axis is None and None in pred[1:] and len(pred) == 3:
        axis = 2  # the other one has no length of its own, so that it holds no classes
    if axis is None:
        raise UsageProblem(
            f"Predictions and labels have the shape {show_shape(pred)}: any of the axes 1 to {len(pred) - 1} may hold "
            f"the {along or 'classes'} of {loss}.",
            f"Say it with --class-axis 1, or --class-axis -1 where the {along or 'classes'} come last.",
            kind="class_axis",
            options=("class-axis",),
            fix="--class-axis 1",
        )
    return FORMS[first], Layout(axis, True)


def _axis_said(said: int | None, pred: Shape) -> int | None:
    if said is None:
        return None
    if not (1 <= said < len(pred) or -len(pred) < said <= -1) or len(pred) < 2:
        raise UsageProblem(
            f"There is no class axis {said} in predictions of shape {show_shape(pred)}.",
            f"Their axes count from 0, the rows; classes stand in one of 1 to {len(pred) - 1}."
            if len(pred) > 1
            else "Leave out --class-axis.",
            kind="class_axis",
            options=("class-axis",),
        )
    return said % len(pred)


def without(shape: Shape, axis: int) -> Shape:
    """The shape without an axis."""
    return (*shape[:axis], *shape[axis + 1 :])


def _sliced(values: Array, axis: int, window: slice) -> Array:
    return values[(*[slice(None)] * axis, window)]


def _one_channel(longer: Shape, shorter: Shape, forms: Sequence[str], role: str) -> int | None:
    """The axis of one channel that the longer shape has more than the shorter one, or than class numbers would."""
    beside = role == "label" and "index" in forms and len(longer) == len(shorter)
    fitting = [without(shorter, each)[1:] for each in (1, len(shorter) - 1)] if beside else []
    for axis in dict.fromkeys((1, len(longer) - 1)):
        if len(longer) < 2 or longer[axis] != 1:
            continue
        rest = without(longer, axis)
        if rest == (longer[0], *shorter[1:]) or rest[1:] in fitting:
            return axis
    return None


def _several_readings(pred: Shape, label: Shape, axes: Sequence[int]) -> UsageProblem:
    listed = " or ".join(f"axis {axis} ({pred[axis]} classes)" for axis in axes)
    return UsageProblem(
        f"Predictions of shape {show_shape(pred)} and labels of shape {show_shape(label)} fit in {len(axes)} ways: the "
        f"classes may stand along {listed}.",
        f"Say which with --class-axis {axes[0]} or --class-axis {axes[1]}.",
        kind="class_axis",
        options=("class-axis",),
        fix=f"--class-axis {axes[0]}",
    )


def _misfit(loss: str, forms: Sequence[str], pred: Shape, label: Shape, reading: str = "") -> DataProblem:
    taken = "; or ".join(FORMS[name].help for name in forms)
    where = f", if {reading}" if reading else ""
    ways = ""
    if any(name in CLASSES for name in forms):
        ways = " --class-axis N says which axis of the predictions holds the classes."
    return DataProblem(
        f"Labels of shape {show_shape(label)} do not fit predictions of shape {show_shape(pred)}{where}.",
        f"This loss takes {taken}.{ways}",
        kind="bad_shape",
    )


def fit_to_elements(shape: Shape, elements: Shape) -> tuple[int, ...] | None:
    """How an array of a weight or a mask is reshaped so that it goes along the elements of a row; None if it does not.

    It has the shape of the elements, or their leading axes (a weight for all that lies behind), or one channel more.
    """
    inner, target = tuple(shape[1:]), tuple(elements[1:])
    if not inner and not target:
        return ()
    if inner == target[: len(inner)]:
        return tuple(side or 1 for side in inner) + (1,) * (len(target) - len(inner))
    without_channel = [inner[:i] + inner[i + 1 :] for i in (0, len(inner) - 1) if inner[i] == 1]
    return tuple(side or 1 for side in target) if target in without_channel else None


def goes_along_rows(shape: Shape) -> bool:
    """Whether a mask of this shape has one entry a row."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def count_of(shape: Shape) -> int:
    """The elements of a row of this shape."""
    return math.prod(side or 1 for side in shape[1:])
