"""`losscli verify`: a report's numbers, computed again from its recipes and its inputs."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

from ..core import registry
from ..core.errors import DataProblem, LossCliError
from ..core.loss_spec import LossSpec
from ..core.record import record
from ..core.safe_text import shown
from ..core.version import __version__
from ..report import read_back
from ..report.lines.summary_lines import number
from ..report.model import Input, Result
from ..report.recipe import same_recipe
from ..sources.columns.candidates import CLUSTER
from ..sources.columns.recognition import CALLED
from ..sources.datasets.file_listing import sha256_of
from . import documents
from .baseline.inputs import inputs_of
from .compute import evaluate
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


def verify(path: str, folder: str) -> list[Finding]:
    """Every input compared with its hash, every number with what the same recipe gives now."""
    document = documents.read(path)
    if document.get("command") not in ("compute", "batch", "merge"):
        raise DataProblem(
            f"{shown(path)} is of losscli {shown(str(document.get('command')))}.",
            "verify reads those of compute, batch and merge.",
        )
    inputs = [read_back.input(each) for each in document["inputs"]]
    numbers, contents = [], {}
    for entry in document["results"]:
        finding, now = _number(entry, inputs, document, folder)
        numbers.append(finding)
        contents.update({(each.role, each.path): each.content for each in now if each.content})
    return [*(_input(each, folder, contents.get((each.role, _path(each, folder)))) for each in inputs), *numbers]


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
    if "://" in path or not os.path.isabs(path) or folder in ("", "."):
        return path if "://" in path else os.path.join(folder, path)
    steps = path.replace(os.sep, "/").split("/")[1:]
    ends = (os.path.join(folder, *steps[i:]) for i in range(len(steps)))
    return next(filter(os.path.exists, ends), path)


def _number(
    entry: dict[str, Any], inputs: list[Input], document: dict[str, Any], folder: str
) -> tuple[Finding, list[Input]]:
    """What became of a result, and its inputs as they are now."""
    reported = read_back.result(entry)
    name = f"{reported.dataset} {reported.loss}" if reported.dataset else reported.loss
    if reported.error:
        return Finding(name, True, "an error in the report"), []
    try:
        again, now = _again(reported, inputs_of(reported, inputs)[1], document, folder)
    except LossCliError as problem:
        return Finding(name, False, str(problem)), []
    if not same_recipe(again, reported) and document["tool"].get("version") == __version__:
        return Finding(name, False, f"the recipe is another now: {again.signature}"), now
    for key in ("value", "stderr"):
        was, value = entry.get(key), getattr(again, key)
        if not _equal(was, value, str(entry.get("status")) if key == "value" else "ok"):
            return Finding(name, False, f"{key} was {was}, is {value}"), now
    for key, was, value in _other_numbers(reported, again, entry.get("status") == "ok"):
        if not _equal(was, value, "ok"):
            return Finding(name, False, f"{key} was {was}, is {value}"), now
    return Finding(name, True, "one a row" if again.value is None else number(again.value)), now


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
        if status in ("nan", "inf"):
            return now is not None and (math.isnan(now) if status == "nan" else math.isinf(now))
        return was is None and now is None
    return isinstance(was, int | float) and math.isclose(was, now, rel_tol=ROUNDING, abs_tol=5e-324)


def _again(reported: Result, inputs: list[Input], document: dict[str, Any], folder: str) -> tuple[Result, list[Input]]:
    """What the same recipe gives now for the same files: of each shard, added up, where there are several."""
    request = document.get("request") or {}
    shards: list[list[Input]] = []
    for each in inputs:
        if not shards or each.role in {other.role for other in shards[-1]}:
            shards.append([])
        shards[-1].append(each)
    if len(shards) == 1:
        report = evaluate(_request(reported, shards[0], request, folder, partial=False))
        return report.results[0], report.inputs
    reports = [evaluate(_request(reported, shard, request, folder, partial=True)) for shard in shards]
    merged = merge_documents(
        [(str(shard[0].path), each.to_dict()) for shard, each in zip(shards, reports, strict=True)]
    )
    return merged.results[0], merged.inputs


def _request(reported: Result, inputs: list[Input], request: dict[str, Any], folder: str, *, partial: bool) -> Request:
    """The request of a result from its recipe, its files and how they were read."""
    loss = registry.find(reported.loss)
    spoken = {called: role for role, called in CALLED.items()}
    files: dict[str, Any] = {"pred": None, "label": None, "weight": None}
    columns: dict[str, tuple[str, ...]] = {}
    arguments: dict[str, Any] = {p.name: reported.params[p.name] for p in loss.params if p.name in reported.params}
    for each in inputs:
        role, path = spoken.get(each.role, each.role), _path(each, folder)
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
        "partial": partial,
    }
    if _interval_again(reported, request):
        options["ci"] = (reported.ci or {}).get("level")
    losses = [LossRequest(LossSpec(loss, arguments, {}))]
    return request_from("compute", options, losses, files, hash_inputs=any(each.content for each in inputs))
