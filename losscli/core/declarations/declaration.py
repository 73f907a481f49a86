"""A loss as it is declared: its kernel, and everything that is known of it before any data are seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.inputs import FORMS, KINDS
from ..did_you_mean import nearest
from ..errors import UsageProblem
from ..record import field, mutable, record
from .conventions import FRAMEWORKS, Call, framework_of, split_like
from .param import Param, Role, declared

if TYPE_CHECKING:
    from ..sums.reducers import Reducer

# Facts a loss may declare; each is a law that the tests hold it to.
NONNEGATIVE = "nonnegative"  # no term of any row is below zero
ZERO_AT_PERFECT = "zero at perfect"  # predictions that say the label exactly cost nothing
SYMMETRIC = "symmetric"  # exchanging predictions and labels changes nothing
SHIFT_INVARIANT = "shift invariant"  # adding a constant to a row of logits changes nothing

Kernel = Callable[..., Any]
Value = Callable[..., float]
Supply = Callable[..., dict[str, Any]]
When = Callable[[Mapping[str, Any]], bool]


@record
class Paper:
    """Where a loss comes from."""

    title: str
    link: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.link})" if self.link else self.title


@record
class Dependence:
    """Why the rows of a loss depend on each other by how it is made, so that they give no standard error of their own.

    `way` says what gives one. `clusters` says that clusters are independent all the same.
    """

    reason: str
    way: str
    clusters: bool = False


@record
class Case:
    """Hand-computed example: arguments, and the value as a number or an expression such as '0.25 * ln 2'."""

    arguments: Mapping[str, Any]
    expect: str | float | Sequence[float]


@record
class Part:
    """A loss of a weighted sum, with its parameters."""

    weight: float
    loss: Any
    params: Mapping[str, Any]


@mutable
class Loss:
    """A declared loss. `binding.bind` makes it one that maps blocks of rows."""

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
    whole_rows: bool = False  # whether the elements of a row are taken together, so that none can be left out
    along_axis: str = ""  # what the axis holds that is taken together, others counting elements: vectors, classes
    adds_lists: bool = False  # a row without labels may be a list, of which the kernel is given the sum and the count
    blank_is_nothing: bool = False  # whether an element without prediction and label adds nothing to its row
    class_masks: bool = False  # whether the classes or channels of an image may each have a loss, as masks
    flat_is_one_row: bool = False  # a 1-D array is one row (a mask, a distribution), not n
    errors_alone: bool = False  # whether its kernel takes nothing but the errors of regression/_errors.py
    single: bool = True  # whether float32 predictions may be computed in float32
    columns_together: bool = False  # whether its kernel also takes rows whose classes lie in memory one after the other
    block_elements: int = 0  # elements of predictions in a block; 0: what suits the width of its rows
    pred_of_sequences: str = ""  # the kind where predictions have three axes or more, if it is not the first
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
    finish_of: str = "sums"  # what the finish takes: sums of the terms, or their means under the denominator
    prepare_function: Supply | None = None
    prepare_when: When = lambda params: True
    prepare_dependence: Dependence | None = None
    parts: tuple[Part, ...] = ()  # of a weighted sum of losses
    reducers_function: Callable[..., dict[int, Reducer]] | None = None
    reducers_dependence: Dependence | None = None
    prepare_context: tuple[str, ...] = ()  # what binding tells it beside the parameters, as it does the kernel

    def __post_init__(self) -> None:
        self.params, self.roles, self.context = declared(self.kernel)
        self.like = {key: calls if isinstance(calls, tuple) else (calls,) for key, calls in self.like.items()}
        self._check_kinds()
        self._check_calls()

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<loss {self.name}>"

    @property
    def summary(self) -> str:
        return self.doc.split("\n", 1)[0]

    @property
    def doc(self) -> str:
        return "\n".join(line.strip() for line in (self.kernel.__doc__ or "").strip().splitlines())

    def _check_kinds(self) -> None:
        """Programming errors in the kinds of predictions and the forms of labels."""
        for kind in self.pred:
            if kind not in KINDS:
                raise TypeError(f"{self.name}: unknown input kind {kind!r}")
        if not callable(self.label):
            for form in self.label:
                if form not in FORMS and form != "none":
                    raise TypeError(f"{self.name}: unknown label form {form!r}")

    def _check_calls(self) -> None:
        """Programming errors in the presets: unknown frameworks, kinds, parameters or values."""
        params = {param.name: param for param in self.params}
        for key, each in ((key, each) for key, calls in self.like.items() for each in calls):
            if key.partition("@")[0] not in FRAMEWORKS:
                raise TypeError(f"{self.name}: unknown framework {key!r}")
            if each.input and (each.input not in KINDS or each.input not in self.pred):
                raise TypeError(f"{self.name}: {key} takes no {each.input!r}")
            for name, value in {**each.knobs, **each.when}.items():
                if name not in params:
                    raise TypeError(f"{self.name}: {key} sets {name!r}, which it does not have")
                params[name].check(value)

    # -- declaration ------------------------------------------------------------------------------------

    def formula(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: the paper's formula for one row, over scalars; `m` is math or mpmath."""
        self.formula_function = function
        return function

    def finish(
        self, when: When = lambda params: True, *, of: str = "sums", slopes: Callable[..., Any] | None = None
    ) -> Callable[[Value], Value]:
        """Decorator: the value as a smooth function of the terms' sums, for the parameters that `when` accepts.

        With `of="means"` it is one of their means, which follow the denominator. `slopes` is its gradient, for
        functions whose differences would cancel.
        """

        def keep(function: Value) -> Value:
            self.finish_function, self.finish_when, self.finish_of = function, when, of
            if slopes is not None:
                function.__dict__["slopes"] = slopes
            return function

        return keep

    def prepare(
        self, when: When = lambda params: True, dependence: Dependence | None = None
    ) -> Callable[[Supply], Supply]:
        """Decorator: a pass over all blocks that supplies roles not given (`when` sees `input`, parameters and roles).

        `dependence` says that what it supplies makes each row's loss depend on the other rows.
        """

        def keep(function: Supply) -> Supply:
            self.prepare_function, self.prepare_when, self.prepare_dependence = function, when, dependence
            code = function.__code__
            named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
            self.prepare_context = tuple(name for name in self.context if name in named)
            return function

        return keep

    def reduce(self, dependence: Dependence) -> Callable[[Callable[..., dict[int, Reducer]]], Callable[..., Any]]:
        """Decorator: which terms, by their place, are reduced otherwise than to a mean: f(count of terms, parameters).

        Where there are any, `dependence` says why the value has no standard error.
        """

        def keep(function: Callable[..., dict[int, Reducer]]) -> Callable[..., dict[int, Reducer]]:
            self.reducers_function, self.reducers_dependence = function, dependence
            return function

        return keep

    @property
    def batched(self) -> bool:
        """Whether the loss of a row is one of all rows of its batch."""
        return any(param.name == "batch_size" for param in self.params)

    def reduces(self, params: Mapping[str, Any]) -> bool:
        """Whether the value is no function of means with these parameters."""
        return self.reducers_function is not None and bool(self.reducers_function(1, **params))

    def case(self, *, expect: str | float | Sequence[float], **arguments: Any) -> None:
        """A hand-computed example, run by the tests: the mean (or the rows, if `expect` is a sequence)."""
        self.cases.append(Case(arguments, expect))

    # -- what was given ---------------------------------------------------------------------------------

    def resolve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters with their values, defaults filled in and each one checked."""
        params = {param.name: param for param in self.params}
        for name in given:
            if name not in params:
                raise self.unknown_argument(name)
        return {name: param.check(given[name]) if name in given else param.default for name, param in params.items()}

    def unknown_argument(self, name: str) -> UsageProblem:
        """That the loss has neither a parameter nor a role of this name."""
        choices = [*(param.name for param in self.params), *(role.name for role in self.roles if not role.internal)]
        has = f"It has: {', '.join(choices)}." if choices else "It has no parameters."
        hint = nearest(name, choices) or has
        return UsageProblem(f"{self.name} has no parameter {name!r}.", hint, kind="unknown_parameter", options=(name,))

    def calls(self, like: str, kind: str | None, params: Mapping[str, Any]) -> tuple[Call, ...]:
        """A framework's calls that compute the loss from this kind of predictions (None: any), best first."""
        calls = self._calls_of(like)
        fitting = tuple(each for each in calls if each.stands_for(kind, params))
        if fitting:
            return fitting
        if kind is not None and not any(each.stands_for(kind, {}) for each in calls):
            kinds = dict.fromkeys(each.input or "any" for each in calls)
            raise UsageProblem(
                f"{like} has no {self.name} of {kind}.",
                f"It takes {' or '.join(kinds)}.",
                kind="not_in_convention",
                options=("like", "input"),
            )
        decide = {name for each in calls for name in (params if each.accepts is not None else each.when)}
        names = ", ".join(sorted(decide & params.keys()))
        raise UsageProblem(
            f"{like} has no {self.name} with this {names}.",
            f"See losscli show {self.name} --like {like}.",
            kind="not_in_convention",
            options=("like",),
        )

    def _calls_of(self, like: str) -> tuple[Call, ...]:
        """All calls of a convention such as keras or keras@3.15, or those of one function such as keras.losses.Dice."""
        framework = framework_of(like)
        name, version, called = split_like(like)
        if called:
            calls = tuple(each for each in self.like.get(name, ()) if f"{called}(" in each.text)
            if calls:
                return calls
            raise UsageProblem(
                f"{called} does not compute {self.name}, or not as it is known here.",
                f"See losscli show {self.name} --like {name}." if name in self.like else "",
                kind="not_in_convention",
                options=("like",),
            )
        if version and version != framework.version:
            if f"{name}@{version}" in self.like:
                return self.like[f"{name}@{version}"]
            known = [framework.version, *(key.partition("@")[2] for key in self.like if key.startswith(f"{name}@"))]
            raise UsageProblem(
                f"{self.name} like {name} {version} is not known.",
                f"Known: {', '.join(f'{name}@{v}' for v in known)}.",
                kind="unknown_convention",
                options=("like",),
            )
        if name in self.like:
            return self.like[name]
        has = ", ".join(key for key in self.like if "@" not in key)
        raise UsageProblem(
            f"{framework.title} has no {self.name}.",
            f"These have it: {has}." if has else "No framework here has it.",
            kind="not_in_convention",
            options=("like",),
        )
