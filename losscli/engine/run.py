"""Runs a bound loss over a frame: blocks at absolute rows, threads over blocks, policies for what is missing.

Every thread takes the next block, loads it, maps it to a state and adds it to its own. States add exactly, so
neither the number of threads nor their timing changes a bit of the result.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.binding import BoundLoss, Rows
from ..core.cpu import usable_cores
from ..core.errors import BadValue, DataProblem, UsageProblem
from ..core.inputs import Ragged
from ..core.record import field, mutable, record
from ..core.scratch import Array, is_scratch
from ..core.state import State
from ..sources.frame import Frame
from ..sources.table import Load
from .memory import threads_within
from .missing import POLICIES, FilteredBlock, MissingPolicy
from .threads import together
from .weights import check_weight, set_aside, weighted

__all__ = ["POLICIES", "BlockRun", "Outcome", "Settings", "finished", "run"]

HEAD = 1024  # rows kept for a look at them


@record
class Settings:
    """How to run: `nan` and `missing` are error, omit or propagate; `threads` 0 means what the process may use.

    `empty` lets a run without rows end in an outcome, for conventions that give it a value. `watch` sees the weighted
    terms of every block and what its rows count for, in any order and from any thread; it copies what it keeps, and
    that is `watched` bytes a row.
    """

    nan: str = "error"
    missing: str = "error"
    threads: int = 0
    keep_rows: bool = False
    spread: bool = True
    max_memory: int | None = None
    empty: bool = False
    watch: Callable[[FilteredBlock, list[Array], Array | None], None] | None = None
    watched: int = 0


@mutable
class Outcome:
    """What a run found: the state, what was counted, and each row's weighted loss if asked for."""

    bound: BoundLoss
    state: State
    counts: Counter[str] = field(default_factory=Counter)
    rows: Array | None = None
    head: dict[str, Array] = field(default_factory=dict)  # the first rows as they came, for a look at them
    first_infinite: int | None = None  # the first row whose loss is infinite; how many is among the counts

    @property
    def read(self) -> int:
        """The rows that were read, also those left out."""
        return self.state.rows + sum(self.counts[why] for why in ("nan", "missing", "ignored"))


def run(bound: BoundLoss, frame: Frame, settings: Settings) -> Outcome:
    """The loss over all rows of the frame."""
    kept = 8 * settings.keep_rows + settings.watched
    threads = threads_within(settings.max_memory, settings.threads or usable_cores(), bound, frame, kept)
    bound = _prepared(bound, frame, settings)
    size = bound.block_rows
    job = BlockRun(bound, frame, settings, frame.blocks(size))
    if frame.rows is not None:
        threads = min(threads, -(-frame.rows // size))
    job.run(max(1, threads))
    return finished(job, frame, settings)


def finished(job: BlockRun, frame: Frame, settings: Settings) -> Outcome:
    """What a job found once it has seen every block."""
    bound = job.bound
    outcome = Outcome(bound, job.whole(), job.counts, head=job.head, first_infinite=min(job.infinite, default=None))
    if outcome.read == 0 and not settings.empty:
        raise DataProblem(
            f"{frame.where('pred')} has no rows.",
            "There is nothing to compute a loss of.",
            kind="no_rows",
            file=frame.file("pred"),
        )
    if outcome.state.rows == 0 and not settings.empty:
        raise DataProblem(
            f"No rows are left of {frame.where('pred')}.",
            "All were omitted or ignored.",
            kind="no_rows_left",
            file=frame.file("pred"),
        )
    _refuse_mixed_signs(job.counts, frame)
    if settings.keep_rows:
        outcome.rows = np.concatenate([np.empty(0), *(job.rows[start] for start in sorted(job.rows))])
    return outcome


def _prepared(bound: BoundLoss, frame: Frame, settings: Settings) -> BoundLoss:
    if not bound.needs_preparation:
        return bound
    if not frame.repeatable:
        raise UsageProblem(
            f"{bound.loss.name} reads the data twice with these options, and standard input can be read only once.",
            "Write it to a file first.",
        )

    sieve = MissingPolicy(frame, settings.nan, settings.missing)

    def check(piece: FilteredBlock) -> None:
        bound.kind.check(piece.arrays["pred"])
        if bound.form is not None:
            bound.form.check(piece.arrays["label"], bound.classes, bound.params.get("ignore_index"))

    def blocks() -> Iterator[dict[str, Any]]:
        for start, load in frame.blocks(bound.block_rows):
            counts: Counter[str] = Counter()  # the run itself counts what is left out
            piece, _ = sieve.passed(sieve.opened(load(), start, counts), check, counts)
            if not len(piece):
                continue
            # copies: the loader's memory is used again, and a preparation may keep what it sees
            yield {role: a if isinstance(a, Ragged) else np.array(a) for role, a in piece.arrays.items()}

    try:
        with _quiet():
            return bound.prepared(blocks)
    except BadValue as bad:
        location = frame.location(bad.role, None, bad.column)
        raise DataProblem(
            f"{frame.where(bad.role)}: {bad.message}.", bad.hint, kind="bad_value", options=bad.options, **location
        ) from None


def _quiet() -> np.errstate:
    """An honest inf or nan is a result; NumPy's warning of it would be noise on stderr."""
    return np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore")


class BlockRun:
    """One run: the shared iterator of blocks, and what the threads have found."""

    def __init__(self, bound: BoundLoss, frame: Frame, settings: Settings, blocks: Iterator[tuple[int, Load]]) -> None:
        self.bound, self.settings = bound, settings
        self.sieve = MissingPolicy(frame, settings.nan, settings.missing)
        self.state: State | None = None
        self.unknown = State(0)
        self.counts: Counter[str] = Counter()
        self.rows: dict[int, Array] = {}
        self.infinite: list[int] = []
        self.head: dict[str, Array] = {}
        self._blocks = blocks
        self._lock = threading.Lock()
        self._taken = -1
        self._failures: list[tuple[int, BaseException]] = []
        self._stop = False

    def run(self, threads: int) -> None:
        together(threads, self._work, self._halt)
        if self.failed is not None:
            raise self.failed[1]

    @property
    def failed(self) -> tuple[int, BaseException] | None:
        """The first failure in the file, and its block's row: blocks come in order, so it is among those met."""
        return min(self._failures, key=lambda failure: failure[0], default=None)

    def _halt(self) -> None:
        self._stop = True

    def whole(self) -> State:
        """The state of all rows, those with an unknown loss included."""
        state = State(1) if self.state is None else self.state
        if not self.unknown.rows:
            return state
        lost = State(len(state.totals))
        lost.rows, lost.nonzero, lost.weight = self.unknown.rows, self.unknown.nonzero, self.unknown.weight
        lost.special, lost.squares = [math.nan] * len(state.totals), None
        return state + lost

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
        self.take(self._next)

    def take(self, following: Callable[[], tuple[int, Load] | None]) -> None:
        """Map the blocks that `following` gives until it gives None; several threads may, each its own blocks."""
        with _quiet():
            self._blocks_one_by_one(following)

    def _blocks_one_by_one(self, following: Callable[[], tuple[int, Load] | None]) -> None:
        state: State | None = None
        unknown = State(0)
        counts: Counter[str] = Counter()
        while (taken := following()) is not None:
            start, load = taken
            try:
                block = load()
                piece, found = self.sieve.passed(self.sieve.opened(block, start, counts), self._evaluated, counts)
                if len(piece.unknown):
                    unknown += set_aside(piece, block.arrays.get("weight"))
                part = self._mapped(piece, found, counts)
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

    def _evaluated(self, piece: FilteredBlock) -> Rows:
        found = self.bound.rows({**piece.arrays, "start": piece.start})
        if "weight" in piece.arrays:
            check_weight(piece.arrays["weight"])
        return found

    def _mapped(self, piece: FilteredBlock, found: Rows | None, counts: Counter[str]) -> State | None:
        """The state of the rows that have a loss; None where there are none."""
        terms: list[Array] = []
        if found is not None:
            if piece.start == 0:
                heads = {role: piece.arrays.get(role) for role in ("pred", "label")}
                self.head = {role: np.array(a[:HEAD]) for role, a in heads.items() if isinstance(a, np.ndarray)}
            terms, mass = weighted(found, piece.arrays.get("weight"), self.bound.preset)
            counts["ignored"] += found.ignored
            for seen in found.seen:
                counts[seen] += 1
            if not all(map(math.isfinite, found.sums)):
                lost = np.logical_or.reduce([np.isinf(term) for term in terms])
                if lost.any():
                    counts["infinite"] += int(lost.sum())
                    self.infinite.append(piece.row(int(np.argmax(lost))))
        if self.settings.keep_rows:
            self.rows[piece.start] = piece.in_order(terms[0] if terms else np.empty(0))
        if found is None:
            return None
        if self.settings.watch is not None:
            self.settings.watch(piece, terms, mass)
        one_sign = self.bound.one_sign(terms)
        sums = found.sums if "weight" not in piece.arrays else None
        return State.of(
            terms, mass, sums=sums, one_sign=one_sign, spread=self.settings.spread, spend=_may_spend(terms, piece),
            ignored=found.ignored,
        )  # fmt: skip


def _may_spend(terms: list[Array], piece: FilteredBlock) -> bool:
    """Whether the terms are working memory that nothing else will read: theirs, and no input handed through."""
    inputs = [getattr(array, "base", None) for array in piece.arrays.values()]
    return all(is_scratch(term) and not any(term.base is base for base in inputs) for term in terms)


def _refuse_mixed_signs(counts: Counter[str], frame: Frame) -> None:
    if counts.pop("label -1", 0) and counts.get("label 0", 0):
        raise DataProblem(f"{frame.where('label')} has both -1 and 0.", "Negatives are either -1 or 0 in one data set.")
    counts.pop("label 0", None)
