"""The Python interface: `losscli.compute`, `losscli.loss`, `losscli.available`. The command line runs on it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..core import conventions, registry
from ..core.binding import BoundLoss
from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..core.pairing import Join
from ..core.record import field, record, replace
from ..engine.run import POLICIES, Settings, run
from ..report.model import Input, Report, Result
from ..sources.columns import CALLED, Assembly, InputRequest, assemble
from ..sources.names import shown
from ..sources.open import ReadOptions
from ..stats.uncertainty import IntervalRequest
from .results import notes_of, summarise


@record
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
    join: Sequence[str] = ()  # the key's columns; (): rows are paired by position
    on_missing: str | None = None  # error, which is the default, or drop
    settings: Settings = Settings()
    hash_inputs: bool = False
    partial: bool = False  # whether the result holds its state, for `merge`
    ci: float | None = None  # the level of an interval
    bootstrap: int | None = None  # the resamples of its bootstrap; None: from the standard error

    def request(self) -> dict[str, Any]:
        """What else it takes to compute the same again: how files are read, and the policies for rows."""
        said = {
            "classes": list(self.classes),
            "delimiter": self.text.delimiter,
            "header": self.text.header,
            "nan": self.nan,
            "missing": self.settings.missing,
            "join": list(self.join),
            "on_missing": self.on_missing,
        }
        plain: dict[str, Any] = {"classes": [], "header": "auto", "missing": "error", "join": []}
        return {name: value for name, value in said.items() if value != plain.get(name)}


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
    join: str | Sequence[str] = (),
    on_missing: str | None = None,
    nan: str | None = None,
    missing: str = "error",
    threads: int | None = None,
    precision: str = "double",
    max_memory: int | None = None,
    ci: float | None = None,
    bootstrap: int | None = None,
    cluster: Any = None,
    **params: Any,
) -> Result:
    """The loss of predictions and labels.

    `predictions`, `labels` and `weights` are arrays, lists, DataFrames, Series, Arrow columns, or paths (SPECs such as
    'val.parquet::p_*'); `pred`, `label` and `weight` name columns. Parameters of the loss and its extra roles
    (`centers`, `input_lengths`, ...) are keywords. `reduction` None is the loss's own, mostly the mean. `like` names a
    framework ("keras", "torch", ...) whose value is wanted; other arguments override single facts of it. `precision`
    "single" computes float32 predictions in float32; `max_memory` is in bytes; `nan` None is "error", or what the
    framework does. `join` names the key columns by which rows of several files, DataFrames or Arrow tables are paired,
    each key once in each; `on_missing` "drop" leaves out rows whose key another lacks, and "error" is the default.
    `ci` 0.95 asks for an interval, from the standard error or by `bootstrap` with so many resamples; `cluster` names a
    column, a SPEC or an array: rows that have the same value there depend on each other.

    Returns a Result with `value`, `stderr`, `ci`, `n`, `signature`, and `rows` under reduction "none". Raises
    UsageProblem for a wrong request and DataProblem for wrong data, both LossCliErrors.
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
        join=names_of(join) if join else (),
        on_missing=on_missing,
        settings=Settings(missing=missing, threads=threads or 0, keep_rows=reduction == "none", max_memory=max_memory),
        ci=ci,
        bootstrap=bootstrap,
    )
    given = {"pred": predictions, "label": labels, "weight": weights, "cluster": cluster}
    return evaluate(loss, given, params, options).results[0]


def names_of(given: str | Sequence[str]) -> Sequence[str]:
    """Column names, from a list or from text with commas."""
    return given.split(",") if isinstance(given, str) else given


def loss(name: str) -> Loss:
    """The declared loss of this name or alias. Called on arrays it gives the rows."""
    return registry.find(name)


def available() -> dict[str, Loss]:
    """All losses by canonical name."""
    return registry.everything()


def wanted_of(
    loss: Loss, given: dict[str, Any], arguments: dict[str, Any], options: Options
) -> tuple[InputRequest, dict[str, Any]]:
    """What to open, and the parameters: `arguments` holds both the loss's parameters and its extra roles."""
    roles = {role.name for role in loss.roles}
    given = {**given, **{name: value for name, value in arguments.items() if name in roles}}
    params = {name: value for name, value in arguments.items() if name not in roles}
    join = Join.of(tuple(options.join), options.on_missing, options.settings.max_memory)
    return InputRequest(given, options.columns, options.classes, options.text, join=join), params


def evaluate(loss: str | Loss, given: dict[str, Any], arguments: dict[str, Any], options: Options) -> Report:
    """One loss of one data set as a report. `arguments` holds the loss's parameters and extra roles."""
    began = time.perf_counter()
    declared = loss if isinstance(loss, Loss) else registry.find(loss)
    check_policies(options)
    wanted, params = wanted_of(declared, given, arguments, options)
    assembly = assembled(declared, wanted, params, options)
    try:
        bound = bound_of(declared, assembly, assembly.params, options)
        hashes = InputHashes(assembly) if options.hash_inputs else None
        asked = IntervalRequest.of(bound, "cluster" in assembly.frame.roles, options.ci, options.bootstrap)
        outcome = run(bound, assembly.frame, asked.watching(settings_of(bound, options)))
        result = summarise(outcome, "weight" in assembly.frame.roles, state=options.partial)
        result = replace(result, pairing=assembly.pairing, **asked.answered(outcome.bound, outcome.state))
        notes = [*assembly.notes, *notes_of(outcome, assembly.frame)]
        inputs = inputs_of(assembly, outcome.read, hashes.found() if hashes else {})
    finally:
        assembly.close()
    elapsed = round(time.perf_counter() - began, 6)
    return Report("compute", [result], inputs, notes, elapsed, {**options.request(), **classes_of(assembly)})


def check_policies(options: Options) -> None:
    """Refuse policies that there are not."""
    for policy in (options.nan, options.settings.missing):
        if policy is not None and policy not in POLICIES:
            raise UsageProblem(
                f"A policy is one of {', '.join(POLICIES)}, got {policy!r}.",
                kind="bad_option",
                options=("nan", "missing"),
            )


def bound_of(loss: Loss, assembly: Assembly, params: Mapping[str, Any], options: Options) -> BoundLoss:
    """The loss with everything decided for these data."""
    return loss.bind(
        {role: shape for role, shape in assembly.frame.shapes.items() if role != "cluster"},
        input=options.input,
        reduction=options.reduction,
        denominator=options.denominator,
        whole=assembly.whole,
        like=options.like,
        dtypes={role: each.dtype for role, each in assembly.frame.fields.items()},
        **params,
    ).at(options.precision)


def classes_of(assembly: Assembly) -> dict[str, Any]:
    """The names of the classes, where labels are text: given, or those of the predictions' columns."""
    names = assembly.inputs["label"][1].classes if "label" in assembly.inputs else ()
    return {"classes": list(names)} if names else {}


def assembled(loss: Loss, wanted: InputRequest, params: dict[str, Any], options: Options) -> Assembly:
    """The files opened and their columns chosen, with what the convention knows of them before their shapes."""
    kind, layout = options.input or loss.pred[0], {}
    if options.like is not None:
        first = conventions.calls(loss, options.like, options.input, params)[1][0]
        kind = options.input or first.input or kind
        layout = {name: value for name, value in first.knobs.items() if name == "layout"}
    return assemble(loss, wanted, {**layout, **params}, kind)


def settings_of(bound: BoundLoss, options: Options) -> Settings:
    """How to run it, with the policies of the convention where none is given."""
    framework = bound.preset.framework if bound.preset else None
    nan = options.nan or (framework.nan if framework else "error")
    return replace(options.settings, nan=nan, empty=framework is not None and framework.empty is not None)


def inputs_of(assembly: Assembly, read: int, hashes: dict[str, str]) -> list[Input]:
    """The files as they stand in a report; `read` is the number of rows where a stream did not know it."""
    found = []
    for role, (table, pick) in assembly.inputs.items():
        field_ = assembly.frame.fields.get(role) or table.describe(pick)
        path = shown(os.fspath(table.path), 4096) if table.path else None
        name = path if path or table.format == "array" else table.name
        rows = table.describe(pick).shape[0] if assembly.pairing else field_.shape[0]
        shape = (read if rows is None else rows, *field_.shape[1:])
        sha = hashes.get(table.path or "")
        found.append(Input(CALLED.get(role, role), name, table.format, field_.dtype, shape, sha, tuple(pick.columns)))
    return found


class InputHashes:
    """SHA-256 of each input file, a thread a file, computed beside the run."""

    def __init__(self, assembly: Assembly) -> None:
        import threading

        self._found: dict[str, str] = {}
        paths = sorted({table.path for table in assembly.tables if table.path})
        self._threads = [threading.Thread(target=self._hash, args=(path,), daemon=True) for path in paths]
        for thread in self._threads:
            thread.start()

    def _hash(self, path: str) -> None:
        from ..sources.file_listing import sha256_of

        with contextlib.suppress(OSError):
            self._found[path] = sha256_of(path)

    def found(self) -> dict[str, str]:
        for thread in self._threads:
            thread.join()
        return self._found
