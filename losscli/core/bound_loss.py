"""A bound loss: a loss with everything decided, ready to map blocks of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from .activation import Activation
from .conventions import Preset
from .declaration import NONNEGATIVE, Loss
from .elements import Counting, as_kernels_see, element_rows
from .errors import BadValue, UsageProblem, not_one_of
from .exact import row_sums
from .inputs import Form, Kind, Shape
from .layout import Layout
from .record import record, replace
from .reduction import DENOMINATORS, REDUCTIONS, Reduction
from .rows import Blocks, Rows
from .scratch import Array, like
from .value_hints import hinted

_BLOCK = 1 << 18  # elements: few enough for the cache, and enough that what a block costs beside them weighs little
_WIDE = 64  # rows so wide add little working memory of their own, and their blocks may be larger

# forms of labels that go with a whole row
BY_ROW = ("index", "distribution", "class_scores", "class", "pair", "sequence")

PRECISIONS = ("double", "single")  # the first is the default


@record
class BoundLoss:
    """A loss with everything decided. `rows` maps a block; `value` finishes a state."""

    loss: Loss
    params: Mapping[str, Any]
    kind: Kind
    form: Form | None
    pred_shape: Shape
    whole: Mapping[str, Any]
    reduction: Reduction
    precision: str = "double"
    preset: Preset | None = None
    activation: Activation | None = None
    layout: Layout = Layout()
    counting: Counting = Counting()

    @property
    def classes(self) -> int:
        """The number of classes: of columns of the predictions, or along their class axis; 1 for a 1-D array."""
        axis = -1 if self.layout.class_axis is None else self.layout.class_axis
        last = self.pred_shape[axis] if len(self.pred_shape) > 1 else 1
        assert last is not None
        return last

    @property
    def width(self) -> int:
        """The number of elements in a row of predictions."""
        return math.prod(side or 1 for side in self.pred_shape[1:])

    @property
    def block_rows(self) -> int:
        """Rows in a block: a function of the row's width alone, so that no other setting moves a bit."""
        usual = _BLOCK if self.width < _WIDE else 2 * _BLOCK
        return max(1, (self.loss.block_elements or usual) // self.width)

    @property
    def needs_preparation(self) -> bool:
        given = {**self.params, **self.whole}
        return self.loss.prepare_function is not None and self.loss.prepare_when(given)

    @property
    def one_row(self) -> bool:
        """Whether the whole array is one row, whose elements come as rows."""
        return self.loss.flat_is_one_row and len(self.pred_shape) == 1

    @property
    def pooled(self) -> bool:
        return self.loss.finish_function is not None and (self.one_row or self.loss.finish_when(self.params))

    @property
    def nonnegative(self) -> bool:
        """Whether no term is below zero: conventions of frameworks may break what the loss promises."""
        plain = all(self.params[p.name] == p.default for p in self.loss.params if p.knob)
        return NONNEGATIVE in self.loss.facts and plain and (self.preset is None or self.preset.call.kernel is None)

    def one_sign(self, terms: Sequence[Array]) -> bool | Sequence[bool]:
        """Whether no weighted term is negative, all told or of each; see `State.of`."""
        return self.nonnegative or all(bool(t.min() >= 0) for t in terms)

    def reduced(self, name: str | None, denominator: str | None) -> BoundLoss:
        """The same with this reduction; None takes the loss's own."""
        allowed = self.loss.reductions
        if self.pooled and self.loss.finish_of == "means":
            allowed = ("mean",)
        elif self.pooled and allowed[0] != "sum":
            allowed = ("pooled",)
        elif self.pooled or self.one_row:
            allowed = ("sum",)
        if name is not None and name not in allowed:
            known = "" if name in REDUCTIONS else f" There is no reduction {name}."
            raise not_one_of(f"reduction of {self.loss.name}", "reduction", allowed, name, known)
        chosen = name or allowed[0]
        if denominator is not None and chosen != "mean":
            raise UsageProblem(
                f"--denominator belongs to --reduction mean, not to {chosen}.", options=("denominator", "reduction")
            )
        if denominator is not None and denominator not in DENOMINATORS:
            raise not_one_of("denominator", "denominator", DENOMINATORS, denominator)
        width = (self.classes if self.layout.folds else self.width) if self.loss.item == "sum" else 1
        reduction = Reduction(chosen, (denominator or "weights") if chosen == "mean" else None, width)
        return replace(self, reduction=reduction)

    def following(self, preset: Preset, name: str | None, denominator: str | None, weighted: bool) -> BoundLoss:
        """The same as a framework computes it: its floats, and its reduction where none is given."""
        framework, call = preset.framework, preset.call
        takes = framework.weights if call.weights is None else call.weights
        if weighted and not takes and denominator is None and name in (None, "mean"):
            raise UsageProblem(
                f"{call.text} takes no weight a row, so there is no value of it to report.",
                "Leave the weights out, or say with --denominator what to divide by.",
                kind="not_in_convention",
                options=("like", "denominator"),
                fix="--denominator",
            )
        activation = Activation(call.squash) if call.squash and self.kind.name == "logits" else None
        bound = replace(self, preset=preset, activation=activation).reduced(name or call.reduction, denominator)
        if bound.reduction.name == "mean" and denominator is None:
            usual = call.denominator or framework.denominator
            if usual == "count" and bound.counting.leaves_out and not weighted:
                usual = "weights"  # they count the elements that are not left out
            elif usual == "count" and bound.layout.folds and not weighted and bound.params.get("class_weights") is None:
                usual = "weights"
            bound = bound.reduced("mean", usual)
        return bound

    def at(self, precision: str) -> BoundLoss:
        """The same at this precision: single computes float32 predictions in float32. Sums are always double."""
        if precision not in PRECISIONS:
            raise not_one_of("precision", "precision", PRECISIONS, precision)
        if precision == "single" and not self.loss.single:
            raise UsageProblem(
                f"{self.loss.name} is computed in double precision only.",
                "Leave out --precision.",
                kind="bad_option",
                options=("precision",),
            )
        return replace(self, precision=precision)

    @property
    def _form_name(self) -> str:
        return self.form.name if self.form else "none"

    @property
    def elements(self) -> dict[str, Any]:
        """What decides the value beside the parameters, of rows with several elements; empty for plain rows."""
        said: dict[str, Any] = {}
        if self.layout.class_axis is not None:
            said["class_axis"] = self.layout.class_axis
        if self.counting.ignore_label is not None:
            said["ignore_label"] = self.counting.ignore_label
        if self.counting.mask:
            said["masked"] = True
        if self.counting.weight:
            said["weighted_elements"] = True
        return said

    def omitting_nan_labels(self) -> BoundLoss:
        """The same where labels that are NaN leave out elements, if a row has several of them."""
        if self.form is None or self.form.name == "sequence" or self.layout.element_shape(self.pred_shape)[1:] == ():
            return self
        if self.loss.prepare_function is not None or not self.of_elements:
            return self
        return replace(self, counting=replace(self.counting, nan_labels=True))

    @property
    def of_elements(self) -> bool:
        """Whether elements of a row have losses of their own, so that single ones can be left out."""
        return (
            self.layout.folds or self.loss.blank_is_nothing or (self.form is not None and self.form.name not in BY_ROW)
        )

    def prepared(self, blocks: Callable[[], Blocks]) -> BoundLoss:
        """The same with the roles that a first pass over the data supplies, if this loss needs one here."""
        if not self.needs_preparation:
            return self
        assert self.loss.prepare_function is not None
        shown = blocks()
        if not self.layout.plain or self.counting.of_elements:
            shown = filter(
                None, (as_kernels_see(self.layout, self.counting, self._form_name, self.kind.name, b) for b in shown)
            )
        checked = ({**block, **self._checked(block)} for block in shown)
        supplied = self.loss.prepare_function(checked, **self.params)
        whole = {**self.whole, **supplied}
        return replace(self, whole=whole)

    def _checked(self, block: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._checked_arrays(block)
        except BadValue as bad:
            raise hinted(
                bad, block, kind=self.kind.name, kinds=self.loss.pred, form=self._context("form", {}),
                classes=self.classes, ignorable="ignore_index" in self.params,
            ) from None  # fmt: skip

    def _checked_arrays(self, block: Mapping[str, Any]) -> dict[str, Any]:
        pred = np.asarray(block["pred"])
        rounds = self.preset is not None and self.preset.inputs == "float32"
        single = rounds or (self.precision == "single" and pred.dtype in (np.float32, np.float16))
        dtype = np.dtype(np.float32 if single else np.float64)
        pred = self._as_floats(pred, "pred", dtype)
        pred = self.kind.check(pred)
        checked: dict[str, Any] = {"pred": pred}
        if self.form is not None:
            label = self.form.check(block["label"], self.classes, self.params.get("ignore_index"))
            if self.form.seen is not None:
                checked["seen"] = self.form.seen(block["label"], label)
            is_float = isinstance(label, np.ndarray) and label.dtype.kind == "f"
            if is_float and self.preset is not None:
                label = self.preset.as_stored(label)
            checked["label"] = self._as_floats(label, "label", dtype) if is_float else label
        return checked

    def _as_floats(self, values: Array, role: str, dtype: np.dtype[Any]) -> Array:
        """The values in the dtype that the kernel computes in; one that knows float64 alone gets them rounded."""
        rounded = _floats(values, f"{role} floats", dtype)
        return rounded if self.loss.single else _floats(rounded, f"{role} doubles", np.dtype(np.float64))

    def rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of a block's rows. Arrays in it may be scratch: use them before the next call."""
        if self.layout.plain and not self.counting.of_elements:
            return self._row_losses(block)
        return element_rows(
            self.layout,
            self.counting,
            self._form_name,
            self.kind.name,
            block,
            self._row_losses,
            self._element_losses,
            blank=self.loss.blank_is_nothing,
            divide=self.reduction.name != "sum" and (self.layout.folds or self.loss.item == "mean"),
            by_row=self.reduction.name == "none",
        )

    def _element_losses(self, block: Mapping[str, Any]) -> Rows:
        """The kernel's own terms of a block whose arrays stand as it takes them, as floats of the framework."""
        rows = self._kernel_rows(block)
        return self._as_items(rows, self.preset) if self.preset is not None else rows

    def _row_losses(self, block: Mapping[str, Any]) -> Rows:
        rows = self._kernel_rows(block)
        if not all(t.ndim == 1 and t.dtype == np.float64 for t in rows.terms):
            double = np.dtype(np.float64)
            terms = (_floats(self._collapse(term), f"term {i}", double) for i, term in enumerate(rows.terms))
            rows = Rows(tuple(terms), rows.mass, rows.ignored, rows.seen)
        return self._as_items(rows, self.preset) if self.preset is not None else rows

    def _kernel_rows(self, block: Mapping[str, Any]) -> Rows:
        """What the kernel makes of a block."""
        checked = self._checked(block)
        arguments: dict[str, Any] = {**self.params}
        for role in self.loss.roles:
            if role.name in self.whole:
                arguments[role.name] = self.whole[role.name]
            elif role.name in block:
                arguments[role.name] = block[role.name]
        for name in self.loss.context:
            arguments[name] = self._context(name, block)
        pred, label = checked["pred"], checked.get("label")
        if self.activation is not None:
            pred = self.activation(pred)
        kernel = self.loss.kernel
        if self.preset is not None and self.preset.call.kernel is not None:
            kernel = self.preset.call.kernel
        losses = kernel(pred, label, **arguments)
        rows = losses if isinstance(losses, Rows) else Rows(losses if isinstance(losses, tuple) else (losses,))
        rows.seen = checked.get("seen", ())
        return rows

    def _as_items(self, rows: Rows, preset: Preset) -> Rows:
        """The terms as the framework's floats, times the call's factor."""
        terms = rows.terms
        if preset.call.factor != 1.0:
            terms = tuple(term * preset.call.factor for term in terms)
        return Rows(tuple(map(preset.as_items, terms)), rows.mass, rows.ignored, rows.seen)

    def _context(self, name: str, block: Mapping[str, Any]) -> Any:
        if name == "start":
            return block.get("start", 0)
        if name == "input":
            return self.kind.name if self.activation is None else self.activation.kind
        if name == "dtype":
            return np.dtype(self.preset.inputs if self.preset is not None else np.float64)
        if name == "form":
            return self._form_name
        if name == "reduction":
            return self.reduction.name
        raise TypeError(f"{self.loss.name}: unknown context {name!r}")

    def _collapse(self, term: Array) -> Array:
        """A row of elements as one term: their mean, or their sum under a sum."""
        if term.ndim == 1:
            return term
        flat = term.reshape(len(term), -1)
        summed = row_sums(flat)
        of_means = self.preset is not None and self.preset.framework.sums_means
        if self.loss.item == "mean" and self.reduction.name != "sum":
            summed /= flat.shape[1]
        elif self.loss.item == "mean" and of_means:
            summed /= term.shape[-1]  # the means are over the last axis
        return summed

    def finish(self) -> Callable[[Sequence[float]], float] | None:
        """The function from means to the value; None is the identity of the one mean."""
        if not self.pooled:
            return None
        assert self.loss.finish_function is not None
        parameters = signature(self.loss.finish_function).parameters
        context = {"dtype": self._context("dtype", {})} if "dtype" in parameters else {}
        return partial(self.loss.finish_function, **self.params, **context)


def _floats(values: Array, slot: str, dtype: np.dtype[Any]) -> Array:
    """The values in this dtype, whatever the file holds: a ufunc fed float32 alone would compute in float32."""
    if values.dtype == dtype:
        return values
    converted = like(slot, values, dtype)
    np.copyto(converted, values)
    return converted.view(type(values))  # hard labels stay marked
