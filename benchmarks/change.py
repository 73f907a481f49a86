"""What changed since the last recorded run: losscli's medians, as ratios to the calibration loop of their time.

    python benchmarks/change.py                       the last record against those before
    python benchmarks/change.py --base 2024-05 --new 2024-06-01T10     records by the start of date or commit

A machine that is slower altogether runs its calibration loop slower too, and so does not read as a regression.
Ends with 1 if a median grew by more than a quarter, with 2 if there is nothing to compare. Rows of the quick sizes
are compared with quick ones only.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

import report

LIMIT = 1.25
Record = dict[str, Any]


def stop(why: str) -> NoReturn:
    """Nothing to compare: exit code 2."""
    print(why, file=sys.stderr)
    raise SystemExit(2)


def medians(record: Record, everyone: bool) -> dict[str, float]:
    """Medians over the calibration loop, by part, row and contender."""
    found = {}
    for row in record["rows"]:
        calibration = row.get("calibration") or record["calibration"]
        for name, taken in row.get("times", {}).items():
            if everyone or name.startswith("losscli"):
                found[f"{row['part']}: {row['name']}: {name}"] = taken / calibration
    return found


def pick(records: list[Record], start: str) -> Record:
    """The last record whose date or commit begins so."""
    hits = [r for r in records if r["date"].startswith(start) or (r["commit"] or "").startswith(start)]
    if not hits:
        stop(f"No such record begins with {start}. There are: {', '.join(r['date'] for r in records)}.")
    return hits[-1]


def earlier(records: list[Record], new: Record, everyone: bool) -> dict[str, float]:
    """The last medians before a record, row by row: a run of some parts alone leaves the others' rows standing."""
    found: dict[str, float] = {}
    for record in records[: records.index(new)]:
        found |= medians(record, everyone)
    parts = {row["part"] for row in new["rows"]}
    return {name: value for name, value in found.items() if name.partition(":")[0] in parts}


def main() -> int:
    """Print the table; 1 if something got slower."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--history", type=Path, default=report.HERE / "history.jsonl")
    options.add_argument("--base", help="record to compare with, by the start of its date or commit")
    options.add_argument("--new", help="record to judge")
    options.add_argument("--limit", type=float, default=LIMIT, help="ratio above which a row fails (default 1.25)")
    options.add_argument("--all", action="store_true", help="the peers' rows too; they never fail")
    given = options.parse_args()
    records = report.history(given.history)
    if not records:
        stop("There is no record yet: run benchmarks/run.py.")
    new = pick(records, given.new) if given.new else records[-1]
    alike = [r for r in records if r["quick"] == new["quick"]]
    base = pick([r for r in alike if r is not new], given.base) if given.base else None
    before = medians(base, given.all) if base else earlier(alike, new, given.all)
    after = medians(new, given.all)
    if not before:
        stop("There is no earlier record of these parts and sizes to compare with.")
    print(f"{base['date'] if base else 'the last run before'} -> {new['date']} {new['commit']}\n")
    print("| row | before | now | ratio | |\n| --- | ---: | ---: | ---: | --- |")
    slower = 0
    for name in (name for name in before if name in after):
        ratio = after[name] / before[name]
        bad = ratio > given.limit and name.rpartition(": ")[2].startswith("losscli")
        slower += bad
        word = "**slower**" if bad else "faster" if ratio < 1 / given.limit else ""
        print(f"| {name} | {before[name]:.3g} | {after[name]:.3g} | {ratio:.2f} | {word} |")
    for title, names in (("gone", before.keys() - after.keys()), ("new", after.keys() - before.keys())):
        if names and (base or title == "new"):
            print(f"\n{title}: {'; '.join(sorted(names))}")
    print(f"\n{slower} slower by more than {given.limit - 1:.0%} (columns are in calibration loops).")
    return int(slower > 0)


if __name__ == "__main__":
    sys.exit(main())
