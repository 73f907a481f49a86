"""Writes losscli/core/declarations/proved_calls.py: of which forms, axes, kinds and options the goldens hold a value.

`python tests/golden/proved.py`, in losscli's own environment. A golden that losscli does not meet proves nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent), str(ROOT)]

import losscli  # noqa: E402
from golden.case import Case, read  # noqa: E402
from golden.compare import allowed, deviation, off, reported  # noqa: E402
from losscli.core.declarations import framework_axes  # noqa: E402
from losscli.core.declarations.conventions import split_like  # noqa: E402
from losscli.core.errors import LossCliError  # noqa: E402

TABLE = ROOT / "losscli" / "core" / "declarations" / "proved_calls.py"
FOLDERS = ("values", "shapes", "axes", "calls")
Facts = dict[str, dict[str, tuple[set[str], set[str], set[str]]]]

HEAD = '''"""Of which forms of labels and axes, kinds of predictions and options a framework's own values are met.

Written by tests/golden/proved.py from the golden values; nothing here is written by hand.
"""

from __future__ import annotations

# framework -> loss -> (forms of labels with the numbers of axes of the predictions, as index23; kinds; options)
PROVED: dict[str, dict[str, tuple[str, str, str]]] = {
'''


def goldens() -> Iterator[tuple[str, Case]]:
    """Every golden with the folder that it is in."""
    for folder in FOLDERS:
        for path in sorted((HERE / folder).rglob("*.json")):
            yield from ((folder, case) for case in read(path)[1])


def meets(folder: str, case: Case) -> bool:
    """Whether losscli gives what the framework printed."""
    try:
        if folder != "calls":
            limit = allowed(case)  # without one nothing is proved; XLA adds float32 numbers one by one
            return deviation(case) <= (max(limit, 4.0) if math.isfinite(limit) else 4.0)
        value = losscli.compute(case.loss, case.arguments["pred"], case.arguments["label"], like=case.call).value
    except LossCliError:
        return False
    return value is not None and off(value, float(case.expect), single=True, scale=4.0) <= 4.0  # type: ignore[arg-type]


def contradicts(folder: str, case: Case) -> bool:
    """Whether losscli gives quite another number than the framework, as of a sum that is right beside a wrong mean."""
    if folder == "calls" or not isinstance(case.expect, float) or not math.isfinite(case.expect):
        return False
    try:
        value = reported(case)
    except LossCliError:
        return False
    return not abs(value - case.expect) <= 0.01 * abs(case.expect) + 1e-6 and math.isfinite(allowed(case))


def facts() -> Facts:
    """What the goldens prove."""
    proved: Facts = {}
    refuted: set[tuple[str, str, str]] = set()
    bound: list[tuple[str, str, str, str, list[str]]] = []

    def noted(like: str, chosen: Any, loss: Any, form: str, kind: str, pred: Any, params: Any) -> None:
        axes = framework_axes.axes_of(form, pred)
        bound.append((split_like(like)[0], loss.name, axes, kind, framework_axes.options_given(loss, chosen, params)))

    refuse, framework_axes.refuse_unproved = framework_axes.refuse_unproved, noted
    try:
        for folder, case in goldens():
            bound.clear()
            if meets(folder, case):
                for name, loss, axes, kind, options in bound:
                    forms, kinds, words = proved.setdefault(name, {}).setdefault(loss, (set(), set(), set()))
                    forms.add(axes)
                    kinds.add(kind)
                    words.update(options)
                continue
            bound.clear()
            if contradicts(folder, case):
                refuted |= {(name, loss, axes) for name, loss, axes, _, options in bound if not options}
    finally:
        framework_axes.refuse_unproved = refuse
    for name, loss, axes in refuted:
        if loss in proved.get(name, {}):
            proved[name][loss][0].discard(axes)
    return proved


def _shortened(forms: set[str]) -> set[str]:
    """binary1 and binary2 as binary12."""
    names = {each.rstrip("0123456789") for each in forms}
    return {name + "".join(sorted(each.removeprefix(name) for each in forms if each[:-1] == name)) for name in names}


def _quoted(text: str) -> str:
    """A text as Python writes it, on as many lines as it needs."""
    lines = wrap(text, 100) or [""]
    return (
        "\n            ".join(f'"{line} "' for line in lines[:-1])
        + "\n            " * (len(lines) > 1)
        + f'"{lines[-1]}"'
    )


def table(proved: Facts) -> str:
    """The facts as a module of Python."""
    lines = [HEAD]
    for name in sorted(proved):
        lines.append(f'    "{name}": {{\n')
        for loss in sorted(proved[name]):
            forms, kinds, options = proved[name][loss]
            texts = [_quoted(" ".join(sorted(each))) for each in (_shortened(forms), kinds, options)]
            line = f'        "{loss}": ({", ".join(texts)}),\n'
            if len(line) > 121 or "\n" in line[:-1]:
                inner = "".join(f"            {text},\n" for text in texts)
                line = f'        "{loss}": (\n{inner}        ),\n'
            lines.append(line)
        lines.append("    },\n")
    return "".join([*lines, "}\n"])


if __name__ == "__main__":
    TABLE.write_text(table(facts()), encoding="utf-8")
