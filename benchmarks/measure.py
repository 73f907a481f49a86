"""Clocks and memory. Standard library only, so that a launcher which imports it stays thin.

Peak memory of a command is `ru_maxrss` of `os.wait4`. Linux carries the launcher's own peak over into the child at
`exec`, so a launcher with NumPy in it would report itself. Ours is a bare interpreter of about 15 MB, less than any
process that imports NumPy; what reads near 15 MB is "at most" that. In process it is VmHWM, reset before each call.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MB = 1 << 20


@dataclass
class Run:
    """One process: wall seconds, peak bytes (None where the system does not tell), what it printed."""

    seconds: float
    peak: int | None
    out: str
    err: str
    code: int


def run(command: Sequence[str], cwd: str | None = None) -> Run:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd)
        peak = None
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - began
            child.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        else:
            child.wait()
            seconds = time.perf_counter() - began
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Run(seconds, peak, texts[0], texts[1], child.returncode)


@dataclass
class Samples:
    """What each contender took: seconds, peak bytes of processes, why one left."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """The part of a result row that holds the medians."""
        done = {name: taken for name, taken in self.seconds.items() if taken and name not in self.failed}
        return {
            "times": {name: statistics.median(taken) for name, taken in done.items()},
            "repeats": {name: len(taken) for name, taken in done.items()},
            "peaks": self.peaks,
            "failed": self.failed,
        }


def interleave(
    contenders: Mapping[str, Callable[[], Any]], repeats: int, budget: float = 20.0, least: int = 3
) -> Samples:
    """Everyone once a repeat, in a new order each time. Who has used up `budget` seconds leaves after `least` repeats.

    A contender that returns a Run is timed by that, any other by the clock around the second of two calls: what went
    before it may still be freeing its memory (XLA does for 10 ms), or have left the processors asleep.
    """
    samples = Samples({name: [] for name in contenders})
    order = random.Random(1)
    for _ in range(repeats):
        names = [n for n in contenders if n not in samples.failed and _goes_on(samples.seconds[n], budget, least)]
        order.shuffle(names)
        for name in names:
            gc.collect()
            gc.disable()
            try:
                found = contenders[name]()
                began = time.perf_counter()
                if not isinstance(found, Run):
                    found = contenders[name]()
                seconds = time.perf_counter() - began
            except Exception as problem:
                samples.failed[name] = short(problem)
                continue
            finally:
                gc.enable()
            if isinstance(found, Run):
                seconds = found.seconds
                if found.code:
                    samples.failed[name] = f"exit code {found.code}: {last_line(found.err)}"
                if found.peak is not None:
                    samples.peaks[name] = max(found.peak, samples.peaks.get(name, 0))
            samples.seconds[name].append(seconds)
    return samples


def _goes_on(taken: list[float], budget: float, least: int) -> bool:
    return len(taken) < least or sum(taken) < budget


def short(problem: BaseException) -> str:
    """An exception in one line."""
    first = (str(problem).strip().splitlines() or [""])[0]
    return f"{type(problem).__name__}: {first}"[:200]


def last_line(text: str) -> str:
    """The last line of what a process said."""
    return (text.strip().splitlines() or ["it said nothing"])[-1][:200]


def peak_memory() -> int | None:
    """The most memory this process has had since the last reset."""
    return _status("VmHWM")


def resident() -> int | None:
    """The memory this process has now."""
    return _status("VmRSS")


def _status(field_: str) -> int | None:
    try:
        found = re.search(rf"^{field_}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def extra_memory(call: Callable[[], Any]) -> int | None:
    """How far one call takes the process above what it had; None where the peak cannot be reset."""
    gc.collect()
    before = resident()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    call()
    after = peak_memory()
    return None if before is None or after is None else max(0, after - before)


def losscli() -> list[str]:
    """The command under test."""
    return [os.environ.get("BENCHMARK_LOSSCLI") or str(Path(sys.executable).with_name("losscli"))]


def helper(script: str, *arguments: str) -> str:
    """What a script of this folder prints, run as a process of its own so that this one stays thin."""
    found = run([sys.executable, str(HERE / script), *arguments])
    if found.code:
        raise RuntimeError(f"{script} {' '.join(arguments)}: {last_line(found.err)}")
    return found.out


def calibration() -> float:
    """Seconds of the calibration loop, from a process of its own."""
    return float(helper("floor.py", "--calibrate"))


def emit(row: Mapping[str, Any]) -> None:
    """Print a result row as a line of JSON."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(row), flush=True)


def value_of(text: str) -> float | None:
    """The number a command printed, if it printed just one."""
    try:
        return float(text.strip())
    except ValueError:
        return None


def differences(values: dict[str, float], tolerance: float) -> dict[str, float]:
    """Who is further from losscli than rounding explains, relative."""
    if "losscli" not in values:
        return {}
    reference = values["losscli"]
    apart = {name: abs(value - reference) / max(abs(reference), 1e-300) for name, value in values.items()}
    return {name: distance for name, distance in apart.items() if not distance <= tolerance}
