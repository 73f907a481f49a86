"""Builds the peers' environment, runs every benchmark in it, and writes RESULTS.md. Needs Python alone.

python benchmarks/run.py                     everything; about an hour on two cores
python benchmarks/run.py --quick             a hundredth of the sizes, into a temporary folder
python benchmarks/run.py --only kernels,files --env DIR
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import report

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PARTS = ("kernels", "commands", "files", "curve")
TWO = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "TF_NUM_INTRAOP_THREADS")


def build(folder: Path) -> Path:
    """The environment's Python, made and filled if need be; losscli is installed anew each time."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        say(f"making {folder}")
        venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = (HERE / "peers.txt").read_text(encoding="utf-8")
    stamp = folder / "peers-installed.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say("installing the peers, some 4 GB")
        subprocess.run([*pip, "-r", str(HERE / "peers.txt")], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    subprocess.run([*pip, "--force-reinstall", "--no-deps", str(ROOT)], check=True)
    return python


def borrow(folder: Path, work: Path) -> tuple[Path, dict[str, str]]:
    """An existing environment as it is: losscli runs from this checkout, by the script that pip would write."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        raise SystemExit(f"There is no {python}. Leave --env out to have an environment built.")
    launcher = work / "losscli"
    launcher.write_text(
        f"#!{python}\nimport sys\nfrom losscli.__main__ import main\nsys.exit(main())\n", encoding="utf-8"
    )
    launcher.chmod(0o755)
    return python, {"PYTHONPATH": str(ROOT), "BENCHMARK_LOSSCLI": str(launcher)}


def settings() -> dict[str, str]:
    """Two threads for everyone. OpenMP workers wait without spinning, so that they take no core from who is next."""
    return {
        **dict.fromkeys(TWO, "2"),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_WAIT_POLICY": "passive",
        "KERAS_BACKEND": "torch",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_PLATFORMS": "cpu",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",  # a pool of compilers would live on beside what is timed
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONWARNINGS": "ignore",
    }


def two_cores() -> None:
    """Keep this process and its children on two cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def stream(command: list[str], environment: dict[str, str], work: Path) -> tuple[list[dict[str, Any]], str]:
    """The rows that a part prints, as they come, and why it broke off if it did."""
    rows = []
    with (work / "stderr.txt").open("w+", encoding="utf-8") as err:
        part = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, env=environment, cwd=work)
        assert part.stdout is not None
        for line in part.stdout:
            if line.startswith("{"):
                rows.append(json.loads(line))
                say(report.brief(rows[-1]))
        code = part.wait()
        err.seek(0)
        last = (err.read().strip().splitlines() or [""])[-1]
    return rows, f"ended with exit code {code}: {last}" if code else ""


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def record(given: argparse.Namespace, python: Path, environment: dict[str, str], work: Path) -> dict[str, Any]:
    """Run the parts; what there is to keep of them."""

    def printed(script: str) -> dict[str, Any]:
        command = [str(python), str(HERE / script)]
        return dict(
            json.loads(subprocess.run(command, env=environment, cwd=work, check=True, capture_output=True).stdout)
        )

    say("measuring the machine")
    floor = printed("floor.py")
    made: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "quick": given.quick,
        **printed("machine.py"),
        "floor": floor,
        "calibration": floor["calibration"],
        "rows": [],
        "broken": {},
    }
    environment = {**environment, "BENCHMARK_FLOOR": json.dumps(floor)}
    for part in given.only.split(","):
        say(f"--- {part}")
        command = [str(python), str(HERE / f"{part}.py"), *["--quick"] * given.quick]
        command += ["--full"] if part == "curve" and given.full else []
        command += ["--losses", given.losses] if part == "kernels" and given.losses else []
        command += ["--repeats", str(given.repeats)] if given.repeats else []
        rows, why = stream(command, environment, work)
        made["rows"] += rows
        if why:
            made["broken"][part] = why
            say(f"{part} {why}")
    return made


def commit() -> str | None:
    """The commit that is checked out, read from the files: git need not be there."""
    try:
        head = (ROOT / ".git/HEAD").read_text().strip()
        return (ROOT / ".git" / head[5:]).read_text().strip()[:12] if head.startswith("ref: ") else head[:12]
    except OSError:
        return None


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    options.add_argument("--full", action="store_true", help="the curve up to 300 million rows")
    options.add_argument("--env", type=Path, help="use this virtual environment as it is")
    options.add_argument("--only", default=",".join(PARTS), help=f"parts, of {','.join(PARTS)}")
    options.add_argument("--losses", help="only kernels whose name holds one of these, between commas")
    options.add_argument("--repeats", type=int, help="repeats of each part")
    options.add_argument("--output", type=Path, help="folder of RESULTS.md and history.jsonl (default: this one)")
    given = options.parse_args()
    unknown = set(given.only.split(",")) - set(PARTS)
    if unknown:
        options.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    output = given.output or (Path(tempfile.mkdtemp(prefix="losscli-results-")) if given.quick else HERE)
    two_cores()
    with tempfile.TemporaryDirectory(prefix="losscli-run-") as name:
        work, environment = Path(name), {**os.environ, **settings()}
        environment.pop("PYTHONPATH", None)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
        if given.env:
            python, more = borrow(given.env.absolute(), work)
            environment |= more
        else:
            python = build(HERE / ".env")
        made = record(given, python, environment, work)
    output.mkdir(parents=True, exist_ok=True)
    with (output / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(made) + "\n")
    say(f"wrote {report.write(output)}")


if __name__ == "__main__":
    main()
