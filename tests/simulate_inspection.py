"""How often `inspect` accuses sound data sets, and how many spoilt ones it finds.

    python tests/simulate_inspection.py [--repeats N] [--spoilt N] [--seed N] [--least ROWS] [--most ROWS]

makes the tables of docs/inspect.md. Each data set has its own generator, seeded by its kind, size and turn.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import defaultdict
from typing import Any

import numpy as np
from inspection_sound import KINDS
from inspection_spoilt import MODELS, SPOILS

import losscli

SIZES = (30, 100, 300, 1000, 3000, 20_000)
SPOILT_SIZES = (100, 300, 1000, 5000, 20_000)


def generator(*names: Any) -> Any:
    """Random numbers of their own for each data set."""
    return np.random.default_rng(zlib.crc32(repr(names).encode()))


def accused(sizes: tuple[int, ...], repeats: int, seed: int) -> tuple[int, list[str]]:
    """How many sound data sets were looked at, and those with an alarm."""
    named = []
    for kind, make in KINDS.items():
        for size in sizes:
            for turn in range(repeats):
                pred, label, settings = make(generator(kind, size, turn, seed), size)
                alarms = losscli.inspect(pred, label, **settings).alarms
                if any(alarm.severity != "note" for alarm in alarms):
                    named.append(f"{kind}, {size} rows, {turn}: {[alarm.id for alarm in alarms]}")
                    print(named[-1], file=sys.stderr, flush=True)
    return len(KINDS) * len(sizes) * repeats, named


def missed(sizes: tuple[int, ...], repeats: int, seed: int) -> dict[tuple[str, int, str], list[bool]]:
    """For each way of spoiling, size and model whether it was found, set by set."""
    results = defaultdict(list)
    for spoil, change in SPOILS.items():
        for model, make in MODELS.items():
            for size in sizes:
                for turn in range(repeats):
                    rng = generator(spoil, model, size, turn, seed)
                    pred, label = make(rng, size)
                    spoilt = change(rng, pred, label)
                    if spoilt is None:
                        continue
                    results[spoil, size, model].append(bool(losscli.inspect(*spoilt).alarms))
    return results


def table(results: dict[tuple[str, int, str], list[bool]], sizes: tuple[int, ...]) -> str:
    """How many of each way were found, by size."""
    lines = ["| | " + " | ".join(f"n = {size:,}" for size in sizes) + " |", "|---|" + "---:|" * len(sizes)]
    for spoil in [*SPOILS, "all"]:
        cells = []
        for size in sizes:
            seen = [x for (s, n, _), each in results.items() if n == size and spoil in (s, "all") for x in each]
            cells.append(f"{np.mean(seen):.0%}")
        lines.append(f"| {spoil} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=13, help="sound data sets of each kind and size")
    options.add_argument("--spoilt", type=int, default=5, help="spoilt data sets of each way, size and model")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--most", type=int, default=20_000, help="rows")
    options.add_argument("--least", type=int, default=0, help="rows")
    options.add_argument("--by-model", action="store_true", help="list what was missed")
    chosen = options.parse_args()
    sizes = tuple(size for size in SIZES if chosen.least <= size <= chosen.most)
    if chosen.repeats:
        count, named = accused(sizes, chosen.repeats, chosen.seed)
        print(f"{len(named)} of {count} sound data sets of {len(KINDS)} kinds were accused (seed {chosen.seed}).")
        print("\n".join(f"- {each}" for each in named))
    if not chosen.spoilt:
        return
    sizes = tuple(size for size in SPOILT_SIZES if chosen.least <= size <= chosen.most)
    results = missed(sizes, chosen.spoilt, chosen.seed)
    every = [x for each in results.values() for x in each]
    print(f"\n{sum(every)} of {len(every)} spoilt data sets were told (seed {chosen.seed}).\n\n{table(results, sizes)}")
    if chosen.by_model:
        for names, seen in results.items():
            if not all(seen):
                print(names, f"{sum(seen)} of {len(seen)}")


if __name__ == "__main__":
    main()
