"""A result beside the baseline's: the rows of both where they are the same, else the two values with their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...core.record import record
from ...report.lines.shown_digits import number
from ...report.lines.verdict_sentence import verdict_sentence
from ...report.model import Check, Input, Result
from ...sources.work_done import WORK
from ...stats.comparison.judgement import Estimate, Judgement, apart
from ...stats.comparison.verdict import INCONCLUSIVE, WORSE, Margin
from ...stats.effective import Effective, notes_on
from ...stats.notes import notes_on_difference, notes_on_infinite, notes_on_power
from ..requests.rebound import shapes_of
from . import kept_rows
from .evidence import AGREEING, Evidence, bound_of
from .inputs import identical, known, unlike
from .kept_rows import NoRows
from .pairing import bound_for, judgement_of, paired, refuse_other_values

_COMPARE = "losscli compare --test bootstrap"  # of the predictions: a gate has no other test


@record
class Side:
    """A result with its own inputs, and the folder of its report."""

    result: Result
    inputs: Sequence[Input]
    folder: str


@record
class BesideBaseline:
    """What is known of the difference of two results of the same settings."""

    name: str
    before: float
    now: float
    loss: str
    evidence: Evidence
    margin: Margin
    level: float
    group: dict[str, Any] | None = None  # the values of the columns of --by, where it is of a group

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the standard errors."""
        return self.evidence.notes

    @property
    def p_value(self) -> float | None:
        """That no difference would look like this; None where it cannot be told."""
        return self.evidence.judgement.outcome.p_value

    def check(self, p_value: float | None) -> Check:
        """The verdict, given the p-value after the adjustment for several losses."""
        judgement = self.evidence.judgement
        verdict = judgement.verdict(p_value, self.level)
        passed = None if verdict == INCONCLUSIVE else verdict != WORSE
        evidence = self.evidence.to_dict(verdict, self.margin, self.level, p_value)
        limit = self.before + judgement.limit
        message = self._message(verdict)
        return Check(self.name, passed, limit, self.now, message, evidence=evidence, group=self.group)

    def _message(self, verdict: str) -> str:
        judgement = self.evidence.judgement
        outcome = judgement.outcome
        said = verdict_sentence(
            verdict,
            self.loss,
            outcome.difference,
            self.before,
            (outcome.low, outcome.high),
            self.level,
            (self.margin.absolute, self.margin.relative),
            judgement.needed,
            self.evidence.rows,
        )
        # the same words as in `compare`, in lower case: a check's outcome stands before them
        words = {"Better": "improved", "Worse": "worse", "Not worse": "not worse", "Cannot tell": "cannot tell"}
        start, _, rest = said.partition(":")
        ends = ""
        if outcome.low is not None and outcome.high is not None:
            ends = f" [{outcome.low:.3g}, {outcome.high:.3g}]"
        numbers = f"{number(self.before)} before, {number(self.now)} now: {outcome.difference:+.3g}{ends}"
        return f"{words[start]}:{rest[:-1]}; {numbers}, margin {judgement.limit:.3g}; {self.evidence.how}"


def beside_baseline(name: str, before: Side, now: Side, margin: Margin, level: float) -> BesideBaseline | Check:
    """The difference of two results of the same settings, or the check that says why there is none."""
    earlier, result = before.result, now.result
    if why := unlike_sides(before, now):
        return Check(name, False, None, result.value, why)
    was, value = earlier.value, result.value
    if was is None or value is None:
        return Check(name, False, None, value, "one loss a row has no value to compare")
    same = identical(before.inputs, now.inputs)
    if same and (was == value or math.isclose(was, value, rel_tol=1e-9) or (math.isnan(was) and math.isnan(value))):
        limit = None if not math.isfinite(was) else was + margin.limit(was)
        message = f"not worse: the predictions and everything else are the baseline's, by their hashes; {number(value)}"
        return Check(name, True, limit, value, message)
    if not math.isfinite(value - was):
        try:  # rows that are infinite in both are no difference: the others are judged
            evidence = _of_rows(before, now, margin, level)
        except NoRows:
            return Check(name, bool(value <= was), None, value, f"{number(was)} before, {number(value)} now")
    else:
        evidence = _judged(before, now, margin, level)
    return BesideBaseline(name, was, value, result.loss, evidence, margin, level)


def unlike_sides(before: Side, now: Side) -> str:
    """Why two values of the same settings are not of the same rows; empty where nothing says so."""
    earlier, result = before.result, now.result
    if earlier.error or result.error:
        return result.error or earlier.error
    if earlier.n != result.n:
        return f"the baseline has {earlier.n} rows, the report {result.n}"
    joined = earlier.pairing is not None, result.pairing is not None
    return unlike(before.inputs, now.inputs, joined=joined)


def _judged(before: Side, now: Side, margin: Margin, level: float) -> Evidence:
    """What the rows say where both kept the same ones; else what the two values say, and why they were not paired."""
    try:
        return _of_rows(before, now, margin, level)
    except NoRows as why:
        estimates = _estimate(before.result), _estimate(now.result)
        rows = (_macro(now.result) or {}).get("groups", now.result.n)
        return unpaired_evidence(now.result.loss, estimates, margin, level, rows, str(why))


def unpaired_evidence(
    loss: str, sides: tuple[Estimate, Estimate], margin: Margin, level: float, rows: int, why: str
) -> Evidence:
    """What two values with their errors say, and why their rows were not paired."""
    judgement = apart(*sides, margin, level, rows)
    agreeing = None if judgement.outcome.stderr is None else _if_paired(sides, margin, level, rows)
    how = f"not paired, since {why}{_power(judgement, agreeing)}"
    return Evidence(judgement, rows, how, tuple(_notes_on_values(loss, sides, level)), why, agreeing)


def _of_rows(before: Side, now: Side, margin: Margin, level: float) -> Evidence:
    """What the rows say that both kept; NoRows says why they are not used."""
    if _macro(now.result) is not None:
        raise NoRows("the values are means over groups, and not over rows")
    if not (known(before.inputs) and known(now.inputs)):
        raise NoRows(kept_rows.NO_HASHES)
    bound = bound_for(now.result, shapes_of(now.inputs))
    held = []
    for side, whose in ((before, "the baseline"), (now, "the report")):
        held.append(kept_rows.read(side.result, side.folder, whose))
        refuse_other_values(held[-1], side.result, bound, whose)
        WORK.at(len(held) * len(held[-1].row), 3 * len(held[-1].row))  # of the rows of both, and of their differences
    rows = paired(*held)
    judgement = judgement_of(rows, bound, margin, level)
    notes = notes_on_difference(now.result.loss, judgement.outcome, level, test=_COMPARE)
    notes += notes_on_infinite(now.result.loss, before.result.value or 0.0, judgement.outcome.difference)
    notes += notes_on_power(now.result.loss, judgement)
    return Evidence(judgement, len(rows.now.row), rows.how, tuple(notes))


def _macro(result: Result) -> dict[str, Any] | None:
    """What the value is the mean of where it is one over groups."""
    macro: dict[str, Any] | None = (result.grouping or {}).get("macro")
    return macro


def _estimate(result: Result) -> Estimate:
    assert result.value is not None
    effective = None
    if result.effective is not None and result.stderr:
        by_weight = result.reduction == "mean" and result.denominator == "weights"
        effective = Effective.from_dict(result.effective, result.n, by_weight=by_weight)
    return Estimate(result.value, result.stderr, effective)


def _notes_on_values(loss: str, sides: tuple[Estimate, Estimate], level: float) -> list[str]:
    """That few rows carry a standard error, or resemble their neighbours, in either report."""
    notes: list[str] = []
    for each in sides:
        if each.effective is not None and not notes:  # the rows are the same, so that once is enough
            notes += notes_on(loss, each.effective, compared=False, nonnegative=True, level=level)
    return notes


def _power(judgement: Judgement, agreeing: Judgement | None) -> str:
    """What two values can show of a rise of the margin, and what paired rows could.

    The values are of the same rows, so that their errors go together: a difference spreads less than the standard error
    says, and a chance above one half is larger, one below it smaller.
    """
    if agreeing is None:
        return "; there are no standard errors"
    if judgement.power is None or agreeing.power is None:
        if judgement.detectable is None or agreeing.detectable is None:
            return ""
        return (
            f"; a rise of {judgement.detectable:.3g} would be shown in 80 % of cases, with paired rows whose losses "
            f"correlate by {AGREEING:g} one of {agreeing.detectable:.3g}"
        )
    return (
        f"; a true rise of the margin would be called worse in {bound_of(judgement.power)} "
        f"{100 * judgement.power:.0f} % of cases, with paired rows whose losses correlate by {AGREEING:g} in "
        f"{100 * agreeing.power:.0f} %"
    )


def _if_paired(sides: tuple[Estimate, Estimate], margin: Margin, level: float, rows: int) -> Judgement:
    """What paired rows would show, were the losses of the two models to go together as much as they often do."""
    before, now = sides
    assert before.stderr is not None
    assert now.stderr is not None
    variance = before.stderr**2 + now.stderr**2 - 2 * AGREEING * before.stderr * now.stderr
    difference = Estimate(now.value - before.value, math.sqrt(max(variance, 0.0)), now.effective)
    return apart(Estimate(0.0, 0.0), difference, Margin(margin.limit(before.value)), level, rows)
