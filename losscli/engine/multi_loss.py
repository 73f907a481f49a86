"""Several losses in one pass over a data set: each block is read once and mapped by all of them.

Blocks are read in the largest of the losses' sizes, and every loss sees its own cut of them, at its own absolute rows,
so that its value has the same bits as in a run of its own. Where a loss's block lies in two of those that were read,
its parts wait as copies until both are there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.cpu import usable_cores
from ..core.errors import UsageProblem
from ..core.record import record
from ..sources.blocks import Chunk, recut
from ..sources.frame import Frame
from ..sources.table import Block, Load
from .missing import by_policies
from .outcome import Outcome
from .run import BlockRun, Settings, narrowed, outcome_of, run
from .threads import run_in_threads

OutcomeOrProblem = Outcome | Exception


@record
class LossRun:
    """One loss of a pass, and how it is run."""

    bound: BoundLoss
    settings: Settings

    @property
    def alone(self) -> bool:
        """Whether it is read for on its own: it reads twice, in blocks of its own or in parts, or memory is counted."""
        bound, settings = self.bound, self.settings
        if bound.needs_preparation or settings.max_memory is not None or settings.distribute is not None:
            return True
        return bound.batched and (bound.parts is not None or bound.batch_size is None)


def run_all(tasks: Sequence[LossRun], frame: Frame) -> list[OutcomeOrProblem]:
    """The outcome of each task, or why it failed; what one meets does not end the others."""
    outcomes: dict[int, OutcomeOrProblem] = {}
    shared = [i for i, task in enumerate(tasks) if not task.alone]
    if len(shared) > 1:
        outcomes.update(zip(shared, _Pass([tasks[i] for i in shared], frame).run(), strict=True))
    for i, task in enumerate(tasks):
        if i in outcomes:
            continue
        if outcomes and not frame.repeatable:
            text = f"{frame.where('pred')} comes as a stream, and {task.bound.loss.name} needs a reading of its own."
            outcomes[i] = UsageProblem(text, "Write it to a file first.")
        else:
            outcomes[i] = _run(task, frame)
    return [outcomes[i] for i in range(len(tasks))]


def _run(task: LossRun, frame: Frame) -> OutcomeOrProblem:
    try:
        return run(task.bound, frame, task.settings)
    except Exception as problem:
        return problem


class _Pass:
    """One reading of a frame for several tasks."""

    def __init__(self, tasks: Sequence[LossRun], frame: Frame) -> None:
        self.frame = frame
        self.size = max(task.bound.block_rows for task in tasks)
        self.loss_blocks = [_LossBlocks(task, frame) for task in tasks]
        self.threads = max(task.settings.threads for task in tasks) or usable_cores()
        if frame.rows is not None:
            self.threads = min(self.threads, -(-frame.rows // self.size))
        self._blocks = frame.blocks(self.size)
        self._lock = threading.Lock()
        self._taken = -1
        self._stop = False
        self._broken: list[tuple[int, Exception]] = []  # where the files themselves failed

    def run(self) -> list[OutcomeOrProblem]:
        """Read all blocks; the outcome or the failure of each task, in their order."""
        run_in_threads(max(1, self.threads), self._work, self._halt)
        return [self._outcome_of(each) for each in self.loss_blocks]

    def _outcome_of(self, loss_blocks: _LossBlocks) -> OutcomeOrProblem:
        if not self._broken:
            loss_blocks.end()
        failures: list[tuple[int, BaseException]] = [*self._broken]
        if loss_blocks.block_run.failed is not None:
            failures.append(loss_blocks.block_run.failed)
        if failures:
            problem = min(failures, key=lambda failure: failure[0])[1]
            if not isinstance(problem, Exception):
                raise problem
            return problem
        try:
            outcome = outcome_of(loss_blocks.block_run, self.frame, loss_blocks.settings)
            return narrowed(outcome, self.frame, loss_blocks.settings, max(1, self.threads))
        except Exception as problem:
            return problem

    def _halt(self) -> None:
        self._stop = True

    def _next(self) -> tuple[int, Load] | None:
        with self._lock:
            if self._stop or all(each.block_run.failed is not None for each in self.loss_blocks):
                return None
            self._taken += 1
            try:
                return next(self._blocks, None)
            except Exception as problem:
                self._fail(self._taken * self.size, problem)
                return None

    def _fail(self, start: int, problem: Exception) -> None:
        self._broken.append((start, problem))
        self._stop = True

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            start, load = taken
            try:
                block = load()
            except Exception as problem:
                self._fail(start, problem)
                return
            rows = len(block)
            last = rows < self.size or start + rows == self.frame.rows
            for each in self.loss_blocks:
                each.feed(start, rows, block, last)


class _LossBlocks:
    """One task's own cut of the blocks."""

    def __init__(self, task: LossRun, frame: Frame) -> None:
        self.block_run = BlockRun(
            by_policies(task.bound, task.settings.nan, task.settings.missing), frame, task.settings, iter(())
        )
        self.settings = task.settings
        self.size = task.bound.block_rows
        self._lock = threading.Lock()
        self._waiting: dict[int, list[tuple[int, Chunk]]] = {}  # parts of a block, by its first row

    def feed(self, start: int, rows: int, block: Block, last: bool) -> None:
        """Map what is whole of a block that was read at `start`; the rest waits for its other part."""
        if start % self.size == 0 and (rows == self.size or (last and rows <= self.size)):
            self._map([(start, block)])
        else:
            self._map(self._cut(start, rows, block, last))

    def _cut(self, start: int, rows: int, block: Block, last: bool) -> Iterator[tuple[int, Block]]:
        stop = start + rows
        at = start - start % self.size
        while at < stop:
            low, high = max(at, start), min(at + self.size, stop)
            part = _part(block, low - start, high - start)
            if low == at and (high == at + self.size or last):
                yield at, part
            elif (joined := self._joined(at, low, part)) is not None:
                yield at, joined
            at += self.size

    def _joined(self, at: int, low: int, part: Block) -> Block | None:
        """The block at row `at` if this was the part that lacked; else the part waits, as a copy."""
        arrays: dict[str, Any] = {
            role: array if isinstance(array, Ragged) else np.array(array) for role, array in part.arrays.items()
        }
        with self._lock:
            parts = self._waiting.setdefault(at, [])
            parts.append((low, Chunk(len(part), arrays, part.missing)))
            if sum(chunk.rows for _, chunk in parts) < self.size:
                return None
            del self._waiting[at]
        return _joined_block(parts, self.size)

    def end(self) -> None:
        """Map the rows that are left over: the last block of the data."""
        left, self._waiting = self._waiting, {}
        self._map([(at, _joined_block(parts, self.size)) for at, parts in sorted(left.items())])

    def _map(self, blocks: Iterator[tuple[int, Block]] | list[tuple[int, Block]]) -> None:
        """Map blocks, as far as none of an earlier row has failed."""
        following = iter(blocks)

        def take() -> tuple[int, Load] | None:
            for at, block in following:
                failed = self.block_run.failed
                if failed is None or at < failed[0]:
                    return at, partial(_loaded, block)
            return None

        self.block_run.map_blocks(take)


def _loaded(block: Block) -> Block:
    return block


def _part(block: Block, low: int, high: int) -> Block:
    arrays = {role: array[low:high] for role, array in block.arrays.items()}
    masks = {role: mask[low:high] for role, mask in block.missing.items()}
    return Block(arrays, {role: mask for role, mask in masks.items() if mask.any()})


def _joined_block(parts: list[tuple[int, Chunk]], size: int) -> Block:
    chunks = [chunk for _, chunk in sorted(parts, key=lambda part: part[0])]
    return next(recut(chunks, size))()
