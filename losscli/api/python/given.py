"""What Python hands over, as the rest of the interface takes it: losses in any spelling, reports as their documents."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...core import loss_spec
from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.loss_spec import LossSpec
from ...core.safe_text import shown
from ...report.model import Report, Result
from ..batch import BatchRecord
from ..batch_report import BatchReport
from ..options.table import OPTIONS, of_function
from ..requests.request import LossRequest


def losses_of(given: Any) -> list[LossRequest]:
    """The losses of a list; each is a name, `name:key=value`, a loss, or a pair of one of these and its parameters."""
    if isinstance(given, str | Loss):
        given = [given]
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise UsageProblem("losses must be a list, such as ['mse', 'focal:gamma=2'].", kind="bad_option")
    losses = [LossRequest(_spec(each)) for each in given]
    if not losses:
        raise UsageProblem("No loss is named.", "Give a list, such as ['mse', 'focal:gamma=2'].", kind="bad_option")
    texts = [each.spec.text for each in losses]
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise UsageProblem(f"{twice[0]} is there twice.", "Leave one out.", kind="contradiction")
    return losses


def _spec(given: Any) -> LossSpec:
    if isinstance(given, str):
        return loss_spec.read(given)
    if isinstance(given, Loss):
        return LossSpec(given, {}, {})
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
        spec, roles = _spec(given[0]), {}
        own = {role.name for role in spec.loss.roles}
        rest = {name: value for name, value in given[1].items() if not (name in own and not isinstance(value, str))}
        roles = {name: value for name, value in given[1].items() if name not in rest}
        return spec.with_own(loss_spec.checked(spec.loss, rest)).with_own(LossSpec(spec.loss, roles, {}))
    raise UsageProblem(
        f"{shown(repr(given), 80)} is no loss.", "Give a name, 'focal:gamma=2', or ('focal', {'gamma': 2}).",
        kind="bad_option",
    )  # fmt: skip


def run_options(function: str, given: Mapping[str, Any], called: str = "") -> dict[str, Any]:
    """Run options by name; one that the function has not is a UsageProblem, which says what was `called`."""
    known = {option.name for option in of_function(function)}
    for name in given:
        if name not in known:
            from ...core.did_you_mean import nearest

            hint = nearest(name, sorted(known)) or f"It takes: {', '.join(sorted(known))}."
            text = f"losscli.{called or function} takes no argument {name!r}."
            raise UsageProblem(text, hint, kind="unknown_argument")
    return {name: value for name, value in given.items() if name in OPTIONS}


def lasting(given: Any) -> Any:
    """What can be read more than once: the items of a generator as a list."""
    return list(given) if isinstance(given, Iterator) and not hasattr(given, "read") else given


def joined(
    records: Iterable[BatchRecord], elapsed: float, ordered: Callable[[list[Result]], list[Result]] = list
) -> Report:
    """One report of the records of a batch, as its document has them, its results as `ordered` puts them."""
    batch = BatchReport()
    warnings: dict[str, None] = {}
    for record in records:
        batch.add(record, notes=tuple(record.report.warnings))
        warnings.update(dict.fromkeys(record.report.warnings))
    return batch.report(list(warnings), elapsed, ordered)


def document_of(given: Any) -> dict[str, Any] | str:
    """The document of a Report or Result, one that was read already, or the path of its file."""
    if isinstance(given, Result):
        given = Report("compute", [given], list(given.sources), list(given.notes), request=given.reading or {})
    if isinstance(given, Report):
        from ...report.renderers.as_json import render

        document: dict[str, Any] = json.loads(render(given))
        return document
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    raise UsageProblem("A report is given as its file's path, as a Report or as its document.", kind="bad_option")
