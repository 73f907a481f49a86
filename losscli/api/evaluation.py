"""One loss of one data set: the files opened, the loss bound to them, the run, and the report of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import LossCliError
from ..core.loss import Loss
from ..core.record import record, replace
from ..engine.run import BlockRun, Settings, run
from ..report.model import Report
from ..sources.assembly import Assembly, assemble
from ..sources.columns.choice import InputRequest
from ..stats.uncertainty import IntervalRequest
from .requests.binding import bound_of
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Options, Request
from .results import concluded, contents_of, watched

if TYPE_CHECKING:
    from ..sources.columns.column_content import ContentDigest


@record
class Plan:
    """A loss bound to its data, and how it is to be run; `assembly` is open until the run is over."""

    alias: str
    options: Options
    assembly: Assembly
    bound: BoundLoss
    interval: IntervalRequest
    settings: Settings
    hashes: InputHashes | None = None
    contents: ContentDigest | None = None


def planned(request: Request) -> Plan:
    """The data of a request opened, and its loss bound to them."""
    (requested,) = request.losses
    loss, options = requested.spec.loss, requested.options(request.options)
    inputs, params = request.inputs(requested.spec)
    assembly = assembled(loss, inputs, params, options)
    try:
        bound = bound_of(loss, assembly, assembly.params, options)
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        interval = IntervalRequest.of(bound, "cluster" in assembly.frame.roles, options.ci, options.bootstrap)
        contents = contents_of(assembly, arrays=bool(options.per_sample)) if request.hash_inputs else None
        settings = replace(interval.watching(settings_of(bound, options)), reader=contents)
        settings = watched(settings, options, assembly, bound, interval)
    except BaseException:
        assembly.close()
        raise
    return Plan(requested.spec.alias, options, assembly, bound, interval, settings, hashes, contents)


def evaluate(request: Request, distribute: Callable[[Request], Callable[[BlockRun], None]] | None = None) -> Report:
    """One loss of one data set as a report; what `distribute` gives for a request runs its blocks elsewhere."""

    def work(each: Request) -> Report:
        return _evaluate(each, None if distribute is None else distribute(each))

    try:
        return work(request)
    except LossCliError as problem:
        from .requests.uneven_lists import read_once_more

        return read_once_more(work, request, problem)


def _evaluate(request: Request, distribute: Callable[[BlockRun], None] | None) -> Report:
    began = time.perf_counter()
    plan = planned(request)
    assembly, options = plan.assembly, plan.options
    try:
        outcome = run(plan.bound, assembly.frame, replace(plan.settings, distribute=distribute))
        result, notes = concluded(outcome, assembly, options, plan.interval, alias=plan.alias)
        read = inputs_of(assembly, outcome.read, plan.hashes.by_path() if plan.hashes else {}, plan.contents)
        result = replace(result, inputs=tuple(range(len(read))))
    finally:
        assembly.close()
    elapsed = round(time.perf_counter() - began, 6)
    document = {**options.request("compute"), **classes_of(assembly, plan.bound)}
    return Report("compute", [result], read, notes, elapsed, document)


def classes_of(assembly: Assembly, bound: BoundLoss) -> dict[str, Any]:
    """The names of the classes, where labels are matched with them: given, or those of the predictions' columns.

    With them the axis of the classes, where a parameter's array said it, since a report has a list in its place.
    """
    said = any(getattr(value, "says_axis", False) for value in bound.params.values())
    axis = {"class_axis": bound.layout.class_axis} if said else {}
    return {**({"classes": list(assembly.classes)} if assembly.classes else {}), **axis}


def assembled(loss: Loss, inputs: InputRequest, params: dict[str, Any], options: Options) -> Assembly:
    """The files opened and their columns chosen, with what the convention knows of them before their shapes."""
    kind, layout = options.input or loss.pred[0], {}
    if options.like is not None:
        first = loss.calls(options.like, options.input, params)[0]
        kind = options.input or first.input or kind
        layout = {name: value for name, value in first.knobs.items() if name == "layout"}
    return assemble(loss, inputs, {**layout, **params}, kind)


def settings_of(bound: BoundLoss, options: Options) -> Settings:
    """How to run it, with the policies of the convention where none is given."""
    framework = bound.preset.framework if bound.preset else None
    nan = options.nan or (framework.nan if framework else "error")
    empty = framework is not None and framework.empty is not None
    settings = replace(options.settings, nan=nan, empty=empty, narrow=not options.partial)
    if not options.histograms:
        return settings
    from ..engine.histograms import Histograms

    return replace(settings, histograms=Histograms(bound, nan, settings.missing))
