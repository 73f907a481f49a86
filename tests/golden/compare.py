"""How near losscli comes to what a framework printed, in units of what is allowed."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import losscli
from losscli.core.conventions import FRAMEWORKS

from .case import Case, read
from .exceptions import EXCEPTIONS

VALUES = Path(__file__).parent / "values"
ULPS = 2  # of float32; where a framework computes in float64, RELATIVE
FRESH = 8  # times as much for any data: libraries round exp and log differently, and a power multiplies it
SMALL = 0.1  # of losses below it, the last digits of this: they are differences of larger numbers
RELATIVE = 1e-12
FLOAT32_MAX = float(np.finfo(np.float32).max)
# what is subtracted in float32: one minus a quotient, logarithms, scores and margins of about 1
SCALES = dict.fromkeys(("dice", "kl_divergence", "js_divergence", "generalized_kl", "poly", "hinge_embedding"), 1.0)
SCALES |= dict.fromkeys(("categorical_hinge", "multiclass_hinge", "multi_margin"), 1.0)


def files(framework: str) -> list[Path]:
    """The files of a framework's values: FRAMEWORK.json, and FRAMEWORK-PART.json for further losses."""
    return [path for path in sorted(VALUES.glob("*.json")) if path.stem.partition("-")[0] == framework]


@cache
def goldens(framework: str) -> list[Case]:
    return [case for path in files(framework) for case in read(path)[1]]


def pairs() -> list[tuple[str, str]]:
    """(framework, loss) of every golden."""
    names = sorted({path.stem.partition("-")[0] for path in VALUES.glob("*.json")})
    return sorted({(name, case.loss) for name in names for case in goldens(name)})


def reported(case: Case) -> Any:
    """What losscli reports for the case: a number, or a list of one a row."""
    given = dict(case.arguments)
    pred, label = given.pop("pred"), given.pop("label", None)
    if case.reduction not in ("mean", "elementwise_mean", "sum", "none"):
        raise AssertionError(f"{case.id}: no reduction {case.reduction}")
    reduction = None if case.reduction.endswith("mean") else case.reduction
    if (case.like, case.loss, case.reduction) == ("torch", "kl_divergence", "mean"):
        given["denominator"] = "count"  # batchmean; without it torch divides by the elements
    found = losscli.compute(case.loss, pred, label, like=case.like, reduction=reduction, **given)
    return found.rows.tolist() if case.reduction == "none" else found.value


def off(found: float, expect: float, single: bool, scale: float = 0.0) -> float:
    """How far a value is from the framework's, in units of what is allowed; inf where one is not finite alone.

    `scale` is the size of the numbers that a framework's float32 formula subtracts: their last digits remain.
    """
    if math.isnan(expect) or math.isinf(expect):
        return 0.0 if found == expect or (math.isnan(found) and math.isnan(expect)) else math.inf
    if not math.isfinite(found):
        return math.inf
    allowed = RELATIVE * abs(expect)
    if single and abs(expect) < FLOAT32_MAX:
        allowed = ULPS * float(np.spacing(np.float32(max(abs(expect), scale))))
    return abs(found - expect) / max(allowed, 5e-324)


def computed_in_single(case: Case) -> bool:
    """Whether the framework computed it, or a part of it, in float32."""
    return "float32" in (case.dtype, FRAMEWORKS[case.like].dtype, str(case.arguments["pred"].dtype))


def deviation(case: Case, least: float = 0.0) -> float:
    """`off` of the worst row."""
    found = reported(case)
    expect = case.expect
    single = computed_in_single(case)
    scale = max(SCALES.get(case.loss, 0.0), least)
    if isinstance(expect, list):
        if len(found) != len(expect):
            return math.inf
        return max((off(f, e, single, scale) for f, e in zip(found, expect, strict=True)), default=0.0)
    return off(found, expect, single, scale)


def excepted(case: Case) -> str:
    """The reason why a case is allowed to differ; empty where it is not."""
    for pattern, reason in EXCEPTIONS.items():
        if pattern.match(case):
            return reason
    return ""
