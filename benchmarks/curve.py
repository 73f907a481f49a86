"""Time a row and peak memory from a thousand rows to three hundred million, of float32 NPY pairs."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import measure
from commands import time_commands

LOSSES = {"mse": False, "sigmoid_cross_entropy": True}  # whether labels are 0 and 1


def inside(loss: str, pred: str, label: str, repeats: int) -> None:
    """In this process: the first call, the median of more, and the peak memory."""
    import losscli

    taken = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        losscli.compute(loss, pred, label)
        taken.append(time.perf_counter() - began)
    found = {"first": taken[0], "median": statistics.median(taken[1:]), "peak": measure.peak_memory()}
    print(json.dumps(found))


def point(loss: str, rows: int, folder: str, repeats: int) -> dict[str, object]:
    """One loss at one number of rows."""
    pred, label = (str(Path(folder) / f"{role}.npy") for role in ("pred", "label"))
    measure.helper("data.py", pred, str(rows), "--dtype", "float32", "--seed", "1")
    binary = ["--binary"] if LOSSES[loss] else []
    measure.helper("data.py", label, str(rows), "--dtype", "float32", "--seed", "2", *binary)
    before = measure.calibration()
    command = [*measure.losscli(), "compute", loss, pred, label, "--format", "value"]
    row = time_commands({"losscli": command}, repeats, folder)
    row |= {"part": "curve", "name": f"{loss} {rows}", "loss": loss, "rows": rows}
    found = measure.run([sys.executable, __file__, "--inside", loss, pred, label, "--repeats", str(repeats)])
    if found.code:
        row["failed"] = {"losscli in process": measure.last_line(found.err)}
    else:
        warm = json.loads(found.out)
        row["times"] |= {"losscli in process": warm["median"], "losscli first call": warm["first"]}  # type: ignore[operator]
        row["peaks"] |= {"losscli in process": warm["peak"]}  # type: ignore[operator]
    row["calibration"] = (before + measure.calibration()) / 2
    return row


def main() -> None:
    """Run the sizes and print a line of JSON for each loss and size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="up to a million rows")
    options.add_argument("--full", action="store_true", help="up to 300 million rows: 2.4 GB of files")
    options.add_argument("--repeats", type=int, default=7)
    options.add_argument("--inside", nargs=3, metavar=("LOSS", "PRED", "LABEL"), help="one pair, in this process")
    given = options.parse_args()
    if given.inside:
        inside(*given.inside, given.repeats)
        return
    sizes = [10**k for k in range(3, 7 if given.quick else 9)] + [300_000_000] * given.full
    for rows in sizes:
        for loss in LOSSES:
            with tempfile.TemporaryDirectory(prefix="losscli-benchmark-") as folder:
                if shutil.disk_usage(folder).free < 10 * rows:
                    why = {"row": "not enough disk"}
                    measure.emit({"part": "curve", "name": f"{loss} {rows}", "loss": loss, "rows": rows, "failed": why})
                    continue
                measure.emit(point(loss, rows, folder, 3 if given.quick else given.repeats))


if __name__ == "__main__":
    main()
