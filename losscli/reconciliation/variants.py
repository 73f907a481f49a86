"""Variants: every way of computing a loss that someone may have used, simplest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.arrays.activation import ACTIVATIONS, Activation
from ..core.arrays.inputs import Shape
from ..core.binding.binding import bind
from ..core.binding.bound_loss import BoundLoss
from ..core.declarations.conventions import Call, preset
from ..core.declarations.framework_axes import refuse_unproved
from ..core.errors import DataProblem
from ..core.loss import Loss
from ..core.record import field, record, replace
from ..core.scratch import Array

Arrays = Mapping[str, Any]


@record
class Variant:
    """One way to make rows' losses. `cost` counts its departures from a framework's own call or the neutral loss."""

    like: str = ""  # a framework, or "" for the neutral loss
    call: Call | None = None
    kind: str = ""
    turned_from: str = ""  # the kind that the predictions have, where they are turned into the call's
    squash: Activation | None = None
    label: str = ""  # a key of LABELS
    swapped: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    cost: int = 0

    def knobs(self) -> dict[str, Any]:
        """What the predictions are, and what was changed beside the call."""
        knobs: dict[str, Any] = {"input": self.turned_from or self.kind}
        if self.turned_from:
            knobs["pred"] = f"{TURNS[self.turned_from, self.kind][0]} of {self.turned_from}"
        if self.squash is not None:
            knobs["squash"] = self.squash.function
        if self.label:
            knobs["labels"] = self.label
        if self.swapped:
            knobs["swapped"] = True
        return {**knobs, **self.params}

    def bound(self, loss: Loss, data: Arrays, whole: Arrays, given: Mapping[str, Any]) -> BoundLoss:
        """The loss bound to arrays by this variant; raises what binding raises."""
        shapes: dict[str, Shape] = {role: array.shape for role, array in data.items()}
        base: dict[str, Any] = {}
        if self.call is not None:
            base = {**self.call.when, **self.call.knobs}
        like = self.like if self.call is not None else None
        bound = bind(loss, shapes, input=self.kind, whole=whole, channels_of=like, **{**base, **given, **self.params})
        if self.call is not None:
            form = bound.form.name if bound.form is not None else ""
            if self.call.form not in ("", form):
                raise DataProblem(f"{self.call.text} takes other labels.")
            dtypes = {role: str(array.dtype) for role, array in data.items() if hasattr(array, "dtype")}
            chosen = preset(self.like, self.call, dtypes)
            refuse_unproved(self.like, chosen, loss, form, bound.kind.name, shapes["pred"], {})
            bound = bound.following(chosen, None, None, False)
        return bound if self.squash is None else replace(bound, activation=self.squash)

    def arranged(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The arrays with labels in another encoding, or exchanged with the predictions.

        An encoding that changes nothing is a DataProblem: it would be another variant in disguise.
        """
        arrays = dict(data)
        if self.turned_from:
            arrays["pred"] = TURNS[self.turned_from, self.kind][1](data["pred"])
        if self.label:
            label = LABELS[self.label](arrays["label"], arrays["pred"])
            if label.shape == arrays["label"].shape and (label == arrays["label"]).all():
                raise DataProblem("These labels are in that encoding already.")
            arrays["label"] = label
        if self.swapped:
            arrays["pred"], arrays["label"] = arrays["label"], arrays["pred"]
        return arrays


def _onehot(label: Array, pred: Array) -> Array:
    encoded = np.zeros(pred.shape)
    encoded[np.arange(len(label)), label.astype(np.int64)] = 1.0
    return encoded


LABELS: dict[str, Callable[[Array, Array], Array]] = {
    "2y - 1": lambda label, pred: 2.0 * label - 1.0,
    "(y + 1) / 2": lambda label, pred: (label + 1.0) / 2.0,
    "1 - y": lambda label, pred: 1.0 - label,
    "-y": lambda label, pred: -1.0 * label,
    "y - 1": lambda label, pred: label - 1,
    "y > 0": lambda label, pred: (label > 0).astype(np.float64),
    "one-hot": _onehot,
    "class of one-hot": lambda label, pred: label.argmax(axis=-1),
}


def _log(pred: Array) -> Array:
    if pred.size and (pred.min() < 0 or pred.max() > 1 + 1e-6):
        raise DataProblem("These are no probabilities.")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(pred))


def _log_softmax(pred: Array) -> Array:
    if pred.ndim < 2 or pred.shape[-1] < 2:
        raise DataProblem("A softmax takes one column a class.")
    high = pred - pred.max(axis=-1, keepdims=True)
    return np.asarray(high - np.log(np.exp(high).sum(axis=-1, keepdims=True)))


def _exp(pred: Array) -> Array:
    if pred.size and pred.max() > 1e-6:
        raise DataProblem("These are no log-probabilities.")
    return np.asarray(np.exp(pred))


# (what predictions are, what a call takes): how one is made of the other
TURNS: dict[tuple[str, str], tuple[str, Callable[[Array], Array]]] = {
    ("probs", "logprobs"): ("log", _log),
    ("logits", "logprobs"): ("log-softmax", _log_softmax),
    ("logprobs", "probs"): ("exp", _exp),
}


def _turned(loss: Loss, like: str, each: Call) -> list[Variant]:
    """The call on predictions of another kind that the loss takes, which its user has to turn into the call's."""
    kinds = [source for source, target in TURNS if target == each.input and source in loss.pred]
    return [Variant(like, each, each.input, turned_from=source) for source in kinds]


def bases(loss: Loss, declared: str | None) -> list[Variant]:
    """The neutral loss and each framework's calls, for each kind of predictions; those declared otherwise cost one."""
    variants = [Variant(kind=kind) for kind in loss.pred]
    for like, calls in loss.like.items():
        for each in calls:
            variants += [Variant(like, each, kind) for kind in ([each.input] if each.input else loss.pred)]
            variants += _turned(loss, like, each)
    return [
        replace(variant, cost=int(declared not in (None, variant.turned_from or variant.kind))) for variant in variants
    ]


Change = tuple[str, Any]  # (what, value)


def changes(loss: Loss, variant: Variant, given: Mapping[str, Any], labelled: bool) -> list[Change]:
    """Single departures from a variant: an activation, another encoding of the labels, another value of a parameter."""
    single_changes: list[Change] = []
    if "probs" in loss.pred and "logits" in loss.pred and variant.kind in ("logits", "probs"):
        single_changes += [("squash", function) for function in ACTIVATIONS]
    if labelled:
        single_changes += [("label", name) for name in LABELS]
        single_changes.append(("swapped", True))
    own = {} if variant.call is None else {**variant.call.when, **variant.call.knobs}
    for param in loss.params:
        if param.name in given:
            continue
        values = param.usual or getattr(param.domain, "values", ())
        now = own.get(param.name, param.default)
        single_changes += [(param.name, value) for value in values if value != now]
    return single_changes


def changed(variant: Variant, parts: tuple[Change, ...]) -> Variant:
    """The variant with these departures."""
    for what, value in parts:
        if what == "squash":
            variant = replace(variant, squash=Activation(value, variant.kind))
        elif what == "label":
            variant = replace(variant, label=value)
        elif what == "swapped":
            variant = replace(variant, swapped=True)
        else:
            variant = replace(variant, params={**variant.params, what: value})
    return replace(variant, cost=variant.cost + len(parts))
