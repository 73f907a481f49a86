"""A loss, declared once: `@loss` on its kernel. Everything else about it follows from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .errors import DataProblem, UsageProblem
from .inputs import FORMS, KINDS, Form, Kind, Shape, match_form, show_shape
from .param import Param, Role, declared
from .reduction import DENOMINATORS, REDUCTIONS, Reduction
from .scratch import Array
from .suggest import nearest

# Facts a loss may declare; each is a law that the tests hold it to.
NONNEGATIVE = "nonnegative"  # no term of any row is below zero
ZERO_AT_PERFECT = "zero at perfect"  # predictions that say the label exactly cost nothing
SYMMETRIC = "symmetric"  # exchanging predictions and labels changes nothing
SHIFT_INVARIANT = "shift invariant"  # adding a constant to a row of logits changes nothing

Kernel = Callable[..., Any]
Value = Callable[..., float]
Supply = Callable[..., dict[str, Any]]
When = Callable[[Mapping[str, Any]], bool]
Blocks = Iterator[Mapping[str, Any]]


@dataclass(frozen=True)
class Paper:
    """Where a loss comes from."""

    title: str
    link: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.link})" if self.link else self.title


@dataclass(frozen=True)
class Rows:
    """What a kernel returns when a plain array does not say enough.

    `terms` are (n,) arrays; `mass` is what each row counts for in the sum of weights (1 by default; class weights
    change it); `ignored` counts rows that are left out, whose terms and mass must be 0.
    """

    terms: tuple[Array, ...]
    mass: Array | None = None
    ignored: int = 0


@dataclass(frozen=True)
class Case:
    """Hand-computed example: arguments, and the value as a number or an expression such as '0.25 * ln 2'."""

    arguments: Mapping[str, Any]
    expect: str | float | Sequence[float]


@dataclass
class Loss:
    """A declared loss. Call it on arrays to get its rows; `bind` it to run it over blocks."""

    name: str
    kernel: Kernel
    pred: tuple[str, ...]
    label: tuple[str, ...] | Callable[[Mapping[str, Any]], tuple[str, ...]]
    formula_text: str
    source: Paper
    aliases: tuple[str, ...] = ()
    family: str = ""
    unit: str = ""
    best: float | None = 0.0
    facts: frozenset[str] = frozenset()
    item: str = "mean"  # how a row of elements becomes one term: mean or sum
    reductions: tuple[str, ...] = ("mean", "sum", "none")
    flat_is_one_row: bool = False  # a 1-D array is one row (a mask, a distribution), not n
    block_elements: int = 1 << 16  # elements of predictions in a block
    pred_dims: tuple[int, ...] = ()  # allowed dimensions of predictions, rows included; () allows all
    calls: Mapping[str, str] = field(default_factory=dict)  # what frameworks call it
    errata: str = ""  # what common summaries get wrong about it
    example: str = ""  # the files of an example command
    params: tuple[Param, ...] = ()
    roles: tuple[Role, ...] = ()
    context: tuple[str, ...] = ()
    cases: list[Case] = field(default_factory=list)
    formula_function: Callable[..., Any] | None = None
    finish_function: Value | None = None
    finish_when: When = lambda params: True
    prepare_function: Supply | None = None
    prepare_when: When = lambda params: True

    def __post_init__(self) -> None:
        self.params, self.roles, self.context = declared(self.kernel)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<loss {self.name}>"

    @property
    def summary(self) -> str:
        return self.doc.split("\n", 1)[0]

    @property
    def doc(self) -> str:
        lines = (self.kernel.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)

    # -- declaration ------------------------------------------------------------------------------------

    def formula(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: the paper's formula for one row, over scalars; `m` is math or mpmath."""
        self.formula_function = function
        return function

    def finish(self, when: When = lambda params: True) -> Callable[[Value], Value]:
        """Decorator: the value as a smooth function of the terms' sums, for the parameters that `when` accepts."""

        def keep(function: Value) -> Value:
            self.finish_function, self.finish_when = function, when
            return function

        return keep

    def prepare(self, when: When = lambda params: True) -> Callable[[Supply], Supply]:
        """Decorator: a pass over all blocks that supplies roles not given (`when` sees parameters and roles)."""

        def keep(function: Supply) -> Supply:
            self.prepare_function, self.prepare_when = function, when
            return function

        return keep

    def case(self, *, expect: str | float | Sequence[float], **arguments: Any) -> None:
        """A hand-computed example, run by the tests: the mean (or the rows, if `expect` is a sequence)."""
        self.cases.append(Case(arguments, expect))

    # -- use --------------------------------------------------------------------------------------------

    def resolve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters with their values, defaults filled in and each one checked."""
        known = {param.name: param for param in self.params}
        for name in given:
            if name not in known:
                raise self._no_parameter(name, known)
        return {
            name: param.check(given[name]) if name in given else param.default
            for name, param in known.items()
        }

    def _no_parameter(self, name: str, known: Iterable[str]) -> UsageProblem:
        choices = [*known, *(role.name for role in self.roles if not role.internal)]
        hint = nearest(name, choices)
        if not hint:
            hint = f"It has: {', '.join(choices)}." if choices else "It has no parameters."
        return UsageProblem(f"{self.name} has no parameter {name!r}.", hint)

    def bind(
        self,
        shapes: Mapping[str, Shape],
        *,
        input: str | None = None,
        reduction: str | None = None,
        denominator: str | None = None,
        whole: Mapping[str, Array] | None = None,
        **params: Any,
    ) -> BoundLoss:
        """The loss with everything decided: parameters, kind of input, form of labels, reduction.

        `shapes` are those of the roles that have rows (pred, label, weight, ...), rows first; `whole` holds the
        roles that are read whole.
        """
        resolved = self.resolve(params)
        kind = self._kind(input)
        self._check_roles(shapes, whole or {}, kind)
        pred = shapes["pred"]
        if self.pred_dims and len(pred) not in self.pred_dims:
            wanted = " or ".join(f"{d}-D" for d in self.pred_dims)
            raise DataProblem(
                f"{self.name} takes {wanted} predictions, got shape {show_shape(pred)}.",
                "Name several columns with --pred 'p_*'." if len(pred) == 1 else "",
            )
        form = self._form(resolved, pred, shapes.get("label"))
        bound = BoundLoss(self, resolved, kind, form, pred, dict(whole or {}), Reduction())
        return bound.reduced(reduction, denominator)

    def _kind(self, name: str | None) -> Kind:
        if name is not None and name not in self.pred:
            raise UsageProblem(f"input of {self.name} must be one of {', '.join(self.pred)}, got {name}.")
        return KINDS[name or self.pred[0]]

    def _form(self, params: Mapping[str, Any], pred: Shape, label: Shape | None) -> Form | None:
        names = self.label(params) if callable(self.label) else self.label
        if label is None:
            if names and "none" not in names:
                raise UsageProblem(f"{self.name} needs labels.", "Give a second file, or --label COLUMN.")
            return None
        names = tuple(name for name in names if name != "none")
        if not names:
            raise UsageProblem(f"{self.name} takes no labels with these options.")
        return match_form(names, pred, label)

    def _check_roles(self, shapes: Mapping[str, Shape], whole: Mapping[str, Array], kind: Kind) -> None:
        known = {role.name for role in self.roles if not role.internal}
        for name in [*shapes, *whole]:
            if name not in known and name not in ("pred", "label", "weight"):
                raise self._no_parameter(name, [p.name for p in self.params])
        for role in self.roles:
            if role.required and role.name not in shapes and role.name not in whole:
                option = role.name.replace("_", "-")
                raise UsageProblem(f"{self.name} needs --{option} SPEC: {role.help}.")

    def __call__(self, pred: Any, label: Any = None, **arguments: Any) -> Array:
        """The loss of each row, as an (n,) array (a tuple of arrays where the value is a function of several)."""
        given = {"pred": pred, "label": label}
        for role in self.roles:
            given[role.name] = arguments.pop(role.name, None)
        arrays = {name: np.asarray(value) for name, value in given.items() if value is not None}
        whole = {r.name: arrays.pop(r.name) for r in self.roles if not r.rows and r.name in arrays}
        options = {k: arguments.pop(k) for k in ("input",) if k in arguments}
        bound = self.bind({k: v.shape for k, v in arrays.items()}, whole=whole, **options, **arguments)
        bound = bound.prepared(lambda: iter([arrays]))
        found = bound.rows(arrays)
        terms = tuple(map(np.array, found.terms))
        return terms[0] if len(terms) == 1 else terms  # type: ignore[return-value]


@dataclass(frozen=True)
class BoundLoss:
    """A loss with everything decided. `rows` maps a block; `value` finishes a state."""

    loss: Loss
    params: Mapping[str, Any]
    kind: Kind
    form: Form | None
    pred_shape: Shape
    whole: Mapping[str, Any]
    reduction: Reduction

    @property
    def classes(self) -> int:
        """The number of columns of the predictions (of the last axis); 1 for a 1-D array."""
        last = self.pred_shape[-1] if len(self.pred_shape) > 1 else 1
        assert last is not None
        return last

    @property
    def width(self) -> int:
        """The number of elements in a row of predictions."""
        width = 1
        for side in self.pred_shape[1:]:
            width *= side or 1
        return width

    @property
    def block_rows(self) -> int:
        """Rows in a block: a function of the row's width alone, so that no other setting moves a bit."""
        return max(1, self.loss.block_elements // self.width)

    @property
    def needs_preparation(self) -> bool:
        given = {**self.params, **self.whole}
        return self.loss.prepare_function is not None and self.loss.prepare_when(given)

    def seen(self, block: Mapping[str, Any]) -> list[str]:
        """What a run must know of all labels together; see `Form.seen`."""
        return self.form.seen(block["label"]) if self.form is not None and self.form.seen else []

    @property
    def one_row(self) -> bool:
        """Whether the whole array is one row, whose elements come as rows."""
        return self.loss.flat_is_one_row and len(self.pred_shape) == 1

    @property
    def pooled(self) -> bool:
        return self.loss.finish_function is not None and (self.one_row or self.loss.finish_when(self.params))

    @property
    def nonnegative(self) -> bool:
        return NONNEGATIVE in self.loss.facts

    def reduced(self, name: str | None, denominator: str | None) -> BoundLoss:
        """The same with this reduction; None takes the loss's own."""
        allowed = self.loss.reductions
        if self.pooled and allowed[0] != "sum":
            allowed = ("pooled",)
        elif self.one_row:
            allowed = ("sum",)
        if name is not None and name not in allowed:
            known = "" if name in REDUCTIONS else f" There is no reduction {name}."
            raise UsageProblem(
                f"reduction of {self.loss.name} must be one of {', '.join(allowed)}, got {name}.{known}"
            )
        chosen = name or allowed[0]
        if denominator is not None and chosen != "mean":
            raise UsageProblem(f"--denominator belongs to --reduction mean, not to {chosen}.")
        if denominator is not None and denominator not in DENOMINATORS:
            raise UsageProblem(f"denominator must be one of {', '.join(DENOMINATORS)}, got {denominator}.")
        reduction = Reduction(chosen, (denominator or "weights") if chosen == "mean" else None)
        return BoundLoss(self.loss, self.params, self.kind, self.form, self.pred_shape, self.whole, reduction)

    def prepared(self, blocks: Callable[[], Blocks]) -> BoundLoss:
        """The same with the roles that a first pass over the data supplies, if this loss needs one here."""
        if not self.needs_preparation:
            return self
        assert self.loss.prepare_function is not None
        checked = ({**block, **self._checked(block)} for block in blocks())
        supplied = self.loss.prepare_function(checked, **self.params)
        whole = {**self.whole, **supplied}
        return BoundLoss(self.loss, self.params, self.kind, self.form, self.pred_shape, whole, self.reduction)

    def _checked(self, block: Mapping[str, Any]) -> dict[str, Any]:
        pred = np.asarray(block["pred"])
        if pred.dtype != np.float64:
            pred = pred.astype(np.float64)
        self.kind.check(pred)
        found = {"pred": pred}
        if self.form is not None:
            found["label"] = self.form.check(block["label"], self.classes, self.params.get("ignore_index"))
        return found

    def rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of a block's rows. Arrays in it may be scratch: use them before the next call."""
        checked = self._checked(block)
        extra: dict[str, Any] = {}
        for role in self.loss.roles:
            if role.name in self.whole:
                extra[role.name] = self.whole[role.name]
            elif role.name in block:
                extra[role.name] = block[role.name]
        for name in self.loss.context:
            extra[name] = self._context(name, block)
        arguments = [checked["pred"]] if self.form is None else [checked["pred"], checked["label"]]
        if self.form is None:
            arguments.append(None)
        found = self.loss.kernel(*arguments, **extra, **self.params)
        if not isinstance(found, Rows):
            found = Rows(found if isinstance(found, tuple) else (found,))
        if all(t.ndim == 1 for t in found.terms):
            return found
        return Rows(tuple(map(self._collapse, found.terms)), found.mass, found.ignored)

    def _context(self, name: str, block: Mapping[str, Any]) -> Any:
        if name == "start":
            return block.get("start", 0)
        if name == "input":
            return self.kind.name
        if name == "form":
            return self.form.name if self.form else "none"
        raise TypeError(f"{self.loss.name}: unknown context {name!r}")

    def _collapse(self, term: Array) -> Array:
        """A row of elements as one term: their mean, or their sum under a sum."""
        if term.ndim == 1:
            return term
        flat = term.reshape(len(term), -1)
        if flat.shape[1] <= 8:  # few columns: add them one after the other, each pass contiguous
            summed = flat[:, 0].copy()
            for column in range(1, flat.shape[1]):
                summed += flat[:, column]
        else:
            summed = np.add.reduce(flat, axis=1)
        if self.loss.item == "mean" and self.reduction.name != "sum":
            summed /= flat.shape[1]
        return summed

    def finish(self) -> Callable[[Sequence[float]], float] | None:
        """The function from means to the value; None is the identity of the one mean."""
        if not self.pooled:
            return None
        assert self.loss.finish_function is not None
        return partial(self.loss.finish_function, **self.params)


def loss(name: str, **declaration: Any) -> Callable[[Kernel], Loss]:
    """Declare a loss: `@loss("mse", pred=("values",), label=("values",), ...)` above its kernel.

    The kernel is `kernel(pred, label, *, parameters)`: pure NumPy, row-wise, it never reduces over rows. It returns
    one (n,) term, several as a tuple, an array shaped like the predictions (a row's term is its mean or sum), or Rows.
    """

    def declare(kernel: Kernel) -> Loss:
        given = dict(declaration)
        given["formula_text"] = given.pop("formula")
        given["facts"] = frozenset(given.get("facts", ()))
        made = Loss(name=name, kernel=kernel, **given)
        for kind in made.pred:
            if kind not in KINDS:
                raise TypeError(f"{name}: unknown input kind {kind!r}")
        if not callable(made.label):
            for form in made.label:
                if form not in FORMS and form != "none":
                    raise TypeError(f"{name}: unknown label form {form!r}")
        return made

    return declare
