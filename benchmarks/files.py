"""One gigabyte in each format: losscli, and the usual readers doing the same arithmetic, as whole processes.

The files are in the page cache for everyone: each command runs once before the clock starts.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import measure
import scripts
from commands import time_commands

GB = 1_000_000_000
# rows of a gigabyte: two float64 files; three float64 columns that do not compress; two numbers of six digits
ROWS = {"NPY": GB // 16, "Parquet": GB // 24, "CSV": GB // 19}


def files(kind: str, folder: Path, rows: int) -> list[str]:
    """Write the files of a format; the launcher itself never holds them."""
    if kind == "NPY":
        made = [str(folder / "pred.npy"), str(folder / "label.npy")]
        for seed, path in enumerate(made):
            measure.helper("data.py", path, str(rows), "--seed", str(seed))
        return made
    if kind == "Parquet":
        path = str(folder / "table.parquet")
        measure.helper("data.py", path, str(rows), "--columns", "pred,other,label")
        return [path]
    path = str(folder / "table.csv")
    measure.helper("data.py", path, str(rows), "--digits", "6")
    return [path]


def main() -> None:
    """Run the formats and print a line of JSON for each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a hundredth of the rows, three repeats")
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--formats", default=",".join(ROWS))
    given = options.parse_args()
    others = {"NPY": scripts.NPY, "Parquet": scripts.PARQUET, "CSV": scripts.CSV}
    for kind in given.formats.split(","):
        rows = ROWS[kind] // (100 if given.quick else 1)
        with tempfile.TemporaryDirectory(prefix="losscli-benchmark-") as name:
            row: dict[str, object] = {"part": "files", "name": kind, "rows": rows}
            needed = 2 * GB // (100 if given.quick else 1)
            if shutil.disk_usage(name).free < needed:
                row |= {"times": {}, "failed": {"row": f"{name} has less than {needed / GB:g} GB free"}}
                measure.emit(row)
                continue
            made = files(kind, Path(name), rows)
            ours = [*measure.losscli(), "compute", "mse", *made, "--format", "value"]
            commands = {"losscli": ours, **scripts.commands(others[kind], Path(name), *made)}
            before = measure.calibration()
            row |= time_commands(commands, 3 if given.quick else given.repeats, name)
            row["bytes"] = sum(Path(path).stat().st_size for path in made)
            row["calibration"] = (before + measure.calibration()) / 2
            measure.emit(row)


if __name__ == "__main__":
    main()
