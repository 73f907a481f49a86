"""What is decided of a loss when it is bound: its data, reductions, conventions, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from ..arrays.activation import Activation
from ..arrays.elements import Counting
from ..arrays.inputs import Form, Kind, Shape
from ..arrays.layout import Layout
from ..declarations.conventions import Preset
from ..declarations.declaration import NONNEGATIVE, Dependence, Loss
from ..errors import UsageProblem, not_one_of
from ..record import record, replace
from ..scratch import Array
from ..sums.reduction import DENOMINATORS, REDUCTIONS, Reduction

if TYPE_CHECKING:
    from ..arrays.outputs import Outputs
    from ..sums.reducers import Reducer

_BLOCK = 1 << 18  # elements: few enough for the cache, and enough that what a block costs beside them weighs little
WIDEST_BLOCK = 2 * _BLOCK
_WIDE = 64  # rows so wide add little working memory of their own, and their blocks may be larger
_USUAL_LENGTH = 256  # of rows that differ in length, for the size of blocks alone
# forms of labels that go with a whole row
BY_ROW = ("index", "distribution", "class_scores", "class", "number", "pair", "bounds", "sequence")

PRECISIONS = ("double", "single")  # the first is the default
IMPORTANCE, FREQUENCY = "importance", "frequency"
WEIGHTS_ARE = (IMPORTANCE, FREQUENCY)  # how much a row counts, or how many equal rows it stands for


@record
class DecidedLoss:
    """A loss with its parameters, kind, form, shape, convention, reduction and precision decided."""

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
    outputs: Outputs | None = None
    by_count: bool = False  # whether a framework's mean divides by the count of rows because nothing else was said
    dependence: Dependence | None = None  # of the rows on each other, once the data have supplied a role
    weights_are: str = IMPORTANCE
    parts: Any = None  # the bound losses of a weighted sum: a sums_of_losses.SumParts
    named_batches: bool = False  # whether a column says which batch a row is of
    undeclared: bool = False  # whether predictions are logits only because nothing says what they are
    usual_kind: bool = False  # whether nothing says of which kind they are

    @property
    def classes(self) -> int:
        """The number of classes: of columns of the predictions, or along their class axis; 1 for a 1-D array."""
        axis = -1 if self.layout.class_axis is None else self.layout.class_axis
        last = self.pred_shape[axis] if len(self.pred_shape) > 1 else 1
        return 1 if last is None else last  # rows that differ in length hold no classes there

    @property
    def width(self) -> int:
        """The number of elements in a row of predictions."""
        return math.prod(_USUAL_LENGTH if side is None else side or 1 for side in self.pred_shape[1:])

    @property
    def block_rows(self) -> int:
        """Rows in a block: a function of the row's width and of batches alone, so that no other setting moves a bit."""
        if self.parts is None and not self.batched:
            return self.usual_rows
        from .block_rows import rows_of_blocks  # few losses are sums, or over batches

        return rows_of_blocks(self)

    @property
    def usual_rows(self) -> int:
        """Rows in a block where the row's width alone decides it."""
        return max(1, (self.loss.block_elements or (_BLOCK if self.width < _WIDE else WIDEST_BLOCK)) // self.width)

    @property
    def batched(self) -> bool:
        """Whether the loss of a row is one of its whole batch, so that batches are independent, not rows."""
        return self.loss.batched if self.parts is None else any(bound.batched for bound in self.parts.bounds)

    @property
    def batch_size(self) -> int | None:
        return self.params.get("batch_size") if self.loss.batched else None

    @property
    def needs_preparation(self) -> bool:
        if self.parts is not None or self.loss.prepare_function is None:
            return self.parts is not None and any(bound.needs_preparation for bound in self.parts.bounds)
        return self.loss.prepare_when({"input": self.kind.name, **self.params, **self.whole})

    @property
    def dependent(self) -> Dependence | None:
        """Why rows give no standard error: they depend on each other, or are no means; None where they do."""
        if self.parts is not None:
            return next((bound.dependent for bound in self.parts.bounds if bound.dependent is not None), None)
        if self.reduces:
            return self.loss.reducers_dependence
        return self.dependence or (self.loss.prepare_dependence if self.needs_preparation else None)

    def reducers(self, terms: int) -> dict[int, Reducer]:
        """Which of so many terms are reduced otherwise than to a mean; mostly none."""
        made = self.loss.reducers_function
        return {} if made is None else made(terms, **self.params)

    @property
    def adds_lists(self) -> bool:
        """Whether each row is a list of entries, of which the kernel is given the sum and the count."""
        return self.loss.adds_lists and self.form is None and len(self.pred_shape) == 2

    @property
    def reduces(self) -> bool:
        """Whether the value is no function of means."""
        return self.loss.reduces(self.params)

    @property
    def one_row(self) -> bool:
        """Whether the whole array is one row, whose elements come as rows."""
        return self.loss.flat_is_one_row and len(self.pred_shape) == 1

    @property
    def counts_repeats(self) -> bool:
        """Whether the weight of a row is the number of equal rows that it stands for."""
        return self.weights_are == FREQUENCY

    @property
    def pooled(self) -> bool:
        """Whether the value is a function of the terms' sums."""
        if self.parts is not None:
            return not self.parts.one_term
        return self.loss.finish_function is not None and (self.one_row or self.loss.finish_when(self.params))

    @property
    def nonnegative(self) -> bool:
        """Whether no term is below zero: conventions of frameworks may break what the loss promises."""
        if self.parts is not None:
            return bool(self.parts.nonnegative)
        plain = all(self.params[p.name] == p.default for p in self.loss.params if p.knob)
        return NONNEGATIVE in self.loss.facts and plain and (self.preset is None or self.preset.call.kernel is None)

    def one_sign(self, terms: Sequence[Array]) -> bool | Sequence[bool]:
        """Whether no weighted term is negative, all told or of each; see `State.of`."""
        return self.nonnegative or all(bool(t.min() >= 0) for t in terms)

    def reduced(self, name: str | None, denominator: str | None) -> Self:
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
        if self.outputs is not None and chosen not in ("mean", "pooled"):
            option = "macro-columns" if self.outputs.macro else "per-output"
            raise UsageProblem(
                f"--{option} takes the mean of each column or class, and --reduction {chosen} takes none.",
                f"Leave out --{option}, or --reduction.",
                kind="contradiction",
                options=(option, "reduction"),
            )
        if denominator is not None and chosen not in ("mean", "pooled"):
            raise UsageProblem(
                f"--denominator belongs to --reduction mean, not to {chosen}.", options=("denominator", "reduction")
            )
        if denominator is not None and denominator not in DENOMINATORS:
            raise not_one_of("denominator", "denominator", DENOMINATORS, denominator)
        width = (self.classes if self.layout.folds else self.width) if self.loss.item == "sum" else 1
        if denominator == "rows" and not (self.layout.folds or self.layout.ragged) and self.loss.item == "sum":
            denominator = "count"  # a row's loss is the sum over its elements anyway
        if self.layout.ragged and denominator == "elements":
            raise UsageProblem(
                "Rows that differ in length have no number of elements in common, as --denominator elements needs.",
                "Leave it out: the mean is over the elements that count.",
                options=("denominator",),
            )
        reduction = Reduction(chosen, (denominator or "weights") if chosen == "mean" else None, width)
        return replace(self, reduction=reduction)

    def following(self, preset: Preset, name: str | None, denominator: str | None, weighted: bool) -> Self:
        """The same as a framework computes it: its floats, and its reduction where none is given."""
        framework, call, by_row = preset.framework, preset.call, self.loss.class_masks or self.loss.whole_rows
        takes = framework.weights if call.weights is None else call.weights
        if weighted and not takes and denominator is None and name in (None, "mean"):
            raise UsageProblem(
                f"{call.text} takes no weight a row, so there is no value of it to report.",
                "Leave the weights out, or say with --denominator what to divide by.",
                kind="not_in_convention",
                options=("like", "denominator"),
                fix="--denominator",
            )
        if framework.sums_pixels and name == "sum" and len(self.pred_shape) <= 2 and not by_row:
            raise UsageProblem(
                f"The sum of {call.text} is the mean, where predictions have no axes behind that of the channels.",
                "Type --reduction mean for its number, or leave out --like for a sum.",
                kind="not_in_convention",
                options=("reduction", "like"),
                fix="--reduction mean",
            )
        activation = Activation(call.squash) if call.squash and self.kind.name == "logits" else None
        bound = replace(self, preset=preset, activation=activation).reduced(name or call.reduction, denominator)
        if bound.reduction.name == "mean" and denominator is None:
            usual = call.denominator or framework.denominator
            if usual == "count" and bound.counting.leaves_out and not weighted:
                usual = "weights"  # they count the elements that are not left out
            elif usual == "count" and bound.layout.folds and not weighted and bound.params.get("class_weights") is None:
                usual = "weights"
            by_count = usual == "count" and not weighted and bound.of_elements
            bound = replace(bound.reduced("mean", usual), by_count=by_count)
        return bound

    def at(self, precision: str) -> Self:
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
        parts = None if self.parts is None else self.parts.each(lambda bound: bound.at(precision))
        return replace(self, precision=precision, parts=parts)

    @property
    def _sums_all(self) -> bool:
        """Whether a row counts with the sum over its elements; MONAI's sum adds means over pixels."""
        pixels = self.preset is not None and self.preset.framework.sums_pixels and len(self.pred_shape) > 2
        return self.reduction.denominator == "rows" or (self.reduction.name == "sum" and not pixels)

    @property
    def form_name(self) -> str:
        return self.form.name if self.form else "none"

    @property
    def elements(self) -> dict[str, Any]:
        """What decides the value beside the parameters, of rows with several elements; empty for plain rows."""
        from .described_elements import described  # asked for by reports alone

        return described(self.layout, self.counting, self.outputs)

    def omitting_nan_labels(self) -> Self:
        """The same where labels that are NaN leave out elements, if a row has several of them."""
        if self.parts is not None:
            return self._with_parts(lambda bound: bound.omitting_nan_labels())
        if self.form is None or self.form.name == "sequence" or self.layout.element_shape(self.pred_shape)[1:] == ():
            return self
        if self.loss.prepare_function is not None or not self.of_elements:
            return self
        return self._over_what_counts(nan_labels=True)

    def omitting_gaps(self) -> Self:
        """The same where cells without a value leave out elements, if a row has several of them."""
        if self.parts is not None:
            return self._with_parts(lambda bound: bound.omitting_gaps())
        single = self.form is None or self.layout.element_shape(self.pred_shape)[1:] == ()
        whole = single or self.loss.prepare_function is not None or not self.of_elements
        return self if whole else self._over_what_counts(gaps=True)

    def _with_parts(self, change: Callable[[Any], Any]) -> Self:
        """A sum of losses with each of them changed, which must then leave out the same elements."""
        parts = self.parts.each(change)
        first = parts.bounds[0]
        if any((each.counting, each.layout) != (first.counting, first.layout) for each in parts.bounds):
            raise UsageProblem(
                "Of cells without a value, one loss of this sum leaves out the cell, and another the whole row.",
                "Compute the losses one by one.",
                kind="sum_of_losses",
                options=("missing", "nan"),
            )
        return replace(self, parts=parts, counting=first.counting)

    def _over_what_counts(self, **leaves_out: bool) -> Self:
        """The same where elements are left out; a framework's mean over all elements is then one over those left."""
        bound = replace(self, counting=replace(self.counting, **leaves_out))
        return replace(bound, reduction=replace(bound.reduction, denominator="weights")) if self.by_count else bound

    @property
    def of_elements(self) -> bool:
        """Whether elements of a row have losses of their own, so that single ones can be left out."""
        if self.reduces:
            return False
        if self.layout.folds or self.loss.blank_is_nothing:
            return True
        return self.form is not None and self.form.name not in BY_ROW and not self.loss.whole_rows
