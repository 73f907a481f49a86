"""A bound loss: a loss with everything decided, ready to map blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from ..arrays.bounds import in_unit, mark
from ..arrays.elements import as_kernels_see, element_rows
from ..arrays.layout import Layout
from ..declarations.conventions import Preset
from ..errors import BadValue
from ..record import record, replace
from ..scratch import Array, as_dtype, columns_together, widened_beside
from ..sums.exact import row_sums
from ..sums.rows import Blocks, Rows
from .decided_loss import BY_ROW, PRECISIONS, WIDEST_BLOCK, DecidedLoss

__all__ = ["BY_ROW", "PRECISIONS", "BoundLoss"]


@record
class BoundLoss(DecidedLoss):
    """A loss with everything decided, that maps blocks: `rows` maps a block, `finish` makes the value of the sums."""

    def prepared(self, blocks: Callable[[], Blocks]) -> BoundLoss:
        """The same with the roles that a first pass over the data supplies, if this loss needs one here."""
        if not self.needs_preparation:
            return self
        if self.parts is not None:
            return replace(self, parts=self.parts.prepared(blocks))
        assert self.loss.prepare_function is not None
        checked = filter(None, map(self._checked_block, blocks()))
        contexts = {name: self._context(name, {}) for name in self.loss.prepare_context}
        supplied = self.loss.prepare_function(checked, **self.params, **contexts)
        whole = {**self.whole, **supplied}
        return replace(self, whole=whole, dependence=self.loss.prepare_dependence)

    def check_values(self, block: Mapping[str, Any]) -> None:
        """Refuse predictions and labels that count and contradict their kind or form."""
        self._of_what_counts(block, self._check_values)

    def _check_values(self, block: Mapping[str, Any]) -> None:
        self.kind.check(block["pred"])
        if self.form is not None:
            self.form.check(block["label"], self.classes, self.params.get("ignore_index"))

    def _checked_block(self, block: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A block as the kernel takes it, its values checked; None where nothing of it counts."""
        checked: dict[str, Any] | None = self._of_what_counts(block, lambda shown: {**shown, **self._checked(shown)})
        return checked

    def _of_what_counts(self, block: Mapping[str, Any], make: Callable[[Mapping[str, Any]], Any]) -> Any:
        """What is made of a block whose arrays stand as the kernel takes them; None where nothing of it counts."""
        if self.layout.plain and not self.counting.of_elements:
            return make(block)
        if self.counting.rows:
            from ..arrays.counted_rows import of_rows_that_count

            return of_rows_that_count(self.counting, block, make)
        shown = self._as_its_kernel_sees(block)
        return None if shown is None else make(shown)

    def _as_its_kernel_sees(self, block: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A block whose arrays stand as the kernel takes them; None where nothing of it counts."""
        if self.layout.masks:
            from ..arrays.masks import arrays_of_masks

            return arrays_of_masks(self.layout, self.counting, self.form_name, block)
        blank = self.loss.blank_is_nothing
        return as_kernels_see(self.layout, self.counting, self.form_name, self.kind.name, block, blank)

    def _checked(self, block: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._checked_arrays(block)
        except BadValue as bad:
            from ..arrays.value_hints import hinted

            raise hinted(
                bad, block, kind=self.kind.name, kinds=self.loss.pred, form=self._context("form", {}),
                classes=self.classes, ignorable="ignore_index" in self.params,
            ) from None  # fmt: skip

    def _checked_arrays(self, block: Mapping[str, Any]) -> dict[str, Any]:
        pred = np.asarray(block["pred"])
        rounds = self.preset is not None and self.preset.inputs == "float32"
        single = rounds or (self.precision == "single" and pred.dtype in (np.float32, np.float16))
        dtype = np.dtype(np.float32 if single else np.float64)
        by_kernel = self.loss.errors_alone and self.preset is None and not single
        floats = by_kernel and widened_beside(pred, block.get("label"))
        pred = self.kind.check(pred if floats else self._as_floats(pred, "pred", dtype))
        if columns_together(pred) and not self._takes_columns_together:
            pred = np.ascontiguousarray(pred)
        checked: dict[str, Any] = {"pred": pred}
        if self.undeclared and pred.size:
            checked["seen"] = [mark("pred", in_unit(pred))]
        if self.form is not None:
            label = self.form.check(block["label"], self.classes, self.params.get("ignore_index"))
            if self.form.seen is not None:
                checked["seen"] = [*checked.get("seen", ()), *self.form.seen(block["label"], label)]
            is_float = isinstance(label, np.ndarray) and label.dtype.kind == "f"
            if is_float and self.preset is not None:
                label = self.preset.as_stored(label)
            checked["label"] = self._as_floats(label, "label", dtype) if is_float else label
        return checked

    @property
    def _takes_columns_together(self) -> bool:
        """Whether the kernel takes predictions whose columns, not rows, lie together: as it is, of class numbers."""
        plain = self.preset is None or self.preset.call.kernel is None
        return self.loss.columns_together and plain and self.activation is None and self.form_name == "index"

    def _as_floats(self, values: Array, role: str, dtype: np.dtype[Any]) -> Array:
        """The values in the dtype that the kernel computes in; one that knows float64 alone gets them rounded."""
        rounded = as_dtype(values, f"{role} floats", dtype)
        return rounded if self.loss.single else as_dtype(rounded, f"{role} doubles", np.dtype(np.float64))

    def rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of a block's rows. Arrays in it may be scratch: use them before the next call."""
        if self.parts is not None:
            made: Rows = self.parts.rows(block)
            return made
        if self.outputs is None:
            rows = self._rows(block)
            if self.loss.finish_function is None or rows.ignored < len(rows.terms[0]):
                return rows
            from ..arrays.counted_rows import with_all_terms  # of a block of which nothing counts

            return with_all_terms(rows, self.layout, self.form_name, self.kind.name, block, self.element_losses)
        from ..arrays.outputs import rows_with_outputs  # few runs have outputs

        of_elements = (self.layout, self.counting, self.form_name, self.kind.name)
        return rows_with_outputs(self.outputs, self._rows(block), *of_elements, block, self.element_losses)

    def _rows(self, block: Mapping[str, Any]) -> Rows:
        if self.adds_lists:
            from ..arrays.list_sums import added_lists  # few losses take them

            return self.row_losses(added_lists(self.loss, self.kind, block))
        if self.layout.plain and not self.counting.of_elements:
            return self.row_losses(block)
        if self.counting.rows:
            from ..arrays.counted_rows import terms_of_all, without_mask

            return terms_of_all(self.counting, block, replace(self, counting=without_mask(self.counting))._rows)
        if self.layout.ragged:
            return self._ragged_rows(block)
        if self.layout.masks:
            return self._mask_rows(block)
        divide = not self._sums_all and (self.layout.folds or self.loss.item == "mean")
        by_row = self.reduction.name == "none"
        if self.layout.folds and self.width > WIDEST_BLOCK:  # a row fills more than a block
            from ..arrays.pieces import flat_rows, rows_in_pieces

            flat = flat_rows(self.layout, self.counting, self.form_name, block)
            if flat is not None:
                sums = partial(self._sums_of_rows, divide=False, by_row=False)
                return rows_in_pieces(self.layout, self.form_name, block, flat, sums, divide=divide, by_row=by_row)
        return self._sums_of_rows(self.layout, block, divide=divide, by_row=by_row)

    def _sums_of_rows(self, layout: Layout, block: Mapping[str, Any], *, divide: bool, by_row: bool) -> Rows:
        """The terms of rows from those of their elements, which lie so in the block."""
        return element_rows(
            layout, self.counting, self.form_name, self.kind.name, block, self.row_losses, self.element_losses,
            blank=self.loss.blank_is_nothing, divide=divide, by_row=by_row,
        )  # fmt: skip

    def _mask_rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of images whose classes have a loss each."""
        from ..arrays.masks import rows_of_masks  # few runs have masks of classes

        return rows_of_masks(self.layout, self.counting, self.form_name, block, self.row_losses)

    def _ragged_rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of rows that differ in length."""
        from ..arrays.ragged_rows import ragged_rows, rows_one_by_one

        if self.loss.blank_is_nothing:
            return rows_one_by_one(self.layout, self.counting, self.kind.name, block, self.row_losses)
        by_row = self.reduction.name == "none" or self.reduction.denominator in ("count", "nonzero")
        losses = self.row_losses if self.layout.folds else self.element_losses
        return ragged_rows(self.layout, self.counting, self.form_name, self.kind.name, block, losses, by_row=by_row)

    def element_losses(self, block: Mapping[str, Any]) -> Rows:
        """The kernel's own terms of a block whose arrays stand as it takes them, as floats of the framework."""
        rows = self._kernel_rows(block)
        return self._as_items(rows, self.preset) if self.preset is not None else rows

    def row_losses(self, block: Mapping[str, Any]) -> Rows:
        """A loss for each row that a kernel is shown, as it takes them: of a loss that folds, for each element."""
        rows = self._kernel_rows(block)
        if not all(t.ndim == 1 and t.dtype == np.float64 for t in rows.terms):
            double = np.dtype(np.float64)
            terms = (as_dtype(self._collapse(term), f"term {i}", double) for i, term in enumerate(rows.terms))
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
            return self.form_name
        if name == "reduction":
            return self.reduction.name
        if name == "counted":
            return block.get("counted")
        if name == "classes":
            return self._classes_that_count
        raise TypeError(f"{self.loss.name}: unknown context {name!r}")

    @property
    def _classes_that_count(self) -> tuple[int, ...] | None:
        """The classes whose masks count, where a kernel is shown images as (n, classes, pixels)."""
        if not self.layout.masks:
            return None
        return self.counting.classes if self.counting.classes is not None else tuple(range(self.classes))

    def _collapse(self, term: Array) -> Array:
        """A row of elements as one term: their mean, or their sum under a sum."""
        if term.ndim == 1:
            return term
        flat = term.reshape(len(term), -1)
        summed = row_sums(flat)
        if self.reduction.denominator == "rows":
            return summed
        if self.preset is not None and self.preset.framework.means_classes and self.form_name == "index":
            return summed / flat.shape[1]
        of_means = self.preset is not None and self.preset.framework.sums_means
        if self.loss.item == "mean" and self.reduction.name != "sum":
            summed /= flat.shape[1]
        elif self.loss.item == "mean" and of_means:
            summed /= term.shape[-1]  # the means are over the last axis
        elif self.loss.item == "mean" and not self._sums_all and term.ndim > 2 and not self.layout.folds:
            summed /= flat.shape[1] / term.shape[1 if self.layout.class_axis is None else -1]
        return summed

    def finish(self) -> Callable[[Sequence[float]], float] | None:
        """The function from means to the value; None is the identity of the one mean."""
        finish = self.finish_of_terms()
        return finish if self.outputs is None else partial(self.outputs.of_all, finish)

    def finish_of_terms(self) -> Callable[[Sequence[float]], float] | None:
        """The function from the means of the loss's own terms, of the whole or of an output, to their value."""
        if self.parts is not None:
            of_sum: Callable[[Sequence[float]], float] | None = self.parts.finish()
            return of_sum
        if not self.pooled:
            return None
        assert self.loss.finish_function is not None
        parameters = signature(self.loss.finish_function).parameters
        context = {name: self._context(name, {}) for name in ("dtype", "classes") if name in parameters}
        whole = {role.name: self.whole.get(role.name) for role in self.loss.roles if role.name in parameters}
        return partial(self.loss.finish_function, **self.params, **context, **whole)

    def one_sign(self, terms: Sequence[Array]) -> bool | Sequence[bool]:
        """Whether no weighted term is negative, all told or of each; those of the whole are told as if alone."""
        if self.outputs is None:
            return super().one_sign(terms)
        k = self.outputs.width_of(len(terms))
        whole = super().one_sign(terms[:k])
        signs = [whole] * k if isinstance(whole, bool) else list(whole)
        return signs + [bool(term.min(initial=0.0) >= 0) for term in terms[k:]]
