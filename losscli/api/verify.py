"""`losscli verify`: a report's numbers, computed again from its settings and its inputs."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from typing import Any

from ..core import registry
from ..core.errors import DataProblem, LossCliError
from ..core.loss_spec import LossSpec
from ..core.record import field, record, replace
from ..core.safe_text import shown
from ..core.version import __version__
from ..report import read_back
from ..report.lines.shown_digits import number
from ..report.model import Check, Input, Report, Result
from ..report.recipe import same_recipe
from ..report.result_parts import NOT_FINITE, status_of
from ..sources.columns.candidates import CLUSTER
from ..sources.columns.recognition import CALLED
from ..sources.datasets.file_listing import sha256_of
from ..sources.every_row import EveryRow
from . import documents
from .baseline.inputs import inputs_of
from .document_parts import PARTS, first_difference
from .evaluation import evaluate
from .merge import merge_documents
from .options.table import OPTIONS
from .requests.request import LossRequest, Request, request_from

ROUNDING = 1e-12  # relative; another processor rounds exp and log otherwise


@record
class Finding:
    """What became of one input or one number."""

    what: str
    same: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok     ' if self.same else 'DIFFERS'}  {self.what}: {self.detail}"


@record
class _Again:
    """What became of a result: the finding, the result and its inputs as they are now. An error has no inputs."""

    finding: Finding
    reported: Result
    result: Result
    inputs: list[Input]


@record
class Verification(Report):
    """The report as it is now: each result is held to its inputs and to its own numbers of before.

    Attributes:
        findings: What became of every input and of every number, in the order of the report.
    """

    findings: list[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every input and every number is what the report says."""
        return all(finding.same for finding in self.findings)


def verify(path: str | dict[str, Any], folder: str) -> Verification:
    """Every input compared with its hash, every number with what the same settings give now."""
    began = time.perf_counter()
    document = documents.read_results(path, "verify")
    inputs = [read_back.input(each) for each in document["inputs"]]
    again, contents = [], {}
    for entry in document["results"]:
        again.append(_number(entry, inputs, document, folder))
        contents.update({(each.role, each.path): each.content for each in again[-1].inputs if each.content})
    of_inputs = [_input(each, folder, contents.get((each.role, _path(each, folder)))) for each in inputs]
    findings = [*of_inputs, *(each.finding for each in again)]
    results, now = _results(again, inputs, of_inputs)
    elapsed = round(time.perf_counter() - began, 6)
    return Verification("verify", results, now, [], elapsed, document.get("request") or {}, findings)


def _results(again: list[_Again], inputs: list[Input], of_inputs: list[Finding]) -> tuple[list[Result], list[Input]]:
    """The results as they are now with their inputs. Each is held to its inputs and to its own numbers of before."""
    now: dict[Input, int] = {}
    results = []
    for each in again:
        places = tuple(now.setdefault(one, len(now)) for one in each.inputs)
        own = [of_inputs[place] for place in inputs_of(each.reported, inputs)[0]]
        checks = [Check(finding.what, finding.same, message=finding.detail) for finding in own]
        was, value = each.reported.value, each.result.value
        checks.append(Check(f"{each.reported.loss} as reported", each.finding.same, was, value, each.finding.detail))
        results.append(replace(each.result, inputs=places, gates=checks))
    return results, list(now)


def _input(each: Input, folder: str, content: str | None) -> Finding:
    """What became of an input; `content` is the digest of its columns now, where the file has those of other roles."""
    name = f"{each.role} {shown(str(each.path))}"
    if each.sha256 is None:
        return Finding(name, True, "no hash in the report")
    try:
        now = sha256_of(_path(each, folder))
    except OSError as problem:
        return Finding(name, False, (problem.strerror or str(problem)).lower())
    if now == each.sha256:
        return Finding(name, True, "unchanged")
    if each.content is not None and each.content == content:
        return Finding(name, True, "its columns are unchanged, in a file that is another now")
    return Finding(name, False, "its SHA-256 is another now")


def _path(each: Input, folder: str) -> str:
    if each.path is None or each.format == "array":
        raise DataProblem(f"The {each.role} were no file, so nothing can be computed again.")
    return _placed(folder, each.path)


def _placed(folder: str, path: str) -> str:
    """Where an input is now. Of an absolute path the longest end that is in the folder counts, if there is one."""
    if "://" in path or folder in ("", "."):
        return path
    if not os.path.isabs(path):
        return os.path.join(folder, path)
    steps = path.replace(os.sep, "/").split("/")[1:]
    ends = (os.path.join(folder, *steps[i:]) for i in range(len(steps)))
    return next(filter(os.path.exists, ends), path)


def _number(entry: dict[str, Any], inputs: list[Input], document: dict[str, Any], folder: str) -> _Again:
    """What became of a result."""
    reported = read_back.result(entry)
    name = f"{reported.dataset} {reported.loss}" if reported.dataset else reported.loss
    if reported.error:
        return _Again(Finding(name, True, "an error in the report"), reported, reported, [])
    try:
        own = inputs_of(reported, inputs)[1]
        added = {"partial": "state" in entry, "histograms": entry.get("histograms") is not None}
        again, now = _again(reported, own, document, folder, added)
    except LossCliError as problem:
        lost = replace(reported, value=None, stderr=None, ci=None, error=str(problem))
        return _Again(Finding(name, False, str(problem)), reported, lost, [])
    why = _difference(entry, reported, again, document)
    kept = {} if why else {"per_sample": reported.per_sample, "per_sample_file": reported.per_sample_file}
    again = replace(again, dataset=reported.dataset, request=reported.request, **kept)
    same = "one a row" if again.value is None else number(again.value)
    return _Again(Finding(name, not why, why or same), reported, again, now)


def _difference(entry: dict[str, Any], reported: Result, again: Result, document: dict[str, Any]) -> str:
    """In what a result is another now; empty where in nothing."""
    if not same_recipe(again, reported) and document["tool"].get("version") == __version__:
        return f"the settings are others now: {again.signature}"
    for key in ("value", "stderr"):
        was, value = entry.get(key), getattr(again, key)
        if not _equal(was, value, str(entry.get("status")) if key == "value" else "ok"):
            return f"{key} was {getattr(reported, key)}, is {value}"
    for key, was, value in _other_numbers(reported, again, entry.get("status") == "ok"):
        if not _equal(was, value, "ok"):
            return f"{key} was {was}, is {value}"
    known = reported.ci is None or again.ci is not None  # else the interval and what it stands on were not asked for
    parts = PARTS if known else {name: far for name, far in PARTS.items() if name != "effective"}
    return first_difference(entry, again.to_dict(), parts)


def _other_numbers(reported: Result, again: Result, finite: bool) -> Iterator[tuple[str, Any, Any]]:
    """What else a report says in numbers: rows and weights, what was left out, the interval."""
    yield "n", reported.n, again.n
    yield "weight_sum", reported.weight_sum, again.weight_sum
    for what in sorted({*reported.counts, *again.counts}):
        yield f"counts {what}", reported.counts.get(what, 0), again.counts.get(what, 0)
    if reported.ci and finite and again.ci:
        for end in ("level", "low", "high"):
            yield f"ci {end}", reported.ci.get(end), (again.ci or {}).get(end)


def _interval_again(reported: Result, request: dict[str, Any]) -> bool:
    """Whether there is an interval that can be computed again; a bootstrap must be known by its resamples."""
    return reported.ci is not None and (reported.ci.get("method") != "bootstrap" or "bootstrap" in request)


def _equal(was: Any, now: float | None, status: str) -> bool:
    if was is None or now is None:
        if status in NOT_FINITE:
            return now is not None and status_of(now) == status
        return was is None and now is None
    return isinstance(was, int | float) and math.isclose(was, now, rel_tol=ROUNDING, abs_tol=5e-324)


def _again(
    reported: Result, inputs: list[Input], document: dict[str, Any], folder: str, added: dict[str, Any]
) -> tuple[Result, list[Input]]:
    """What the same settings give now for the same files: of each shard, added up, where there are several.

    `added` is what was asked for beside the value.
    """
    request = (document.get("request") or {}) if reported.request is None else reported.request
    shards: list[list[Input]] = []
    for each in inputs:
        if not shards or each.role in {other.role for other in shards[-1]}:
            shards.append([])
        shards[-1].append(each)
    if len(shards) == 1:
        report = evaluate(_request(reported, shards[0], request, folder, added))
        return report.results[0], report.inputs
    reports = [evaluate(_request(reported, shard, request, folder, {**added, "partial": True})) for shard in shards]
    merged = merge_documents(
        [(str(shard[0].path), each.to_dict()) for shard, each in zip(shards, reports, strict=True)]
    )
    return merged.results[0], merged.inputs


def _request(
    reported: Result, inputs: list[Input], request: dict[str, Any], folder: str, added: dict[str, Any]
) -> Request:
    """The request of a result from its settings, its files and how they were read."""
    loss = registry.find(reported.loss)
    spoken = {called: role for role, called in CALLED.items()}
    files: dict[str, Any] = {"pred": None, "label": None, "weight": None}
    columns: dict[str, tuple[str, ...]] = {}
    arguments: dict[str, Any] = {p.name: reported.params[p.name] for p in loss.params if p.name in reported.params}
    for each in inputs:
        role = spoken.get(each.role, each.role)
        if each.format == "number":
            files[role] = EveryRow(float(each.path or "nan"))
            continue
        path = _path(each, folder)
        if role in files:
            files[role] = path
            columns[role] = each.columns
        else:
            place = files if role in (CLUSTER, "mask") else arguments
            place[role] = f"{path}::{','.join(each.columns)}" if each.columns else path
    options = {
        **{name: value for name, value in request.items() if name in OPTIONS},
        **columns,
        "input": reported.input,
        "reduction": None if reported.reduction == "pooled" else reported.reduction,
        "denominator": reported.denominator,
        "like": reported.like,
        "precision": reported.precision,
        **added,
    }
    if _interval_again(reported, request):
        options["ci"] = (reported.ci or {}).get("level")
    losses = [LossRequest(LossSpec(loss, arguments, {}))]
    return request_from(
        "compute", options, losses, files, hash_inputs=any(each.content or each.sha256 for each in inputs)
    )
