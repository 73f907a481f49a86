"""Which convention made a number: the loss under every one, or the search for those that print it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import BadValue, DataProblem, LossCliError
from ..core.loss import Loss
from ..core.record import field, mutable, record
from ..core.scratch import Array
from ..sources.work_done import WORK
from .accidents import expected_by_accident
from .aggregations import Aggregation, Aggregator, Sums
from .expected_number import ExpectedNumber
from .variants import Change, Variant, bases, changed, changes

CHUNK = 1 << 16  # rows that are taken at once
SAMPLE = 1 << 13  # rows on which all variants are tried first
LEVELS = 4  # a variant departs from a known convention by fewer changes than this
EFFORT = 6_000  # variants_tried tried at most
MOST = 24  # matches that are reported

Arrays = Mapping[str, Any]


@record
class ConventionMatch:
    """A convention and its value. `call` is the framework's own, or losscli's name for the neutral loss."""

    value: float
    like: str | None
    call: str
    knobs: dict[str, Any]
    cost: int = 0
    own: bool = True  # whether the rows were reduced as the call reduces them
    variant: Variant | None = None  # how it was computed


@record
class SearchRequest:
    """What is asked: the loss, the arrays, the parameters that are certain, and how batches were cut."""

    loss: Loss
    data: Arrays
    whole: Mapping[str, Any]
    given: Mapping[str, Any]
    declared: str | None = None
    batch: int | None = None

    @property
    def rows(self) -> int:
        return len(self.data["pred"])

    @property
    def weight(self) -> Array | None:
        return self.data.get("weight")


@mutable
class SearchOutcome:
    """The conventions found, simplest first; without any, the nearest three. `tried` counts the numbers compared."""

    matches: list[ConventionMatch]
    matched: bool  # whether they print the number
    tried: int = 0
    by_accident: float | None = None  # how many of them would print a number of such digits without a reason


@mutable
class _Start:
    """A known convention, the single departures from it, and those of them that work and matter."""

    variant: Variant
    singles: list[Change]
    knobs: frozenset[str]
    value: float | None = None  # by its own reduction; None where it does not fit the data
    live: list[Change] = field(default_factory=list)

    def departures(self, count: int) -> Iterator[tuple[Change, ...]]:
        """Several changes at once, from those that alone did something. What a framework does itself stays."""
        ours = self.variant.call is None
        live = [each for each in self.live if ours or each[0] not in self.knobs]
        if self.value is None:  # one of them must make it fit, the others may be any
            others = [each for each in self.singles if ours or each[0] not in self.knobs]
            yield from ((one, *rest) for one in live for rest in combinations(others, count - 1) if one not in rest)
        else:
            yield from combinations(live, count)


def conventions_of(request: SearchRequest) -> SearchOutcome:
    """The value under every convention, those of equal value side by side."""
    matches: list[ConventionMatch] = []
    with np.errstate(all="ignore"):
        for variant in bases(request.loss, request.declared):
            if variant.cost or (tried := _tried(request, variant, request.data)) is None:
                continue
            aggregator, sums = tried
            matches += [
                _match(variant, request, aggregation)
                for aggregation in aggregator.aggregations(sums)
                if aggregation.cost == 0
            ]
    return SearchOutcome(sorted(matches, key=lambda match: (math.isnan(match.value), match.value)), True, len(matches))


def search(request: SearchRequest, target: ExpectedNumber) -> SearchOutcome:
    """The conventions whose value prints as the target."""
    with np.errstate(all="ignore"):
        return _Search(request, target).answer()


def _match(variant: Variant, request: SearchRequest, aggregation: Aggregation) -> ConventionMatch:
    call = f"losscli {request.loss.name}" if variant.call is None else variant.call.text
    own = {**variant.knobs(), **aggregation.knobs}
    return ConventionMatch(
        aggregation.value, variant.like or None, call, own, variant.cost + aggregation.cost, aggregation.cost == 0,
        variant,
    )  # fmt: skip


def _tried(request: SearchRequest, variant: Variant, data: Arrays) -> tuple[Aggregator, Sums] | None:
    """The variant on these rows; None where it does not fit them."""
    try:
        arranged = variant.arranged(data)
        bound = variant.bound(request.loss, arranged, request.whole, request.given)
        bound = bound.prepared(lambda: iter([arranged]))
        sums = sums_of(bound, arranged, request.batch)
    except (BadValue, LossCliError, TypeError, ValueError, IndexError, FloatingPointError):
        return None
    if sums is None:
        return None
    return Aggregator(bound, request.weight is not None, _elements(bound, arranged), request.batch), sums


def sums_of(bound: BoundLoss, arranged: Arrays, batch: int | None) -> Sums | None:
    """What aggregations need of all rows; None where there are none."""
    sums: Sums | None = None
    for at in range(0, len(arranged["pred"]), _step(batch)):
        part = {role: array[at : at + _step(batch)] for role, array in arranged.items()}
        weight = part.pop("weight", None)
        part_sums = Sums.of(bound.rows({**part, "start": at}), weight, batch)
        sums = part_sums if sums is None else sums + part_sums
    return sums


def _step(batch: int | None) -> int:
    batch = batch or 1
    return batch * max(1, CHUNK // batch)


def _elements(bound: BoundLoss, data: Arrays) -> int:
    """How many elements a row's loss is the mean of: what a sum over elements has more."""
    if len(data["pred"].shape) < 2 or bound.pooled or bound.reduction.name == "sum":
        return 1
    head = {role: array[:1] for role, array in data.items() if role != "weight"}
    one, all_ = bound.rows(head).terms[0].copy(), bound.reduced("sum", None).rows(head).terms[0]
    return round(float(all_[0] / one[0])) if one[0] and math.isfinite(one[0]) else 1


class _Search:
    def __init__(self, request: SearchRequest, target: ExpectedNumber) -> None:
        self.request, self.target = request, target
        self.sampled = request.rows > 2 * SAMPLE
        self.data = _thinned(request) if self.sampled else request.data
        self.tried = 0
        self.variants_tried = 0
        self.nearest: list[ConventionMatch] = []
        self.values: list[float] = []  # all numbers compared
        loss, knobs = request.loss, frozenset(p.name for p in request.loss.params if p.knob)
        self.starts = [
            _Start(base, changes(loss, base, request.given, "label" in request.data), knobs)
            for base in bases(loss, request.declared)
        ]
        self.starts.sort(key=lambda start: start.variant.call is None)  # calls of frameworks first

    def answer(self) -> SearchOutcome:
        matches: list[ConventionMatch] = []
        for level in range(LEVELS):
            matches += self._level(level, EFFORT)
            if any(match.cost <= level for match in matches):
                break
        if matches:
            least = min(match.cost for match in matches)
            # a framework's call with one more argument says as much as another's by another reduction
            matches += self._level(least + 1, self.variants_tried + EFFORT, calls=True)
            kept = [match for match in matches if match.cost <= least or (match.own and match.cost == least + 1)]
            return SearchOutcome(_sorted(kept)[:MOST], True, self.tried, self._by_accident())
        self.nearest.sort(key=lambda match: (abs(match.value - self.target.value), match.cost))
        return SearchOutcome(_distinct(self.nearest)[:3], False, self.tried, self._by_accident())

    def _by_accident(self) -> float | None:
        return expected_by_accident(np.array(self.values), self.target.value, self.target.slack)

    def _level(self, level: int, effort: int, calls: bool = False) -> list[ConventionMatch]:
        """All matches of the variants of this cost; of frameworks' calls alone, if asked for."""
        matches: list[ConventionMatch] = []
        for start in self.starts:
            if calls and start.variant.call is None:
                continue
            count = level - start.variant.cost
            if count == 0:
                matches += self._tried(start, ())
            elif count == 1:
                for change in start.singles:
                    matches += self._tried(start, (change,))
            elif count > 1:
                for parts in start.departures(count):
                    if self.variants_tried >= effort:
                        return matches
                    if len({what for what, _ in parts}) == count:
                        matches += self._tried(start, parts)
        return matches

    def _tried(self, start: _Start, parts: tuple[Change, ...]) -> list[ConventionMatch]:
        self.variants_tried += 1
        WORK.at(self.variants_tried, None, "conventions")
        variant = changed(start.variant, parts)
        tried = _tried(self.request, variant, self.data)
        if tried is None:
            return []
        aggregator, sums = tried
        aggregations = list(aggregator.aggregations(sums))
        self.tried += len(aggregations)
        self.values += [aggregation.value for aggregation in aggregations]
        if not parts:
            start.value = aggregations[0].value
        elif len(parts) == 1 and (parts[0][0] in start.knobs or aggregations[0].value != start.value):
            start.live.append(parts[0])
        return self._met(variant, aggregations)

    def _met(self, variant: Variant, aggregations: list[Aggregation]) -> list[ConventionMatch]:
        if self.sampled:
            if not any(self.target.near(aggregation) for aggregation in aggregations):
                return []
            whole = _tried(self.request, variant, self.request.data)
            if whole is None:
                return []
            aggregations = list(whole[0].aggregations(whole[1]))
        matches = [_match(variant, self.request, aggregation) for aggregation in aggregations]
        self.nearest += [match for match in matches if math.isfinite(match.value)]
        if len(self.nearest) > 4000:
            self.nearest.sort(key=lambda match: abs(match.value - self.target.value))
            del self.nearest[100:]
        return [match for match in matches if self.target.meets(match.value)]


def _thinned(request: SearchRequest) -> dict[str, Any]:
    """Rows evenly spread over the data."""
    rows = np.linspace(0, request.rows - 1, SAMPLE).astype(np.int64)
    return {role: array[rows] for role, array in request.data.items()}


def _sorted(matches: list[ConventionMatch]) -> list[ConventionMatch]:
    return _distinct(sorted(matches, key=lambda match: (match.cost, match.like is None)))


def _distinct(matches: list[ConventionMatch]) -> list[ConventionMatch]:
    """Each call with each set of knobs once."""
    seen: set[str] = set()
    kept = []
    for match in matches:
        key = repr((match.call, sorted(match.knobs.items(), key=str)))
        if key not in seen:
            seen.add(key)
            kept.append(match)
    return kept


def checked(data: Arrays, place: Callable[[str, int], tuple[str, str]]) -> None:
    """NaN has no convention here: a DataProblem names its file and row, as `place` calls them."""
    for role, array in data.items():
        if getattr(array, "dtype", np.dtype(np.int64)).kind == "f" and np.isnan(array).any():
            row = int(np.argmax(np.isnan(array).reshape(len(array), -1).any(axis=1)))
            where, which = place(role, row)
            raise DataProblem(f"{where} has NaN in {which}.", "Leave such rows out first.")
