"""Whole commands on small files: what a shell or a CI job waits for, beside the imports they cannot do without."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import measure
import scripts

ROWS = 1000
FILES = 200  # of a batch


def contenders(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Commands by group; those of a group are interleaved."""
    a, b, table, text = (str(folder / name) for name in ("pred.npy", "label.npy", "table.parquet", "table.csv"))
    measure.helper("data.py", a, str(ROWS), "--seed", "1")
    measure.helper("data.py", b, str(ROWS), "--seed", "2")
    measure.helper("data.py", table, str(ROWS))
    measure.helper("data.py", text, str(ROWS), "--digits", "6")
    ours = measure.losscli()

    def python(code: str) -> list[str]:
        return [sys.executable, "-c", code]

    def mse(*files: str) -> list[str]:
        return [*ours, "compute", "mse", *files, "--format", "value"]

    def columns(file: str) -> list[str]:
        return ["env", "_LOSSCLI_COMPLETE=zsh", *ours, "compute", "mse", file, "--pred", ""]

    many = folder / "many"
    many.mkdir(exist_ok=True)
    for number in range(FILES):
        shutil.copy(a, many / f"{number}.npy")
    npy = {name: text for name, text in scripts.NPY.items() if name != "numpy mmap"}
    return {
        "start": {
            "losscli --version": [*ours, "--version"],
            "losscli --help": [*ours, "--help"],
            "losscli compute mse --help": [*ours, "compute", "mse", "--help"],
            "python -c pass": python("pass"),
            "import click": python("import click"),
        },
        "small NPY": {
            "losscli": mse(a, b),
            "import numpy": python("import numpy"),
            **scripts.commands(npy, folder, a, b),
        },
        "small Parquet": {
            "losscli": mse(table),
            "import pyarrow.parquet": python("import pyarrow.parquet"),
            **scripts.commands(scripts.PARQUET, folder, table),
        },
        "small CSV": {
            "losscli": mse(text),
            "import pyarrow.csv": python("import pyarrow.csv"),
            **scripts.commands(scripts.CSV, folder, text),
        },
        "completion": {
            "columns of a CSV file": columns(text),
            "columns of a Parquet file": columns(table),
            "columns of an NPY file": columns(a),
            "import pyarrow.parquet": python("import pyarrow.parquet"),
        },
        f"batch of {FILES} small NPY": {
            "losscli batch": [*ours, "batch", f"{many}/*.npy", "--labels", b, "-l", "mse", "-o", f"{many}.jsonl"],
            "losscli compute, one of them": mse(a, b),
        },
    }


def main() -> None:
    """Run the groups and print a line of JSON for each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="three repeats")
    options.add_argument("--repeats", type=int, default=15)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="losscli-benchmark-") as name:
        for group, commands in contenders(Path(name)).items():
            before = measure.calibration()
            row = time_commands(commands, 3 if given.quick else given.repeats, name)
            row |= {"part": "commands", "name": group, "calibration": (before + measure.calibration()) / 2}
            measure.emit(row)


def time_commands(commands: dict[str, list[str]], repeats: int, cwd: str) -> dict[str, object]:
    """Medians and peaks of commands; each runs once before the clock starts, and all must print one number alike."""
    values: dict[str, float] = {}
    failed: dict[str, str] = {}
    ready: dict[str, Callable[[], measure.Run]] = {}
    for name, command in commands.items():
        first = measure.run(command, cwd)
        if first.code:
            failed[name] = f"exit code {first.code}: {measure.last_line(first.err)}"
            continue
        value = measure.value_of(first.out)
        if value is not None:
            values[name] = value
        ready[name] = lambda command=command: measure.run(command, cwd)  # type: ignore[misc]
    samples = measure.interleave(ready, repeats, budget=60.0)
    samples.failed |= failed
    return {**samples.row(), "differs": measure.differences(values, 1e-6), "launcher": measure.peak_memory()}


if __name__ == "__main__":
    main()
