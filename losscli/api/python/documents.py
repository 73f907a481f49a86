"""`losscli.gate`, `batch`, `merge` and `verify` in Python: what the commands write, as objects."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...core import registry
from ...core.errors import UsageProblem
from ...core.record import replace
from ...report.model import Report
from ...report.ranking import Ranking
from ...sources.datasets.table_cache import TableCache
from ...stats.comparison.verdict import Margin
from ..batch import BatchJob, BatchRecord, FailedJob
from ..batch import evaluate as evaluate_job
from ..gate import Rules, notes_of_inconclusive
from ..gate import gate as gate_document
from ..merge import merge as merge_shards
from ..options.table import OPTIONS
from ..requests.request import Request, request_from
from ..suites import suite
from ..suites.suite import expanded, limited
from ..verify import Verification
from ..verify import verify as verify_report
from .given import document_of, joined, lasting, losses_of, run_options
from .margins import margin_of
from .words import python_words


def gate(
    report: Any,
    baseline: Any = None,
    *,
    max: Mapping[str, float] | Iterable[tuple[str, float]] | float | None = None,
    margin: float | str | Mapping[str, float | str] = 0.0,
    max_rise: float | str | Mapping[str, float | str] | None = None,
    confidence: float | str = 0.95,
    adjust: str = "holm",
    informational: str | Sequence[str] = (),
    on_no_baseline: str = "fail",
) -> Report:
    """A report held to limits, and to a baseline where there is one: what `losscli gate` writes.

    Args:
        report: A Report or Result, the path of a report (`losscli compute --format json`), or its document as a dict.
        baseline: An earlier report, given in the same ways; no loss may be worse than there.
        max: The largest value that passes, of each loss by its name or as DATASET/LOSS; one number is for all. In
            a list of pairs a loss may have several, and all of them hold.
        margin: A rise that does not matter: a number, a percentage of the baseline's loss as text ("0.5%"), or a
            dictionary of these by loss.
        max_rise: A rise beyond the baseline that fails whatever chance may do, in the same forms.
        confidence: Of the intervals, in percent or as a share. Default: 0.95.
        adjust: p-values of several losses: holm, bh or none. Default: holm.
        informational: Losses that are told and never fail.
        on_no_baseline: A baseline file that is not there: fail or pass. Default: fail.

    Returns:
        A Report: each result has its `gates`, each a Check with `passed` (True, False, None: inconclusive) and its
        `message`. `report.passed` says whether none failed.

    Raises:
        UsageProblem: for a file that is not there, or where there is nothing to hold the report to.
        DataProblem: for a file that is no report.

    Example:
        >>> import losscli
        >>> result = losscli.compute("mse", [1.0, 2.0], [1.0, 3.0])
        >>> losscli.gate(result, max={"mse": 0.4}).passed
        False
    """
    with python_words():
        if max is None and baseline is None:
            raise UsageProblem(
                "There is nothing to hold the report to.",
                "Give max={'LOSS': VALUE} or baseline=REPORT.",
                options=("max",),
            )
        if max_rise is not None and baseline is None:
            raise UsageProblem(
                "max_rise is a rise beyond a baseline, and there is none.",
                "Give baseline=REPORT.",
                options=("max_rise", "baseline"),
            )
        document, earlier = document_of(report), None if baseline is None else document_of(baseline)
        named = (informational,) if isinstance(informational, str) else tuple(informational)
        common, own = _margins(margin)
        rise, rises = _margins(max_rise)
        limits = _limits(max, document)
        for name in [*(name for name, _ in limits), *named, *own, *rises]:
            registry.of_data_set(name)
        rules = Rules(
            limits,
            common or Margin(),
            own,
            OPTIONS["confidence"].check(confidence),
            OPTIONS["adjust"].check(adjust),
            frozenset(named),
            rise,
            rises,
        )
        gated = gate_document(document, earlier, rules, OPTIONS["on_no_baseline"].check(on_no_baseline))
        doubts = notes_of_inconclusive(gated, fails=False, stops="max_rise=0.0")
        return replace(gated, warnings=[*gated.warnings, *doubts])


def _margins(given: Any) -> tuple[Margin | None, dict[str, Margin]]:
    """The common margin, if there is one, and those of single losses."""
    if isinstance(given, Mapping):
        return None, {name: margin_of(each) for name, each in given.items()}
    return None if given is None else margin_of(given), {}


def _limits(given: Any, document: dict[str, Any] | str) -> list[tuple[str, float]]:
    """Every limit with the name of its loss."""
    if given is None:
        return []
    if isinstance(given, int | float):
        return [(name, float(given)) for name in _names(document)]
    try:
        return [(str(name), float(limit)) for name, limit in (given.items() if hasattr(given, "items") else given)]
    except (TypeError, ValueError):
        raise UsageProblem(
            "max is no limit of losses.", "Give max={'LOSS': VALUE}, a list of pairs, or a number.", options=("max",)
        ) from None


def _names(document: dict[str, Any] | str) -> list[str]:
    """The losses of a report, to be held to one limit."""
    from ..documents import read

    results = read(document)["results"]
    return list(dict.fromkeys(str(each.get("loss")) for each in results))


def merge(shards: Iterable[str | os.PathLike[str]]) -> Report:
    """The value of all rows of shards: what `losscli merge` writes.

    Args:
        shards: The paths of reports that `losscli compute --partial` wrote, each of some of the rows, with the
            same settings.

    Returns:
        A Report with one result for each of a shard's, computed from the sums of all.

    Raises:
        UsageProblem: for a file that is not there, or where there is no shard.
        DataProblem: for shards of other settings, without sums, or that are there twice.

    Example:
        >>> import losscli
        >>> losscli.merge([])
        Traceback (most recent call last):
            ...
        losscli.core.errors.UsageProblem: There is no shard to merge. Give the paths of reports.
    """
    with python_words():
        paths = [shards] if isinstance(shards, str | os.PathLike) else list(shards)
        if not paths:
            raise UsageProblem("There is no shard to merge.", "Give the paths of reports.")
        return merge_shards([os.fspath(path) for path in paths])


def verify(report: Any, folder: str | os.PathLike[str] = ".") -> Verification:
    """Every number of a report computed again: what `losscli verify` writes.

    Args:
        report: The path of a report that `losscli compute --format json` wrote, a Report or Result, or its document as
            a dict.
        folder: Where the paths of the inputs start. Default: the current folder.

    Returns:
        A Report of the results as they are now, each with its `gates`: a Check for each of its inputs and one for its
        numbers. `passed` says whether all are the same. `findings` lists what the command prints, for each input and
        each result: `what` it is, whether it is the `same`, and the `detail`.

    Raises:
        UsageProblem: for a file that is not there.
        DataProblem: for one that is no report, or whose inputs were no files.

    Example:
        >>> import losscli
        >>> losscli.verify("no-such-report.json")
        Traceback (most recent call last):
            ...
        losscli.core.errors.UsageProblem: There is no file no-such-report.json.
    """
    with python_words():
        return verify_report(document_of(report), os.fspath(folder))


def batch(
    data: Any,
    losses: Any = (),
    labels: Any = None,
    *,
    weights: Any = None,
    cluster: Any = None,
    max: Mapping[str, float] | float | None = None,
    keep_going: bool = False,
    sort: str | None = None,
    top: int | None = None,
    best: bool | None = None,
    **options: Any,
) -> Report:
    """Many data sets and losses, each data set read once for all of them: what `losscli batch` writes, as one Report.

    Args:
        data: A suite (the path of a .toml file), predictions as a path, a glob or a list of these, or a dictionary of
            predictions by the name of their data set.
        losses: What to compute: names, "focal:gamma=2", losses, or pairs of these and a dictionary of parameters.
        labels: The labels of all data sets, or for a dictionary of predictions a dictionary with the same names.
        weights: The weights of the rows, of all data sets.
        cluster: A column's name or a SPEC: rows with one value there are dependent.
        max: The largest value that passes, of each loss by its name; one number is for all.
        keep_going: Go on where a data set fails; its result has an `error` then. Default: False.
        sort: "value" puts the best value of each loss first and failures last, "name" goes by the data sets' names.
            Default: as they were named.
        top: Only so many of the best results of each loss. A whole number from 1. Default: all.
        best: Only the result with the best value; the name of its data set is `report.results[0].dataset`. There must
            be one loss. Default: False.
        **options: Run options as of `compute`: `pred`, `label`, `join`, `nan`, `ci`, `threads`, ...

    Returns:
        A Report: a result for each data set (`result.dataset`) and loss, in order. What a suite says of the order
        holds where no argument says it.

    Raises:
        UsageProblem: for a request that cannot be met.
        DataProblem: for data that are not what a loss takes, unless `keep_going`.

    Example:
        >>> import losscli
        >>> report = losscli.batch({"a": [1.0, 2.0], "b": [1.0, 3.0]}, ["mse", "mae"], labels=[1.0, 3.0])
        >>> [(result.dataset, result.loss, result.value) for result in report.results]
        [('a', 'mse', 0.5), ('a', 'mae', 0.5), ('b', 'mse', 0.0), ('b', 'mae', 0.0)]
    """
    began = time.perf_counter()
    with python_words():
        values = run_options("evaluate", options, called="batch")
        said = {"sort": sort, "top": top, "best": best}
        files = {"label": lasting(labels), "weight": lasting(weights), "cluster": cluster}
        values = {**values, "cluster": cluster}
        if _is_suite(data):
            jobs, going, said = _of_suite(os.fspath(data), values, losses, files, max, said)
        else:
            request = request_from("losscli.evaluate", values, losses_of(losses), {**files, "pred": None})
            request = replace(request, losses=tuple(limited(request.losses, max, "max")))
            jobs, going = list(_jobs(data, request)), False
        ranking = _ranking(said, jobs)
        return joined(_records(jobs, keep_going or going), time.perf_counter() - began, ranking.of)


def _ranking(said: Mapping[str, Any], jobs: Iterable[BatchJob]) -> Ranking:
    """The order of the results, checked before any of them is computed."""
    order, top, best = (OPTIONS[name].within("losscli.batch").check(said[name]) for name in said)
    asked = Ranking.of_options(order, top, best, [each.spec.text for job in jobs for each in job.request.losses])
    return Ranking(top=1) if asked.best else asked


def _is_suite(data: Any) -> bool:
    return isinstance(data, str | os.PathLike) and os.fspath(data).lower().endswith(".toml")


def _of_suite(
    path: str, values: dict[str, Any], losses: Any, files: Mapping[str, Any], limit: Any, said: Mapping[str, Any]
) -> tuple[list[BatchJob], bool, dict[str, Any]]:
    """The jobs of a suite, whether it goes on where one fails, and the order of results, given what is `said` of it."""
    own = [name for name, given in {**files, "losses": losses, "max": limit}.items() if given not in (None, (), [])]
    if own:
        raise UsageProblem(f"A suite says its own {own[0]}.", f"Leave out {own[0]}, or name files.")
    request = request_from("losscli.evaluate", {**values, "cluster": None}, [], {})
    read = suite.read(path, request)
    order = {name: read.order.get(name) if value is None else value for name, value in said.items()}
    if said["best"]:
        order = {**said}
    elif said["top"] is not None or said["sort"] is not None:
        order["best"] = None  # more than the best was asked for
    return read.jobs, bool(read.keep_going), order


def _jobs(data: Any, request: Request) -> Iterator[BatchJob]:
    """A job for each data set."""
    labels = request.files.get("label")
    if isinstance(data, Mapping):
        own_labels: Mapping[Any, Any] = labels if isinstance(labels, Mapping) and labels.keys() == data.keys() else {}
        for name, pred in data.items():
            own = {"pred": lasting(pred), "label": own_labels.get(name, labels)}
            yield BatchJob(str(name), replace(request, files={**request.files, **own}))
        return
    single = isinstance(data, str | os.PathLike) or not isinstance(data, Iterable)
    paths = [data] if single else list(data)
    if not all(isinstance(each, str | os.PathLike) for each in paths):
        raise UsageProblem(
            "data are predictions in files, or a dictionary of predictions by name.",
            "One data set is losscli.evaluate(losses, predictions, labels).",
        )
    for each in dict.fromkeys(path for given in paths for path in expanded(os.fspath(given))):
        yield BatchJob(each, replace(request, files={**request.files, "pred": each}))


def _records(jobs: Iterable[BatchJob | FailedJob], keep_going: bool) -> Iterator[BatchRecord]:
    shelf = TableCache()
    try:
        for job in jobs:
            for record in evaluate_job(job, shelf):
                if record.problem is not None and not keep_going:
                    raise record.problem
                yield record
    finally:
        shelf.close()
