"""Binding: a declared loss and the shapes of its data become a `BoundLoss`, in which everything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..arrays.bounds import all_inside
from ..arrays.inputs import KINDS, Form, Kind, Shape
from ..arrays.layout import CLASSES, Layout, layout_of
from ..declarations.conventions import Call, framework_of, preset
from ..declarations.declaration import Loss
from ..errors import DataProblem, UsageProblem, not_one_of
from ..record import replace
from ..scratch import Array
from ..sums.reduction import Reduction
from .bound_loss import BoundLoss
from .element_binding import (
    SaidOfAxes,
    SaidOfColumns,
    along_classes,
    axis_of_lists,
    check_last_axis,
    check_lists,
    counting_of,
    layout_of_elements,
    ragged_layout,
    refuse_rows_of_roles,
    shifted_layout,
    single_values,
    wrong_dims,
)


def bind(
    loss: Loss,
    shapes: Mapping[str, Shape],
    /,
    *,
    input: str | None = None,
    reduction: str | None = None,
    denominator: str | None = None,
    whole: Mapping[str, Array] | None = None,
    like: str | None = None,
    dtypes: Mapping[str, str] | None = None,
    precision: str = "double",
    class_axis: int | None = None,
    ignore_label: float | None = None,
    shift: int | None = None,
    stacked: bool = False,
    channels_of: str | None = None,
    column_weights: tuple[float, ...] | None = None,
    count_classes: tuple[int, ...] | None = None,
    macro_columns: bool = False,
    per_output: bool = False,
    **params: Any,
) -> BoundLoss:
    """The loss with everything decided: parameters, kind of input, form of labels, convention, reduction, precision.

    Args:
        loss: the declared loss.
        shapes: those of the roles that have rows (pred, label, weight, ...), rows first; None where they are unknown.
        input: the kind of predictions; None takes the loss's first.
        reduction: mean, sum, none or pooled; None takes the convention's, else the loss's own.
        denominator: what a mean divides by; None takes the convention's, else the sum of the weights.
        whole: the arrays of the roles that are read whole.
        like: a framework whose call is taken where neither arguments nor parameters say otherwise.
        dtypes: the dtypes of the roles, for a framework whose floats follow them.
        precision: double, or single for float32 predictions computed in float32.
        class_axis: the axis of the predictions that holds the classes, rows being 0; it may count from the end.
        ignore_label: elements with this label are left out.
        shift: so many positions behind a prediction stands its label.
        stacked: whether each row is a file of its own, such as an image.
        channels_of: a framework that says which axis holds the channels of masks, where `like` is None.
        column_weights: the weights of the columns of a row.
        count_classes: the classes, or columns, that count alone.
        macro_columns: whether the value is the mean of the columns' values.
        per_output: whether the sums of each column or class are wanted beside those of the whole.
        params: the loss's parameters, by name.

    Raises:
        UsageProblem: for what the loss does not have, or a value outside its domain.
        DataProblem: for shapes that do not fit the loss or each other.
    """
    if loss.parts:
        from ..sums_of_losses.parts import bind_sum

        loss.resolve(params)  # it has none
        given = {
            "input": input, "reduction": reduction, "denominator": denominator, "whole": whole, "like": like,
            "precision": precision, "class_axis": class_axis, "ignore_label": ignore_label, "shift": shift,
            "column_weights": column_weights, "count_classes": count_classes, "macro_columns": macro_columns,
            "per_output": per_output,
        }  # fmt: skip
        return bind_sum(bind, loss, shapes, given)
    columns = SaidOfColumns(column_weights, count_classes or None, macro_columns, per_output)
    said = SaidOfAxes(class_axis, ignore_label, shift=shift or 0, stacked=stacked, columns=columns)
    if params.get("axes") is not None:
        from .mask_binding import summed_axes

        params, said = summed_axes(loss, params, shapes["pred"], said)
    if like is None:
        if channels_of and loss.class_masks:
            said = said.by(channels_of)
        bound = _neutral(loss, shapes, input, whole or {}, params, said).reduced(reduction, denominator)
    else:
        said = replace(said.by(like), lists_broadcast=framework_of(like).lists_broadcast)
        bound, call = _first_fitting(loss, shapes, like, input, whole or {}, params, said)
        check_last_axis(bound.params, bound.layout, shapes["pred"], like)
        chosen = preset(like, call, dtypes or {})
        from ..declarations.framework_axes import refuse_unproved

        refuse_unproved(like, chosen, loss, bound.form_name, bound.kind.name, shapes["pred"], params)
        bound = bound.following(chosen, reduction, denominator, "weight" in shapes)
    unsaid = input is None and like is None and bound.kind.name == "logits"
    return replace(bound.at(precision), undeclared=unsaid, usual_kind=input is None)


def row_losses(loss: Loss, pred: Any, label: Any = None, /, **arguments: Any) -> Array | tuple[Array, ...]:
    """The loss of each row of arrays, as a (n,) array; a tuple of arrays where the value is a function of several.

    `arguments` are the loss's parameters and extra roles, and the kind of `input`: predictions within [0, 1] of a loss
    that takes logits are refused without it, since they may be probabilities.
    """
    given = {"pred": pred, "label": label}
    for role in loss.roles:
        given[role.name] = arguments.pop(role.name, None)
    _refuse_indexes(given)
    block = {name: _plain_array(name, value) for name, value in given.items() if value is not None}
    whole = {role.name: block.pop(role.name) for role in loss.roles if not role.rows and role.name in block}
    bound = bind(loss, {name: array.shape for name, array in block.items()}, whole=whole, **arguments)
    bound = bound.prepared(lambda: iter([block]))
    if bound.parts is not None and not bound.parts.one_term:
        raise UsageProblem(
            "The rows of this sum have no losses of their own: they count differently for its losses.",
            "losscli.compute gives its value.",
            kind="sum_of_losses",
        )
    rows = bound.rows(block)
    if bound.undeclared and all_inside("pred", rows.seen):
        from ..undeclared import undeclared

        raise undeclared("predictions", "", loss.name, loss.pred, called=True)
    terms = tuple(map(np.array, rows.terms))
    return terms[0] if len(terms) == 1 else terms


_MORE = "losscli.compute takes such data, and reduction='none' gives the rows."


def _plain_array(name: str, given: Any) -> Array:
    """What was given as an array, if it is one without gaps."""
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise DataProblem(f"{name} has masked elements.", _MORE)
    try:
        array = np.asarray(given)
    except Exception as problem:  # each library has its own
        text = " ".join(str(problem).split())
        raise DataProblem(f"{name} cannot be read as an array: {text.rstrip('.')}.", _MORE) from None
    if array.dtype.kind not in "biufUS":
        raise DataProblem(f"{name} holds {array.dtype}, not numbers.", _MORE, kind="column_type")
    return array


def _refuse_indexes(given: Mapping[str, Any]) -> None:
    """Refuse Series whose rows would be paired against their indexes."""
    indexed = [(name, each.index) for name, each in given.items() if hasattr(each, "iloc")]
    for name, index in indexed[1:]:
        if not indexed[0][1].equals(index):
            raise DataProblem(f"{indexed[0][0]} and {name} have indexes that differ.", _MORE, kind="index_differs")


def _neutral(
    loss: Loss,
    shapes: Mapping[str, Shape],
    input: str | None,
    whole: Mapping[str, Array],
    params: Mapping[str, Any],
    said: SaidOfAxes,
) -> BoundLoss:
    """The loss with its parameters, kind and form decided, by no framework's convention."""
    resolved = single_values(loss, loss.resolve(params), said)
    kind = _kind_of(loss, input or (loss.pred_of_sequences if len(shapes["pred"]) > 2 else None) or None)
    _check_roles(loss, shapes, whole)
    pred = shapes["pred"]
    if along_classes(loss, resolved) and len(pred) > 2 and said.class_axis is None and not said.lists_broadcast:
        said = replace(said, class_axis=said.usual_axis)
    said = axis_of_lists(loss, resolved, pred, said)
    if loss.pred_dims and len(pred) < min(loss.pred_dims):
        raise wrong_dims(loss, pred)
    form, layout = _form_of(loss, resolved, pred, shapes.get("label"), said)
    if loss.class_masks:
        from .mask_binding import layout_of_masks

        layout = layout_of_masks(loss, layout, form, resolved, pred, said)
    listed = any(param.per for param in loss.params) or said.columns.anything
    if layout.class_axis is not None and not (layout.folds or layout.masks or listed):
        raise UsageProblem(
            f"{loss.name} has no axis of classes here.", "Leave out --class-axis.", options=("class-axis",)
        )
    layout = layout_of_elements(loss, layout, form, shapes, said)
    layout = ragged_layout(loss, layout, form, shapes)
    layout = shifted_layout(loss, layout, form, pred, said.shift)
    if layout.masks:
        from .mask_binding import counting_of_masks

        counting = counting_of_masks(loss, layout, shapes, said)
    else:
        counting = counting_of(loss, layout, form, shapes, said)
    dims = 2 if layout.folds else len(layout.without_channel("pred", pred))
    if loss.pred_dims and dims not in loss.pred_dims:
        raise wrong_dims(loss, pred)
    if layout.folds and len(pred) > 2:
        refuse_rows_of_roles(loss, shapes)
    check_lists(loss, resolved, layout, pred)
    outputs = None
    if said.columns.anything and not layout.masks:
        from .output_binding import columns_bound

        resolved, counting, outputs = columns_bound(loss, resolved, layout, form, counting, pred, said.columns)
    shape = layout.without_channel("pred", pred)
    return BoundLoss(
        loss, resolved, kind, form, shape, dict(whole), Reduction(), layout=layout, counting=counting, outputs=outputs,
        named_batches=loss.batched and "batch" in shapes,
    )  # fmt: skip


def _first_fitting(
    loss: Loss,
    shapes: Mapping[str, Shape],
    like: str,
    input: str | None,
    whole: Mapping[str, Array],
    params: Mapping[str, Any],
    said: SaidOfAxes,
) -> tuple[BoundLoss, Call]:
    """The first of a framework's calls that takes these shapes, and the loss with the parameters of that call."""
    loss.resolve(params)  # a wrong parameter before a wrong convention
    calls = loss.calls(like, input, params)
    problem: DataProblem | None = None
    for call in calls:
        try:
            settings = {**call.when, **call.knobs, **params}
            said = said if call.class_axis is None else replace(said, usual_axis=call.class_axis)
            bound = _neutral(loss, shapes, input or call.input or None, whole, settings, said)
        except DataProblem as raised:  # labels of another form: the next call may take them
            problem = problem or raised
            continue
        if call.form in ("", bound.form_name):
            return bound, call
    forms = ", ".join(dict.fromkeys(call.form for call in calls if call.form))
    raise problem or UsageProblem(
        f"{like} has no {loss.name} for labels of this shape; it takes {forms}.",
        kind="not_in_convention",
        options=("like",),
    )


def _kind_of(loss: Loss, name: str | None) -> Kind:
    if name is not None and name not in loss.pred:
        raise not_one_of(f"input of {loss.name}", "input", loss.pred, name)
    return KINDS[name or loss.pred[0]]


def _form_of(
    loss: Loss, params: Mapping[str, Any], pred: Shape, label: Shape | None, said: SaidOfAxes
) -> tuple[Form | None, Layout]:
    names = loss.label(params) if callable(loss.label) else loss.label
    if label is None:
        if names and "none" not in names:
            hint = "Give them as a second file or array, or name their column."
            raise UsageProblem(f"{loss.name} needs labels.", hint, kind="missing_labels", options=("label",))
        return layout_of(loss.name, (), pred, None, said.class_axis, None)
    names = tuple(name for name in names if name != "none")
    if not names:
        raise UsageProblem(f"{loss.name} takes no labels with these options.")
    takes_classes = bool(loss.along_axis) or any(name in CLASSES for name in names)
    takes_elements = takes_classes or not loss.pred_dims or max(loss.pred_dims) > 2
    usual = said.usual_axis if takes_elements else None
    along = loss.along_axis if loss.pred_dims or said.class_axis is not None else ""  # a kernel of all axes has its own
    return layout_of(loss.name, names, pred, label, said.class_axis, usual, along)


def _check_roles(loss: Loss, shapes: Mapping[str, Shape], whole: Mapping[str, Array]) -> None:
    known = {role.name for role in loss.roles if not role.internal or role.supplied}
    for name in [*shapes, *whole]:
        if name not in known and name not in ("pred", "label", "weight", "mask"):
            raise loss.unknown_argument(name)
    for role in loss.roles:
        if role.required and role.name not in shapes and role.name not in whole:
            text = f"{loss.name} needs --{(option := role.name.replace('_', '-'))} SPEC: {role.help}."
            raise UsageProblem(text, kind="missing_option", options=(option,), fix=f"--{option} SPEC")
