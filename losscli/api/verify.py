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
from ..report.model import Result
from ..report.recipe import same_recipe
from ..report.summary_lines import number
from ..sources.candidates import CLUSTER
from ..sources.datasets.file_listing import sha256_of
from ..sources.recognition import CALLED
from . import documents
from .compute import evaluate
from .options import OPTIONS
from .request import LossRequest, request_from

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
    if document.get("command") != "compute":
        raise DataProblem(
            f"{shown(path)} is of losscli {shown(str(document.get('command')))}.", "verify reads compute's."
        )
    findings = [_input(each, folder) for each in document["inputs"]]
    for result in document["results"]:
        findings.append(_number(result, document, folder))
    return findings


def _input(each: dict[str, Any], folder: str) -> Finding:
    name = f"{each.get('role')} {shown(str(each.get('path')))}"
    if each.get("path") is None or each.get("format") == "array":
        raise DataProblem(f"The {each.get('role')} were no file, so nothing can be computed again.")
    sha = each.get("sha256")
    if sha is None:
        return Finding(name, True, "no hash in the report")
    try:
        now = sha256_of(_placed(folder, each["path"]))
    except OSError as problem:
        return Finding(name, False, (problem.strerror or str(problem)).lower())
    return Finding(name, now == sha, "unchanged" if now == sha else "its SHA-256 is another now")


def _placed(folder: str, path: str) -> str:
    """Where an input is now. Of an absolute path the longest end that is in the folder counts, if there is one."""
    if "://" in path or not os.path.isabs(path) or folder in ("", "."):
        return path if "://" in path else os.path.join(folder, path)
    steps = path.replace(os.sep, "/").split("/")[1:]
    ends = (os.path.join(folder, *steps[i:]) for i in range(len(steps)))
    return next(filter(os.path.exists, ends), path)


def _number(result: dict[str, Any], document: dict[str, Any], folder: str) -> Finding:
    reported = read_back.result(result)
    name = reported.loss
    try:
        again = _again(reported, document, folder)
    except LossCliError as problem:
        return Finding(name, False, str(problem))
    if not same_recipe(again, reported) and document["tool"].get("version") == __version__:
        return Finding(name, False, f"the recipe is another now: {again.signature}")
    for key in ("value", "stderr"):
        was, now = result.get(key), getattr(again, key)
        if not _equal(was, now, str(result.get("status")) if key == "value" else "ok"):
            return Finding(name, False, f"{key} was {was}, is {now}")
    for key, was, now in _other_numbers(reported, again, result.get("status") == "ok"):
        if not _equal(was, now, "ok"):
            return Finding(name, False, f"{key} was {was}, is {now}")
    return Finding(name, True, "one a row" if again.value is None else number(again.value))


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


def _again(reported: Result, document: dict[str, Any], folder: str) -> Result:
    """What the same recipe gives now for the same files."""
    loss, request = registry.find(reported.loss), document.get("request") or {}
    spoken = {called: role for role, called in CALLED.items()}
    files: dict[str, Any] = {"pred": None, "label": None, "weight": None}
    columns: dict[str, tuple[str, ...]] = {}
    arguments: dict[str, Any] = {p.name: reported.params[p.name] for p in loss.params if p.name in reported.params}
    for each in document["inputs"]:
        role, path = spoken.get(each["role"], each["role"]), _placed(folder, each["path"])
        names = tuple(each.get("columns") or ())
        if role in files:
            files[role] = path
            columns[role] = names
        else:
            place = files if role == CLUSTER else arguments
            place[role] = f"{path}::{','.join(names)}" if names else path
    options = {
        **{name: value for name, value in request.items() if name in OPTIONS},
        **columns,
        "input": reported.input,
        "reduction": None if reported.reduction == "pooled" else reported.reduction,
        "denominator": reported.denominator,
        "like": reported.like,
        "precision": reported.precision,
    }
    if _interval_again(reported, request):
        options["ci"] = (reported.ci or {}).get("level")
    losses = [LossRequest(LossSpec(loss, arguments, {}))]
    return evaluate(request_from("compute", options, losses, files)).results[0]
