"""Measures how near losscli comes to the goldens: python tests/golden/measure.py writes measured.json for the docs."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]
sys.path.remove(str(HERE))  # whose modules have common names

from golden.compare import RELATIVE, ULPS, computed_in_single, deviation, exception, goldens, pairs  # noqa: E402
from golden.exceptions import EXCEPTIONS  # noqa: E402


def measured() -> dict[str, dict[str, Any]]:
    """For each framework and loss how many goldens there are, and the largest deviation."""
    found: dict[str, dict[str, Any]] = {}
    for framework, loss in pairs():
        cases = [case for case in goldens(framework) if case.loss == loss]
        worst: dict[bool, float] = defaultdict(float)
        for case in cases:
            if exception(case) is None:
                single = computed_in_single(case)
                worst[single] = max(worst[single], deviation(case))
        words = [f"{worst[True] * ULPS:.1f} ulp"] if True in worst else []
        words += [f"{worst[False] * RELATIVE:.0e}"] if False in worst else []
        found[f"{framework} {loss}"] = {"goldens": len(cases), "deviation": ", ".join(words)}
    return found


def main() -> None:
    """Writes the file."""
    excused = [
        {"framework": each.framework, "loss": each.loss, "cases": each.id, "reason": reason}
        for each, reason in EXCEPTIONS.items()
    ]
    text = json.dumps({"pairs": measured(), "exceptions": excused}, indent=1)
    (HERE / "measured.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
