"""What was asked for: losses, the files of the roles, and the run options. Made and checked here, whatever the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...core import registry
from ...core.arrays.pairing import Join
from ...core.declarations.conventions import is_call
from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.loss_spec import LossSpec, alias_of
from ...core.record import record, replace
from ...engine.run import Settings
from ...sources.columns.choice import InputRequest
from ...sources.open import ReadOptions
from ..options.table import OPTIONS

if TYPE_CHECKING:
    from ...sources.row_filter.conditions import Condition

ELEMENTS = (
    "class_axis", "ignore_label", "shift", "count_classes", "column_weights", "macro_columns", "per_output",
)  # fmt: skip
_HOLES = ("nan", "missing")
OF_ONE_LOSS = ("compute", "sweep", "reconcile", "inspect")  # where what the loss does not take is refused at once


class Options:
    """The run options of a command, checked: each is an attribute, and one that was not given has its default.

    `of` is the command, or losscli.NAME for a function of Python; `loss` narrows what a loss does not take.
    """

    def __init__(self, of: str = "losscli.compute", loss: Loss | None = None, /, **values: Any) -> None:
        self._of = of
        self._values = {name: OPTIONS[name].within(of, loss).check(value) for name, value in values.items()}
        if self._values.pop("drop_missing", False):
            self._values |= dict.fromkeys(_HOLES, self._left_out())

    def _left_out(self) -> str:
        """The policy of `drop_missing` for both kinds of holes, which no other word may contradict."""
        for name in _HOLES:
            policy = self._values.get(name)
            if policy not in (None, "omit", OPTIONS[name].default):
                raise UsageProblem(
                    f"--drop-missing and --{name} {policy} contradict each other.",
                    "Leave one out.",
                    kind="contradiction",
                    options=("drop-missing", name),
                )
        return "omit"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in OPTIONS:
            raise AttributeError(f"there is no run option {name!r}")
        values = self._values
        return values[name] if name in values else OPTIONS[name].within(self._of).default

    def says(self, name: str) -> bool:
        """Whether an option has another value than its default."""
        return bool(getattr(self, name) != OPTIONS[name].within(self._of).default)

    def changed(self, **values: Any) -> Options:
        """The options with other values for some."""
        changed = Options(self._of, **values)
        changed._values = {**self._values, **changed._values}
        return changed

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns that were named, by role."""
        return {role: getattr(self, role) for role in ("pred", "label", "weight")}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Which rows count."""
        if not self.where:
            return ()
        from ...sources.row_filter.conditions import Condition

        return tuple(map(Condition.of, self.where))

    @property
    def reading(self) -> ReadOptions:
        """How files are read."""
        return ReadOptions(
            self.delimiter,
            self.header,
            self.threads or 0,
            stack=self.stack,
            decimal=self.decimal,
            quote=self.quote,
            escape=self.escape,
        )

    @property
    def of_elements(self) -> dict[str, Any]:
        """What is said of the axes and elements of rows, as binding takes it."""
        return {name: getattr(self, name) for name in ELEMENTS}

    @property
    def lists_rows(self) -> bool:
        """Whether rows are listed or written with columns beside them."""
        listed = bool(self.worst) or (bool(self.best) and not isinstance(self.best, bool))
        return listed or (self.per_sample is not None and not self.per_sample.lower().endswith(".npy"))

    @property
    def settings(self) -> Settings:
        """How the run goes; the policy for NaN is still to be asked of the convention."""
        return Settings(
            missing=self.missing,
            threads=self.threads or 0,
            keep_rows=self.reduction == "none",
            max_memory=self.max_memory,
        )

    def request(self, command: str) -> dict[str, Any]:
        """What it takes, beside a result's signature, to compute the same again, as a report of this command has it."""
        chosen = {name: getattr(self, name) for name, option in OPTIONS.items() if command in option.request.split()}
        return {
            name: [each[0] if isinstance(each, tuple) else each for each in value]
            if isinstance(value, tuple)
            else value
            for name, value in chosen.items()
            if value != OPTIONS[name].default
        }


@record
class LossRequest:
    """A loss that is asked for, and the largest value that its gate lets pass."""

    spec: LossSpec
    limit: float | None = None

    def options(self, common: Options) -> Options:
        """How it is computed: its own word before what is said for all losses."""
        return common.changed(**self.spec.options) if self.spec.options else common


@record
class Request:
    """What was asked for. `files` are SPECs, or the data themselves, by role."""

    losses: Sequence[LossRequest]
    files: Mapping[str, Any]
    options: Options
    hash_inputs: bool = False
    uneven: bool = False  # whether lists in columns differ in length, as a first reading has shown

    def inputs(self, spec: LossSpec) -> tuple[InputRequest, dict[str, Any]]:
        """What to open for one of the losses, and its parameters. An array that a call is given needs a file."""
        for role, text in spec.needs.items():
            if self.files.get(role) is None and spec.arguments.get(role) is None and not self.options.columns.get(role):
                raise _no_file(role, text)
        roles = {role.name for role in spec.loss.roles}
        own = {name: value for name, value in spec.arguments.items() if name in roles}
        params = {name: value for name, value in spec.arguments.items() if name not in roles}
        options = self.options
        join = Join.of(options.join, options.on_missing, options.max_memory, options.on_duplicate)
        files = {**self.files, **own, **self._held(spec)}
        return (
            InputRequest(
                files,
                options.columns,
                options.classes,
                options.reading,
                join=join,
                where=options.conditions,
                by=options.by or options.over,
                numbers_by=bool(options.over),
                keep=options.keep if options.lists_rows else None,
                uneven=self.uneven,
            ),
            params,
        )

    def _held(self, spec: LossSpec) -> dict[str, Any]:
        """The arrays that a call holds itself, where neither a file nor a column is named for them."""
        if not spec.held:
            return {}
        import numpy as np

        from ...core.calls.held_numbers import Broadcast
        from ...sources.every_row import BroadcastArray, EveryRow

        def table(value: Any) -> Any:
            if isinstance(value, Broadcast):
                return BroadcastArray(np.array(value))
            return np.array(value) if isinstance(value, tuple) else EveryRow(value)

        return {
            role: table(value)
            for role, value in spec.held.items()
            if self.files.get(role) is None and not self.options.columns.get(role)
        }


def request_from(
    of: str,
    values: Mapping[str, Any],
    losses: Sequence[LossRequest],
    files: Mapping[str, Any],
    *,
    hash_inputs: bool = False,
) -> Request:
    """The request of a command line or of a call. Of `values` those count that are run options.

    Options that name the file of a role become `files`; `of` is the command, or losscli.NAME.
    """
    named = {OPTIONS[name].role: value for name, value in values.items() if name in OPTIONS and OPTIONS[name].role}
    alone = of in OF_ONE_LOSS and len(losses) == 1  # where options are those of the loss too, which it names first
    mine = {param.name for param in losses[0].spec.loss.params} if alone else set()
    options = {
        name: value for name, value in values.items() if name in OPTIONS and name not in mine and not OPTIONS[name].role
    }
    own = losses[0].spec.loss if losses and of.removeprefix("losscli.") in OF_ONE_LOSS else None
    checked = Options(of, own, **options)
    return Request(of_calls(losses, checked), {**files, **named}, checked, hash_inputs)


def loss_of_call(like: str) -> Loss:
    """The loss that a call computes."""
    from ...core.calls.reading import read_call

    return read_call(like).loss


def of_calls(losses: Sequence[LossRequest], options: Options) -> Sequence[LossRequest]:
    """The losses with what a call says of them that `like` is for all, where no option says otherwise."""
    if not is_call(options.like):
        return losses
    from ...core.calls.written_out import written_out

    def with_call(requested: LossRequest) -> LossRequest:
        spec = requested.spec
        if "like" in spec.options:  # a loss's own word goes before
            return requested
        arguments, own, needs, held = written_out(spec.loss, options.like, spec.arguments, spec.options)
        own = {name: value for name, value in own.items() if name == "like" or not options.says(name)}
        return replace(requested, spec=LossSpec(spec.loss, arguments, own, needs, held, spec.alias))

    return [with_call(each) for each in losses]


def _no_file(role: str, text: str) -> UsageProblem:
    """An array stands in a call, and no file is named for it."""
    option = {"weight": "weights"}.get(role, role.replace("_", "-"))
    return UsageProblem(
        f"--like: the call is given {text}, and no file says what that is.",
        f"Say --{option} FILE, or leave {text} out of the call.",
        kind="missing_option",
        options=(option,),
        fix=f"--{option} FILE",
    )


def request_of_call(
    function: str, call: Mapping[str, Any], files: Mapping[str, Any], *, hash_inputs: bool = False
) -> Request:
    """The request of a call of losscli.NAME. `call` are its arguments by name; `params` may hold run options too."""
    loss, params = call["loss"], call.get("params", {})
    known = {name for name, option in OPTIONS.items() if function in option.functions.split()}
    values = {name: value for name, value in {**params, **call}.items() if name in known}
    losses = []
    if loss is None and is_call(values.get("like")):
        loss = loss_of_call(values["like"])
    if loss is not None and not isinstance(loss, str | Loss):
        raise UsageProblem(
            f"The loss comes first, as a name, and not {type(loss).__name__}.",
            f"Write losscli.{function}('mse', predictions, labels).",
            kind="unknown_loss",
        )
    if loss is not None:
        arguments = {name: value for name, value in params.items() if name not in known}
        declared = loss if isinstance(loss, Loss) else registry.find(loss)
        alias = "" if isinstance(loss, Loss) else alias_of(declared, loss)
        losses.append(LossRequest(LossSpec(declared, arguments, {}, alias=alias)))
    from ..plugin_warnings import warn_of_plugins
    from .idle_arguments import refuse_idle

    warn_of_plugins()
    request = request_from(f"losscli.{function}", values, losses, files, hash_inputs=hash_inputs)
    refuse_idle(request.files, values)
    return request
