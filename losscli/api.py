"""The Python interface: `losscli.compute`, `losscli.loss`, `losscli.losses`. The command line runs on it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import __version__
from .core import conventions, registry, signature
from .core.bound import BoundLoss
from .core.errors import UsageProblem
from .core.loss import Loss
from .engine.run import POLICIES, Outcome, Settings, run
from .report.model import Input, Report, Result
from .sources.choose import CALLED, Assembly, Wanted, assemble
from .sources.names import shown
from .sources.open import ReadOptions


@dataclass(frozen=True)
class Options:
    """How one loss is computed; the defaults are the neutral ones."""

    input: str | None = None
    reduction: str | None = None
    denominator: str | None = None
    like: str | None = None
    nan: str | None = None  # None: the convention's policy, else an error
    precision: str = "double"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    text: ReadOptions = ReadOptions()
    settings: Settings = Settings()
    hash_inputs: bool = False


def compute(
    loss: str | Loss,
    predictions: Any,
    labels: Any = None,
    *,
    weights: Any = None,
    input: str | None = None,
    like: str | None = None,
    reduction: str | None = None,
    denominator: str | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    nan: str | None = None,
    missing: str = "error",
    threads: int | None = None,
    precision: str = "double",
    max_memory: int | None = None,
    **params: Any,
) -> Result:
    """The loss of predictions and labels.

    `predictions`, `labels` and `weights` are arrays, lists, DataFrames, Series, Arrow columns, or paths (SPECs such as
    'val.parquet::p_*'); `pred`, `label` and `weight` name columns. Parameters of the loss and its extra roles
    (`centers`, `input_lengths`, ...) are keywords. `reduction` None is the loss's own, mostly the mean. `like` names a
    framework ("keras", "torch", ...) whose value is wanted; other arguments override single facts of it. `precision`
    "single" computes float32 predictions in float32; `max_memory` is in bytes; `nan` None is "error", or what the
    framework does.

    Returns a Result with `value`, `stderr`, `n`, `signature`, and `rows` under reduction "none". Raises UsageProblem
    for a wrong request and DataProblem for wrong data, both LossCliErrors.
    """
    options = Options(
        input=input,
        reduction=reduction,
        denominator=denominator,
        like=like,
        nan=nan,
        precision=precision,
        columns={"pred": names_of(pred), "label": names_of(label), "weight": names_of(weight)},
        classes=classes,
        text=ReadOptions(threads=threads or 0),
        settings=Settings(missing=missing, threads=threads or 0, keep_rows=reduction == "none", max_memory=max_memory),
    )
    return evaluate(loss, {"pred": predictions, "label": labels, "weight": weights}, params, options).results[0]


def names_of(given: str | Sequence[str]) -> Sequence[str]:
    """Column names, from a list or from text with commas."""
    return given.split(",") if isinstance(given, str) else given


def loss(name: str) -> Loss:
    """The declared loss of this name or alias. Called on arrays it gives the rows."""
    return registry.find(name)


def losses() -> dict[str, Loss]:
    """All losses by canonical name."""
    return registry.everything()


def wanted_of(
    loss: Loss, given: dict[str, Any], arguments: dict[str, Any], options: Options
) -> tuple[Wanted, dict[str, Any]]:
    """What to open, and the parameters: `arguments` holds both the loss's parameters and its extra roles."""
    roles = {role.name for role in loss.roles}
    given = {**given, **{name: value for name, value in arguments.items() if name in roles}}
    params = {name: value for name, value in arguments.items() if name not in roles}
    return Wanted(given, options.columns, options.classes, options.text), params


def evaluate(loss: str | Loss, given: dict[str, Any], arguments: dict[str, Any], options: Options) -> Report:
    """One loss of one data set as a report. `arguments` holds the loss's parameters and extra roles."""
    began = time.perf_counter()
    declared = loss if isinstance(loss, Loss) else registry.find(loss)
    for policy in (options.nan, options.settings.missing):
        if policy is not None and policy not in POLICIES:
            raise UsageProblem(f"A policy is one of {', '.join(POLICIES)}, got {policy!r}.")
    wanted, params = wanted_of(declared, given, arguments, options)
    assembly = _assembled(declared, wanted, params, options)
    try:
        bound = declared.bind(
            assembly.frame.shapes,
            input=options.input,
            reduction=options.reduction,
            denominator=options.denominator,
            whole=assembly.whole,
            like=options.like,
            dtypes={role: each.dtype for role, each in assembly.frame.fields.items()},
            **assembly.params,
        ).at(options.precision)
        hashes = _Hashes(assembly) if options.hash_inputs else None
        outcome = run(bound, assembly.frame, _settings(bound, options))
        result = summarise(outcome, "weight" in assembly.frame.roles)
        notes = [*assembly.notes, *_infinite(outcome), *_doubts(outcome)]
        inputs = inputs_of(assembly, outcome.read, hashes.found() if hashes else {})
    finally:
        assembly.close()
    return Report("compute", [result], inputs, notes, round(time.perf_counter() - began, 6))


def _assembled(loss: Loss, wanted: Wanted, params: dict[str, Any], options: Options) -> Assembly:
    """The files opened and their columns chosen, with what the convention knows of them before their shapes."""
    kind, layout = options.input or loss.pred[0], {}
    if options.like is not None:
        first = conventions.calls(loss, options.like, options.input, params)[1][0]
        kind = options.input or first.input or kind
        layout = {name: value for name, value in first.knobs.items() if name == "layout"}
    return assemble(loss, wanted, {**layout, **params}, kind)


def _settings(bound: BoundLoss, options: Options) -> Settings:
    framework = bound.preset.framework if bound.preset else None
    nan = options.nan or (framework.nan if framework else "error")
    return replace(options.settings, nan=nan, empty=framework is not None and framework.empty is not None)


def _value(outcome: Outcome) -> tuple[float, float | None]:
    """The value and its standard error."""
    bound, state, finish = outcome.bound, outcome.state, outcome.bound.finish()
    if (preset := bound.preset) is not None and bound.reduction.name == "mean":
        nothing = preset.framework.empty if not outcome.read else preset.framework.zero_weight
        if nothing is not None and bound.reduction.divisor(state) == 0:
            return nothing, None
    means = bound.reduction.means(state)
    value = (finish(means) if finish else means[0]) + 0.0  # -0.0 is 0.0
    stderr = None if bound.one_row else bound.reduction.stderr(state, finish)
    return (preset.rounded(value) if preset else value), stderr


def summarise(outcome: Outcome, weighted: bool) -> Result:
    """The result of a run."""
    bound, state = outcome.bound, outcome.state
    value, stderr = (None, None) if bound.reduction.name == "none" else _value(outcome)
    return Result(
        loss=bound.loss.name,
        value=value,
        n=1 if bound.one_row else state.rows,
        weight_sum=_as_float(state.weight),
        reduction=bound.reduction.name,
        denominator=bound.reduction.denominator,
        input=bound.kind.name,
        precision=bound.precision,
        label=bound.form.name if bound.form else None,
        params=dict(bound.params),
        signature=_signature(bound, weighted),
        stderr=stderr,
        unit=bound.loss.unit,
        like=bound.preset.like if bound.preset else None,
        call=bound.preset.call.text if bound.preset else None,
        counts={
            "dropped": outcome.counts["nan"] + outcome.counts["missing"],
            "nan": outcome.counts["nan"],
            "missing": outcome.counts["missing"],
            "ignored": outcome.counts["ignored"],
            "infinite": outcome.counts["infinite"],
        },
        rows=outcome.rows,
        unsaid=frozenset(p.name for p in bound.loss.params if p.knob and bound.params[p.name] == p.default),
    )


def _infinite(outcome: Outcome) -> list[str]:
    """Why a value is infinite: how many rows are, and which is the first."""
    count = outcome.counts["infinite"]
    if not count:
        return []
    which = f"row {outcome.first_infinite} (from 0)"
    rows = f"{which} costs inf" if count == 1 else f"{count} rows cost inf, the first is {which}"
    return [f"{outcome.bound.loss.name}: {rows}."]


def _doubts(outcome: Outcome) -> list[str]:
    if not outcome.head:
        return []
    from .inference.preflight import doubts

    return doubts(outcome.bound, outcome.head)


def _as_float(weight: int) -> float:
    from .core.exact import UNIT, ratio

    return ratio(weight, 1 << UNIT)


def _signature(bound: BoundLoss, weighted: bool) -> str:
    settings: dict[str, Any] = dict(sorted(bound.params.items()))
    settings["input"] = bound.kind.name
    settings["label"] = bound.form.name if bound.form else None
    settings["reduction"] = bound.reduction.name
    settings["denominator"] = bound.reduction.denominator
    settings["weighted"] = weighted
    settings["precision"] = bound.precision
    if bound.preset is not None:
        settings["like"] = bound.preset.recipe
    settings["losscli"] = __version__
    return signature.write(bound.loss.name, settings)


def inputs_of(assembly: Assembly, read: int, hashes: dict[str, str]) -> list[Input]:
    """The files as they stand in a report; `read` is the number of rows where a stream did not know it."""
    found = []
    for role, (table, pick) in assembly.inputs.items():
        field_ = assembly.frame.fields.get(role) or table.describe(pick)
        path = shown(os.fspath(table.path), 4096) if table.path else None
        name = path if path or table.format == "array" else table.name
        shape = (read, *field_.shape[1:]) if field_.shape[0] is None else field_.shape
        sha = hashes.get(table.path or "")
        found.append(Input(CALLED.get(role, role), name, table.format, field_.dtype, shape, sha))
    return found


class _Hashes:
    """SHA-256 of each input file, a thread a file, computed beside the run."""

    def __init__(self, assembly: Assembly) -> None:
        import threading

        self._found: dict[str, str] = {}
        paths = sorted({table.path for table in assembly.tables if table.path})
        self._threads = [threading.Thread(target=self._hash, args=(path,), daemon=True) for path in paths]
        for thread in self._threads:
            thread.start()

    def _hash(self, path: str) -> None:
        import hashlib

        with contextlib.suppress(OSError), open(path, "rb") as file:
            self._found[path] = hashlib.file_digest(file, "sha256").hexdigest()

    def found(self) -> dict[str, str]:
        for thread in self._threads:
            thread.join()
        return self._found
