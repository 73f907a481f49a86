"""`losscli gate`: a report held to rules, beside a baseline where there is one."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core import registry
from ..core.errors import DataProblem, UsageProblem
from ..core.record import field, record, replace
from ..core.safe_text import shown
from ..core.scratch import Array
from ..report import read_back
from ..report.model import Check, Input, Report, Result
from ..report.recipe import differences, recipe_of, same_recipe
from ..report.summary_lines import number
from ..stats.multiplicity import adjusted
from ..stats.power import critical
from ..stats.quantiles import t_tail
from ..stats.verdict import INCONCLUSIVE, WORSE, Margin, verdict
from . import documents


@record
class Rules:
    """What a report is held to. A rule names a loss, or DATASET/LOSS; without a margin of its own a loss has the common
    one. `informational` losses are told and never fail.
    """

    maxima: Mapping[str, float] = field(default_factory=dict)
    margin: Margin = field(default_factory=Margin)
    margins: Mapping[str, Margin] = field(default_factory=dict)
    confidence: float = 0.95
    adjust: str = "holm"
    informational: frozenset[str] = frozenset()

    def margin_of(self, result: Result) -> Margin:
        """The margin of a result."""
        return next((margin for name, margin in self.margins.items() if is_of(result, name)), self.margin)


def at_most(result: Result, limit: float) -> Check:
    """That a value is no higher than a limit. What is no number is not."""
    value = math.nan if result.value is None else result.value
    if result.error:
        return Check(f"{result.loss} <= {limit:g}", False, limit, None, result.error)
    passed = value <= limit
    message = f"{number(value)} is {'at most' if passed else 'above'} {limit:g}"
    if math.isnan(value):
        message = "there is no value" if result.value is None else "the value is nan"
    return Check(f"{result.loss} <= {limit:g}", passed, limit, value, message)


def gate(path: str, baseline: str | None, rules: Rules, on_no_baseline: str = "fail") -> Report:
    """The report with its checks. A comparison that cannot be made fails and says why.

    `on_no_baseline` is "pass" where a baseline that is not there yet is a note instead of a UsageProblem.
    """
    document = documents.read(path)
    results = [read_back.result(each) for each in document["results"]]
    inputs = [read_back.input(each) for each in document["inputs"]]
    held = [_held(result, rules) for result in results]
    held = _named(held, rules)
    notes = []
    if baseline is not None:
        before = _read_baseline(baseline, on_no_baseline)
        if before is None:
            notes.append(f"There is no baseline {shown(baseline)} yet, so the report was compared with none.")
        else:
            beside = _Baseline(before, os.path.dirname(baseline), os.path.dirname(path), inputs)
            held = beside.checked(held, rules)
    return Report("gate", held, inputs, notes)


def _read_baseline(path: str, on_no_baseline: str) -> dict[str, Any] | None:
    """The baseline's document; None where there is no such file and that may be. A file that is no report never may."""
    try:
        return documents.read(path)
    except UsageProblem as problem:
        if problem.kind != "missing_file":
            raise
        if on_no_baseline == "pass":
            return None
        hint = "In a first run, which has no baseline yet, say --on-no-baseline pass."
        raise UsageProblem(
            problem.message,
            hint,
            kind=problem.kind,
            file=problem.file,
            options=("baseline", "on-no-baseline"),
            fix="--on-no-baseline pass",
        ) from None


def _held(result: Result, rules: Rules) -> Result:
    checks = [at_most(result, limit) for name, limit in rules.maxima.items() if is_of(result, name)]
    return replace(result, gates=_informed([*result.gates, *checks], result, rules))


def is_of(result: Result, name: str) -> bool:
    """Whether a rule's name means this result: the loss's name or alias, or a data set's name before a slash."""
    dataset, slash, loss = name.rpartition("/")
    return registry.find(loss).name == result.loss and (not slash or dataset == result.dataset)


def _informed(checks: list[Check], result: Result, rules: Rules) -> list[Check]:
    informational = any(is_of(result, name) for name in rules.informational)
    return [replace(check, informational=check.informational or informational) for check in checks]


def _named(results: list[Result], rules: Rules) -> list[Result]:
    """A rule for a loss that the report lacks is a failure of its own."""
    missing = [name for name in rules.maxima if not any(is_of(result, name) for result in results)]
    return results + [_absent(name, "the report has no such loss") for name in missing]


def _absent(name: str, message: str) -> Result:
    check = Check(name, False, None, None, message)
    return Result(name, None, 0, 0.0, "mean", None, "", None, {}, "", error=message, gates=[check])


@record
class _Pair:
    """A result beside the baseline's, and what is known of their difference."""

    name: str
    earlier: Result
    result: Result
    stderr: float | None
    how: str
    n: int

    @property
    def difference(self) -> float:
        assert self.result.value is not None
        assert self.earlier.value is not None
        return self.result.value - self.earlier.value

    @property
    def p_value(self) -> float | None:
        """That no difference would look like this; None where it cannot be told."""
        if not self.stderr:
            return None if self.stderr is None else float(self.difference == 0.0)
        return 2.0 * t_tail(abs(self.difference) / self.stderr, max(self.n - 1.0, 1.0))

    def check(self, rules: Rules, p_value: float | None) -> Check:
        """The verdict, given the p-value after the adjustment for several losses."""
        assert self.earlier.value is not None
        limit = rules.margin_of(self.result).limit(self.earlier.value)
        low = high = None
        if self.stderr is not None:
            reach = critical(rules.confidence, max(self.n - 1.0, 1.0)) * self.stderr
            low, high = self.difference - reach, self.difference + reach
        significant = p_value is not None and p_value <= 1.0 - rules.confidence + 1e-12
        said = verdict(self.difference, low, high, limit, significant)
        passed = None if said == INCONCLUSIVE else said != WORSE
        around = f" [{low:.3g}, {high:.3g}]" if low is not None and high is not None else ""
        message = f"{said}: {number(self.earlier.value)} before, {self.difference:+.3g}{around}, margin {limit:.3g}"
        return Check(self.name, passed, self.earlier.value + limit, self.result.value, f"{message}, {self.how}")


class _Baseline:
    """The results of an earlier report, and what it takes to compare with them."""

    def __init__(self, document: dict[str, Any], folder: str, ours: str, inputs: list[Input]) -> None:
        self.results = [read_back.result(each) for each in document["results"]]
        self.inputs = [read_back.input(each) for each in document["inputs"]]
        self.folder, self.ours, self.now = folder, ours, inputs

    def checked(self, results: list[Result], rules: Rules) -> list[Result]:
        """The results with their verdicts, and a failure for each that the report has lost."""
        pairs = [self._beside(result) if result.signature else None for result in results]
        values = adjusted([each.p_value if isinstance(each, _Pair) else None for each in pairs], rules.adjust)
        held = []
        for result, each, p_value in zip(results, pairs, values, strict=True):
            check = each.check(rules, p_value) if isinstance(each, _Pair) else each
            more = _informed([check], result, rules) if check is not None else []
            held.append(replace(result, gates=[*result.gates, *more]))
        return held + self._lost(results)

    def _beside(self, result: Result) -> _Pair | Check:
        """The pair, or the check that says why there is none."""
        name = f"{result.loss} against the baseline"
        earlier = [each for each in self.results if (each.loss, each.dataset) == (result.loss, result.dataset)]
        alike = [each for each in earlier if same_recipe(each, result)]
        if not earlier:
            why = f"the baseline has no {result.loss}"
        else:
            why = self._unlike(alike[0], result) if alike else earlier[0].error or _differs(earlier[0], result)
        if why:
            return Check(name, False, None, result.value, why)
        before, now = alike[0].value, result.value
        if before is None or now is None:
            return Check(name, False, None, now, "one loss a row has no value to compare")
        if not math.isfinite(now - before):
            return Check(name, bool(now <= before), None, now, f"{number(before)} before, {number(now)} now")
        return _Pair(name, alike[0], result, *self._spread(alike[0], result))

    def _lost(self, results: list[Result]) -> list[Result]:
        """What the baseline has and the report lacks."""
        have = {(result.loss, result.dataset) for result in results}
        gone = [each for each in self.results if (each.loss, each.dataset) not in have]
        return [_absent(each.loss, f"the baseline has {each.loss}, and the report has not") for each in gone]

    def _unlike(self, earlier: Result, result: Result) -> str:
        """Why two values of one recipe are not of the same rows; empty where nothing says so."""
        if earlier.error or result.error:
            return earlier.error or result.error
        if earlier.n != result.n:
            return f"the baseline has {earlier.n} rows, the report {result.n}"
        before = {each.role: each.sha256 for each in self.inputs if each.role != "predictions"}
        now = {each.role: each.sha256 for each in self.now if each.role != "predictions"}
        for role in sorted({*before, *now}):
            if (role in before) != (role in now):
                return f"only {'the baseline' if role in before else 'the report'} has {role}"
            if before[role] and now[role] and before[role] != now[role]:
                return f"the {role} are others than the baseline's: their SHA-256 differ"
        return ""

    def _spread(self, earlier: Result, result: Result) -> tuple[float | None, str, int]:
        """The standard error of the difference, how it was found, and of how many rows."""
        rows = _rows(earlier, self.folder), _rows(result, self.ours)
        divisor = {"weights": result.weight_sum, "count": result.n, None: 1.0}.get(result.denominator)
        if rows[0] is not None and rows[1] is not None and divisor and earlier.weight_sum == result.weight_sum:
            if len(rows[0]) != len(rows[1]):
                raise DataProblem(
                    f"{earlier.per_sample} has {len(rows[0])} rows and {result.per_sample} {len(rows[1])}."
                )
            apart, n = rows[1] - rows[0], len(rows[0])
            if n < 2 or not np.isfinite(apart).all():
                return None, "too few rows", n
            spread = float(np.sqrt(n / (n - 1) * np.sum((apart - apart.mean()) ** 2)))
            return spread / divisor, "paired by rows", n
        if earlier.stderr is None or result.stderr is None:
            return None, "without standard errors", result.n
        return math.hypot(earlier.stderr, result.stderr), "not paired: --per-sample of both would be", result.n


def _rows(result: Result, folder: str) -> Array | None:
    """The rows that a result kept, if their file is there: beside the report, or where its path says."""
    if result.per_sample is None:
        return None
    for path in (os.path.join(folder, os.path.basename(result.per_sample)), result.per_sample):
        if os.path.isfile(path):
            return documents.rows(path)
    return None


def _differs(earlier: Result, result: Result) -> str:
    """In what two results were computed otherwise: the first of it."""
    before, now = recipe_of(earlier), recipe_of(result)
    for name in differences(before, now):
        return f"another recipe: {name} was {before.get(name)}, is {now.get(name)}"
    return "another recipe"
