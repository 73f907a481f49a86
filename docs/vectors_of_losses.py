"""Writes docs/vectors/: of each loss its examples and what frameworks printed of it, in the schema `vectors`."""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from golden import compare  # noqa: E402
from golden.case import Case, read  # noqa: E402

from losscli.core.loss import Loss  # noqa: E402
from losscli.testing.vectors import convention, vector, vectors  # noqa: E402

FOLDER = ROOT / "docs" / "vectors"


def pages(losses: dict[str, Loss]) -> dict[Path, str]:
    """The file of each loss."""
    return {FOLDER / f"{name}.json": text(loss) for name, loss in losses.items()}


def text(loss: Loss) -> str:
    """The vectors of a loss, one a line, so that a changed value is one line of a diff."""
    document = vectors(loss)
    for like, versions, case in goldens().get(loss.name, ()):
        allowed = compare.allowed(case)
        if math.isfinite(allowed):
            document["conventions"].setdefault(like, convention(like, versions))
            document["vectors"].append(printed(case, allowed))
    lines = ",\n".join(_dump(each) for each in document.pop("vectors"))
    head = "".join(f"{_dump(key)}: {_dump(value)},\n" for key, value in document.items())
    return f'{{\n{head}"vectors": [\n{lines}\n]\n}}\n'


def printed(case: Case, allowed: float) -> dict[str, Any]:
    """The vector of what a framework printed."""
    single = compare.computed_in_single(case)
    relative = compare.COARSE.get((case.like, case.loss), compare.RELATIVE)
    scale = compare.SCALES.get(case.loss, 0.0) if single else 0.0
    relative = max(relative, compare.ULPS * 2.0**-23) if single else relative
    absolute = compare.ULPS * float(np.spacing(np.float32(scale))) if single else 0.0
    about = {"id": f"{case.like}/{case.id}", "origin": "printed by the framework", "like": case.like, "call": case.call}
    if case.note:
        about["note"] = case.note
    return vector(
        {**case.arguments, **compare.reduction_of(case)}, case.expect, **about,
        relative=allowed * relative, absolute=allowed * absolute,
    )  # fmt: skip


@cache
def goldens() -> dict[str, list[tuple[str, dict[str, str], Case]]]:
    """Every golden by its loss, with the versions of the packages that printed it."""
    by_loss: dict[str, list[tuple[str, dict[str, str], Case]]] = defaultdict(list)
    for name in compare.files():
        header, cases, _ = read(compare.VALUES / f"{name}.json")
        for case in cases:
            by_loss[case.loss].append((case.like, header["versions"], case))
    return by_loss


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
