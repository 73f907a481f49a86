"""The search: which groups of the sample are worse than the rest, one after the other.

The group with the largest difference in standard errors comes first. What it is worse by is then taken off its rows,
so that what comes next is worse for a reason of its own: a part of a group is only chosen if it is worse than the
group, and a group that is worse because of one of its parts is not chosen beside it (matching pursuit, Mallat and
Zhang 1993, IEEE Transactions on Signal Processing 41, 3397-3415).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from .cells import Cells
from .columns import CodedColumn
from .conditions import Conditions, nested, parents

MOST_COMBINATIONS = 1500  # of columns
_MOST_OF_COLUMNS = 500  # groups of the same columns that are followed
_LEAST = 2.5  # standard errors
_SIMPLER = 1.5  # standard errors by which a further condition must make a group stand out more
_MOST_REFUSED = 5  # groups for each that may be chosen
_CLEARLY = 4.0  # standard errors by which a part must be worse than what is left of its group to stand for it
_NO_WORSE = 2.0  # standard errors up to which what is left is no worse than the rest
_STEADY = 10.0  # rows of the usual spread that are added to each group's own: the spread of few rows is not known


@record
class Search:
    """What the search found: groups in the order in which they were chosen, and how many were looked at."""

    groups: list[Conditions]
    tried: int


class _Combination:
    """The groups of some columns that have enough rows, as arrays; `places` are those among all groups of the cells."""

    def __init__(self, cells: Cells, codes: Sequence[Array], excess: Array, mass: Array, least: int) -> None:
        self.cells = cells
        index = cells.index(codes)
        rows = cells.sums(index, None).ravel()
        total = len(excess)
        large = (rows >= least) & (total - rows >= least)
        self.tried = int(np.count_nonzero(large))
        self.places = np.flatnonzero(large)
        self.rows = rows[self.places]
        self.sums = self._of_groups(index, excess)
        self.mass = self._of_groups(index, mass)
        squares = self._of_groups(index, excess * excess)
        whole = float(np.sum(excess * excess))
        usual = whole / total
        own = squares - self.sums * self.sums / self.rows
        rest = total - self.rows
        other = whole - squares - self.sums * self.sums / rest  # the excess of all rows adds up to 0
        spread = (np.maximum(own, 0.0) + _STEADY * usual) * self.rows / (self.rows + _STEADY)
        spread_of_rest = (np.maximum(other, 0.0) + _STEADY * usual) * rest / (rest + _STEADY)
        weight = float(np.sum(mass))
        self.errors = np.sqrt(spread / self.mass**2 + spread_of_rest / np.maximum(weight - self.mass, 1e-300) ** 2)
        self._only(np.argsort(-self.scores(0.0, weight), kind="stable")[:_MOST_OF_COLUMNS])

    def _of_groups(self, index: Array, values: Array) -> Array:
        return np.asarray(self.cells.sums(index, values).ravel()[self.places])

    def _only(self, kept: Array) -> None:
        for name in ("places", "rows", "sums", "mass", "errors"):
            setattr(self, name, getattr(self, name)[kept])

    def scores(self, total: float, weight: float) -> Array:
        """The difference of each group from the rest in standard errors, less what further conditions cost."""
        rest = np.maximum(weight - self.mass, 1e-300)
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = self.sums / self.mass - (total - self.sums) / rest
            scores = apart / self.errors
        further = _SIMPLER * (len(self.cells.columns) - 1)
        return np.where(np.isfinite(scores) & (self.errors > 0.0), scores - further, -math.inf)

    def take_off(self, codes: Sequence[Array], members: Array, taken: Array) -> None:
        """Take this off the rows of a group, which stand at `members`."""
        index = self.cells.index([own[members] for own in codes])
        self.sums = self.sums - self._of_groups(index, taken)


def searched(
    columns: Sequence[CodedColumn],
    codes: Sequence[Array],
    excess: Array,
    mass: Array,
    *,
    depth: int,
    least: int,
    most: int,
) -> Search:
    """The groups that are worse than the rest of a sample.

    Args:
        columns: the columns, and the codes of the rows in each, (n,).
        excess: by how much each row's loss is above the mean, times what it counts for, (n,); it adds up to 0.
        mass: what each row counts for, (n,).
        depth: how many conditions a group has at most.
        least: how many rows of the sample a group and the rest have at least.
        most: how many groups are chosen at most.
    """
    useful = [column for column in columns if column.conditions()]
    combined = [
        _Combination(Cells(some), codes, excess, mass, least)
        for size in range(1, min(depth, len(useful)) + 1)
        for some in combinations(useful, size)
    ]
    tried = sum(each.tried for each in combined)
    combined = [each for each in combined if len(each.places)]
    weight, total = float(np.sum(mass)), 0.0
    left = np.array(excess)
    chosen: list[Conditions] = []
    refused: set[Conditions] = set()
    while len(chosen) < most and len(refused) < _MOST_REFUSED * most:
        best = _best(combined, total, weight, {*chosen, *refused})
        if best is None:
            break
        stood_out, best = best, _narrowed(best, useful, codes, left, mass, depth=depth, least=least)
        members = rows_of(best, codes)
        if best in chosen or not _beyond_parents(best, codes, left, mass, chosen):
            refused.update((best, stood_out))
            continue
        chosen.append(best)
        inside = float(np.sum(left[members])), float(np.sum(mass[members]))
        apart = inside[0] / inside[1] - (total - inside[0]) / (weight - inside[1])
        taken = apart * mass[members]
        left[members] -= taken
        total -= float(np.sum(taken))
        for each in combined:
            each.take_off(codes, members, taken)
    return Search(chosen, tried)


def _narrowed(
    group: Conditions,
    columns: Sequence[CodedColumn],
    codes: Sequence[Array],
    left: Array,
    mass: Array,
    *,
    depth: int,
    least: int,
) -> Conditions:
    """The part of a group because of which alone it is worse, if there is one; else the group itself.

    A wide group can stand out more than the part that makes it worse, where many of its rows are of that part.
    """
    while len(group) < depth:
        inside = within(group, codes)
        members = np.flatnonzero(inside)
        own_codes, own_mass = [each[members] for each in codes], mass[members]
        own_left = left[members] - own_mass * (float(np.sum(left[members])) / float(np.sum(own_mass)))
        used = {each.column for each in group}
        best: tuple[float, Conditions] | None = None
        for column in columns:
            if column.place in used:
                continue
            parts = _Combination(Cells([column]), own_codes, own_left, own_mass, least)
            if not len(parts.places):
                continue
            scores = parts.scores(0.0, float(np.sum(own_mass)))
            at = int(np.argmax(scores))
            if scores[at] >= _CLEARLY and (best is None or scores[at] > best[0]):
                further = parts.cells.group(int(parts.places[at]))
                best = float(scores[at]), tuple(sorted((*group, *further), key=lambda each: each.column))
        if best is None:
            return group
        part = within(best[1], codes)
        if _apart(left, mass, inside & ~part, ~inside) > _NO_WORSE:
            return group
        group = best[1]
    return group


def rows_of(conditions: Conditions, codes: Sequence[Array]) -> Array:
    """The places of the rows of a group, given the codes of all rows by column."""
    return np.flatnonzero(within(conditions, codes))


def within(conditions: Conditions, codes: Sequence[Array]) -> Array:
    """Whether each row is of a group."""
    inside: Array | None = None
    for each in conditions:
        own = codes[each.column]
        holds = own == each.first if each.first == each.last else (own >= each.first) & (own <= each.last)
        inside = holds if inside is None else inside & holds
    assert inside is not None
    return inside


def _best(combined: Sequence[_Combination], total: float, weight: float, without: set[Conditions]) -> Conditions | None:
    """The group that stands out most and is none of those; None where none stands out."""
    best: tuple[float, Conditions] | None = None
    for each in combined:
        scores = each.scores(total, weight)
        for at in np.argsort(-scores, kind="stable").tolist():
            if scores[at] < _LEAST or (best is not None and scores[at] <= best[0]):
                break
            group = each.cells.group(int(each.places[at]))
            if group not in without:
                best = float(scores[at]), group
                break
    return None if best is None else best[1]


def _beyond_parents(
    group: Conditions, codes: Sequence[Array], left: Array, mass: Array, chosen: Sequence[Conditions]
) -> bool:
    """Whether a group is worse than what is left of each group with one condition less, and is no part of one that
    was chosen for all but a few of its rows."""
    inside = within(group, codes)
    for outer in [*parents(group), *(each for each in chosen if nested(group, each))]:
        others = within(outer, codes) & ~inside
        if np.count_nonzero(others) < 2 or _apart(left, mass, inside, others) < _LEAST:
            return False
    return True


def _apart(left: Array, mass: Array, ours: Array, theirs: Array) -> float:
    """The difference of two groups that share no rows, in standard errors."""
    means, variances = [], []
    for rows in (ours, theirs):
        excess, weights = left[rows], mass[rows]
        mean = float(np.sum(excess)) / float(np.sum(weights))
        means.append(mean)
        variances.append(float(np.sum((excess - mean * weights) ** 2)) / float(np.sum(weights)) ** 2)
    error = math.sqrt(sum(variances))
    return (means[0] - means[1]) / error if error else 0.0
