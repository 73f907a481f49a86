"""`losscli.gate`, `merge` and `verify` in Python: what the commands write, as objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core import registry
from ...core.errors import UsageProblem
from ...core.record import replace
from ...report.model import Report
from ...stats.comparison.verdict import Margin
from ..gate import Rules, notes_of_inconclusive
from ..gate import gate as gate_document
from ..merge import merge as merge_shards
from ..options.table import OPTIONS
from ..verify import Verification
from ..verify import verify as verify_report
from .given import document_of
from .margins import margin_of
from .words import python_words, worded


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
    by: bool = False,
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
        by: Whether every group of reports made with `by` is held by all of the rules too; p-values are adjusted for
            the number of groups, and a group of the baseline that the report lacks fails. Default: False.

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
            by,
        )
        gated = gate_document(document, earlier, rules, OPTIONS["on_no_baseline"].check(on_no_baseline))
        doubts = notes_of_inconclusive(gated, fails=False, stops="max_rise=0.0")
        return worded(replace(gated, warnings=[*gated.warnings, *doubts]))


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
        return worded(merge_shards([os.fspath(path) for path in paths]))


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
        return worded(verify_report(document_of(report), os.fspath(folder)))
