"""`losscli.batch`: many data sets and losses in Python, as the command has them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...core.errors import UsageProblem
from ...core.record import replace
from ...report.model import Report
from ...report.ranking import Ranking
from ...sources.datasets.table_cache import TableCache
from ..batch import BatchJob, BatchRecord, FailedJob
from ..batch import evaluate as evaluate_job
from ..options.table import OPTIONS
from ..requests.idle_arguments import refuse_idle
from ..requests.request import Request, request_from
from ..suites import suite
from ..suites.suite import expanded, limited
from .given import joined, lasting, losses_of, run_options
from .words import python_words, worded


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
            request = request_from(
                "losscli.evaluate", values, losses_of(losses), {**files, "pred": None}, hash_inputs=True
            )
            request = replace(request, losses=tuple(limited(request.losses, max, "max")))
            jobs, going = list(_jobs(data, request)), False
            refuse_idle(dict(enumerate(each for job in jobs for each in job.request.files.values())), values)
        ranking = _ranking(said, jobs)
        return worded(joined(_records(jobs, keep_going or going), time.perf_counter() - began, ranking.of))


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
    request = request_from("losscli.evaluate", {**values, "cluster": None}, [], {}, hash_inputs=True)
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
