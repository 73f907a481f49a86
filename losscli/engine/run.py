"""Runs a bound loss over a frame: blocks at absolute rows, threads over blocks, policies for what is missing.

Every thread takes the next block, loads it, maps it to a state and adds it to its own. States add exactly, so
neither the number of threads nor their timing changes a bit of the result.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.cpu import usable_cores
from ..core.errors import DataProblem
from ..core.record import replace
from ..core.scratch import Array
from ..core.sums.rows import Rows
from ..core.sums.state import State
from ..sources.columns.candidates import CANDIDATE
from ..sources.frame import Frame
from ..sources.table import Load
from .memory import threads_within
from .missing import POLICIES, FilteredBlock, MissingPolicy, by_policies, without_warnings
from .outcome import Outcome
from .settings import Settings
from .threads import run_in_threads
from .weights import check_weight, may_spend, repeats_of, state_set_aside, weighted

if TYPE_CHECKING:
    from ..core.sums.reducers import Reducer
    from .batches import Batches

__all__ = ["POLICIES", "BlockRun", "Outcome", "Settings", "outcome_of", "run"]

HEAD = 1024  # rows kept for a look at them
LOOKED_AT = ("pred", "label", CANDIDATE)  # how their roles start


def run(bound: BoundLoss, frame: Frame, settings: Settings) -> Outcome:
    """The loss over all rows of the frame."""
    row_bytes = 8 * settings.keep_rows + settings.observer_bytes
    bound = by_policies(bound, settings.nan, settings.missing)
    threads = threads_within(settings.max_memory, settings.threads or usable_cores(), bound, frame, row_bytes)
    block_run = BlockRun(prepared_for(bound, frame, settings), frame, settings)
    if frame.rows is not None:
        threads = min(threads, -(-frame.rows // block_run.bound.block_rows))
    if settings.distribute is None:
        block_run.run(max(1, threads))
    else:
        settings.distribute(block_run)
    return narrowed(outcome_of(block_run, frame, settings), frame, settings, max(1, threads))


def prepared_for(bound: BoundLoss, frame: Frame, settings: Settings) -> BoundLoss:
    """The loss with what a first pass over all rows supplies, which few losses need."""
    if not bound.needs_preparation:
        return bound
    from .preparation import prepared

    return prepared(bound, frame, settings.nan, settings.missing, settings.groups)


def narrowed(outcome: Outcome, frame: Frame, settings: Settings, threads: int) -> Outcome:
    """The same with quantiles to the last digit: the data are read again for the values around one that is rounded."""
    reduced = outcome.state.reduced
    while settings.narrow and frame.repeatable:
        rounded = [i for i, each in reduced.items() if each.reducer.name == "quantile" and not each.exact]
        if not rounded:
            break
        again = replace(
            settings, observer=None, reader=None, histograms=None, groups=None, rows=None, distribute=None,
            keep_rows=False, spread=False,
        )  # fmt: skip
        block_run = BlockRun(outcome.bound, frame, again)
        block_run.windows = {i: reduced[i].limits() for i in rounded}
        block_run.run(threads)
        around = block_run.total_state().reduced
        reduced.update((i, around[i]) for i in rounded)
    return outcome


def outcome_of(block_run: BlockRun, frame: Frame, settings: Settings) -> Outcome:
    """The outcome of a run that has seen every block."""
    bound = block_run.bound
    first = min(block_run.infinite, default=None)
    outcome = Outcome(
        bound, block_run.total_state(), block_run.counts, head=block_run.head, first_infinite=first,
        groups=settings.groups, histograms=settings.histograms, watcher=settings.rows,
    )  # fmt: skip
    if settings.groups is not None:
        settings.groups.end()
    name, file = frame.where("pred"), frame.file("pred")
    if outcome.read == 0 and not settings.empty:
        raise DataProblem(f"{name} has no rows.", "There is nothing to compute a loss of.", kind="no_rows", file=file)
    if outcome.state.rows == 0 and not settings.empty:
        raise DataProblem(
            f"No rows are left of {name}.", "All were left out or ignored.", kind="no_rows_left", file=file
        )
    _refuse_mixed_signs(block_run.counts, frame)
    if bound.undeclared:
        from .undeclared_kind import refuse_undeclared

        refuse_undeclared(bound, block_run.counts, frame)
    if settings.keep_rows:
        outcome.rows = np.concatenate([np.empty(0), *(block_run.rows[start] for start in sorted(block_run.rows))])
    return outcome


class BlockRun:
    """One run: the shared iterator of blocks, and what the threads have found."""

    def __init__(self, bound: BoundLoss, frame: Frame, settings: Settings, blocks: Iterator[Any] | None = None) -> None:
        self.bound, self.frame, self.settings = bound, frame, settings
        self.policy = MissingPolicy.of(bound, frame, settings.nan, settings.missing)
        self.windows: dict[int, tuple[float, float]] = {}
        self.batches: Batches | None = None
        if bound.batched:
            from .batches import Batches

            self.batches = Batches(bound)
            blocks = self.batches.blocks(frame, blocks)
        self.state: State | None = None
        self.unknown = State(0)
        self.counts: Counter[str] = Counter()
        self.rows: dict[int, Array] = {}
        self.infinite: list[int] = []
        self.head: dict[str, Array] = {}
        self._blocks = blocks or frame.blocks(bound.block_rows)
        self._lock = threading.Lock()
        self._taken = -1
        self._failures: list[tuple[int, BaseException]] = []
        self._stop = False

    def run(self, threads: int) -> None:
        run_in_threads(threads, self._work, self._halt)
        if self.failed is not None:
            raise self.failed[1]

    @property
    def failed(self) -> tuple[int, BaseException] | None:
        """The first failure in the file, and its block's row: blocks come in order, so it is among those met."""
        return min(self._failures, key=lambda failure: failure[0], default=None)

    def _halt(self) -> None:
        self._stop = True

    def total_state(self) -> State:
        """The state of all rows, those with an unknown loss included."""
        state = State(1) if self.state is None else self.state
        if not self.unknown.rows:
            return state
        unknown = State(len(state.totals))
        unknown.rows, unknown.nonzero, unknown.weight = self.unknown.rows, self.unknown.nonzero, self.unknown.weight
        unknown.special, unknown.squares = [math.nan] * len(state.totals), None
        return state + unknown

    def _next(self) -> tuple[int, Load] | None:
        with self._lock:
            if self._stop:
                return None
            try:
                self._taken += 1
                return next(self._blocks, None)
            except Exception as problem:
                self._failures.append((self._taken * self.bound.block_rows, problem))
                self._stop = True
                return None

    def _work(self) -> None:
        self.map_blocks(self._next)

    def map_blocks(self, next_block: Callable[[], tuple[int, Load] | None]) -> None:
        """Map the blocks that `next_block` gives until it gives None; several threads may, each its own blocks."""
        with without_warnings():
            self._map_one_by_one(next_block)

    def _map_one_by_one(self, next_block: Callable[[], tuple[int, Load] | None]) -> None:
        state: State | None = None
        unknown = State(0)
        counts: Counter[str] = Counter()
        while (numbered := next_block()) is not None:
            start, load = numbered
            try:
                block = load()
                if (reader := self.settings.reader) is not None:
                    reader(start, block)
                if self.batches is not None:
                    block = self.batches.numbered(block, start)
                group = None
                if (groups := self.settings.groups) is not None:
                    group, block = groups.numbers(block, start), groups.without_keys(block)
                watcher = self.settings.rows
                block, kept = (block, None) if watcher is None else watcher.taken_out(block)
                filtered = self.policy.after_missing_policy(block, start, counts)
                filtered, rows = self.policy.after_nan_policy(filtered, self._evaluated, counts)
                if len(filtered.unknown):
                    unknown += state_set_aside(filtered, self._row_weights(block.arrays), self.bound, counts)
                    if groups is not None and group is not None:
                        groups.add_unknown(group, filtered, self._row_weights(block.arrays), self.bound)
                part = self._state_of(filtered, rows, counts, group, kept)
            except Exception as problem:
                with self._lock:
                    self._failures.append((start, problem))
                    self._stop = True
                return
            if part is None:
                continue
            if state is None:
                state = part
            else:
                state += part
        with self._lock:
            if state is not None:
                self.state = state if self.state is None else self.state + state
            self.unknown += unknown
            self.counts.update(counts)

    def _evaluated(self, filtered: FilteredBlock) -> Rows:
        rows = self.bound.rows({**filtered.arrays, "start": filtered.start})
        if "weight" in filtered.arrays:
            check_weight(filtered.arrays["weight"], repeats=self.bound.counts_repeats)
        return rows

    def _row_weights(self, arrays: Mapping[str, Any]) -> Array | None:
        """The weights of rows; those of elements are in the terms already."""
        return None if self.bound.counting.weight else arrays.get("weight")

    def _state_of(
        self,
        filtered: FilteredBlock,
        rows: Rows | None,
        counts: Counter[str],
        group: Array | None = None,
        kept: Any = None,
    ) -> State | None:
        """The state of the rows that have a loss; None where there are none."""
        terms: list[Array] = []
        mass: Array | None = None
        if rows is not None:
            if filtered.start == 0 and self.bound.layout.plain:
                heads = {role: array for role, array in filtered.arrays.items() if role.startswith(LOOKED_AT)}
                self.head = {role: np.array(a[:HEAD]) for role, a in heads.items() if isinstance(a, np.ndarray)}
            terms, mass = weighted(rows, self._row_weights(filtered.arrays), self.bound.preset)
            counts["ignored"] += rows.ignored
            counts["ignored_elements"] += rows.ignored_elements
            for seen in rows.seen:
                counts[seen] += 1
            if not all(map(math.isfinite, rows.sums)):
                infinite = np.logical_or.reduce([np.isinf(term) for term in terms])
                if infinite.any():
                    counts["infinite"] += int(infinite.sum())
                    self.infinite.append(filtered.row(int(np.argmax(infinite))))
        if self.settings.keep_rows:
            self.rows[filtered.start] = filtered.in_order(terms[0] if terms else np.empty(0))
        if self.settings.rows is not None and (rows is not None or len(filtered.unknown)):
            self.settings.rows.add(self.bound, filtered, kept, terms, mass, group)
        if rows is None:
            return None
        if self.settings.observer is not None:
            self.settings.observer(filtered, terms, mass)
        if self.settings.histograms is not None:
            self.settings.histograms(filtered, terms, mass)
        repeats, ignored = repeats_of(self.bound, filtered, rows)
        if self.settings.groups is not None and group is not None:
            self.settings.groups.add(group, filtered, rows, terms, mass, self.bound, repeats)
        sums = rows.sums if self._row_weights(filtered.arrays) is None else None
        reduced = {i: each.of(rows.terms[i], mass) for i, each in self._reducers(len(terms)).items()}
        plain = self.batches is None
        state = State.of(
            terms, mass, sums=sums, one_sign=self.bound.one_sign(terms), spread=self.settings.spread and plain,
            spend=may_spend(terms, filtered) and plain, ignored=ignored, repeats=repeats,
        )  # fmt: skip
        if self.batches is not None and self.settings.spread:
            self.batches.give_spread(state, filtered, terms, mass)
        state.reduced = reduced
        counts["repeats"] += state.rows - (len(filtered) - rows.ignored)
        return state

    def _reducers(self, terms: int) -> dict[int, Reducer]:
        """What terms are reduced to beside their means; a later run knows between which values the quantile is."""
        reducers = self.bound.reducers(terms)
        return {i: replace(each, window=self.windows.get(i)) for i, each in reducers.items()} if reducers else {}


def _refuse_mixed_signs(counts: Counter[str], frame: Frame) -> None:
    """Labels are -1 and 1, or 0 and 1, all through a data set."""
    if counts.pop("label -1", 0) and counts.get("label 0", 0):
        raise DataProblem(f"{frame.where('label')} has both -1 and 0.", "Negatives are either -1 or 0 in one data set.")
    counts.pop("label 0", None)
