"""Writes RESULTS.md from history.jsonl: of each part the last record of this kind, misses and failures included."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import targets

HERE = Path(__file__).resolve().parent
COMPILED = ("jax.jit", "torch.compile", "numba")
Row = dict[str, Any]
TABLES = {
    "float64": ("float64 arrays", "float64", "losscli", "floor"),
    "float32": ("float32 arrays, computed in float64 (the default)", "float32", "losscli", "floor"),
    "single": ("float32 arrays, precision='single'", "float32", "losscli single", "floor single"),
}
HOW = """All contenders of a row run in one process (kernels) or one after the other (whole commands) on the same data,
each repeat in a new random order; the number is the median. In process a turn is two calls, of which the second is
timed. Everyone has two threads. Peers get their arrays in the type they want before the clock starts, and every value
is checked against losscli's. *Floor*: the bytes over the measured read bandwidth, or the exponentials and logarithms
over their measured rate, whichever is longer. Ratios are peer time over losscli time: above 1, losscli is faster.
Memory of a command is its peak; of a kernel, how far a call rises above what the process had."""


def history(path: Path) -> list[dict[str, Any]]:
    """The records, oldest first."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def ms(seconds: float | None) -> str:
    """Milliseconds with three digits."""
    return "-" if seconds is None else f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:.0f}"


def mb(size: float | None) -> str:
    """Megabytes."""
    return "-" if size is None else f"{size / 1e6:.0f}"


def table(head: str, lines: Iterable[list[str]]) -> list[str]:
    """A table in Markdown."""
    titles = head.split(" | ")
    rule = ["---"] + ["---:"] * (len(titles) - 1)
    return [f"| {' | '.join(cells)} |" for cells in (titles, rule, *lines)] + [""]


def against(ratio: float, target: float | None) -> str:
    """A ratio beside its target."""
    if target is None:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} ({target:g}) {'ok' if ratio >= target else '**MISS**'}"


def _kernel(row: Row, name: str) -> list[str]:
    _, _, ours, floor_name = TABLES[name]
    times, key = row.get("times", {}), row["key"]
    own, floor = times.get(ours), row.get(floor_name)
    if own is None:
        return [key, "-", ms(floor), "-", "-", "-", "-", row.get("failed", {}).get(ours, "see below")]
    times_floor = own / floor if floor else None
    against_floor = "-" if times_floor is None else f"{times_floor:.1f}"
    if key == "mse" and times_floor is not None:
        against_floor += f" ({targets.MSE_FLOOR:g}) {'ok' if times_floor <= targets.MSE_FLOOR else '**MISS**'}"
    torch = times.get("torch")
    eager = "-" if torch is None else against(torch / own, targets.TORCH[name].get(key))
    built = {peer: times[peer] for peer in COMPILED if peer in times}
    best = min(built, key=lambda peer: built[peer], default=None)
    compiled = "-" if best is None else f"{best} {against(built[best] / own, targets.COMPILED[name].get(key))}"
    extra = row.get("extra", {})
    memory = f"{mb(extra.get(ours))} / {mb(extra.get('torch'))}"
    skip = {ours, "torch", "losscli single" if ours == "losscli" else "losscli"}
    others = ", ".join(f"{peer} {ms(taken)}" for peer, taken in times.items() if peer not in skip)
    return [key, ms(own), ms(floor), against_floor, eager, compiled, memory, others]


def kernels(rows: list[Row]) -> list[str]:
    """A table for each type of number."""
    lines = []
    head = "loss | losscli ms | floor ms | x floor | torch eager (target) | best compiled (target) | "
    head += "MB more, losscli / torch | others, ms"
    for name, (title, dtype, *_) in TABLES.items():
        chosen = [row for row in rows if row["dtype"] == dtype]
        if chosen:
            lines += [f"### {title}", "", *table(head, (_kernel(row, name) for row in chosen))]
    return lines


def _processes(row: Row, wanted: dict[str, float]) -> list[str]:
    times, peaks = row.get("times", {}), row.get("peaks", {})
    own = times.get("losscli")
    lines = []
    for name, taken in times.items():
        ratio = "" if own is None or name == "losscli" else against(taken / own, wanted.get(name))
        lines.append([name, ms(taken), ratio, mb(peaks.get(name)), str(row["repeats"].get(name, ""))])
    return table("command | ms | ratio (target) | peak MB | repeats", lines)


def commands(rows: list[Row]) -> list[str]:
    """A table a group of commands."""
    wanted = dict.fromkeys(("scikit-learn script", "torch script"), targets.SMALL_COMMANDS)
    return [line for row in rows for line in (f"### {row['name']}", "", *_processes(row, wanted))]


def files(rows: list[Row]) -> list[str]:
    """A table a format."""
    lines = []
    for row in rows:
        size = f", {row['bytes'] / 1e9:.2f} GB" if "bytes" in row else ""
        wanted = {"torch script": targets.NPY_FILE} if row["name"] == "NPY" else {}
        lines += [f"### {row['name']}: {row['rows']:,} rows{size}", "", *_processes(row, wanted)]
    return lines


def curve(rows: list[Row]) -> list[str]:
    """Nanoseconds a row and memory by size."""
    lines = []
    for row in rows:
        times, peaks, n = row.get("times", {}), row.get("peaks", {}), row["rows"]
        roads = ("losscli", "losscli first call", "losscli in process")
        each = [f"{times[road] / n * 1e9:.3g}" if road in times else "-" for road in roads]
        memory = [mb(peaks.get(road)) for road in ("losscli", "losscli in process")]
        lines.append([row["loss"], f"{n:,}", ms(times.get("losscli")), *each, *memory])
    head = "loss | rows | command ms | command ns/row | first call ns/row | in process ns/row | "
    head += "command peak MB | in process peak MB"
    return table(head, lines)


PARTS = {
    "kernels": ("In process: arrays in memory", kernels),
    "commands": ("Whole commands on small files", commands),
    "files": ("Files of one gigabyte, mean squared error, warm page cache", files),
    "curve": ("From a thousand rows up: float32 NPY pairs", curve),
}


def _remarks(rows: list[Row]) -> list[str]:
    lines = []
    for row in rows:
        for peer, why in row.get("failed", {}).items():
            lines.append(f"- {row['name']}: {peer} did not run: {why}")
        for peer, apart in row.get("differs", {}).items():
            lines.append(f"- {row['name']}: {peer} differs from losscli by {apart:.1g}, relative")
    return lines


def _older(newest: dict[str, tuple[Row, Row]], last: Row) -> list[str]:
    """Which rows the last run did not make, and when they were made."""
    dates: dict[str, list[str]] = {}
    for name, (_, record) in newest.items():
        if record is not last:
            dates.setdefault(f"{record['date']}, commit {record['commit']}", []).append(name)
    lines = [f"From an earlier run ({date}): {', '.join(names)}." for date, names in dates.items()]
    return [*lines, ""] if lines else []


def render(records: list[dict[str, Any]]) -> str:
    """The page. A row that the last record lacks comes from an earlier one of the same machine and sizes."""
    last = records[-1]
    alike = [r for r in records if r["machine"]["cpu"] == last["machine"]["cpu"] and r["quick"] == last["quick"]]
    floor = last["floor"]
    rates = ", ".join(f"{name} {rate / 1e9:.2f}" for name, rate in floor["rates"].items())
    thin = max((row.get("launcher") or 0 for row in last["rows"]), default=0)
    facts = ", ".join(f"{name} {value}" for name, value in last["machine"].items())
    lines = ["# Results", "", "Written by `python benchmarks/run.py`; do not edit.", ""]
    if last["quick"]:
        lines += ["**A quick run: a hundredth of the sizes. It shows that everything runs, not how fast.**", ""]
    lines += [
        *(f"- {line}" for line in (f"date: {last['date']}, commit {last['commit']}", f"machine: {facts}")),
        f"- versions: {', '.join(f'{name} {version}' for name, version in last['versions'].items())}",
        f"- floor: reads {floor['bandwidth'] / 1e9:.1f} GB/s; in cache, 1e9/s, both cores: {rates}",
        f"- calibration loop: {last['calibration'] * 1e3:.1f} ms",
        *([f"- peak memory of commands: {mb(thin)} MB, the launcher's own, reads as at most that"] if thin else []),
        *["", HOW, ""],
    ]
    remarks: list[str] = []
    for part, (title, write_part) in PARTS.items():
        newest = {row["name"]: (row, record) for record in alike for row in record["rows"] if row["part"] == part}
        if not newest:
            continue
        rows = [row for row, _ in newest.values()]
        lines += [f"## {title}", "", *_older(newest, last), *write_part(rows)]
        remarks += _remarks(rows)
        if part in last["broken"]:
            remarks.append(f"- {part} {last['broken'][part]}")
    lines += ["## What did not run, and values that differ", "", *(remarks or ["Nothing."])]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> Path:
    """RESULTS.md of the folder's history."""
    path = folder / "RESULTS.md"
    path.write_text(render(history(folder / "history.jsonl")), encoding="utf-8")
    return path


def brief(row: Row) -> str:
    """A row in a line, for progress."""
    times = ", ".join(f"{name} {ms(taken)}" for name, taken in row.get("times", {}).items())
    return f"{row['part']} {row['name']}: {times or row.get('failed')}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?", default=HERE)
    print(write(options.parse_args().folder))
