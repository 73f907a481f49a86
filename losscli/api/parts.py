"""A job in parts, by rows: each runs anywhere, and what they have seen adds up to the whole, to the bit."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError, UsageProblem
from ..core.loss import Loss
from ..core.record import record, replace
from ..core.version import __version__
from ..engine.memory import elements_of_row
from ..engine.parts import SeenRows, absorb, ranges, run_part
from ..engine.run import BlockRun
from ..report.model import Result
from ..sources.frame import Frame
from .evaluation import evaluate, planned
from .requests.request import Request, request_of_call
from .results import rows_asked_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

_WORKERS = 8  # where an executor does not say how many it has
_AHEAD = 4  # parts a worker that are submitted and not done yet


@record
class Part:
    """Some rows of a job: `run()` it anywhere that its files can be read, under the same paths.

    `first` is its first row and `stop` the row after its last, None for the end; `rows` are those of all parts.
    """

    request: Request
    first: int
    stop: int | None
    rows: int | None
    version: str = __version__

    def run(self) -> PartSums:
        """What its rows add to the whole.

        Raises:
            LossCliError: what `compute` raises, and where files or versions are not those of the place that made it.
        """
        if self.version != __version__:
            raise UsageProblem(
                f"This part was made by losscli {self.version}, and {__version__} is to run it.",
                "Install the same version in both places.",
                kind="version",
            )
        plan = planned(self.request)
        try:
            frame = plan.assembly.frame
            if frame.rows != self.rows:
                raise DataProblem(
                    f"{frame.where('pred')} has {frame.rows} rows here, and {self.rows} where the work was cut.",
                    "All places must read the same files.",
                    kind="unpaired_lengths",
                    file=frame.file("pred"),
                )
            threads = plan.options.threads or 1
            settings = replace(plan.settings, threads=threads, reader=None)
            seen = run_part(plan.bound, frame, settings, self.first, self.stop)
        finally:
            plan.assembly.close()
        return PartSums(self.request, ((self.first, self.stop, seen),))


@record
class PartSums:
    """What parts of a job have seen. They add up in any order: `sum(part.run() for part in parts).result()`."""

    request: Request
    seen: tuple[tuple[int, int | None, SeenRows], ...]

    def __add__(self, other: PartSums) -> PartSums:
        return PartSums(self.request, (*self.seen, *other.seen))

    def __radd__(self, nothing: int) -> PartSums:
        """So that `sum` can begin with 0."""
        return self

    def result(self) -> Result:
        """The result of the whole, once all parts are there.

        Raises:
            DataProblem: where parts are missing, or there twice.
        """
        self._check_whole()

        def add_all(block_run: BlockRun) -> None:
            for _, _, seen in self.seen:
                absorb(block_run, pickle.loads(pickle.dumps(seen)))  # adding may change what is added

        report = evaluate(self.request, add_all)
        return replace(report.results[0], notes=tuple(report.warnings), sources=tuple(report.inputs))

    def _check_whole(self) -> None:
        at: int | None = 0
        for first, stop, _ in sorted(self.seen, key=lambda each: each[0]):
            if at is None or first != at:
                raise DataProblem(
                    f"Parts are there twice: a part begins at row {first}, which another one has."
                    if at is None or first < at
                    else f"Parts are missing: rows {at} to {first - 1} are in none.",
                    "Add each part once.",
                    kind="incomplete_parts",
                )
            at = stop
        if at is not None:
            raise DataProblem(
                f"Parts are missing: the rows from {at} on are in none.", "Add each part once.", kind="incomplete_parts"
            )


def parts(
    loss: str | Loss | None, predictions: Any, labels: Any = None, *, workers: int | None = None, **options: Any
) -> list[Part]:
    """A job cut by rows into parts that can be pickled, for a cluster or a queue of your own.

    Parts are cut at the ends of blocks and hold at most 256 MB of data. CSV and other text, in which nobody knows a
    row's place beforehand, is one part. Losses that read the data twice do so in each part.

    Args:
        loss: The name of a loss, or the loss itself.
        predictions: What the model says: a path or SPEC that every worker can read, or an array, which each part holds.
        labels: What is true of the same rows.
        workers: How many places will run the parts: about four parts are made for each. Default: 8.
        **options: All other keywords of `compute`, the parameters of the loss among them.

    Returns:
        A list of `Part`. Each has `run()`, whose results add up; `sum(part.run() for part in parts).result()` is what
        `compute` returns, to the bit.

    Raises:
        UsageProblem: for a request that cannot be met.
        DataProblem: for data that are not what the loss takes. Both are LossCliErrors.

    Example:
        >>> import losscli
        >>> parts = losscli.parts("mse", [1.0, 2.0], [1.0, 4.0])
        >>> sum(part.run() for part in parts).result().value
        2.0
    """
    from .python.words import python_words

    with python_words():
        call = {"loss": loss, "params": options}
        request = request_of_call(
            "compute", call, {"pred": predictions, "label": labels, "weight": options.get("weights")}
        )
        plan = planned(request)
        try:
            if rows_asked_of(plan.options) is not None:
                raise UsageProblem(
                    "Parts add up sums, and worst, best and per_sample look at every row.", "Leave them out.",
                    kind="contradiction", options=("worst",),
                )  # fmt: skip
            return list(_cut(request, plan.bound, plan.assembly.frame, workers or _WORKERS))
        finally:
            plan.assembly.close()


def _cut(request: Request, bound: BoundLoss, frame: Frame, workers: int) -> Iterator[Part]:
    if not frame.repeatable:
        raise UsageProblem(
            f"{frame.where('pred')} is a stream, which is read once and in one place.",
            "Write it to a file first.",
            kind="not_repeatable",
        )
    shared = replace(request, options=request.options.changed(executor=None), hash_inputs=False)
    for first, stop in ranges(frame.rows, bound.block_rows, 8 * elements_of_row(frame), workers):
        yield Part(shared, first, stop, frame.rows)


def distributed(request: Request) -> Callable[[BlockRun], None]:
    """What runs the blocks of a request in the workers of its executor, and adds up what they have seen."""
    executor: Executor = request.options.executor
    workers = getattr(executor, "_max_workers", None) or _WORKERS

    def distribute(block_run: BlockRun) -> None:
        work = list(_cut(request, block_run.bound, block_run.frame, workers))
        _check_sendable(work[0])
        _Window(executor, work, _AHEAD * workers).run(block_run)

    return distribute


def _run(part: Part) -> SeenRows:
    """In a worker."""
    ((_, _, seen),) = part.run().seen
    return seen


def _check_sendable(part: Part) -> None:
    try:
        pickle.dumps(part)
    except Exception as problem:
        raise UsageProblem(
            f"The data cannot be sent to the executor's workers: {problem}.",
            "Name files by their paths, or give arrays.",
            kind="not_picklable",
            options=("executor",),
        ) from None


class _Window:
    """Parts that an executor runs, so many at a time; the failure that counts is the first in the data."""

    def __init__(self, executor: Executor, work: list[Part], most: int) -> None:
        self._executor, self._work, self._most = executor, work, most
        self._running: dict[Future[SeenRows], int] = {}
        self._failures: dict[int, BaseException] = {}

    def run(self, block_run: BlockRun) -> None:
        try:
            at = 0
            while at < len(self._work) or self._running:
                while at < len(self._work) and len(self._running) < self._most and not self._failures:
                    self._running[self._executor.submit(_run, self._work[at])] = at
                    at += 1
                if not self._running:
                    break
                self._take_done(block_run)
        except LossCliError:
            raise
        except Exception as problem:
            raise _lost(problem) from problem
        finally:
            for future in self._running:
                future.cancel()
        if self._failures:
            raise self._failures[min(self._failures)]

    def _take_done(self, block_run: BlockRun) -> None:
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in done:
            number = self._running.pop(future)
            problem = future.exception()
            if problem is None:
                absorb(block_run, future.result())
            elif isinstance(problem, LossCliError):
                self._failures[number] = problem
                self._drop_after(number)
            else:
                raise problem

    def _drop_after(self, number: int) -> None:
        """What comes later in the data no longer counts."""
        for future in [each for each, at in self._running.items() if at > number and each.cancel()]:
            del self._running[future]


def _lost(problem: BaseException) -> LossCliError:
    """A worker or the scheduler is gone, or something in them failed that is not of losscli."""
    what = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    return DataProblem(
        f"The executor lost a part of the work ({what}).",
        "Check its workers: their memory, and that each has losscli. What was done is not kept; run it again.",
        kind="executor_failed",
        options=("executor",),
    )
