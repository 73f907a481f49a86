"""Two results and the rows that both kept: paired only where these are the same rows, and judged as `compare` does."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ...core.arrays.inputs import Shape
from ...core.binding.bound_loss import BoundLoss
from ...core.errors import LossCliError
from ...core.record import record
from ...core.scratch import Array
from ...core.sums.state import State
from ...engine.missing import FilteredBlock
from ...engine.outcome import Outcome
from ...report.model import Result
from ...sources.work_done import WORK
from ...stats.comparison.infinite_rows import finite_terms
from ...stats.comparison.judgement import Judgement, judged
from ...stats.comparison.paired import PairedLoss, PairedSums, minus
from ...stats.comparison.paired_test import Method, PairedTest
from ...stats.comparison.verdict import Margin
from ...stats.influence_rows import IndependentUnits, gathered
from ...stats.row_sample import RowSample
from ..requests.rebound import bound_anew
from ..results import summarise
from .kept_rows import AGAIN, KeptRows, NoRows

_PIECE = 1 << 12  # rows that a sample is shown at a time
_ROUNDING = 1e-9  # relative, between a report's value and that of its rows


@record
class PairedRows:
    """The rows that two reports have in common, in one order; how many of either are missing in the other."""

    before: KeptRows
    now: KeptRows
    only_before: int
    only_now: int
    cluster: Array | None

    @property
    def how(self) -> str:
        """How they were paired, in words."""
        by = "by key" if self.before.by_key else "by their places in the labels' file"
        clusters = "" if self.cluster is None else f" in {len(np.unique(self.cluster))} clusters"
        alone = f", without {self.only_before} that only the baseline has and {self.only_now} that only the report has"
        left_out = alone if self.only_before or self.only_now else ""
        return f"paired by rows ({len(self.now.row)}{clusters}, {by}{left_out})"


def paired(before: KeptRows, now: KeptRows) -> PairedRows:
    """The rows of both; NoRows says why they are not the same rows."""
    if before.by_key != now.by_key:
        raise NoRows(f"only {'the baseline' if before.by_key else 'the report'} has keys for its rows. {AGAIN}")
    if before.terms.shape[1] != now.terms.shape[1]:
        raise NoRows("a row has another number of terms in the baseline than in the report")
    if np.array_equal(before.row, now.row):
        order = [np.arange(len(now.row))] * 2
    else:
        for rows, whose in ((before, "the baseline"), (now, "the report")):
            if len(np.unique(rows.row)) < len(rows.row):
                raise NoRows(f"{whose} has rows twice, so that they cannot be told apart")
        _, *order = np.intersect1d(before.row, now.row, assume_unique=True, return_indices=True)
    if not len(order[0]):
        raise NoRows("the baseline and the report have no rows in common")
    ours, theirs = before.at(order[0]), now.at(order[1])
    if not np.array_equal(ours.mass, theirs.mass):
        at = int(np.argmax(ours.mass != theirs.mass))
        which = "a row" if ours.by_key else f"row {ours.row[at]} (from 0) of the labels"
        raise NoRows(f"{which} counts for {ours.mass[at]:g} in the baseline and for {theirs.mass[at]:g} in the report")
    if (ours.repeats is None) != (theirs.repeats is None) or not np.array_equal(
        ours.mass if ours.repeats is None else ours.repeats, theirs.mass if theirs.repeats is None else theirs.repeats
    ):
        raise NoRows("the rows of the baseline stand for other numbers of rows than those of the report")
    alone = len(before.row) - len(ours.row), len(now.row) - len(theirs.row)
    return PairedRows(ours, theirs, *alone, _clusters(ours, theirs))


def _clusters(before: KeptRows, now: KeptRows) -> Array | None:
    """The clusters of the rows, whichever report knows them; where both do they must be the same."""
    ours, theirs = before.cluster, now.cluster
    if ours is None or theirs is None:
        codes = theirs if ours is None else ours
        return None if codes is None else np.unique(codes, return_inverse=True)[1]
    ours, theirs = (np.unique(codes, return_inverse=True)[1] for codes in (ours, theirs))
    together = np.unique(ours * (int(theirs.max()) + 1) + theirs)
    if not len(together) == len(np.unique(ours)) == len(np.unique(theirs)):
        raise NoRows("the clusters of the baseline are others than those of the report")
    return ours


def refuse_other_values(rows: KeptRows, result: Result, bound: BoundLoss, whose: str) -> None:
    """NoRows where the rows do not add up to the report's value."""
    if bound.reduces and bound.dependent is not None:
        raise NoRows(f"{bound.loss.name} has no standard error: {bound.dependent.reason}")
    if bound.batched:
        raise NoRows(f"the rows of a batch of {bound.loss.name} depend on each other")
    state = State.of(_columns(rows.terms), _weights(rows), ignored=rows.ignored, repeats=rows.repeats)
    try:
        value = summarise(Outcome(bound, state), result.weighted).value
    except LossCliError as problem:
        raise NoRows(f"the rows of {whose} give no value ({problem})") from None
    assert value is not None
    if result.value is None or not math.isclose(value, result.value, rel_tol=_ROUNDING, abs_tol=1e-300):
        raise NoRows(f"the rows of {whose} give {value:.8g}, and its value is {result.value:.8g}. {AGAIN}")


def bound_for(result: Result, shapes: Mapping[str, Shape]) -> BoundLoss:
    """The loss bound anew; NoRows where the report does not say enough."""
    try:
        return bound_anew(result, shapes)
    except LossCliError as problem:
        raise NoRows(f"the loss cannot be set up again from the report ({problem})") from None


def judgement_of(rows: PairedRows, bound: BoundLoss, margin: Margin, level: float, *, reach: bool = True) -> Judgement:
    """What `compare` says of these rows; without `reach` not what they could have shown."""
    before, now = _columns(rows.before.terms), _columns(rows.now.terms)
    columns = [*before, *now, *(minus(c, b) for b, c in zip(before, now, strict=True))]
    mass = rows.now.mass
    repeats = rows.now.repeats
    state = State.of(columns, _weights(rows.now), ignored=rows.now.ignored, repeats=repeats)
    sums = PairedSums(PairedLoss.of(bound, [bound]), state)
    if bound.one_row:
        raise NoRows("the data are one row, whose pixels are not independent")
    units = None
    if rows.cluster is not None:
        places = np.arange(len(mass))
        number = np.ones_like(places) if repeats is None else repeats.astype(np.int64)
        terms = finite_terms(np.stack(columns, axis=1), sums.sides)
        each = IndependentUnits(places, terms, mass, number, number * (mass != 0))
        units = gathered(each, rows.cluster)
        if len(units) < 2:
            raise NoRows("all rows are of one cluster")
    if sums.n < 2:
        raise NoRows("there is one row that counts")
    test = PairedTest(sums, Method("t", level, units is not None), units, _sample(columns, mass, repeats))
    (judgement,) = judged(test, sums.difference(None, 0), margin, reach=reach)
    return judgement


def _sample(columns: list[Array], mass: Array, repeats: Array | None) -> RowSample:
    """The rows as a run would show them to a sample, in pieces, so that few of very many are kept."""
    sample = RowSample(candidates=1, repeats=repeats is not None)
    for start in range(0, len(mass), _PIECE):
        WORK.at(2 * len(mass) + start, 3 * len(mass))
        piece = FilteredBlock({} if repeats is None else {"weight": repeats[start : start + _PIECE]}, start)
        sample(piece, [column[start : start + _PIECE] for column in columns], mass[start : start + _PIECE])
    return sample


def _columns(terms: Array) -> list[Array]:
    return [np.ascontiguousarray(column) for column in terms.T]


def _weights(rows: KeptRows) -> Array | None:
    return None if rows.repeats is None and bool(np.all(rows.mass == 1.0)) else rows.mass
