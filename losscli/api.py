"""The Python interface: `losscli.compute`, `losscli.loss`, `losscli.losses`. The command line runs on it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import __version__
from .core import registry, signature
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
    reduction: str | None = None,
    denominator: str | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    nan: str = "error",
    missing: str = "error",
    threads: int | None = None,
    precision: str = "double",
    max_memory: int | None = None,
    **params: Any,
) -> Result:
    """The loss of predictions and labels.

    `predictions`, `labels` and `weights` are arrays, lists, DataFrames, Series, Arrow columns, or paths (SPECs such as
    'val.parquet::p_*'); `pred`, `label` and `weight` name columns. Parameters of the loss and its extra roles
    (`centers`, `input_lengths`, ...) are keywords. `reduction` None is the loss's own, mostly the mean. `precision`
    "single" computes float32 predictions in float32; `max_memory` is in bytes.

    Returns a Result with `value`, `stderr`, `n`, `signature`, and `rows` under reduction "none". Raises UsageProblem
    for a wrong request and DataProblem for wrong data, both LossCliErrors.
    """
    options = Options(
        input=input,
        reduction=reduction,
        denominator=denominator,
        precision=precision,
        columns={"pred": _names(pred), "label": _names(label), "weight": _names(weight)},
        classes=classes,
        text=ReadOptions(threads=threads or 0),
        settings=Settings(
            nan=nan, missing=missing, threads=threads or 0, keep_rows=reduction == "none", max_memory=max_memory
        ),
    )
    return evaluate(loss, {"pred": predictions, "label": labels, "weight": weights}, params, options).results[0]


def _names(given: str | Sequence[str]) -> Sequence[str]:
    return given.split(",") if isinstance(given, str) else given


def loss(name: str) -> Loss:
    """The declared loss of this name or alias. Called on arrays it gives the rows."""
    return registry.find(name)


def losses() -> dict[str, Loss]:
    """All losses by canonical name."""
    return registry.everything()


def evaluate(loss: str | Loss, given: dict[str, Any], arguments: dict[str, Any], options: Options) -> Report:
    """One loss of one data set as a report. `arguments` holds the loss's parameters and extra roles."""
    began = time.perf_counter()
    declared = loss if isinstance(loss, Loss) else registry.find(loss)
    for policy in (options.settings.nan, options.settings.missing):
        if policy not in POLICIES:
            raise UsageProblem(f"A policy is one of {', '.join(POLICIES)}, got {policy!r}.")
    roles = {role.name for role in declared.roles}
    given = {**given, **{name: value for name, value in arguments.items() if name in roles}}
    params = {name: value for name, value in arguments.items() if name not in roles}
    wanted = Wanted(given, options.columns, options.classes, options.text)
    assembly = assemble(declared, wanted, params, options.input or declared.pred[0])
    try:
        bound = declared.bind(
            assembly.frame.shapes,
            input=options.input,
            reduction=options.reduction,
            denominator=options.denominator,
            whole=assembly.whole,
            **assembly.params,
        ).at(options.precision)
        hashes = _Hashes(assembly) if options.hash_inputs else None
        outcome = run(bound, assembly.frame, options.settings)
        result = summarise(outcome, "weight" in assembly.frame.roles)
        notes = [*assembly.notes, *_infinite(outcome)]
        inputs = _inputs(assembly, outcome.read, hashes.found() if hashes else {})
    finally:
        assembly.close()
    return Report("compute", [result], inputs, notes, round(time.perf_counter() - began, 6))


def summarise(outcome: Outcome, weighted: bool) -> Result:
    """The result of a run."""
    bound, state = outcome.bound, outcome.state
    value, stderr = None, None
    if bound.reduction.name != "none":
        finish = bound.finish()
        means = bound.reduction.means(state)
        value = (finish(means) if finish else means[0]) + 0.0  # -0.0 is 0.0
        stderr = None if bound.one_row else bound.reduction.stderr(state, finish)
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
        counts={
            "dropped": outcome.counts["nan"] + outcome.counts["missing"],
            "nan": outcome.counts["nan"],
            "missing": outcome.counts["missing"],
            "ignored": outcome.counts["ignored"],
            "infinite": outcome.counts["infinite"],
        },
        rows=outcome.rows,
    )


def _infinite(outcome: Outcome) -> list[str]:
    """Why a value is infinite: how many rows are, and which is the first."""
    count = outcome.counts["infinite"]
    if not count:
        return []
    which = f"row {outcome.first_infinite} (from 0)"
    rows = f"{which} costs inf" if count == 1 else f"{count} rows cost inf, the first is {which}"
    return [f"{outcome.bound.loss.name}: {rows}."]


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
    settings["losscli"] = __version__
    return signature.write(bound.loss.name, settings)


def _inputs(assembly: Assembly, read: int, hashes: dict[str, str]) -> list[Input]:
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
