"""How far kernels are from their formulas at 50 digits, measured: the table of docs/numbers.md.

    python tests/kernel_bounds.py [--rows 4] [--losses focal mse]

compares rows of every block that `draw` makes of a loss, as `tests/losses/test_formula.py` does, and writes
tests/kernel_bounds.json. `docs/make.py` makes the table of it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
MEASURED = TESTS / "kernel_bounds.json"


def measured(name: str, most: int) -> dict[str, Any]:
    """Of one loss: how many rows were compared, within how many ulp 99 % of them are, and how far the farthest is.

    `farthest_plain` is that of the rows where nothing is magnified, whose bound is that of all losses.
    """
    import test_formula as formula

    rows = formula.compared(formula.drawn_of(name), most, formula.BOUNDS.get(name, formula.Bound()))
    if not rows:
        return {"rows": 0}
    off = sorted(each.ulps for each in rows)
    plain = [each.ulps for each in rows if each.allowed <= formula.ULPS]
    return {
        "rows": len(rows),
        "most": round(off[int(0.99 * (len(off) - 1))], 1),
        "farthest_plain": round(max(plain), 1) if plain else None,
        "farthest": round(off[-1], 1),
        "within": not any(each.wrong for each in rows),
        "bound": formula.ULPS,
        "reason": formula.BOUNDS[name].reason if name in formula.BOUNDS else "",
    }


def table(entries: dict[str, dict[str, Any]]) -> str:
    """The table as Markdown."""
    lines = [
        "| loss | rows compared | 99 % of them within | the farthest | why farther than others |",
        "|---|---:|---:|---:|---|",
    ]
    for name, each in entries.items():
        if not each["rows"]:
            lines.append(f"| {name} | 0 | | | its value is one of all rows, so no formula of a row can be asked |")
            continue
        numbers = f"{each['rows']:,} | {each['most']:g} | {each['farthest']:g}"
        lines.append(f"| {name} | {numbers} | {each['reason'].replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the file."""
    sys.path[:0] = [str(TESTS), str(TESTS / "losses"), str(TESTS.parent)]
    import draw

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=4, help="of each block")
    parser.add_argument("--losses", nargs="+", default=draw.every_loss())
    chosen = parser.parse_args()
    entries: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    for name in chosen.losses:
        entries[name] = measured(name, chosen.rows)
        print(name, entries[name], flush=True)
    MEASURED.write_text(json.dumps(dict(sorted(entries.items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
