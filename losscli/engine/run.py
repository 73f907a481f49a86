"""Runs a bound loss over a frame: blocks at absolute rows, threads over blocks, policies for what is missing.

Every thread takes the next block, loads it, maps it to a state and adds it to its own. States add exactly, so
neither the number of threads nor their timing changes a bit of the result.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import BadValue, DataProblem, UsageProblem
from ..core.inputs import Ragged
from ..core.loss import BoundLoss, Rows
from ..core.scratch import Array, like
from ..core.state import State
from ..sources.frame import Frame
from ..sources.table import Block, Load

POLICIES = ("error", "omit", "propagate")


@dataclass(frozen=True)
class Settings:
    """How to run: `nan` and `missing` are error, omit or propagate; `threads` 0 means what the process may use."""

    nan: str = "error"
    missing: str = "error"
    threads: int = 0
    keep_rows: bool = False
    spread: bool = True


@dataclass
class Outcome:
    """What a run found: the state, what was counted, and each row's weighted loss if asked for."""

    bound: BoundLoss
    state: State
    counts: Counter[str] = field(default_factory=Counter)
    rows: Array | None = None

    @property
    def read(self) -> int:
        """The rows that were read, also those left out."""
        return self.state.rows + sum(self.counts[why] for why in ("nan", "missing", "ignored"))


def usable_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(bound: BoundLoss, frame: Frame, settings: Settings) -> Outcome:
    """The loss over all rows of the frame."""
    bound = _prepared(bound, frame, settings)
    size = bound.block_rows
    job = _Job(bound, frame, settings, frame.blocks(size))
    threads = settings.threads or usable_cores()
    if frame.rows is not None:
        threads = min(threads, -(-frame.rows // size))
    job.run(max(1, threads))
    if job.state is None or Outcome(bound, job.state, job.counts).read == 0:
        raise DataProblem(f"{frame.where('pred')} has no rows.", "There is nothing to compute a loss of.")
    if job.state.rows == 0:
        raise DataProblem(f"No rows are left of {frame.where('pred')}.", "All were omitted or ignored.")
    _refuse_mixed_signs(job.counts, frame)
    rows = np.concatenate([job.rows[start] for start in sorted(job.rows)]) if settings.keep_rows else None
    return Outcome(job.bound, job.state, job.counts, rows)


def _prepared(bound: BoundLoss, frame: Frame, settings: Settings) -> BoundLoss:
    if not bound.needs_preparation:
        return bound
    if not frame.repeatable:
        raise UsageProblem(
            f"{bound.loss.name} reads the data twice with these options, and standard input can be read only once.",
            "Write it to a file first.",
        )

    def blocks() -> Iterator[dict[str, Any]]:
        for start, load in frame.blocks(bound.block_rows):
            block = _present(load(), start, frame, settings, Counter())
            # copies: the loader's memory is used again, and a preparation may keep what it sees
            yield {role: a if isinstance(a, Ragged) else np.array(a) for role, a in block.items()}

    try:
        return bound.prepared(blocks)
    except BadValue as bad:
        raise DataProblem(f"{frame.where(bad.role)}: {bad.message}.", bad.hint) from None


class _Job:
    """One run: the shared iterator of blocks, and what the threads have found."""

    def __init__(
        self, bound: BoundLoss, frame: Frame, settings: Settings, blocks: Iterator[tuple[int, Load]]
    ) -> None:
        self.bound, self.frame, self.settings = bound, frame, settings
        self.state: State | None = None
        self.counts: Counter[str] = Counter()
        self.rows: dict[int, Array] = {}
        self._blocks = blocks
        self._lock = threading.Lock()
        self._taken = -1
        self._failures: list[tuple[int, BaseException]] = []
        self._stop = False

    def run(self, threads: int) -> None:
        helpers = [threading.Thread(target=self._work, daemon=True) for _ in range(threads - 1)]
        for helper in helpers:
            helper.start()
        try:
            self._work()
        finally:
            self._stop = True
            for helper in helpers:
                helper.join()
        if self._failures:
            # blocks are handed out in order, so the first failure in the file is among them
            raise min(self._failures, key=lambda failure: failure[0])[1]

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
        state: State | None = None
        counts: Counter[str] = Counter()
        while (taken := self._next()) is not None:
            start, load = taken
            try:
                found = self._block(start, load(), counts)
            except Exception as problem:
                with self._lock:
                    self._failures.append((start, problem))
                    self._stop = True
                return
            state = found if state is None else state + found
        with self._lock:
            if state is not None:
                self.state = state if self.state is None else self.state + state
            self.counts.update(counts)

    def _block(self, start: int, block: Block, counts: Counter[str]) -> State:
        arrays = _present(block, start, self.frame, self.settings, counts)
        if not len(arrays["pred"]):
            if self.settings.keep_rows:
                self.rows[start] = np.empty(0)
            return State(1)
        found = self._evaluate(arrays, start, counts)
        terms, mass = _weighted(found, arrays.get("weight"))
        counts["ignored"] += found.ignored
        one_sign = self.bound.nonnegative or all(bool(t.min() >= 0) for t in terms)
        if self.settings.keep_rows:
            self.rows[start] = np.array(terms[0])
        return State.of(terms, mass, one_sign=one_sign, spread=self.settings.spread, ignored=found.ignored)

    def _evaluate(self, arrays: dict[str, Any], start: int, counts: Counter[str]) -> Rows:
        arrays["start"] = start
        try:
            found = self.bound.rows(arrays)
            for seen in self.bound.seen(arrays):
                counts[seen] += 1
            if "weight" in arrays:
                _check_weight(arrays["weight"])
            problem = None
        except BadValue as bad:
            problem = bad
        if problem is None and all(np.isfinite(np.add.reduce(t)) for t in found.terms):
            return found
        # Something is not finite or not allowed. A NaN in the input explains it best.
        if self.settings.nan != "propagate" or problem is not None:
            marked = _nan_rows(arrays)
            if marked is not None:
                return self._without_nan(arrays, marked, start, counts)
        if problem is not None:
            raise DataProblem(
                f"{self.frame.where(problem.role)}: {problem.message}, in row {start + problem.index} (from 0).",
                problem.hint,
            )
        return found

    def _without_nan(
        self, arrays: dict[str, Any], marked: dict[str, Array], start: int, counts: Counter[str]
    ) -> Rows:
        if self.settings.nan == "error":
            role, mask = min(marked.items(), key=lambda item: int(np.argmax(item[1])))
            raise DataProblem(
                f"{self.frame.where(role)} has NaN in row {start + int(np.argmax(mask))} (from 0).",
                "Use --nan omit to leave such rows out, or --nan propagate.",
            )
        gone = np.logical_or.reduce(list(marked.values()))
        counts["nan"] += int(gone.sum())
        for role, array in arrays.items():
            if role != "start":
                arrays[role] = array[~gone]
        return self._evaluate(arrays, start, counts)


def _present(
    block: Block, start: int, frame: Frame, settings: Settings, counts: Counter[str]
) -> dict[str, Any]:
    """The block's arrays without the rows that have a missing value, after the policy for them."""
    if not block.missing:
        return block.arrays
    role, mask = min(block.missing.items(), key=lambda item: int(np.argmax(item[1])))
    if settings.missing == "error":
        raise DataProblem(
            f"{frame.where(role)} has no value in row {start + int(np.argmax(mask))} (from 0).",
            "Use --missing omit to leave such rows out.",
        )
    if settings.missing == "propagate":
        return {
            role: np.where(_rowwise(block.missing[role], array), np.nan, array)
            if role in block.missing and not isinstance(array, Ragged)
            else array
            for role, array in block.arrays.items()
        }
    gone = np.logical_or.reduce(list(block.missing.values()))
    counts["missing"] += int(gone.sum())
    return {role: array[~gone] for role, array in block.arrays.items()}


def _rowwise(mask: Array, array: Array) -> Array:
    return mask.reshape(-1, *[1] * (array.ndim - 1))


def _nan_rows(arrays: dict[str, Any]) -> dict[str, Array] | None:
    """A mask of rows with a NaN for each role that has one; None where there is none at all."""
    found: dict[str, Array] = {}
    for role, array in arrays.items():
        values = array.values if isinstance(array, Ragged) else array
        if role == "start" or values.dtype.kind != "f" or isinstance(array, Ragged):
            continue
        mask = np.asarray(np.isnan(values).reshape(len(values), -1).any(axis=1))
        if mask.any():
            found[role] = mask
    return found or None


def _check_weight(weight: Array) -> None:
    if weight.ndim != 1:
        raise BadValue("weight", 0, f"weights have shape {weight.shape}, not one a row")
    if weight.dtype.kind == "b" or not len(weight) or (weight.min() >= 0 and weight.max() < np.inf):
        return
    bad = (weight < 0) | np.isinf(weight)
    if bad.any():
        at = int(np.argmax(bad))
        raise BadValue(
            "weight", at, f"weight {weight[at]:.6g} is {'negative' if weight[at] < 0 else 'infinite'}"
        )
    raise BadValue("weight", int(np.argmax(np.isnan(weight))), "weight nan is not a number")


def _weighted(found: Rows, weight: Array | None) -> tuple[list[Array], Array | None]:
    """Terms times the row's weight, and what each row counts for."""
    if weight is None:
        return list(found.terms), found.mass
    weight = weight.astype(np.float64, copy=False)
    terms = [np.multiply(t, weight, out=like(f"weighted {i}", weight)) for i, t in enumerate(found.terms)]
    lost = weight == 0
    for i, t in enumerate(found.terms):  # a weight of 0 leaves a row out, even one that costs inf
        if np.isnan(np.add.reduce(terms[i])):
            terms[i][lost & ~np.isnan(t)] = 0.0
    mass = (
        weight if found.mass is None else np.multiply(found.mass, weight, out=like("weighted mass", weight))
    )
    return terms, mass


def _refuse_mixed_signs(counts: Counter[str], frame: Frame) -> None:
    if counts.pop("label -1", 0) and counts.get("label 0", 0):
        raise DataProblem(
            f"{frame.where('label')} has both -1 and 0.", "Negatives are either -1 or 0 in one data set."
        )
    counts.pop("label 0", None)
