"""Losses of arrays in memory: losscli.compute and every peer, interleaved, a process a case."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import measure

if TYPE_CHECKING:
    from data import Case

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
DTYPES = ("float64", "float32")


def ours(case: Case) -> dict[str, Callable[[], float]]:
    """losscli's own roads, and for mse the NumPy loop that it cannot beat."""
    import losscli

    def call(label: Any, **more: Any) -> Callable[[], float]:
        arguments = {**case.params, **more}
        return lambda: float(losscli.compute(case.loss, case.pred, label, **arguments).value)

    calls = {"losscli": call(case.label), "losscli 1 thread": call(case.label, threads=1)}
    if case.dtype == "float32":
        calls["losscli single"] = call(case.label, precision="single")
    small = case.small_labels()
    if small is not None:
        calls["losscli uint8 labels"] = call(small)
    if case.loss == "mse":
        calls["numpy blocks"] = _numpy_blocks(case)
    return calls


def _numpy_blocks(case: Case, size: int = 131072) -> Callable[[], float]:
    """Two threads, blocks in cache, buffers kept: what remains of mse when nothing is checked."""
    import threading

    import numpy as np

    buffers = [np.empty(size, case.pred.dtype) for _ in range(2)]

    def half(which: int, found: list[float]) -> None:
        rows = len(case.pred)
        for start in range(which * size, rows, 2 * size):
            x, y = case.pred[start : start + size], case.label[start : start + size]
            e = np.subtract(x, y, out=buffers[which][: len(x)])
            found[which] += float(np.dot(e, e))

    def whole() -> float:
        found = [0.0, 0.0]
        other = threading.Thread(target=half, args=(1, found))
        other.start()
        half(0, found)
        other.join()
        return sum(found) / len(case.pred)

    return whole


def one(key: str, dtype: str, quick: bool, repeats: int) -> dict[str, Any]:
    """The row of a case: check every value, then time."""
    import floor
    import peers
    from data import make

    before = floor.calibrate()
    case = make(key, dtype, quick)
    theirs, failed = peers.prepare(case)
    contenders = {**ours(case), **theirs}
    values: dict[str, float] = {}
    extra: dict[str, int | None] = {}
    for name in list(contenders):
        try:
            values[name] = contenders[name]()
            extra[name] = measure.extra_memory(contenders[name])
        except Exception as problem:
            failed[name] = measure.short(problem)
            del contenders[name]
    samples = measure.interleave(contenders, repeats)
    samples.failed |= failed
    speeds = _speeds()
    return {
        "part": "kernels",
        "name": f"{key} {dtype}",
        "key": key,
        "dtype": dtype,
        "shape": case.pred.shape,
        **samples.row(),
        "extra": extra,
        "differs": measure.differences(values, TOLERANCE[dtype]),
        "floor": case.floor(speeds, "float64"),
        "floor single": case.floor(speeds, "float32") if dtype == "float32" else None,
        "calibration": (before + floor.calibrate()) / 2,
    }


def _speeds() -> dict[str, Any]:
    import floor

    known = os.environ.get("BENCHMARK_FLOOR")
    return dict(json.loads(known)) if known else {"bandwidth": floor.bandwidth(), "rates": floor.rates()}


def main() -> None:
    """Run the cases and print a line of JSON for each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a hundredth of the elements")
    options.add_argument("--repeats", type=int, default=15)
    options.add_argument("--losses", default="", help="only rows whose name holds one of these, between commas")
    options.add_argument("--dtypes", default=",".join(DTYPES))
    options.add_argument("--case", help="this row alone, in this process")
    given = options.parse_args()
    dtypes = given.dtypes.split(",")
    if given.case:
        for dtype in dtypes:
            measure.emit(one(given.case, dtype, given.quick, given.repeats))
        return
    from data import SHAPES  # this launcher may be fat: it measures no memory

    wanted = [part.strip().lower() for part in given.losses.split(",")]
    for key in (key for key in SHAPES if any(part in key.lower() for part in wanted)):
        command = [sys.executable, __file__, "--case", key, "--dtypes", given.dtypes, "--repeats", str(given.repeats)]
        for row in _child(command + ["--quick"] * given.quick, key, dtypes):
            measure.emit(row)


def _child(command: list[str], key: str, dtypes: list[str]) -> list[dict[str, Any]]:
    """The rows of a process of its own; a row that it did not live to print says why."""
    out, why = "", "took more than half an hour"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        out, why = done.stdout, f"exit code {done.returncode}: {measure.last_line(done.stderr)}"
    except subprocess.TimeoutExpired as late:
        out = late.stdout.decode() if isinstance(late.stdout, bytes) else ""
    rows = [json.loads(line) for line in out.splitlines() if line.startswith('{"part"')]
    for dtype in dtypes[len(rows) :]:
        name = f"{key} {dtype}"
        rows.append({"part": "kernels", "name": name, "key": key, "dtype": dtype, "times": {}, "failed": {"row": why}})
    return rows


if __name__ == "__main__":
    main()
