"""What the machine can do: read bandwidth, exponentials and logarithms a second; and the calibration loop.

Two threads read main memory; the rates come from two processes at once, because threads that share an interpreter
lock lose more on blocks that fit in cache than the arithmetic takes.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

CORES = 2
BLOCK = {"float64": 16384, "float32": 32768}


def bandwidth(size: int = 1 << 28, repeats: int = 15) -> float:
    """Bytes a second that two threads read from memory at best: the dot product of two arrays, half a thread."""
    a, b = (np.ones(size // 8) for _ in range(2))
    half = len(a) // CORES
    parts = [(a[i * half : (i + 1) * half], b[i * half : (i + 1) * half]) for i in range(CORES)]
    taken = []
    for _ in range(repeats):
        threads = [threading.Thread(target=np.dot, args=part) for part in parts]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken.append(time.perf_counter() - began)
    return 2 * a.nbytes / min(taken)


def rates_here(seconds: float = 0.15) -> dict[str, float]:
    """Elements a second of one process, in cache."""
    found = {}
    for dtype, size in BLOCK.items():
        # arguments of each function lie where the losses use it
        x = -np.abs(np.random.default_rng(1).standard_normal(size).astype(dtype)) * 2
        e, out = np.exp(x), np.empty_like(x)
        for function, argument in ((np.exp, x), (np.log1p, e), (np.log, e)):
            best, until = np.inf, time.perf_counter() + seconds
            while time.perf_counter() < until:
                began = time.perf_counter()
                for _ in range(16):
                    function(argument, out=out)
                best = min(best, (time.perf_counter() - began) / 16)
            found[f"{function.__name__} {dtype}"] = size / best
    return found


def rates() -> dict[str, float]:
    """Elements a second of all cores together."""
    command = [sys.executable, __file__, "--rates"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CORES)]
    each = [json.loads(process.communicate()[0]) for process in running]
    return {name: sum(one[name] for one in each) for name in each[0]}


def calibrate(repeats: int = 9) -> float:
    """Seconds of a fixed mix of interpreter, exponentials and memory, about a third each; one thread."""
    x = np.linspace(-4, 4, 32768)
    out, wide = np.empty_like(x), np.ones(1 << 22)
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        total = 0
        for i in range(300_000):
            total += i * i & 7
        for _ in range(600):
            np.exp(x, out=out)
        for _ in range(12):
            np.dot(wide, wide)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    """Print the floors as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rates", action="store_true", help="the rates of this process alone")
    options.add_argument("--calibrate", action="store_true", help="the calibration loop alone")
    given = options.parse_args()
    if given.calibrate:
        print(calibrate())
    elif given.rates:
        print(json.dumps(rates_here()))
    else:
        print(json.dumps({"bandwidth": bandwidth(), "rates": rates(), "calibration": calibrate()}))


if __name__ == "__main__":
    main()
