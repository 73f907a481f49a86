"""How near losscli comes to what a framework printed, in units of what is allowed."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import losscli
from losscli.core.declarations.conventions import FRAMEWORKS

from .case import Case, read
from .exceptions import EXCEPTIONS, ROUNDING, Where

VALUES = Path(__file__).parent / "values"
ULPS = 2  # of float32; where a framework computes in float64, RELATIVE
FRESH = ROUNDING  # times as much for any data
SMALL = 0.1  # of losses below it, the last digits of this: they are differences of larger numbers
RELATIVE = 1e-12
FLOAT32_MAX = float(np.finfo(np.float32).max)
SCALES = {  # of the numbers whose difference a loss is in the frameworks' formulas
    "dice": 1.0,
    "tversky": 1.0,
    "jaccard": 1.0,
    "focal_tversky": 1.0,
    "kl_divergence": 1.0,
    "log_cosh": 1.0,
    "cosine_distance": 1.0,
    "cosine_similarity": 1.0,
    "cosine_embedding": 1.0,
    "poisson_deviance": 1.0,
    "gamma_deviance": 1.0,
    "tweedie": 1.0,
    "r2": 2.0,
    "ntxent": 16.0,
    "crps_ensemble": 4.0,
    "crps_normal": 4.0,
    "dawid_sebastiani": 4.0,
    "explained_variance": 2.0,
    "psnr": 20.0,
    "ranking_softmax": 1.0,
    "supcon": 16.0,
    "circle": 160.0,
    "poisson_nll": 4.0,
    "msle": 0.01,
    "js_divergence": 1.0,
    "generalized_kl": 1.0,
    "d2": 1.0,
    "preference": 1.0,
    "poly": 1.0,
    "hinge_embedding": 1.0,
    "categorical_hinge": 1.0,
    "multiclass_hinge": 1.0,
    "multi_margin": 1.0,
}
# relative, of libraries that compute in float64 but take fast logarithms or go through float32 on their way
COARSE = {
    ("catboost", "msle"): 1e-7,
    ("monai", "ntxent"): 2e-8,  # its temperature is a float32
    ("pml", "circle"): 1e-9,  # torch's softplus of a number above 20 is that number
    ("catboost", "expectile"): 1e-7,
    ("catboost", "smape"): 1e-8,
    ("lightgbm", "gamma_nll"): 1e-8,
    ("torchmetrics", "psnr"): 1e-7,  # its logarithm of the base is a float32
}


def files() -> list[str]:
    """The files of values as paths within their folder, without suffix: tf1, regression/keras."""
    return sorted(path.relative_to(VALUES).with_suffix("").as_posix() for path in VALUES.rglob("*.json"))


@cache
def goldens(framework: str) -> list[Case]:
    """Every case of a framework, whatever file it is in."""
    return [case for name in files() if Path(name).name == framework for case in read(VALUES / f"{name}.json")[1]]


def pairs() -> list[tuple[str, str]]:
    """(framework, loss) of every golden."""
    names = sorted({Path(name).name for name in files()})
    return sorted({(name, case.loss) for name in names for case in goldens(name)})


def reduction_of(case: Case) -> dict[str, Any]:
    """The reduction and denominator that losscli is asked for."""
    if case.reduction not in ("mean", "elementwise_mean", "sum", "none", "pooled"):
        raise AssertionError(f"{case.id}: no reduction {case.reduction}")
    reduction = None if case.reduction.endswith("mean") else case.reduction
    if (case.like, case.loss) == ("torchmetrics", "cosine_similarity"):
        reduction = case.reduction  # its own default is the sum
    if (case.like, case.loss, case.reduction) == ("torch", "kl_divergence", "mean"):
        return {"reduction": reduction, "denominator": "count"}  # batchmean; torch itself divides by the elements
    return {"reduction": reduction}


def reported(case: Case) -> Any:
    """What losscli reports for the case: a number, or a list of one a row."""
    given = dict(case.arguments)
    pred, label = given.pop("pred"), given.pop("label", None)
    found = losscli.compute(case.loss, pred, label, like=case.like, **reduction_of(case), **given)
    return found.rows.tolist() if case.reduction == "none" else found.value


def off(found: float, expect: float, single: bool, scale: float = 0.0, relative: float = RELATIVE) -> float:
    """How far a value is from the framework's, in units of what is allowed; inf where one is not finite alone.

    `scale` is the size of the numbers that a framework's float32 formula subtracts: their last digits remain.
    """
    if math.isnan(expect) or math.isinf(expect):
        return 0.0 if found == expect or (math.isnan(found) and math.isnan(expect)) else math.inf
    if not math.isfinite(found):
        return math.inf
    allowed = relative * abs(expect)
    if single and abs(expect) < FLOAT32_MAX:
        allowed = max(allowed, ULPS * float(np.spacing(np.float32(max(abs(expect), scale)))))
    return abs(found - expect) / max(allowed, 5e-324)


def computed_in_single(case: Case) -> bool:
    """Whether the framework computed it, or a part of it, in float32."""
    return "float32" in (case.dtype, FRAMEWORKS[case.like].dtype, str(case.arguments["pred"].dtype))


def deviation(case: Case, least: float = 0.0) -> float:
    """`off` of the worst row."""
    return off_from(case, reported(case), least)


def off_from(case: Case, found: Any, least: float = 0.0) -> float:
    """The same of a value, or of a list of one a row, however it was computed."""
    expect = case.expect
    single = computed_in_single(case)
    scale, relative = max(SCALES.get(case.loss, 0.0), least), COARSE.get((case.like, case.loss), RELATIVE)
    if isinstance(expect, list):
        if len(found) != len(expect):
            return math.inf
        return max((off(f, e, single, scale, relative) for f, e in zip(found, expect, strict=True)), default=0.0)
    return off(found, expect, single, scale, relative)


def exception(case: Case) -> Where | None:
    """The exception that the case is, if it is one."""
    return next((pattern for pattern in EXCEPTIONS if pattern.match(case)), None)


def allowed(case: Case) -> float:
    """How many times the tolerance the case may be off."""
    pattern = exception(case)
    return 1.0 if pattern is None else pattern.within
