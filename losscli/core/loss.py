"""A loss, declared once: `@loss` on its kernel. Everything else about it follows from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from . import conventions
from .binding import NONNEGATIVE, Blocks, BoundLoss, Rows
from .conventions import Call, call
from .did_you_mean import nearest
from .errors import DataProblem, UsageProblem, not_one_of
from .inputs import FORMS, KINDS, Form, Kind, Shape, match_form, show_shape
from .param import Param, Role, declared
from .record import field, mutable, record
from .reduction import Reduction
from .scratch import Array

# Facts a loss may declare; each is a law that the tests hold it to.
ZERO_AT_PERFECT = "zero at perfect"  # predictions that say the label exactly cost nothing
SYMMETRIC = "symmetric"  # exchanging predictions and labels changes nothing
SHIFT_INVARIANT = "shift invariant"  # adding a constant to a row of logits changes nothing

Kernel = Callable[..., Any]
Value = Callable[..., float]
Supply = Callable[..., dict[str, Any]]
When = Callable[[Mapping[str, Any]], bool]

__all__ = [
    "NONNEGATIVE",
    "SHIFT_INVARIANT",
    "SYMMETRIC",
    "ZERO_AT_PERFECT",
    "Blocks",
    "BoundLoss",
    "Call",
    "Loss",
    "Paper",
    "Rows",
    "call",
    "loss",
]


@record
class Paper:
    """Where a loss comes from."""

    title: str
    link: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.link})" if self.link else self.title


@record
class Case:
    """Hand-computed example: arguments, and the value as a number or an expression such as '0.25 * ln 2'."""

    arguments: Mapping[str, Any]
    expect: str | float | Sequence[float]


@mutable
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
    single: bool = True  # whether float32 predictions may be computed in float32
    block_elements: int = 0  # elements of predictions in a block; 0: what suits the width of its rows
    pred_dims: tuple[int, ...] = ()  # allowed dimensions of predictions, rows included; () allows all
    like: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)  # presets: a framework's calls, best first
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # what libraries without a preset call it
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
        self.like = {key: found if isinstance(found, tuple) else (found,) for key, found in self.like.items()}
        conventions.check(self)

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
        return {name: param.check(given[name]) if name in given else param.default for name, param in known.items()}

    def _no_parameter(self, name: str, known: Iterable[str]) -> UsageProblem:
        choices = [*known, *(role.name for role in self.roles if not role.internal)]
        hint = nearest(name, choices)
        if not hint:
            hint = f"It has: {', '.join(choices)}." if choices else "It has no parameters."
        return UsageProblem(f"{self.name} has no parameter {name!r}.", hint, kind="unknown_parameter", options=(name,))

    def bind(
        self,
        shapes: Mapping[str, Shape],
        *,
        input: str | None = None,
        reduction: str | None = None,
        denominator: str | None = None,
        whole: Mapping[str, Array] | None = None,
        like: str | None = None,
        dtypes: Mapping[str, str] | None = None,
        **params: Any,
    ) -> BoundLoss:
        """The loss with everything decided: parameters, kind of input, form of labels, reduction.

        `shapes` are those of the roles that have rows (pred, label, weight, ...), rows first; `whole` holds the
        roles that are read whole. `like` takes a framework's call where neither arguments nor parameters say
        otherwise; `dtypes` are those of the roles.
        """
        if like is not None:
            given = {"input": input, "reduction": reduction, "denominator": denominator}
            return self._bind_like(like, shapes, whole, dtypes or {}, given, params)
        resolved = self.resolve(params)
        kind = self._kind(input)
        self._check_roles(shapes, whole or {}, kind)
        pred = shapes["pred"]
        if self.pred_dims and len(pred) not in self.pred_dims:
            wanted = " or ".join(f"{d}-D" for d in self.pred_dims)
            raise DataProblem(
                f"{self.name} takes {wanted} predictions, got shape {show_shape(pred)}.",
                "Name several columns with --pred 'p_*'." if len(pred) == 1 else "",
                kind="bad_shape",
                options=("pred",),
            )
        form = self._form(resolved, pred, shapes.get("label"))
        bound = BoundLoss(self, resolved, kind, form, pred, dict(whole or {}), Reduction())
        return bound.reduced(reduction, denominator)

    def _bind_like(
        self,
        like: str,
        shapes: Mapping[str, Shape],
        whole: Mapping[str, Array] | None,
        dtypes: Mapping[str, str],
        given: Mapping[str, Any],
        params: Mapping[str, Any],
    ) -> BoundLoss:
        self.resolve(params)  # a wrong parameter before a wrong convention
        framework, found = conventions.calls(self, like, given["input"], params)
        problem: DataProblem | None = None
        for each in found:
            own = {**each.when, **each.knobs, **params}
            kind = given["input"] or each.input or None
            try:
                bound = self.bind(shapes, input=kind, whole=whole, **own)
            except DataProblem as raised:  # labels of another form: the next call may take them
                problem = problem or raised
                continue
            if each.form and (bound.form is None or bound.form.name != each.form):
                continue
            preset = conventions.preset(like, framework, each, dtypes)
            return bound.following(preset, given["reduction"], given["denominator"], "weight" in shapes)
        raise problem or conventions.no_form(self, like, found)

    def _kind(self, name: str | None) -> Kind:
        if name is not None and name not in self.pred:
            raise not_one_of(f"input of {self.name}", "input", self.pred, name)
        return KINDS[name or self.pred[0]]

    def _form(self, params: Mapping[str, Any], pred: Shape, label: Shape | None) -> Form | None:
        names = self.label(params) if callable(self.label) else self.label
        if label is None:
            if names and "none" not in names:
                hint = "Give a second file, or --label COLUMN."
                raise UsageProblem(f"{self.name} needs labels.", hint, kind="missing_labels", options=("label",))
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
                text = f"{self.name} needs --{option} SPEC: {role.help}."
                raise UsageProblem(text, kind="missing_option", options=(option,), fix=f"--{option} SPEC")

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
