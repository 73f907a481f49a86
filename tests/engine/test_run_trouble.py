"""The engine in trouble: an exception in any thread, an interrupt, a pipe without end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_data import THREADS, of_each_form, outcome
from outcomes import bits

import losscli
from losscli.core import registry
from losscli.core.arrays.inputs import Ragged
from losscli.core.errors import DataProblem, LossCliError
from losscli.core.loss import Loss
from losscli.sources.arrays import ArrayTable
from losscli.sources.assembly import assemble
from losscli.sources.columns.choice import InputRequest
from losscli.sources.frame import Frame
from losscli.sources.table import Load, Pick


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks of few rows: what may go wrong between blocks does so in small data."""
    for loss in registry.everything().values():
        monkeypatch.setattr(loss, "block_elements", min(loss.block_elements or 1 << 14, 1 << 14))


@pytest.fixture(params=of_each_form())
def loss(request: pytest.FixtureRequest) -> Loss:
    return registry.find(request.param)


class Odd:
    """A table whose block `at` does something else."""

    name, path, format, columns, repeatable = "odd", None, "array", (), True

    def __init__(self, rows: int, at: int, act: Callable[[], None]) -> None:
        self.inner, self.at, self.act = ArrayTable(np.zeros(rows), "odd"), at, act
        self.rows = rows
        self.describe = self.inner.describe

    def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
        for number, load in enumerate(self.inner.blocks(picks, size)):
            yield (lambda: (self.act(), load())[1]) if number == self.at else load  # noqa: B023

    def close(self) -> None: ...


def broken(kind: type[BaseException]) -> Callable[[], None]:
    def act() -> None:
        time.sleep(0.02)
        raise kind("broken")

    return act


@pytest.mark.parametrize("kind", [ValueError, MemoryError, DataProblem, RuntimeError])
@pytest.mark.parametrize("at", [0, 3, 9])
def test_an_exception_in_any_thread_ends_the_run(kind: type[Exception], at: int) -> None:
    for threads in THREADS:
        before = threading.active_count()
        table: Any = Odd(10 << 16, at, broken(kind))
        frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
        with pytest.raises(kind, match="broken"):
            outcome(registry.find("mse"), frame, threads)
        assert threading.active_count() == before


def test_an_exception_while_blocks_are_cut_ends_the_run() -> None:
    class Torn(Odd):
        def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
            for number, load in enumerate(self.inner.blocks(picks, size)):
                if number == self.at:
                    raise DataProblem("torn")
                yield load

    for threads in THREADS:
        table: Any = Torn(10 << 16, 4, broken(ValueError))
        frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
        with pytest.raises(DataProblem, match="torn"):
            outcome(registry.find("mse"), frame, threads)


def test_an_interrupt_does_not_wait_for_a_thread_that_is_stuck() -> None:
    """A thread in a read that never returns must not hold Ctrl-C up."""
    released, let_go, before = threading.Event(), [], threading.active_count()
    main = threading.main_thread()

    def act() -> None:
        if threading.current_thread() is main:
            raise KeyboardInterrupt
        let_go.append(released.wait(300))

    class Stuck(Odd):
        def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
            for load in self.inner.blocks(picks, size):
                yield lambda load=load: (act(), load())[1]  # type: ignore[misc]

    table: Any = Stuck(10 << 16, 0, act)
    frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
    with pytest.raises(KeyboardInterrupt):
        outcome(registry.find("mse"), frame, 3)
    assert let_go == []  # the threads are stuck still
    assert threading.active_count() > before
    released.set()
    until = time.monotonic() + 300
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before
    assert all(let_go)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_ctrl_c_in_a_pipe_without_end(kind: str, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.zeros(500_000))
    held = io.BytesIO()
    np.save(held, np.zeros(500_000))
    start = held.getvalue()[: 8 * 200_000] if kind == "npy" else b"pred\n" + b"0.5\n" * 200_000
    command = [sys.executable, "-m", "losscli", "compute", "mse", "--threads", "3", "-", str(tmp_path / "y.npy")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(start)
        child.stdin.flush()
        time.sleep(0.3)  # more was taken than a pipe holds, so the child runs
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read() == b""
        assert child.stderr.read() == b"losscli: interrupted.\n"


def test_infinite_losses_say_nothing_on_stderr(tmp_path: Path) -> None:
    """NumPy's warnings are for programmers; here they would be errors."""
    huge = np.array([1e200, -1e308, 1.0])
    for threads in (1, 2):
        assert losscli.compute("mse", huge, -huge, threads=threads).status == "inf"
        assert losscli.compute("mse", huge, -huge, weights=[1e308, 0.0, 1.0], threads=threads).status == "inf"
    assert losscli.compute("mse", [np.inf], [np.inf]).status == "nan"


def test_ragged_rows_in_memory_are_cut_like_any() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(40, 6, 4))
    sizes = rng.integers(0, 4, size=40)
    labels = Ragged(rng.integers(1, 4, size=int(sizes.sum())), np.concatenate(([0], np.cumsum(sizes))))
    assembly = assemble(registry.find("ctc"), InputRequest({"pred": logits, "label": labels}), {}, "logits")
    found = outcome(registry.find("ctc"), assembly.frame, 2)
    padded, _ = labels.padded()
    lengths = {"label_lengths": sizes}
    expected = losscli.compute("ctc", logits, padded, **lengths)
    assert bits(found)[0] == expected.value
    with pytest.raises(LossCliError):
        losscli.compute("ctc", logits, Ragged(labels.values, labels.offsets[:-1]))
